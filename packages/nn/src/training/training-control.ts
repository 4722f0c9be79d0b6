import { LuthierError, type StopReason } from '@luthier/core';
import { ranges, requireNumber } from '../layers/options.ts';
import type { NamedArrays, TrainingControl } from './callback.ts';
import { exportOnnx } from './export.ts';
import { weightsOf, withWeights } from './kept-weights.ts';
import type { RunState } from './run-state.ts';
import { fromStored, toStored } from './stored-weights.ts';
import { knobsInForce, type Task } from './task.ts';

/** How a control reaches its run. */
export interface RunAccess {
  read(): RunState;
  write(state: RunState): void;
  stop(reason: StopReason): void;
  /** Weights of an epoch were put back. */
  restored(epoch: number): void;
}

/** What callbacks may do with a run. */
export function createControl(task: Task, { read, write, stop, restored }: RunAccess): TrainingControl {
  const knobs = (): Readonly<Record<string, number>> => knobsInForce(task, read().moved, read().step + 1);
  const kept = (): NamedArrays => weightsOf(task, read().arrays, knobs());
  return {
    stop: (reason = 'stopped') => stop(reason),
    weights: () => fromStored(task.plan, kept()),
    restoreWeights: (weights, epoch) => {
      const state = read();
      write({ ...state, arrays: withWeights(task, state.arrays, toStored(task.plan, weights)) });
      restored(epoch);
    },
    knobs,
    setKnob: (name, value) => {
      if (!(name in knobs())) {
        throw new LuthierError('LU_TRAIN_KNOB', `This run has no scalar '${name}'`, {
          fix: `Move one of ${Object.keys(knobs()).join(', ')}.`,
          where: name,
        });
      }
      if (name in (task.optimizer.scheduled?.(1) ?? {})) {
        throw new LuthierError('LU_TRAIN_KNOB', `A schedule gives ${name}, so it cannot be moved`, {
          fix: 'Give the optimizer a number as learningRate.',
          where: name,
        });
      }
      requireNumber('LU_TRAIN_KNOB', 'setKnob', name, value, ranges.notNegative);
      const state = read();
      write({ ...state, moved: { ...state.moved, [name]: value } });
    },
    toOnnx: (metadata = {}) => exportOnnx(task.plan, kept(), metadata),
  };
}

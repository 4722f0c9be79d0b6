import { encodeJson } from '@luthier/core';
import type { RuntimeTensor } from '../runtime/contract.ts';
import type { NamedArrays } from './callback.ts';
import { knobFeeds } from './evaluation.ts';
import { type LayerKeys, stepFeeds } from './feeds.ts';
import { drawMixing } from './mixing.ts';
import { borrowProgram, type Program } from './program-cache.ts';
import type { Run } from './run.ts';
import type { RunState } from './run-state.ts';
import { addStep } from './sums.ts';
import { knobsInForce, type Task, taskKey } from './task.ts';
import { names } from './tensor-names.ts';
import { stateShapes, type TrainGraph, trainGraph } from './train-graph.ts';

/** The program that makes steps of `batch` of the `rows` samples. */
export function stepProgram(
  { task, mixing }: Run,
  rows: number,
  batch: number,
): Promise<Program<TrainGraph>> {
  const { optimizer } = task;
  const shape = [rows, batch, mixing?.kind ?? null];
  const key = encodeJson(['train', taskKey(task), optimizer.kind, optimizer.structure, shape]);
  return borrowProgram(key, () => trainGraph(task, rows, batch, mixing?.kind));
}

function stateFeeds(task: Task, arrays: NamedArrays): Record<string, RuntimeTensor> {
  const feeds: Record<string, RuntimeTensor> = {};
  for (const [name, shape] of stateShapes(task)) {
    feeds[name] = { dtype: 'float32', shape, data: arrays[name]! };
  }
  return feeds;
}

/** Some steps to make in one call. */
export interface StepCall {
  readonly program: Program<TrainGraph>;
  readonly batch: number;
  readonly steps: number;
}

/** Makes some steps in one call; the arithmetic does not depend on how many. */
export async function makeSteps(
  run: Run,
  state: RunState,
  { program, batch, steps }: StepCall,
  order: Int32Array,
  keys: LayerKeys,
  data: Record<string, RuntimeTensor>,
): Promise<RunState> {
  const { task } = run;
  const { description } = program;
  const knobs = knobsInForce(task, state.moved, state.step + 1);
  const rows = order.subarray(state.cursor, state.cursor + steps * batch);
  const { mixing } = run;
  const mixed =
    mixing === undefined
      ? []
      : Array.from({ length: steps }, (_, i) =>
          drawMixing(mixing, run.seed, state.step + i, batch, task.plan.inputs[0]!.shape),
        );
  const results = await program.run(
    {
      ...data,
      ...stateFeeds(task, state.arrays),
      ...knobFeeds(description.knobs, knobs),
      ...stepFeeds(description, task.optimizer, knobs, keys, state.step, steps, batch, rows, mixed),
    },
    Object.keys(description.graph.outputs),
  );
  const arrays = Object.fromEntries(
    description.states.map((name) => [name, results[names.next(name)]!.data as Float32Array]),
  );
  let { sums } = state;
  for (let i = 0; i < steps; i++) {
    const at = (name: string): number => Number(results[name]!.data[i]);
    const metrics = Object.fromEntries(
      task.metrics.map(({ name }) => {
        const { data: all } = results[names.metric(name)]!;
        const width = all.length / steps;
        return [name, all.subarray(i * width, (i + 1) * width)];
      }),
    );
    sums = addStep(sums, batch, at(names.loss), at(names.penalty), metrics);
    const step = state.step + i + 1;
    run.onStep?.({
      step,
      samples: batch,
      dataLoss: at(names.loss),
      loss: at(names.loss) + at(names.penalty),
      learningRate: knobsInForce(task, state.moved, step).learningRate!,
    });
  }
  return { ...state, arrays, sums, step: state.step + steps, cursor: state.cursor + steps * batch };
}

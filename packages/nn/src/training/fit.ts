import {
  type EpochRecord,
  encodeJson,
  generator,
  LuthierError,
  randomKey,
  type StopReason,
  type TrainingHistory,
} from '@luthier/core';
import { ranges, requireNumber } from '../layers/options.ts';
import type { RuntimeTensor } from '../runtime/contract.ts';
import { pause } from '../runtime/pause.ts';
import type { CallbackState, NamedArrays, Progress, TrainingControl } from './callback.ts';
import { dataFeeds, evaluateTables, knobFeeds } from './evaluation.ts';
import { exportOnnx } from './export.ts';
import { type LayerKeys, layerKeys, stepFeeds } from './feeds.ts';
import { weightsOf, withWeights } from './kept-weights.ts';
import { validationName } from './metric-names.ts';
import { drawMixing, type Mixing } from './mixing.ts';
import { createPace } from './pace.ts';
import { borrowProgram, type Program } from './program-cache.ts';
import type { NamedCallback } from './run-callbacks.ts';
import { encodeRun, type RunIdentity, type RunState, type SavedRun } from './run-state.ts';
import { fromStored, toStored } from './stored-weights.ts';
import { addStep, emptySums, valuesOf } from './sums.ts';
import type { DataTables } from './tables.ts';
import { knobsInForce, type Task, taskFor, taskKey } from './task.ts';
import { drawSample, measure } from './telemetry.ts';
import { names } from './tensor-names.ts';
import { stateShapes, type TrainGraph, trainGraph } from './train-graph.ts';

/** One optimizer step, as it was before its update. */
export interface StepRecord {
  /** Counted from 1, over all calls of `fit`. */
  readonly step: number;
  readonly samples: number;
  /** Mean over the batch, without and with the penalty. */
  readonly dataLoss: number;
  readonly loss: number;
  readonly learningRate: number;
}

/** What a checkpoint is about. */
export interface CheckpointInfo {
  readonly step: number;
  readonly epoch: number;
  /** Set on the last checkpoint of a run. */
  readonly stopReason?: StopReason;
}

/** Saving checkpoints. */
export interface CheckpointOptions {
  /** Time between two checkpoints in milliseconds; 0 saves after every call. */
  readonly everyMs: number;
  /** Is awaited before training goes on. */
  save(bytes: Uint8Array, info: CheckpointInfo): void | Promise<void>;
}

/** A run with all options read and all data checked. */
export interface Run {
  readonly task: Task;
  readonly data: DataTables;
  readonly validation?: DataTables;
  readonly batchSize: number;
  readonly epochs: number;
  readonly seed: number;
  readonly shuffle: boolean;
  readonly mixing?: Mixing;
  readonly identity: RunIdentity;
  readonly callbacks: readonly NamedCallback[];
  readonly signal?: AbortSignal;
  readonly onEpoch?: (record: EpochRecord) => void | Promise<void>;
  readonly onStep?: (step: StepRecord) => void;
  readonly onCall?: (progress: Progress) => void;
  readonly checkpoint?: CheckpointOptions;
}

/** How a run ended: its history, and the state to go on from (with the weights to keep). */
export interface RunEnd {
  readonly history: TrainingHistory;
  readonly state: RunState;
  /** The run as it stood before callbacks put best weights back: to go on as if it had never ended. */
  readonly resumable: SavedRun;
}

function toStep({ task, mixing }: Run, rows: number, batch: number): Promise<Program<TrainGraph>> {
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

function rowOrder(run: Run, epoch: number): Int32Array {
  const { rows } = run.data.xs[0]!;
  if (!run.shuffle) return Int32Array.from({ length: rows }, (_, i) => i);
  return generator(randomKey(run.seed, 'shuffle', epoch)).permutation(rows);
}

interface Call {
  readonly program: Program<TrainGraph>;
  readonly batch: number;
  readonly steps: number;
}

/** Makes some steps in one call; the arithmetic does not depend on how many. */
async function makeSteps(
  run: Run,
  state: RunState,
  { program, batch, steps }: Call,
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

/** Trains from a state to the end of the run. */
export async function train(run: Run, start: RunState): Promise<RunEnd> {
  const { task, batchSize, callbacks } = run;
  const { rows } = run.data.xs[0]!;
  const metricNames = task.metrics.map(({ name }) => name);
  const batch = Math.min(batchSize, rows);
  const rest = rows % batch;
  const stepsPerEpoch = Math.ceil(rows / batch);
  const sample = drawSample(run.seed, run.data);
  const data = dataFeeds(run.data);
  const whole = await toStep(run, rows, batch);
  const partial = rest === 0 ? undefined : await toStep(run, rows, rest);
  const keys = layerKeys(run.seed, whole.description.keyed);
  const { weighted } = whole.description;
  const pace = createPace();
  let state = start;
  let stopReason: StopReason | undefined;
  let bestEpoch: number | undefined;
  let savedAt = performance.now();

  const knobs = (): Readonly<Record<string, number>> => knobsInForce(task, state.moved, state.step + 1);
  const kept = (): NamedArrays => weightsOf(task, state.arrays, knobs());
  const control: TrainingControl = {
    stop: (reason = 'stopped') => {
      stopReason ??= reason;
    },
    weights: () => fromStored(task.plan, kept()),
    restoreWeights: (weights, epoch) => {
      state = { ...state, arrays: withWeights(task, state.arrays, toStored(task.plan, weights)) };
      bestEpoch = epoch;
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
      state = { ...state, moved: { ...state.moved, [name]: value } };
    },
    toOnnx: (metadata = {}) => exportOnnx(task.plan, kept(), metadata),
  };
  const saved = (): SavedRun => ({
    identity: run.identity,
    state,
    callbacks: Object.fromEntries(
      callbacks.map(({ name, callback }): [string, CallbackState] => [
        name,
        callback.state?.() ?? { values: {} },
      ]),
    ),
  });
  const save = async (end?: StopReason): Promise<void> => {
    if (run.checkpoint === undefined) return;
    const info = { step: state.step, epoch: state.epoch, ...(end === undefined ? {} : { stopReason: end }) };
    await run.checkpoint.save(await encodeRun(saved()), info);
    savedAt = performance.now();
  };
  const saveWhenDue = async (): Promise<void> => {
    if (run.checkpoint !== undefined && performance.now() - savedAt >= run.checkpoint.everyMs) await save();
  };

  const endEpoch = async (): Promise<void> => {
    const weights = kept();
    const metrics: Record<string, number> = { ...valuesOf(state.sums, task.metrics, weighted) };
    if (run.validation !== undefined) {
      const judged = taskFor(task, run.validation);
      const found = await evaluateTables(judged, weights, knobs(), run.validation);
      metrics.valLoss = found.loss;
      for (const [name, value] of Object.entries(found.metrics)) metrics[validationName(name)] = value;
    }
    const last = knobsInForce(task, state.moved, Math.max(1, state.step));
    const telemetry = await measure(task, weights, last, state.sums, sample);
    const record: EpochRecord = { epoch: state.epoch, step: state.step, metrics, telemetry };
    state = {
      ...state,
      epoch: state.epoch + 1,
      cursor: 0,
      sums: emptySums(metricNames),
      epochs: [...state.epochs, record],
    };
    for (const { callback } of callbacks) await callback.onEpochEnd?.(record, control);
    await run.onEpoch?.(record);
  };

  try {
    while (stopReason === undefined && state.epoch < run.epochs) {
      if (state.cursor === 0) {
        for (const { callback } of callbacks) await callback.onEpochBegin?.(state.epoch, control);
      }
      const order = rowOrder(run, state.epoch);
      while (state.cursor < rows && stopReason === undefined) {
        if (run.signal?.aborted === true) {
          stopReason = 'stopped';
          break;
        }
        const left = Math.floor((rows - state.cursor) / batch);
        const call: Call =
          left > 0
            ? { program: whole, batch, steps: Math.min(left, pace.steps()) }
            : { program: partial!, batch: rest, steps: 1 };
        const begun = performance.now();
        state = await makeSteps(run, state, call, order, keys, data);
        if (left > 0) pace.took(call.steps, performance.now() - begun);
        const progress: Progress = {
          epoch: state.epoch,
          epochs: run.epochs,
          step: state.step,
          epochStep: state.sums.steps,
          stepsPerEpoch,
          metrics: valuesOf(state.sums, task.metrics, weighted),
        };
        for (const { callback } of callbacks) await callback.onProgress?.(progress, control);
        run.onCall?.(progress);
        if (!Number.isFinite(state.sums.dataLoss + state.sums.penalty)) stopReason = 'diverged';
        await pause();
        if (state.cursor < rows && stopReason === undefined) await saveWhenDue();
      }
      if (state.cursor >= rows || stopReason === 'diverged') await endEpoch();
      if (stopReason === undefined && state.epoch < run.epochs) await saveWhenDue();
    }
    stopReason ??= 'epochs';
    const resumable = saved();
    // Before best weights are put back: a longer run can go on from here as if it had never ended.
    if (stopReason === 'stopped' || stopReason === 'epochs') await save(stopReason);
    for (const { callback } of callbacks) await callback.onTrainEnd?.(control);
    const history: TrainingHistory = {
      epochs: state.epochs,
      stopReason,
      ...(bestEpoch === undefined ? {} : { bestEpoch }),
    };
    return { history, state, resumable };
  } finally {
    whole.giveBack();
    partial?.giveBack();
  }
}

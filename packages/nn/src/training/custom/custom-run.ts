import { type EpochRecord, encodeJson, type StopReason, type TrainingHistory } from '@luthier/core';
import type { RuntimeTensor } from '../../runtime/contract.ts';
import { pause } from '../../runtime/pause.ts';
import type { NamedArrays, Progress, TrainingControl } from '../callback.ts';
import { knobFeeds } from '../evaluation.ts';
import { layerKeys, stepFeeds } from '../feeds.ts';
import { createPace } from '../pace.ts';
import { borrowProgram, type Program } from '../program-cache.ts';
import { rowOrder } from '../row-order.ts';
import type { CheckpointOptions } from '../run.ts';
import { type NamedCallback, savedRun } from '../run-callbacks.ts';
import { encodeRun, type RunIdentity, type RunState } from '../run-state.ts';
import { addStep, type EpochSums, emptySums } from '../sums.ts';
import { type Table, toRuntime } from '../tables.ts';
import { names } from '../tensor-names.ts';
import { type CustomGraph, networkStates, type TrainedNetwork } from './custom-graph.ts';

/** Everything about a run of custom steps that its state does not hold. */
export interface CustomRun {
  readonly networks: readonly TrainedNetwork[];
  readonly tables: Readonly<Record<string, Table>>;
  readonly batchSize: number;
  readonly epochs: number;
  readonly seed: number;
  readonly shuffle: boolean;
  readonly identity: RunIdentity;
  /** Tells this step from others. */
  readonly programKey: string;
  build(rows: number, batch: number): CustomGraph;
  /** All scalars in a step, counted from 1. */
  knobs(moved: Readonly<Record<string, number>>, step: number): Readonly<Record<string, number>>;
  /** Numbers that are fed for a step, counted from 1. */
  stepNumbers(
    graph: CustomGraph,
    knobs: Readonly<Record<string, number>>,
    step: number,
  ): Readonly<Record<string, number>>;
  readonly callbacks: readonly NamedCallback[];
  /** What callbacks may do, given the state and a way to replace it. */
  control(
    read: () => RunState,
    write: (state: RunState) => void,
    stop: TrainingControl['stop'],
  ): TrainingControl;
  readonly signal?: AbortSignal;
  readonly onEpoch?: (record: EpochRecord) => void | Promise<void>;
  readonly onCall?: (progress: Progress) => void;
  readonly checkpoint?: CheckpointOptions;
}

function meansOf(sums: EpochSums): Record<string, number> {
  return Object.fromEntries(
    Object.entries(sums.metrics).map(([name, [total = 0]]) => [name, total / sums.samples]),
  );
}

/** One call into the runtime: some steps. */
async function makeSteps(
  run: CustomRun,
  program: Program<CustomGraph>,
  state: RunState,
  order: Int32Array,
  batch: number,
  steps: number,
  data: Readonly<Record<string, RuntimeTensor>>,
): Promise<RunState> {
  const { description } = program;
  const knobs = run.knobs(state.moved, state.step + 1);
  const feeds: Record<string, RuntimeTensor> = { ...data };
  for (const [name, shape] of networkStates(run.networks)) {
    feeds[name] = { dtype: 'float32', shape, data: state.arrays[name]! };
  }
  const rows = order.subarray(state.cursor, state.cursor + steps * batch);
  const numbers = { stepNumbers: (_: unknown, step: number) => run.stepNumbers(description, knobs, step) };
  const keys = layerKeys(run.seed, description.keyed);
  const results = await program.run(
    {
      ...feeds,
      ...knobFeeds(description.knobs, knobs),
      ...stepFeeds(description, numbers, knobs, keys, state.step, steps, batch, rows),
    },
    Object.keys(description.graph.outputs),
  );
  let { sums } = state;
  for (let i = 0; i < steps; i++) {
    const values = description.measured.map((name) => Number(results[names.metric(name)]!.data[i]));
    const metrics = Object.fromEntries(description.measured.map((name, j) => [name, [values[j]! * batch]]));
    sums = addStep(sums, batch, values[0]!, 0, metrics);
  }
  const arrays = Object.fromEntries(
    description.states.map((name) => [name, results[names.next(name)]!.data as Float32Array]),
  );
  return { ...state, arrays, sums, step: state.step + steps, cursor: state.cursor + steps * batch };
}

/** A record of an epoch; of what the trainer measures by itself a custom step has the weights only. */
function epochRecord(state: RunState, learningRate: number): EpochRecord {
  const { sums } = state;
  const squares = Object.entries(state.arrays).reduce(
    (total, [name, array]) =>
      name.includes('/weight/') ? total + array.reduce((sum, v) => sum + v * v, 0) : total,
    0,
  );
  return {
    epoch: state.epoch,
    step: state.step,
    metrics: meansOf(sums),
    telemetry: {
      dataLoss: sums.dataLoss / sums.samples,
      penalty: Number.NaN,
      trainEvalLoss: Number.NaN,
      lossVariance: sums.steps > 1 ? sums.stepSquares / (sums.steps - 1) : 0,
      gradientNorm: Number.NaN,
      weightNorm: Math.sqrt(squares),
      learningRate,
    },
  };
}

/** Runs custom steps from a state to the end of the run. */
export async function runCustomSteps(
  run: CustomRun,
  start: RunState,
): Promise<{ readonly history: TrainingHistory; readonly state: RunState; readonly arrays: NamedArrays }> {
  const { rows } = Object.values(run.tables)[0]!;
  const batch = Math.min(run.batchSize, rows);
  const rest = rows % batch;
  const borrow = (size: number): Promise<Program<CustomGraph>> =>
    borrowProgram(encodeJson(['custom', run.programKey, rows, size]), () => run.build(rows, size));
  const whole = await borrow(batch);
  const partial = rest === 0 ? undefined : await borrow(rest);
  const data = Object.fromEntries(
    Object.entries(run.tables).map(([name, table]) => [`data/${name}`, toRuntime(table)]),
  );
  const fresh = (): EpochSums => emptySums(whole.description.measured);
  const pace = createPace();
  let state = start.sums.steps === 0 ? { ...start, sums: fresh() } : start;
  let stopReason: StopReason | undefined;
  let bestEpoch: number | undefined;
  let savedAt = performance.now();
  const inner = run.control(
    () => state,
    (next) => {
      state = next;
    },
    (reason = 'stopped') => {
      stopReason ??= reason;
    },
  );
  const control: TrainingControl = {
    ...inner,
    restoreWeights: (weights, epoch) => {
      inner.restoreWeights(weights, epoch);
      bestEpoch = epoch;
    },
  };
  const save = async (end?: StopReason): Promise<void> => {
    if (run.checkpoint === undefined) return;
    const info = { step: state.step, epoch: state.epoch, ...(end === undefined ? {} : { stopReason: end }) };
    await run.checkpoint.save(await encodeRun(savedRun(run, state)), info);
    savedAt = performance.now();
  };
  const saveWhenDue = async (): Promise<void> => {
    if (run.checkpoint !== undefined && performance.now() - savedAt >= run.checkpoint.everyMs) await save();
  };
  const endEpoch = async (): Promise<void> => {
    const knobs = run.knobs(state.moved, Math.max(1, state.step));
    const rate = Object.entries(knobs).find(([name]) => name.endsWith('learningRate'))?.[1] ?? Number.NaN;
    const record = epochRecord(state, rate);
    state = { ...state, epoch: state.epoch + 1, cursor: 0, sums: fresh(), epochs: [...state.epochs, record] };
    for (const { callback } of run.callbacks) await callback.onEpochEnd?.(record, control);
    await run.onEpoch?.(record);
  };
  try {
    while (stopReason === undefined && state.epoch < run.epochs) {
      if (state.cursor === 0) {
        for (const { callback } of run.callbacks) await callback.onEpochBegin?.(state.epoch, control);
      }
      const order = rowOrder(run, rows, state.epoch);
      while (state.cursor < rows && stopReason === undefined) {
        if (run.signal?.aborted === true) {
          stopReason = 'stopped';
          break;
        }
        const left = Math.floor((rows - state.cursor) / batch);
        const steps = left > 0 ? Math.min(left, pace.steps()) : 1;
        const begun = performance.now();
        state =
          left > 0
            ? await makeSteps(run, whole, state, order, batch, steps, data)
            : await makeSteps(run, partial!, state, order, rest, 1, data);
        if (left > 0) pace.took(steps, performance.now() - begun);
        const progress: Progress = {
          epoch: state.epoch,
          epochs: run.epochs,
          step: state.step,
          epochStep: state.sums.steps,
          stepsPerEpoch: Math.ceil(rows / batch),
          metrics: meansOf(state.sums),
        };
        for (const { callback } of run.callbacks) await callback.onProgress?.(progress, control);
        run.onCall?.(progress);
        if (Object.values(meansOf(state.sums)).some((value) => !Number.isFinite(value)))
          stopReason = 'diverged';
        await pause();
        if (state.cursor < rows && stopReason === undefined) await saveWhenDue();
      }
      if (state.cursor >= rows || stopReason === 'diverged') await endEpoch();
      if (stopReason === undefined && state.epoch < run.epochs) await saveWhenDue();
    }
    stopReason ??= 'epochs';
    if (stopReason === 'stopped' || stopReason === 'epochs') await save(stopReason);
    for (const { callback } of run.callbacks) await callback.onTrainEnd?.(control);
    const history = {
      epochs: state.epochs,
      stopReason,
      ...(bestEpoch === undefined ? {} : { bestEpoch }),
    };
    return { history, state, arrays: state.arrays };
  } finally {
    whole.giveBack();
    partial?.giveBack();
  }
}

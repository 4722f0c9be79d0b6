import type { EpochRecord, StopReason, TrainingHistory } from '@luthier/core';
import { pause } from '../runtime/pause.ts';
import type { NamedArrays, Progress } from './callback.ts';
import { dataFeeds, evaluateTables } from './evaluation.ts';
import { layerKeys } from './feeds.ts';
import { weightsOf } from './kept-weights.ts';
import { makeSteps, type StepCall, stepProgram } from './make-steps.ts';
import { validationName } from './metric-names.ts';
import { createPace } from './pace.ts';
import { rowOrder } from './row-order.ts';
import type { Run, RunEnd } from './run.ts';
import { savedRun } from './run-callbacks.ts';
import { encodeRun, type RunState } from './run-state.ts';
import { emptySums, valuesOf } from './sums.ts';
import { knobsInForce, taskFor } from './task.ts';
import { drawSample, measure } from './telemetry.ts';
import { createControl } from './training-control.ts';

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
  const whole = await stepProgram(run, rows, batch);
  const partial = rest === 0 ? undefined : await stepProgram(run, rows, rest);
  const keys = layerKeys(run.seed, whole.description.keyed);
  const { weighted } = whole.description;
  const pace = createPace();
  let state = start;
  let stopReason: StopReason | undefined;
  let bestEpoch: number | undefined;
  let savedAt = performance.now();

  const knobs = (): Readonly<Record<string, number>> => knobsInForce(task, state.moved, state.step + 1);
  const kept = (): NamedArrays => weightsOf(task, state.arrays, knobs());
  const control = createControl(task, {
    read: () => state,
    write: (changed) => {
      state = changed;
    },
    stop: (reason) => {
      stopReason ??= reason;
    },
    restored: (epoch) => {
      bestEpoch = epoch;
    },
  });
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
      const order = rowOrder(run, rows, state.epoch);
      while (state.cursor < rows && stopReason === undefined) {
        if (run.signal?.aborted === true) {
          stopReason = 'stopped';
          break;
        }
        const left = Math.floor((rows - state.cursor) / batch);
        const call: StepCall =
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
    const resumable = savedRun(run, state);
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

import { encodeJson, LuthierError } from '@luthier/core';
import { type FitOptions, readFitOptions } from './fit-options.ts';
import { freshState } from './fresh-state.ts';
import { directionOf, metricNamesOf, validationName } from './metric-names.ts';
import { type Mixing, readMixing } from './mixing.ts';
import type { ModelPlan } from './plan.ts';
import { type ReadSamples, readSamples, splitValidation } from './read-data.ts';
import { requireSeveralClasses } from './require-classes.ts';
import type { Run } from './run.ts';
import { createCallbacks, type NamedCallback, restoreCallbacks } from './run-callbacks.ts';
import { decodeRun, type RunState, requireSameRun, type SavedRun } from './run-state.ts';
import { withClassWeight } from './sample-weights.ts';
import { initialWeights } from './stored-weights.ts';
import { emptySums } from './sums.ts';
import type { SamplesLike } from './tables.ts';
import { modelTask, type Objective } from './task.ts';

/** A compiled model as `fit` finds it. */
export interface ModelToFit {
  readonly name: string;
  readonly plan: ModelPlan;
  readonly seed: number;
  readonly objective: Objective;
  /** Absent before weights were asked for. */
  readonly state: RunState | undefined;
  readonly lastRun: SavedRun | undefined;
}

interface FitData {
  readonly train: ReadSamples;
  readonly validation: ReadSamples | undefined;
}

/** Reads and checks training and validation data. */
function readFitData(
  { plan, objective: { losses } }: ModelToFit,
  data: SamplesLike,
  validationData: SamplesLike | undefined,
  validationSplit: number,
): FitData {
  const all = readSamples(plan, losses, 'training data', data);
  const given =
    validationData === undefined ? undefined : readSamples(plan, losses, 'validation data', validationData);
  const isSplit = given === undefined && validationSplit > 0;
  const { train, validation } = isSplit
    ? splitValidation(all, validationSplit)
    : { train: all, validation: given };
  if (validation !== undefined && validation.forms.join() !== all.forms.join()) {
    throw new LuthierError('LU_DATA_TARGET', 'Training and validation targets have different forms', {
      fix: 'Give labels in both, or rows in both.',
      where: 'validation data y',
    });
  }
  requireSeveralClasses(plan, losses, train);
  return { train, validation };
}

/** What must agree with a checkpoint, as JSON text. */
function structureOf({ plan, objective: { optimizer } }: ModelToFit, mixing: Mixing | undefined): string {
  const mixed = mixing === undefined ? [] : [mixing.kind, mixing.alpha];
  return encodeJson([plan.structure, optimizer.kind, optimizer.structure, ...mixed]);
}

function callbacksFor(
  { objective }: ModelToFit,
  factories: FitOptions['callbacks'] = [],
  isValidated: boolean,
  epochs: number,
): readonly NamedCallback[] {
  const own = metricNamesOf(objective);
  return createCallbacks(factories, {
    monitors: isValidated ? [...own, ...own.map(validationName)] : own,
    epochs,
    isScheduled: objective.optimizer.scheduled !== undefined,
    direction: (monitor) => directionOf(objective, monitor),
  });
}

async function runToResume(
  { name, lastRun }: ModelToFit,
  resume: FitOptions['resume'],
): Promise<SavedRun | undefined> {
  if (resume !== 'last') return resume === undefined ? undefined : decodeRun(resume);
  if (lastRun !== undefined) return lastRun;
  throw new LuthierError('LU_FIT_RESUME', `${name} has no run to go on with`, {
    fix: 'Leave resume out, or give it the bytes of a checkpoint.',
    where: 'resume',
  });
}

/** Reads what `fit` was given: the run to make, and the state it starts from. Throws what `fit` throws before training. */
export async function prepareFit(
  model: ModelToFit,
  data: SamplesLike,
  options: FitOptions,
): Promise<{ readonly run: Run; readonly start: RunState }> {
  const { plan, objective } = model;
  const { epochs, batchSize, validationSplit, shuffle, seed, initialEpoch } = readFitOptions(
    options,
    model.seed,
  );
  if (plan.trainable.length === 0) {
    throw new LuthierError('LU_MODEL_WEIGHTS', `${model.name} has no weights to train`, {
      fix: 'Add a layer that has some, such as dense.',
    });
  }
  const { train, validation } = readFitData(model, data, options.validationData, validationSplit);
  const weighted = withClassWeight(plan, train, options.classWeight);
  const mixing = readMixing(plan, options);
  const { rows } = train.xs[0]!;
  const identity = { structure: structureOf(model, mixing), seed, rows, batchSize, shuffle };
  const callbacks = callbacksFor(model, options.callbacks, validation !== undefined, epochs);
  const saved = await runToResume(model, options.resume);
  if (saved !== undefined) {
    requireSameRun(saved, identity);
    restoreCallbacks(callbacks, saved);
  }
  const before =
    model.state ?? freshState({ plan, optimizer: objective.optimizer }, initialWeights(plan, seed));
  const sums = emptySums(objective.metrics.map(({ name }) => name));
  const fresh = { ...before, epoch: initialEpoch, cursor: 0, epochs: [], moved: {}, sums };
  const run: Run = {
    task: modelTask(plan, objective, weighted),
    data: weighted,
    ...(validation === undefined ? {} : { validation }),
    batchSize,
    epochs,
    seed,
    shuffle,
    ...(mixing === undefined ? {} : { mixing }),
    identity,
    callbacks,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onEpoch === undefined ? {} : { onEpoch: options.onEpoch }),
    ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
    ...(options.onCall === undefined ? {} : { onCall: options.onCall }),
    ...(options.checkpoint === undefined ? {} : { checkpoint: options.checkpoint }),
  };
  return { run, start: saved?.state ?? fresh };
}

import { encodeJson, LuthierError } from '@luthier/core';
import { type FitOptions, readFitOptions } from './fit-options.ts';
import { directionOf, metricNamesOf, validationName } from './metric-names.ts';
import { type Mixing, readMixing } from './mixing.ts';
import type { ModelState } from './model-state.ts';
import { type ReadSamples, readSamples, splitValidation } from './read-data.ts';
import { requireSeveralClasses } from './require-classes.ts';
import type { Run } from './run.ts';
import { createCallbacks, type NamedCallback, restoreCallbacks } from './run-callbacks.ts';
import { decodeRun, type RunState, requireSameRun, type SavedRun } from './run-state.ts';
import { withClassWeight } from './sample-weights.ts';
import { emptySums } from './sums.ts';
import type { SamplesLike } from './tables.ts';
import { modelTask } from './task.ts';

interface FitData {
  readonly train: ReadSamples;
  readonly validation: ReadSamples | undefined;
}

/** Reads and checks training and validation data. */
function readFitData(
  state: ModelState,
  data: SamplesLike,
  validationData: SamplesLike | undefined,
  validationSplit: number,
): FitData {
  const { plan } = state;
  const { losses } = state.objective('fit');
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
function structureOf({ plan, optimizer }: ModelState, mixing: Mixing | undefined): string {
  const mixed = mixing === undefined ? [] : [mixing.kind, mixing.alpha];
  return encodeJson([plan.structure, optimizer.kind, optimizer.structure, ...mixed]);
}

function callbacksFor(
  state: ModelState,
  factories: FitOptions['callbacks'] = [],
  isValidated: boolean,
  epochs: number,
): readonly NamedCallback[] {
  const objective = state.objective('fit');
  const own = metricNamesOf(objective);
  return createCallbacks(factories, {
    monitors: isValidated ? [...own, ...own.map(validationName)] : own,
    epochs,
    isScheduled: objective.optimizer.scheduled !== undefined,
    direction: (monitor) => directionOf(objective, monitor),
  });
}

async function runToResume(
  { name, lastRun }: ModelState,
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
  model: ModelState,
  data: SamplesLike,
  options: FitOptions,
): Promise<{ readonly run: Run; readonly start: RunState }> {
  const { plan } = model;
  const objective = model.objective('fit');
  const { epochs, batchSize, validationSplit, shuffle, seed, initialEpoch } = readFitOptions(
    options,
    model.seed,
  );
  if (plan.trainable.length === 0) {
    throw new LuthierError('LU_MODEL_WEIGHTS', `${model.name} has no weights to train`, {
      fix:
        plan.weights.length === 0
          ? 'Add a layer that has some, such as dense.'
          : 'All of them are frozen: unfreeze() a layer.',
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
  if (saved !== undefined) return { run, start: saved.state };
  const sums = emptySums(objective.metrics.map(({ name }) => name));
  const begin = { epoch: initialEpoch, cursor: 0, epochs: [], moved: {}, sums };
  return { run, start: { ...model.start(seed), ...begin } };
}

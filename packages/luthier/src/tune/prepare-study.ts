import { hostname } from 'node:os';
import { LuthierError, refuseUnknown } from '@luthier/core';
import { type Dataset, type Folds, foldsFor, type Model, prepareDataset } from '@luthier/nn';
import {
  type Budget,
  createStudy,
  discoverSpace,
  type History,
  openStudy,
  parseSampler,
  parseScheduler,
  pastTrials,
  type Sampler,
  type Scheduler,
  type Space,
  type Study,
  type StudyLog,
  sameSpace,
  spaceDifferences,
} from '@luthier/search';
import { openStore, type Store } from '../stores/open-store.ts';
import { readHistory } from '../stores/read-history.ts';
import type { TuneOptions } from './contract.ts';
import { FIT_SETTINGS, type FitSettings, type TuningDefinition } from './define-tuning.ts';
import type { LoadedTuning } from './load-tuning.ts';
import { metricNames } from './metric-names.ts';
import { learnable } from './trial-plan.ts';
import { checkShape, shapeMeta, type TrialShape, trialShape } from './trial-shape.ts';

/** The lease of the process that asks the sampler, among those of the trials. */
const COORDINATOR = -1;
const LEASE_MS = 15_000;
const RENEW_MS = 5_000;

/** Names that are safe as folders. */
export const STUDY_NAME: RegExp = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** What running `build` and `fit` with the defaults tells. */
export interface Discovered {
  /** The model of the default configuration. */
  readonly model: Model;
  readonly space: Space;
  readonly complete: boolean;
  readonly settings: FitSettings;
}

/**
 * Runs `build` and `fit` of a definition to learn the space, and checks the objective against what will be measured.
 *
 * Throws what the model's layers throw (shapes, ranges), LU_TUNING_FIELD for a setting of `fit` there is not, and LU_OBJECTIVE_UNKNOWN.
 */
export function discover(definition: TuningDefinition, shown: string): Discovered {
  let settings: FitSettings | undefined;
  let model: Model | undefined;
  const found = discoverSpace((hp) => {
    const built = definition.build(hp);
    const fit = definition.fit(hp);
    refuseUnknown('LU_TUNING_FIELD', `fit of ${shown}`, fit, FIT_SETTINGS);
    model ??= built;
    settings ??= fit;
  });
  if (model === undefined || settings === undefined) throw new Error('discoverSpace did not build a model');
  const names = metricNames(model);
  if (!names.includes(definition.objective.metric)) {
    throw new LuthierError('LU_OBJECTIVE_UNKNOWN', `no metric is called '${definition.objective.metric}'`, {
      where: `${shown}, objective`,
      fix: `Use one of ${names.join(', ')}, or add it to the model's metrics.`,
    });
  }
  return { model, space: found.space, complete: found.complete, settings };
}

/** The data of a job as the file gives them, and after its preparation. */
export interface LoadedData {
  readonly raw: Dataset;
  readonly dataset: Dataset;
}

/** Loads and prepares the data and checks them against the model and the folds. */
export async function checkedData(
  definition: TuningDefinition,
  model: Model,
  folds: number | Folds | undefined,
): Promise<LoadedData> {
  const raw = await definition.data();
  const { metric } = definition.objective;
  if (raw.validation === undefined && folds === undefined && /^val[A-Z]/.test(metric)) {
    throw new LuthierError(
      'LU_DATA_VALIDATION',
      `the objective '${metric}' needs data that are not trained on`,
      {
        fix: 'Let data return a validation part, or ask for cross-validation: folds: 5.',
        where: 'data',
      },
    );
  }
  const dataset = prepareDataset(raw, definition.prepare ?? {});
  model.checkData(dataset.train, 'train');
  if (dataset.validation !== undefined) model.checkData(dataset.validation, 'validation');
  if (dataset.test !== undefined) model.checkData(dataset.test, 'test');
  if (folds !== undefined) {
    const all = learnable(raw);
    foldsFor(folds, all).split(all);
  }
  return { raw, dataset };
}

/** A study opened for work by this process alone. */
export interface PreparedStudy {
  /** After the preparation that the tuning file declares. */
  readonly dataset: Dataset;
  /** As the tuning file gives it. */
  readonly raw: Dataset;
  readonly shape: TrialShape;
  readonly study: Study;
  readonly store: Store;
  readonly sampler: Sampler;
  readonly scheduler: Scheduler;
  readonly budget: Budget;
  readonly seed: number;
  readonly discovered: Discovered;
  /** Gives the study up and closes the store. */
  close(): Promise<void>;
}

function isAlive(holder: string): boolean {
  const [host, pid] = holder.split(':');
  if (host !== hostname()) return true;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Takes the study for this process and keeps it; a holder that died on this host is replaced at once. */
async function takeStudy(store: Store, study: string): Promise<() => Promise<void>> {
  const holder = `${hostname()}:${process.pid}`;
  const lease = () => ({ study, trial: COORDINATOR, attempt: 1, holder, expiresAt: Date.now() + LEASE_MS });
  if (!(await store.leases.acquire(lease()))) {
    const held = (await store.leases.list(study)).find((other) => other.trial === COORDINATOR);
    if (held !== undefined && isAlive(held.holder)) {
      throw new LuthierError(
        'LU_STUDY_BUSY',
        `study '${study}' is being worked on by process ${held.holder}`,
        {
          where: store.url,
          fix: 'Wait until it ends or stop it with Ctrl-C, or give another --study.',
        },
      );
    }
    if (held !== undefined) await store.leases.release(study, COORDINATOR, held.holder);
    await store.leases.acquire(lease());
  }
  const renewal = setInterval(() => void store.leases.acquire(lease()), RENEW_MS);
  renewal.unref();
  return async () => {
    clearInterval(renewal);
    await store.leases.release(study, COORDINATOR, holder);
  };
}

function refuseExisting(name: string, history: History, file: string): never {
  const finished = history.trials.filter((trial) => trial.finishedSequence !== undefined).length;
  throw new LuthierError(
    'LU_STUDY_EXISTS',
    `study '${name}' exists already, with ${finished} finished trials`,
    {
      where: file,
      fix: `Add --resume to go on with it, give another --study NAME, or delete it: luthier rm ${name}`,
    },
  );
}

/** The space of a study without what its trials found on the way: plain control flow opens that, so that running the file once cannot. */
async function declaredSpace(log: StudyLog, name: string, space: Space, discovered: Space): Promise<Space> {
  const named = new Set(discovered.parameters.map((parameter) => parameter.name));
  for await (const event of log.read(name, 0)) {
    if (event.type !== 'study-created') break;
    for (const parameter of event.space.parameters) named.add(parameter.name);
    return { ...space, parameters: space.parameters.filter((parameter) => named.has(parameter.name)) };
  }
  return space;
}

function checkSame(
  history: History,
  definition: TuningDefinition,
  declared: Space,
  space: Space,
  name: string,
  file: string,
  mayDiffer: boolean,
): void {
  if (!mayDiffer && !sameSpace(declared, space)) {
    throw new LuthierError(
      'LU_STUDY_SPACE',
      `study '${name}' has another search space: ${spaceDifferences(declared, space).join('; ')}`,
      {
        where: file,
        fix: 'Go on in the new space with --change-space, give it its own study with --study NAME, or undo the change.',
      },
    );
  }
  const [objective] = history.objectives;
  const { metric, direction } = definition.objective;
  if (objective?.metric !== metric || objective.direction !== direction) {
    throw new LuthierError(
      'LU_STUDY_OBJECTIVE',
      `study '${name}' has another objective: ${objective?.direction} ${objective?.metric}, not ${direction} ${metric}`,
      { where: file, fix: 'Give the new objective its own study with --study NAME, or undo the change.' },
    );
  }
}

function samplerOf(given: Sampler | string): Sampler {
  return typeof given === 'string' ? parseSampler(given) : given;
}

function schedulerOf(given: Scheduler | string): Scheduler {
  return typeof given === 'string' ? parseScheduler(given) : given;
}

/** The limits of a file or study, as far as the options do not say otherwise. */
function budgetOf(options: TuneOptions, given: Budget): Budget {
  const { trials, minutes, epochs, target } = options;
  return {
    ...given,
    ...(trials === undefined ? {} : { trials }),
    ...(minutes === undefined ? {} : { minutes }),
    ...(epochs === undefined ? {} : { epochs }),
    ...(target === undefined ? {} : { target }),
  };
}

/** Opens the study that the options name, or makes it; nothing is written before all checks have passed. */
export async function prepareStudy(loaded: LoadedTuning, options: TuneOptions): Promise<PreparedStudy> {
  const { definition, shown } = loaded;
  const name = options.study ?? definition.name;
  if (!STUDY_NAME.test(name)) {
    throw new LuthierError('LU_STUDY_NAME', `'${name}' cannot name a study`, {
      where: '--study',
      fix: 'Use letters, digits, ".", "_" and "-"; it names a folder of results, too.',
    });
  }
  const sampler = samplerOf(options.sampler ?? definition.sampler ?? 'auto');
  const scheduler = schedulerOf(options.scheduler ?? definition.scheduler ?? 'asha');
  const discovered = discover(definition, shown);
  let shape = trialShape(options, definition);
  const data = await checkedData(definition, discovered.model, shape.folds);
  const store = await openStore(options.store);
  try {
    const summary = (await store.log.studies()).find((found) => found.study === name);
    const log = store.log;
    let study: Study;
    let declared = discovered.space;
    if (summary === undefined) {
      const budget = budgetOf(options, definition.budget ?? { trials: 30 });
      const past = options.warmStart === undefined ? undefined : await readHistory(log, options.warmStart);
      if (past !== undefined) pastTrials(discovered.space, past);
      study = await createStudy({
        log,
        name,
        space: discovered.space,
        objectives: [definition.objective],
        sampler,
        scheduler,
        seed: options.seed ?? definition.seed ?? 0,
        budget,
        meta: { file: shown, digest: loaded.digest, ...shapeMeta(shape) },
      });
      if (past !== undefined) await study.warmStart(past, { name: options.warmStart! });
    } else {
      study = await openStudy({ log, name, sampler, scheduler });
      if (!options.resume) refuseExisting(name, study.history, shown);
      declared = await declaredSpace(log, name, study.history.space, discovered.space);
      const mayDiffer = options.changeSpace === true;
      checkSame(study.history, definition, declared, discovered.space, name, shown, mayDiffer);
      shape = checkShape(study.history, options, shape, name);
      if (options.seed !== undefined && options.seed !== study.history.seed) {
        throw new LuthierError('LU_STUDY_SEED', `study '${name}' was begun with seed ${study.history.seed}`, {
          where: '--seed',
          fix: 'Leave --seed out to go on with it, or give another --study NAME.',
        });
      }
    }
    const giveUp = await takeStudy(store, name);
    if (summary !== undefined) {
      const budget = budgetOf(options, study.history.budget);
      if (JSON.stringify(budget) !== JSON.stringify(study.history.budget)) await study.setBudget(budget);
      if (!sameSpace(declared, discovered.space)) await study.changeSpace(discovered.space);
    }
    return {
      ...data,
      shape,
      study,
      store,
      sampler,
      scheduler,
      budget: study.history.budget,
      seed: study.history.seed,
      discovered,
      close: async () => {
        await giveUp();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

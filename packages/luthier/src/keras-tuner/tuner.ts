import { join } from 'node:path';
import { mean, refuseUnknown } from '@luthier/core';
import type { Model, SamplesLike } from '@luthier/nn';
import {
  createStudy,
  describeParameter,
  discoverSpace,
  type History,
  isBetter,
  type Objective,
  openStudy,
  type Sampler,
  type Scheduler,
  type Space,
  type Study,
  size,
  type TrialRecord,
  topTrials,
} from '@luthier/search';
import { openStore, type Store } from '../stores/open-store.ts';
import { searchBrackets } from './bracket-search.ts';
import { objectiveOf } from './objective-of.ts';
import { packWeights, unpackWeights } from './packed-weights.ts';
import { refuse } from './refuse.ts';
import { trainStage } from './train-stage.ts';
import { trainTrial } from './train-trial.ts';
import {
  buildModel,
  type HyperModel,
  type TrialHyperParameters,
  type TunerFitOptions,
  trialHyperParameters,
} from './tunable-model.ts';
import { type BracketPlan, type Run, TUNER_OPTIONS, type TunerOptions } from './tuner-options.ts';

const WEIGHTS = 'weights';

/**
 * A search in the manner of Keras Tuner: made by `randomSearch`, `gridSearch`, `bayesianOptimization` and `hyperbandSearch`.
 *
 * The score of a training is that of its best epoch, whose weights are kept: evaluating the model gives the same number. A training that
 * diverges or throws is a failed trial. Everything is seeded, no configuration comes twice, and a search that is called again with a
 * greater `maxTrials` goes on.
 */
export class Tuner {
  readonly space: Space;
  readonly objective: Objective;
  readonly #hypermodel: HyperModel;
  readonly #options: TunerOptions;
  readonly #sampler: Sampler;
  readonly #scheduler: Scheduler | undefined;
  readonly #plan: BracketPlan | undefined;
  #opened: Promise<{ readonly study: Study; readonly store: Store }> | undefined;
  #study: Study | undefined;

  constructor(
    hypermodel: HyperModel,
    options: TunerOptions,
    parts: { readonly sampler: Sampler; readonly scheduler?: Scheduler; readonly plan?: BracketPlan },
  ) {
    refuseUnknown('LU_OPTION', 'the tuner', options, TUNER_OPTIONS);
    for (const name of ['maxTrials', 'executionsPerTrial', 'maxConsecutiveFailedTrials'] as const) {
      const count = options[name] ?? 1;
      if (!Number.isInteger(count) || count < 1)
        refuse('LU_OPTION', `${name} is ${count}`, 'Give a whole number above 0.', name);
    }
    this.#hypermodel = hypermodel;
    this.#options = options;
    this.#sampler = parts.sampler;
    this.#scheduler = parts.scheduler;
    this.#plan = parts.plan;
    let model: Model | undefined;
    this.space = discoverSpace((hp) => {
      const built = buildModel(hypermodel, hp, options.fixed ?? {});
      model ??= built.model;
    }).space;
    this.objective = objectiveOf(options.objective, model!);
  }

  get #seed(): number {
    return this.#options.seed ?? 0;
  }

  #open(): Promise<{ readonly study: Study; readonly store: Store }> {
    this.#opened ??= this.#openStudy();
    return this.#opened;
  }

  async #openStudy(): Promise<{ readonly study: Study; readonly store: Store }> {
    const { directory, projectName: name = 'untitled', overwrite = false } = this.#options;
    // A plan says itself how many.
    const maxTrials = this.#options.maxTrials ?? (this.#plan === undefined ? 10 : undefined);
    const store = await openStore(directory === undefined ? 'memory:' : join(directory, 'studies.db'));
    const { log } = store;
    const shared = {
      log,
      name,
      space: this.space,
      sampler: this.#sampler,
      ...(this.#scheduler === undefined ? {} : { scheduler: this.#scheduler }),
    };
    try {
      let known = (await log.studies()).some(({ study }) => study === name);
      if (known && overwrite) {
        await log.remove(name);
        known = false;
      }
      const study = known
        ? await openStudy(shared)
        : await createStudy({ ...shared, seed: this.#seed, objectives: [this.objective] });
      await study.setBudget(maxTrials === undefined ? {} : { trials: maxTrials });
      this.#study = study;
      return { study, store };
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Everything that happened, as data; undefined before the first search. */
  get history(): History | undefined {
    return this.#study?.history;
  }

  /**
   * Trains models until the trials are used up or the space is exhausted. Options are those of `fit`; validation data (or
   * `validationSplit`) decide when the objective is one of theirs.
   *
   * A search whose `signal` is aborted throws its reason; its trial is interrupted, and a later search runs it again. Throws
   * LU_TUNER_FAILURES after too many failures in a row, with the last one's message.
   */
  async search(data: SamplesLike, options: TunerFitOptions = {}): Promise<void> {
    const { study, store } = await this.#open();
    const most = this.#options.maxConsecutiveFailedTrials ?? 3;
    let failures = 0;
    const watched = (ended: TrialRecord): TrialRecord => {
      failures = ended.state === 'failed' ? failures + 1 : 0;
      if (failures >= most)
        refuse(
          'LU_TUNER_FAILURES',
          `${failures} trials in a row failed; trial ${ended.number}: ${ended.message ?? ''}`,
          'Mend the model or narrow the ranges, or raise maxConsecutiveFailedTrials.',
          'search',
        );
      return ended;
    };
    const setting = {
      study,
      objective: this.objective,
      hypermodel: this.#hypermodel,
      fixed: this.#options.fixed ?? {},
      seed: this.#seed,
      executions: this.#options.executionsPerTrial ?? 1,
      data,
      options,
      finish: (number: number, attempt: number, runs: readonly Run[]) =>
        this.#finish(study, store, number, attempt, runs),
    };
    if (this.#plan !== undefined) {
      if (options.epochs !== undefined)
        refuse(
          'LU_OPTION',
          `hyperband decides over epochs, and ${options.epochs} were given`,
          'Leave epochs out of search, and give hyperbandSearch its maxEpochs.',
          'epochs',
        );
      const train = trainStage({
        ...setting,
        blobs: store.blobs(study.name),
        mostEpochs: this.#plan.brackets[0]!.at(-1)!.epochs,
      });
      await searchBrackets({
        study,
        ...this.#plan,
        train: async (...stage) => watched(await train(...stage)),
      });
      return;
    }
    const isJudged = this.#scheduler !== undefined;
    const left = study.unfinished().map(({ number }) => number);
    for (;;) {
      options.signal?.throwIfAborted();
      const number = left.shift() ?? (await this.#ask(study));
      if (number === undefined) return;
      watched(await trainTrial({ ...setting, isJudged }, number));
    }
  }

  async #ask(study: Study): Promise<number | undefined> {
    const asked = await study.ask();
    return asked.kind === 'trial' ? asked.trial.number : undefined;
  }

  /** Keeps the weights of the best run of a configuration, and ends its trial with the mean score. */
  async #finish(
    study: Study,
    store: Store,
    number: number,
    attempt: number,
    runs: readonly Run[],
  ): Promise<TrialRecord> {
    const metric = this.objective.metric;
    const score = mean(runs.map((run) => run.score));
    if (Number.isFinite(score)) {
      const best = runs.reduce((a, b) => (isBetter(this.objective, b.score, a.score) ? b : a));
      const bytes = packWeights(best.model.getWeights());
      const blob = await store.blobs(study.name).put(bytes);
      await study.artifact({ trial: number, name: WEIGHTS, blob, bytes: bytes.byteLength });
    }
    return study.tell(number, attempt, {
      outcome: 'complete',
      values: [score],
      metrics: { [metric]: score },
      details: { executions: runs.map((run) => run.score) },
    });
  }

  /** The best trials, best first. Throws LU_TUNER_EMPTY when none is complete. */
  getBestTrials(count = 1): readonly TrialRecord[] {
    const best = this.#study ? topTrials(this.#study.history, count) : [];
    if (best.length > 0) return best;
    return refuse('LU_TUNER_EMPTY', 'no trial is complete', 'Call search first.', 'getBestTrials');
  }

  /** The hyperparameters of the best trials, best first: `get` reads one, and a build function takes them as its `hp`. */
  getBestHyperParameters(count = 1): readonly TrialHyperParameters[] {
    const { space } = this.#study?.history ?? { space: this.space };
    return this.getBestTrials(count).map(({ params, number }) =>
      trialHyperParameters(space, params, this.#seed, number),
    );
  }

  /** The models of the best trials with the weights that gave their scores, best first. */
  async getBestModels(count = 1): Promise<readonly Model[]> {
    const { study, store } = await this.#open();
    return Promise.all(
      this.getBestTrials(count).map(async ({ params, number, artifacts }) => {
        const hp = trialHyperParameters({ parameters: [] }, params, this.#seed, number);
        const { model } = buildModel(this.#hypermodel, hp, this.#options.fixed ?? {});
        model.setWeights(unpackWeights(await store.blobs(study.name).get(artifacts[WEIGHTS]!.blob)));
        return model;
      }),
    );
  }

  /** The best trials with score and hyperparameters, as text. */
  resultsSummary(count = 10): string {
    const { metric, direction } = this.objective;
    const lines = this.getBestTrials(count).flatMap(({ number, params, values }) => [
      `trial ${number}: ${metric} ${values![0]}`,
      ...Object.entries(params).map(([name, value]) => `  ${name}: ${value}`),
    ]);
    return [`${direction} ${metric}, best first`, ...lines].join('\n');
  }

  /** The hyperparameters with their ranges and the size of the space, as text. */
  searchSpaceSummary(): string {
    const { space } = this.#study?.history ?? { space: this.space };
    const total = size(space);
    const points = Number.isFinite(total) ? `${total.toLocaleString('en-US')} configurations` : 'continuous';
    const lines = space.parameters.map(
      (parameter) => `  ${parameter.name}: ${describeParameter(parameter, { conditions: true })}`,
    );
    return [`${space.parameters.length} hyperparameters, ${points}`, ...lines].join('\n');
  }

  /** Closes the store; what was kept in memory is gone. */
  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    this.#opened = undefined;
    await opened?.store.close();
  }
}

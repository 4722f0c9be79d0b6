import {
  type HyperParameters,
  LuthierError,
  type OptionNames,
  type Params,
  refuseUnknown,
} from '@luthier/core';
import { type Suggestions, suggestions } from '../facades/suggestions.ts';
import { createSpace } from '../space/check.ts';
import type { ParamsOf, TypedSpace } from '../space/define.ts';
import { createHyperParameters, type RecordedHyperParameters } from '../space/hyper-parameters.ts';
import type { StudyLog } from './contracts.ts';
import type { Budget, Objective } from './events.ts';
import type { TrialRecord } from './history.ts';
import { memoryLog } from './memory-log.ts';
import {
  CREATE_OPTIONS,
  type CreateStudyOptions,
  createStudy,
  type OpenStudyOptions,
  openStudy,
} from './open.ts';
import type { Asked, Study } from './study.ts';

/** What an objective function gets beside its parameters. */
export interface OptimizeTrial {
  readonly number: number;
  /** For the random numbers of the trial. */
  readonly seed: number;
  /** Reports a value at a step (a growing count); false when the scheduler stops the trial: return then. */
  report(step: number, value: number): Promise<boolean>;
}

/** What a function gets beside `hp`; the questions may be asked in Optuna's words, too. */
export interface AskingTrial extends OptimizeTrial, Suggestions {}

/** Options of `optimize` for a function that asks for its hyperparameters. */
export interface SearchOptions extends Partial<Omit<CreateStudyOptions, 'space' | 'objectives'>> {
  /** How many trials at most; a finite space may end sooner. Short for `budget: { trials }`. */
  readonly trials?: number;
  /** How many calls of the function may run at once, when it waits for something. Default 1. */
  readonly parallel?: number;
  /** Default 'minimize'. */
  readonly direction?: 'minimize' | 'maximize';
  /**
   * Go on with the study of this name when the log has it, its trials counted by the budget; seed, repeats and meta stay as they were.
   * Default false.
   */
  readonly resume?: boolean;
}

/** Options of `optimize` for a function of a declared space. */
export interface OptimizeOptions<S> extends SearchOptions {
  readonly space: S;
}

// It has one objective, which `direction` makes.
const { objectives: _objectives, ...STUDY_OPTIONS } = CREATE_OPTIONS;
const OPTIONS: OptionNames<OptimizeOptions<unknown>> = {
  ...STUDY_OPTIONS,
  trials: true,
  parallel: true,
  direction: true,
  resume: true,
};

export interface OptimizeResult<P> {
  /** Parameters of the best trial; undefined when none is complete. */
  readonly params: P | undefined;
  readonly value: number | undefined;
  readonly best: TrialRecord | undefined;
  readonly study: Study;
  /** Why it ended, for people. */
  readonly text: string;
}

/** The budget that both options mean together. Throws LU_STUDY_BUDGET when nothing would end the search. */
function budgetOf(trials: number | undefined, budget: Budget | undefined): Budget {
  const both = { ...budget, ...(trials === undefined ? {} : { trials }) };
  if (Object.keys(both).length > 0) return both;
  throw new LuthierError('LU_STUDY_BUDGET', 'optimize has no budget: nothing would end it', {
    fix: 'Give trials: 100, or a budget of trials, minutes, epochs or a target.',
    where: 'optimize',
  });
}

/** An existing study with new limits. Throws LU_STUDY_OBJECTIVE when it was about another direction. */
async function reopened(options: OpenStudyOptions, goal: Objective, budget: Budget): Promise<Study> {
  const study = await openStudy(options);
  const [objective] = study.history.objectives;
  if (objective?.direction !== goal.direction)
    throw new LuthierError(
      'LU_STUDY_OBJECTIVE',
      `the study '${options.name}' is there to ${objective?.direction}, not to ${goal.direction}`,
      { fix: 'Give its direction, or another name.', where: options.name },
    );
  await study.setBudget(budget);
  return study;
}

/** Makes what a function asked for a part of the study. */
async function learn(study: Study, hp: RecordedHyperParameters): Promise<void> {
  await study.extendSpace(hp.met());
  const { parameters, constraints = [] } = study.space;
  const fresh = hp.rules().filter((text) => constraints.every((rule) => rule.text !== text));
  if (fresh.length > 0)
    await study.changeSpace(createSpace(parameters, [...constraints, ...fresh.map((text) => ({ text }))]));
}

/**
 * Searches for the parameters with the best value of a function, in this process.
 *
 * The function gets the parameters of a declared `space`; without one it asks for them by `hp` (or `trial.suggestFloat`, ... as in
 * Optuna), and plain control flow decides which there are: the first trial takes their defaults, and the space is what was asked for.
 *
 * Defaults: minimize, the sampler `auto()`, no scheduler, seed 0, a log in memory, the study name 'optimize', one trial after another. A
 * function that throws is a failed trial, NaN or Infinity a diverged one; the search goes on. Anything but a number ends it: throws
 * LU_OBJECTIVE_VALUE after the trial was recorded as failed; so does a range that makes no sense, LU_SPACE_*. Throws LU_STUDY_BUDGET
 * without a budget.
 *
 * @example
 * const { params } = await optimize(({ x }) => (x - 2) ** 2, { space: space({ x: float(-5, 5) }), trials: 50 });
 * const found = await optimize((hp) => (hp.float('x', { min: -5, max: 5 }) - 2) ** 2, { trials: 50 });
 */
export function optimize<S extends TypedSpace<unknown>>(
  objective: (params: ParamsOf<S>, trial: OptimizeTrial) => number | Promise<number>,
  options: OptimizeOptions<S>,
): Promise<OptimizeResult<ParamsOf<S>>>;
export function optimize(
  objective: (hp: HyperParameters, trial: AskingTrial) => number | Promise<number>,
  options: SearchOptions & { readonly space?: undefined },
): Promise<OptimizeResult<Params>>;
export async function optimize(
  // One call or the other: the space says which.
  objective: (first: never, trial: never) => number | Promise<number>,
  options: SearchOptions & { readonly space?: TypedSpace<unknown> | undefined },
): Promise<OptimizeResult<Params>> {
  refuseUnknown('LU_STUDY_OPTION', 'optimize', options, OPTIONS);
  const {
    space,
    trials,
    budget,
    parallel = 1,
    direction = 'minimize',
    log,
    name = 'optimize',
    clock = Date.now,
    resume = false,
    sampler,
    scheduler,
    ...fresh
  } = options;
  if (!Number.isInteger(parallel) || parallel < 1)
    throw new LuthierError('LU_OPTION', `parallel is ${parallel}, not a whole number above 0`, {
      fix: 'Give how many calls may run at once.',
      where: 'optimize',
    });
  const goal: Objective = { metric: 'value', direction };
  const store: StudyLog = log ?? memoryLog({ clock });
  const limits = budgetOf(trials, budget);
  const isKnown = resume && (await store.studies()).some((summary) => summary.study === name);
  const methods = { ...(sampler ? { sampler } : {}), ...(scheduler ? { scheduler } : {}) };
  const study = isKnown
    ? await reopened({ ...methods, log: store, name, clock, ...(space ? { space } : {}) }, goal, limits)
    : await createStudy({
        ...methods,
        ...fresh,
        log: store,
        name,
        clock,
        space: space ?? { parameters: [] },
        objectives: [goal],
        budget: limits,
      });
  const call = objective as (first: unknown, trial: OptimizeTrial) => unknown;

  /** Runs one trial to its end. */
  const run = async ({ number, seed, params }: TrialRecord): Promise<void> => {
    const attempt = await study.start(number, 'optimize');
    const began = clock();
    let stopped: string | undefined;
    const report = async (step: number, value: number): Promise<boolean> => {
      const block = { steps: [step], seconds: [(clock() - began) / 1000], metrics: { value: [value] } };
      const decision = await study.report(number, attempt, block);
      if (decision.action === 'stop') stopped ??= decision.text;
      return stopped === undefined;
    };
    const trial = { number, seed, report };
    const hp = space
      ? undefined
      : createHyperParameters({
          known: study.space,
          params,
          seed: study.history.seed,
          trial: number,
          missing: number === 0 ? 'default' : 'prior',
        });
    let value: unknown;
    let problem: unknown;
    try {
      value = await (hp ? call(hp, { ...trial, ...suggestions(hp) } as AskingTrial) : call(params, trial));
    } catch (error) {
      problem = error ?? new Error('the objective threw nothing');
    }
    if (hp) await learn(study, hp);
    const asked = hp ? { params: hp.params() } : {};
    if (problem !== undefined || typeof value !== 'number') {
      const shown = typeof value === 'string' ? `'${value}'` : String(value);
      const thrown = problem instanceof Error ? problem.message : String(problem);
      const message = problem === undefined ? `the objective gave ${shown}, not a number` : thrown;
      await study.tell(number, attempt, { outcome: 'failed', reason: 'error', message, ...asked });
      if (problem instanceof LuthierError && problem.code.startsWith('LU_SPACE_')) throw problem;
      if (problem !== undefined) return;
      throw new LuthierError('LU_OBJECTIVE_VALUE', `trial ${number}: ${message}`, {
        fix: 'Return the number to optimize.',
        where: 'objective',
      });
    }
    await study.tell(
      number,
      attempt,
      stopped === undefined
        ? { outcome: 'complete', values: [value], ...asked }
        : { outcome: 'pruned', message: stopped, metrics: { value }, ...asked },
    );
  };

  let text = '';
  let failure: { readonly error: unknown } | undefined;
  // Trials that an earlier process left behind go first.
  const left = [...study.unfinished()];
  const work = async (limit = Number.POSITIVE_INFINITY): Promise<void> => {
    for (let done = 0; done < limit && !failure; done++) {
      const unfinished = left.shift();
      const asked: Asked = unfinished ? { kind: 'trial', trial: unfinished } : await study.ask();
      if (asked.kind !== 'trial') {
        text = asked.text;
        return;
      }
      try {
        await run(asked.trial);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  // Alone the first trial finds out what there is to search.
  if (!space && !isKnown) await work(1);
  await Promise.all(Array.from({ length: parallel }, () => work()));
  if (failure) throw failure.error;
  const { best } = study;
  return { params: best?.params, value: best?.values?.[0], best, study, text };
}

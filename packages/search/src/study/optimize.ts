import { LuthierError } from '@luthier/core';
import type { ParamsOf, TypedSpace } from '../space/define.ts';
import type { StudyLog } from './contracts.ts';
import type { Budget } from './events.ts';
import type { TrialRecord } from './history.ts';
import { memoryLog } from './memory-log.ts';
import { type CreateStudyOptions, createStudy } from './open.ts';
import { maximize, minimize } from './results.ts';
import type { Study } from './study.ts';

/** What an objective function gets beside its parameters. */
export interface OptimizeTrial {
  readonly number: number;
  /** For the random numbers of the trial. */
  readonly seed: number;
  /** Reports a value at a step (a growing count); false when the scheduler stops the trial: return then. */
  report(step: number, value: number): Promise<boolean>;
}

export interface OptimizeOptions<S> extends Partial<Omit<CreateStudyOptions, 'space' | 'objectives'>> {
  readonly space: S;
  /** How many trials at most; a finite space may end sooner. Short for `budget: { trials }`. */
  readonly trials?: number;
  /** How many calls of the function may run at once, when it waits for something. Default 1. */
  readonly parallel?: number;
  /** Default 'minimize'. */
  readonly direction?: 'minimize' | 'maximize';
}

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

/**
 * Searches for the parameters with the best value of a function, in this process.
 *
 * Defaults: minimize, the sampler `auto()`, no scheduler, seed 0, a log in memory, the study name 'optimize', one trial after another. A
 * function that throws is a failed trial, NaN or Infinity a diverged one; the search goes on. Anything but a number ends it: throws
 * LU_OBJECTIVE_VALUE after the trial was recorded as failed. Throws LU_STUDY_BUDGET without a budget.
 *
 * @example
 * const { params } = await optimize(({ x }) => (x - 2) ** 2, { space: space({ x: float(-5, 5) }), trials: 50 });
 */
export async function optimize<S extends TypedSpace<unknown>>(
  objective: (params: ParamsOf<S>, trial: OptimizeTrial) => number | Promise<number>,
  options: OptimizeOptions<S>,
): Promise<OptimizeResult<ParamsOf<S>>> {
  const {
    space,
    trials,
    budget,
    parallel = 1,
    direction = 'minimize',
    log,
    name = 'optimize',
    clock = Date.now,
    ...rest
  } = options;
  if (!Number.isInteger(parallel) || parallel < 1)
    throw new LuthierError('LU_OPTION', `parallel is ${parallel}, not a whole number above 0`, {
      fix: 'Give how many calls may run at once.',
      where: 'optimize',
    });
  const goal = direction === 'minimize' ? minimize('value') : maximize('value');
  const store: StudyLog = log ?? memoryLog({ clock });
  const study = await createStudy({
    ...rest,
    log: store,
    name,
    clock,
    space,
    objectives: [goal],
    budget: budgetOf(trials, budget),
  });

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
    let value: unknown;
    try {
      value = await objective(params as ParamsOf<S>, { number, seed, report });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      await study.tell(number, attempt, { outcome: 'failed', reason: 'error', message });
      return;
    }
    if (typeof value !== 'number') {
      const message = `the objective gave ${typeof value === 'string' ? `'${value}'` : String(value)}, not a number`;
      await study.tell(number, attempt, { outcome: 'failed', reason: 'error', message });
      throw new LuthierError('LU_OBJECTIVE_VALUE', `trial ${number}: ${message}`, {
        fix: 'Return the number to optimize.',
        where: 'objective',
      });
    }
    await study.tell(
      number,
      attempt,
      stopped === undefined
        ? { outcome: 'complete', values: [value] }
        : { outcome: 'pruned', message: stopped, metrics: { value } },
    );
  };

  let text = '';
  let failure: { readonly error: unknown } | undefined;
  const work = async (): Promise<void> => {
    while (!failure) {
      const asked = await study.ask();
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
  await Promise.all(Array.from({ length: parallel }, work));
  if (failure) throw failure.error;
  const { best } = study;
  return { params: best?.params as ParamsOf<S> | undefined, value: best?.values?.[0], best, study, text };
}

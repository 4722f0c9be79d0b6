import type { ParamsOf, TypedSpace } from '../space/define.ts';
import type { StudyLog } from './contracts.ts';
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

export interface OptimizeOptions<S>
  extends Partial<Omit<CreateStudyOptions, 'space' | 'objectives' | 'budget'>> {
  readonly space: S;
  /** How many trials at most; a finite space may end sooner. */
  readonly trials: number;
  /** Default 'minimize'. */
  readonly direction?: 'minimize' | 'maximize';
}

export interface OptimizeResult<P> {
  /** Parameters of the best trial; undefined when none is complete. */
  readonly params: P | undefined;
  readonly value: number | undefined;
  readonly best: TrialRecord | undefined;
  readonly study: Study;
}

/**
 * Searches for the parameters with the best value of a function, in this process, one trial after another.
 *
 * Defaults: minimize, the sampler `auto()`, no scheduler, seed 0, a log in memory, the study name 'optimize'. A function that throws is a
 * failed trial, NaN or Infinity a diverged one; the search goes on.
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
    direction = 'minimize',
    log,
    name = 'optimize',
    clock = Date.now,
    ...rest
  } = options;
  const goal = direction === 'minimize' ? minimize('value') : maximize('value');
  const store: StudyLog = log ?? memoryLog({ clock });
  const study = await createStudy({
    ...rest,
    log: store,
    name,
    clock,
    space,
    objectives: [goal],
    budget: { trials },
  });
  for (;;) {
    const asked = await study.ask();
    if (asked.kind !== 'trial') break;
    const { number, seed, params } = asked.trial;
    const attempt = await study.start(number, 'optimize');
    const began = clock();
    let stopped: string | undefined;
    const report = async (step: number, value: number): Promise<boolean> => {
      const block = { steps: [step], seconds: [(clock() - began) / 1000], metrics: { value: [value] } };
      const decision = await study.report(number, attempt, block);
      if (decision.action === 'stop') stopped ??= decision.text;
      return stopped === undefined;
    };
    let value: number;
    try {
      value = await objective(params as ParamsOf<S>, { number, seed, report });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      await study.tell(number, attempt, { outcome: 'failed', reason: 'error', message });
      continue;
    }
    await study.tell(
      number,
      attempt,
      stopped === undefined
        ? { outcome: 'complete', values: [value] }
        : { outcome: 'pruned', message: stopped, metrics: { value } },
    );
  }
  const { best } = study;
  return { params: best?.params as ParamsOf<S> | undefined, value: best?.values?.[0], best, study };
}

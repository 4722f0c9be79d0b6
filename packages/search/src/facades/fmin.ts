import { type Json, LuthierError, type OptionNames, type Params, refuseUnknown } from '@luthier/core';
import type { Sampler } from '../samplers/contract.ts';
import { parseSampler } from '../samplers/registry.ts';
import type { StudyLog } from '../study/contracts.ts';
import type { TrialRecord } from '../study/history.ts';
import { memoryLog } from '../study/memory-log.ts';
import { createStudy, openStudy } from '../study/open.ts';
import { minimize } from '../study/results.ts';
import type { Study } from '../study/study.ts';
import { type Evaluated, hyperoptSpace, spaceEval } from './hyperopt-space.ts';

/** What a function may give instead of its loss. */
export type FminResult =
  | { readonly status?: 'ok'; readonly loss: number; readonly [detail: string]: Json | undefined }
  | { readonly status: 'fail'; readonly [detail: string]: Json | undefined };

/** One trial in Hyperopt's words. */
export interface FminTrial {
  readonly tid: number;
  readonly status: 'ok' | 'fail' | 'running';
  readonly loss: number | undefined;
  /** By label; a choice is the index of its option. Inactive variables are missing. */
  readonly vals: Params;
  /** What the function gave. */
  readonly result: Json;
}

/**
 * The trials of `fmin`, as they are found in it and after it; handed over again, the search goes on.
 *
 * @example
 * const trials = new Trials();
 * await fmin(loss, searched, { maxEvals: 50, trials });
 * trials.losses();
 */
export class Trials {
  readonly #log: StudyLog;
  readonly #name: string;
  #study: Study | undefined;

  /** Default: in memory. With the log of a store the trials outlive the program. */
  constructor(options: { readonly log?: StudyLog; readonly name?: string } = {}) {
    refuseUnknown('LU_FMIN_OPTION', 'Trials', options, ['log', 'name']);
    this.#log = options.log ?? memoryLog();
    this.#name = options.name ?? 'fmin';
  }

  /** The study behind them; undefined before the first `fmin`. */
  get study(): Study | undefined {
    return this.#study;
  }

  /** Opens or creates the study; used by `fmin`. */
  async open(space: ReturnType<typeof hyperoptSpace>, sampler: Sampler, seed: number): Promise<Study> {
    const shared = { log: this.#log, name: this.#name, space, sampler };
    const known = (await this.#log.studies()).some(({ study }) => study === this.#name);
    this.#study = known
      ? await openStudy(shared)
      : await createStudy({ ...shared, seed, objectives: [minimize('loss')] });
    return this.#study;
  }

  get #records(): readonly TrialRecord[] {
    return this.#study?.history.trials ?? [];
  }

  get length(): number {
    return this.#records.length;
  }

  get trials(): readonly FminTrial[] {
    return this.#records.map((record) => {
      const isOver = record.state === 'complete' || record.state === 'failed';
      return {
        tid: record.number,
        status: record.state === 'complete' ? 'ok' : isOver ? 'fail' : 'running',
        loss: record.values?.[0],
        vals: record.params,
        result: record.details ?? { status: 'fail', message: record.message ?? '' },
      };
    });
  }

  get results(): readonly Json[] {
    return this.trials.map(({ result }) => result);
  }

  losses(): readonly (number | undefined)[] {
    return this.trials.map(({ loss }) => loss);
  }

  statuses(): readonly FminTrial['status'][] {
    return this.trials.map(({ status }) => status);
  }

  /** Values of every variable, over the trials in which it was active. */
  get vals(): Readonly<Record<string, readonly Params[string][]>> {
    const names = this.#study?.history.space.parameters.map(({ name }) => name) ?? [];
    return Object.fromEntries(
      names.map((name) => [name, this.#records.flatMap(({ params }) => params[name] ?? [])]),
    );
  }

  /** The trial with the smallest loss; undefined when none succeeded. */
  get bestTrial(): FminTrial | undefined {
    const best = this.#study?.best;
    return best && this.trials[best.number];
  }

  /** Values of the best trial, by label. */
  get argmin(): Params | undefined {
    return this.#study?.best?.params;
  }
}

export interface FminOptions {
  /** Trials in all, those before counted. Default: no limit, then give another. */
  readonly maxEvals?: number;
  /** Seconds after which no further trial begins. */
  readonly timeout?: number;
  /** A loss that is good enough. */
  readonly lossThreshold?: number;
  /** Stops the search when it answers true; asked after every trial. */
  readonly earlyStop?: (trials: Trials) => boolean;
  /** A sampler or its name; default 'auto' (Hyperopt's is 'tpe'). */
  readonly algo?: Sampler | string;
  /** Where trials are kept; default: new ones in memory. */
  readonly trials?: Trials;
  /** Seed of all random numbers; default 0. */
  readonly seed?: number;
  /** Configurations to try first, by label. */
  readonly pointsToEvaluate?: readonly Params[];
  /** Let a function that throws be a failed trial instead of the end; default false, as in Hyperopt. */
  readonly catchEvalExceptions?: boolean;
}

const OPTIONS: OptionNames<FminOptions> = {
  maxEvals: true,
  timeout: true,
  lossThreshold: true,
  earlyStop: true,
  algo: true,
  trials: true,
  seed: true,
  pointsToEvaluate: true,
  catchEvalExceptions: true,
};

function refuse(code: `LU_${string}`, what: string, fix: string, cause?: unknown): never {
  throw new LuthierError(code, what, { fix, where: 'fmin', ...(cause === undefined ? {} : { cause }) });
}

/** The parts of what a function gave. Throws LU_OBJECTIVE_VALUE when it is neither a number nor a result. */
function readResult(given: unknown): { readonly loss: number | undefined; readonly details: Json } {
  if (typeof given === 'number') return { loss: given, details: { loss: given, status: 'ok' } };
  const result = given as Partial<{ status: unknown; loss: unknown }> | null;
  if (typeof result === 'object' && result !== null) {
    if (result.status === 'fail') return { loss: undefined, details: result as Json };
    const isOk = result.status === undefined || result.status === 'ok';
    if (isOk && typeof result.loss === 'number')
      return { loss: result.loss, details: { ...result, status: 'ok' } as Json };
  }
  return refuse(
    'LU_OBJECTIVE_VALUE',
    `the function gave ${typeof given === 'object' ? JSON.stringify(given) : String(given)}`,
    "Return a loss, { loss, status: 'ok' } or { status: 'fail' }.",
  );
}

async function evaluate(
  study: Study,
  { number }: TrialRecord,
  call: () => unknown,
  catches: boolean,
): Promise<void> {
  const attempt = await study.start(number, 'fmin');
  try {
    const { loss, details } = readResult(await call());
    const end =
      loss === undefined
        ? ({ outcome: 'failed', reason: 'error', message: 'the function said so', details } as const)
        : ({ outcome: 'complete', values: [loss], details } as const);
    await study.tell(number, attempt, end);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await study.tell(number, attempt, { outcome: 'failed', reason: 'error', message });
    if (!catches) throw error;
  }
}

/**
 * Minimises a function over a search space, in the manner of Hyperopt; the promise gives the best values by label, which `spaceEval`
 * turns back into the structure that the function got.
 *
 * A loss of NaN or Infinity makes the trial a failed one, and so does `{ status: 'fail' }`. Ends at the first limit, or when a finite space
 * is exhausted. Throws LU_FMIN_OPTION for an option there is not, LU_FMIN_LIMIT without a limit, LU_FMIN_FAILED when no trial succeeded, LU_OBJECTIVE_VALUE when the function gives
 * neither a number nor a result, and what the function throws unless `catchEvalExceptions`.
 *
 * @example
 * const best = await fmin((x) => (x - 2) ** 2, hyperopt.uniform('x', -5, 5), { maxEvals: 50 }); // { x: 2.0... }
 */
export async function fmin<const T>(
  fn: (values: Evaluated<T>) => number | FminResult | Promise<number | FminResult>,
  searched: T,
  options: FminOptions = {},
): Promise<Params> {
  refuseUnknown('LU_FMIN_OPTION', 'fmin', options, OPTIONS);
  const { maxEvals, timeout, lossThreshold, earlyStop, algo = 'auto', seed = 0 } = options;
  const { trials = new Trials(), pointsToEvaluate = [], catchEvalExceptions = false } = options;
  if (maxEvals === undefined && timeout === undefined && lossThreshold === undefined && !earlyStop)
    refuse(
      'LU_FMIN_LIMIT',
      'nothing would end the search',
      'Give maxEvals, timeout, lossThreshold or earlyStop.',
    );
  const sampler = typeof algo === 'string' ? parseSampler(algo) : algo;
  const study = await trials.open(hyperoptSpace(searched), sampler, seed);
  await study.setBudget({
    ...(maxEvals === undefined ? {} : { trials: maxEvals }),
    ...(timeout === undefined ? {} : { minutes: timeout / 60 }),
    ...(lossThreshold === undefined ? {} : { target: lossThreshold }),
  });
  if (trials.length === 0) for (const point of pointsToEvaluate) await study.enqueue(point, { repeat: true });
  for (;;) {
    const asked = await study.ask();
    if (asked.kind !== 'trial') break;
    await evaluate(
      study,
      asked.trial,
      () => fn(spaceEval(searched, asked.trial.params)),
      catchEvalExceptions,
    );
    if (earlyStop?.(trials)) break;
  }
  return (
    trials.argmin ??
    refuse('LU_FMIN_FAILED', 'no trial succeeded', 'Look at trials.results for what went wrong.')
  );
}

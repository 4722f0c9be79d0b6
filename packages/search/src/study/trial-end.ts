import { type Json, type Params, randomKey } from '@luthier/core';
import { claims } from './claims.ts';
import type { FailureReason, NewEvent, Outcome, ReportBlock } from './events.ts';
import type { History } from './history.ts';

/** How an attempt ended. */
export interface TrialEnd {
  readonly outcome: Outcome;
  /** One number an objective; taken from `metrics` by the names of the objectives when absent. */
  readonly values?: readonly number[];
  readonly metrics?: Readonly<Record<string, number>>;
  readonly reason?: FailureReason;
  readonly message?: string;
  readonly details?: Json;
  /** Parameters of the trial when it met some that the space did not know. */
  readonly params?: Params;
}

/** A trial that ended elsewhere. */
export interface FinishedTrial extends Omit<TrialEnd, 'outcome' | 'params'> {
  /** Missing parameters take their defaults. */
  readonly params: Params;
  /** Default 'complete'. */
  readonly outcome?: Exclude<Outcome, 'interrupted'>;
  readonly reports?: ReportBlock;
  /** Where it was run, for people. */
  readonly source: string;
}

/** The event that ends an attempt. */
export function endEvent(trial: number, attempt: number, end: TrialEnd): NewEvent {
  return { type: 'trial-finished', trial, attempt, ...end, claim: claims.ended(trial, attempt) };
}

/** The events of a trial that ended elsewhere: asked, started, reported and finished at once. */
export function addedTrialEvents(
  history: History,
  params: Params,
  { source, reports }: Pick<FinishedTrial, 'source' | 'reports'>,
  end: TrialEnd,
): readonly NewEvent[] {
  const trial = history.trials.length;
  const attempt = 1;
  return [
    {
      type: 'trial-asked',
      trial,
      params,
      why: { text: `run elsewhere: ${source}`, sampler: 'added' },
      source,
      seed: randomKey(history.seed, 'trial', trial).k0,
      claim: claims.asked(trial),
    },
    { type: 'trial-started', trial, attempt, runner: source, claim: claims.started(trial, attempt) },
    ...(reports ? [{ type: 'trial-reported' as const, trial, attempt, block: reports }] : []),
    endEvent(trial, attempt, end),
  ];
}

import { type Json, LuthierError, type Params, refuseUnknown } from '@luthier/core';
import type { Sampler } from '../samplers/contract.ts';
import type { Decision, Scheduler } from '../schedulers/contract.ts';
import type { Parameter, Space } from '../space/parameter.ts';
import { changedSpace, extensionEvents } from './change-space.ts';
import { decideRows } from './decide-rows.ts';
import type { Budget, NewEvent, ReportBlock, StudyEvent } from './events.ts';
import { isFinal } from './fold.ts';
import type { History, TrialRecord } from './history.ts';
import { checkBudget, checkReport, judgedEnd } from './judge.ts';
import { completeParams, isKnown, queuedEvent } from './known-params.ts';
import { LiveStudy } from './live-study.ts';
import { type Exhausted, propose } from './propose.ts';
import { fenced, type StudyParts } from './study-parts.ts';
import { budgetReached, createTally } from './tally.ts';
import { addedTrialEvents, endEvent, type FinishedTrial, type TrialEnd } from './trial-end.ts';
import { askedEvent, repeatEvent, startEvents } from './trial-start.ts';
import { type WarmStartOptions, warmStartEvents } from './warm-start.ts';

/** What `ask` answers: a trial to run, or why there is none. */
export type Asked =
  | { readonly kind: 'trial'; readonly trial: TrialRecord }
  /** Every configuration of the space was tried. */
  | Exhausted
  /** A limit of the budget is reached. */
  | { readonly kind: 'budget'; readonly text: string };

const MAX_RACES = 1000;

/**
 * A study that is open: asks the sampler, records what trials report, and keeps its history in step with the log.
 *
 * Any number of processes may hold the same study open; the claims of the log decide every race. Methods of one object
 * run one after another. Made by `createStudy` and `openStudy`.
 */
export class Study {
  readonly name: string;
  readonly sampler: Sampler;
  readonly scheduler: Scheduler;
  readonly #study: LiveStudy;
  readonly #clock: () => number;
  readonly #openedAt: number;
  readonly #tally = createTally();

  constructor(parts: StudyParts) {
    this.name = parts.name;
    this.sampler = parts.sampler;
    this.scheduler = parts.scheduler;
    this.#study = new LiveStudy(parts);
    this.#clock = parts.clock;
    this.#openedAt = parts.clock();
  }

  /** The present space, with the code of its rules. */
  get space(): Space {
    return this.#study.space;
  }

  /** All that is known, as a value that never changes. */
  get history(): History {
    return this.#study.history;
  }

  /** The best complete trial of the search by the first objective. */
  get best(): TrialRecord | undefined {
    return this.#tally.best(this.#study.live);
  }

  /** Trials that were asked for and have not ended for good: asked, running or interrupted. */
  unfinished(): readonly TrialRecord[] {
    return this.#study.live.trials.filter((trial) => !isFinal(trial));
  }

  /** Calls `listener` with every event, in order, as this object learns of it; returns the way to stop. */
  subscribe(listener: (event: StudyEvent) => void): () => void {
    return this.#study.subscribe(listener);
  }

  /** Reads what other processes have written. */
  refresh(): Promise<History> {
    return this.#study.upToDate(async () => this.history);
  }

  /**
   * The next trial: from the queue first, then the baseline, then the sampler.
   *
   * No configuration is asked for twice unless the study allows repeats. Throws LU_STUDY_SUGGESTION when a sampler leaves the space.
   */
  ask(): Promise<Asked> {
    const study = this.#study;
    return study.exclusive(async () => {
      for (let race = 0; race < MAX_RACES; race++) {
        await study.refresh();
        const minutes = (this.#clock() - this.#openedAt) / 60_000;
        const over = budgetReached(study.live.budget, study.live, this.#tally, minutes);
        if (over) return { kind: 'budget', text: over };
        const proposal = propose(study.live, this.space, this.sampler);
        if ('kind' in proposal) return proposal;
        const number = study.live.trials.length;
        const accepted = await study.append([askedEvent(study.live, proposal)]);
        if (accepted) return { kind: 'trial', trial: study.trial(number) };
      }
      throw new LuthierError('LU_STUDY_RACE', `${this.name}: other processes always asked first`, {
        fix: 'Let one process ask for all.',
      });
    });
  }

  /** Asks for another run of a finished trial's configuration with another seed; not part of the search. */
  repeat(of: number, seed?: number): Promise<TrialRecord> {
    const study = this.#study;
    return study.insist(() => {
      const number = study.live.trials.length;
      const event = repeatEvent(study.live, study.trial(of), seed);
      return [[event], () => study.trial(number)];
    });
  }

  /**
   * Starts the next attempt of a trial and returns its number, the fencing token of all later calls. A running attempt is
   * ended as interrupted (lost): only take over what is known to be dead.
   *
   * Throws LU_STUDY_FENCED when the trial has ended or another process was faster.
   */
  start(trial: number, runner: string): Promise<number> {
    const study = this.#study;
    return study.upToDate(async () => {
      const record = study.trial(trial);
      if (isFinal(record)) throw fenced(trial, record.attempt, record.state);
      const attempt = record.attempt + 1;
      if (await study.append(startEvents(record, runner))) return attempt;
      throw fenced(trial, attempt, 'another runner was faster');
    });
  }

  /**
   * Records rows of metrics of a running attempt and answers whether the trial goes on.
   *
   * The scheduler judges every row by the first objective; repeats are never stopped. Throws LU_STUDY_FENCED for a late
   * report and LU_STUDY_REPORT when columns are not numbers, differ in length or go back in steps.
   */
  report(trial: number, attempt: number, block: ReportBlock): Promise<Decision> {
    const study = this.#study;
    return study.exclusive(async () => {
      checkReport(`trial ${trial}`, block);
      study.requireRunning(trial, attempt);
      await study.append([{ type: 'trial-reported', trial, attempt, block }]);
      study.requireRunning(trial, attempt);
      return decideRows(this.scheduler, study.live, trial, block.steps.length);
    });
  }

  /** Records where a running attempt can go on from. Throws LU_STUDY_FENCED for a late one. */
  checkpointed(
    trial: number,
    attempt: number,
    checkpoint: { readonly step: number; readonly blob: string; readonly bytes: number },
  ): Promise<void> {
    const study = this.#study;
    return study.exclusive(async () => {
      study.requireRunning(trial, attempt);
      const { step, blob, bytes } = checkpoint;
      await study.append([{ type: 'trial-checkpointed', trial, attempt, step, blob, bytes }]);
      study.requireRunning(trial, attempt);
    });
  }

  /** Records a stored file of a trial, or of the study when no trial is given. */
  artifact(artifact: {
    readonly trial?: number;
    readonly name: string;
    readonly blob: string;
    readonly bytes: number;
  }): Promise<void> {
    return this.#write({ type: 'artifact', ...artifact });
  }

  /**
   * Ends an attempt. `interrupted` trials may be started again, every other outcome is final. A trial that was never
   * started takes attempt 0.
   *
   * A complete trial needs one finite number an objective: with NaN or Infinity it is recorded as failed (diverged), and
   * never becomes a score. Throws LU_STUDY_FENCED for an attempt that is over, LU_STUDY_OUTCOME for an unknown outcome,
   * LU_STUDY_VALUES when numbers are missing, too many or not numbers.
   */
  tell(trial: number, attempt: number, end: TrialEnd): Promise<TrialRecord> {
    const study = this.#study;
    return study.upToDate(async () => {
      const record = study.trial(trial);
      const isNew = attempt === 0 && record.state === 'asked';
      if (!isNew) study.requireRunning(trial, attempt);
      const ended = endEvent(
        trial,
        isNew ? 1 : attempt,
        judgedEnd(`trial ${trial}`, end, study.live.objectives),
      );
      const events = isNew ? [...startEvents(record, 'tell'), ended] : [ended];
      if (await study.append(events)) return study.trial(trial);
      throw fenced(trial, attempt, 'another process ended it');
    });
  }

  /**
   * Puts a configuration at the end of the queue that `ask` serves first; missing parameters take their defaults.
   *
   * Throws LU_STUDY_PARAMS when it is not a point of the space, LU_STUDY_DUPLICATE when it was tried or waits already, unless `repeat`,
   * LU_STUDY_OPTION for an option there is not.
   */
  enqueue(params: Params, options: { readonly repeat?: boolean } = {}): Promise<number> {
    const study = this.#study;
    return study.insist(() => {
      refuseUnknown('LU_STUDY_OPTION', 'enqueue', options, ['repeat']);
      const event = queuedEvent(study.live, this.space, params, options.repeat === true);
      return [[event], () => event.id];
    });
  }

  /**
   * Adds a trial that ended elsewhere, for samplers to learn from; the budget does not count it.
   *
   * Throws LU_STUDY_PARAMS when it is not a point of the space and what `tell` throws for its values.
   */
  addTrial(finished: FinishedTrial): Promise<TrialRecord> {
    const study = this.#study;
    return study.insist(() => {
      const { params, outcome = 'complete', reports, source, ...rest } = finished;
      if (reports) checkReport(`the trial from ${source}`, reports);
      const end = judgedEnd(`the trial from ${source}`, { ...rest, outcome }, study.live.objectives);
      const number = study.live.trials.length;
      const events = addedTrialEvents(study.live, completeParams(this.space, params), finished, end);
      return [events, () => study.trial(number)];
    });
  }

  /**
   * Learns from a past study: its best configuration and good ones far from it are tried here next, and once they have proved good here
   * (`warmVerdict`), what its best trials have in common becomes a prior of every parameter that the user said nothing of.
   *
   * Defaults: 3 configurations. Only its params and the order of its values count, so scale and data may differ. Throws
   * LU_STUDY_WARM_START when no complete trial of it is a point of this space, LU_STUDY_OPTION for an option there is not.
   */
  warmStart(past: History, options: WarmStartOptions): Promise<void> {
    return this.#study.insist(() => {
      refuseUnknown('LU_STUDY_OPTION', 'warmStart', options, ['name', 'configurations']);
      const { live, space } = this.#study;
      const isTried = (params: Params): boolean => isKnown(live, space, params);
      return [warmStartEvents(live, space, past, options, isTried), () => undefined];
    });
  }

  /**
   * Changes the space in the middle of the study: ranges wider or narrower, other choices, more parameters or fewer. The whole history
   * stays: trials count with the default of a parameter that they do not have, and from numbers outside of narrowed ranges the Gaussian
   * process, TPE and differential evolution learn where they lie. Give a new parameter the default that the trials so far ran with.
   *
   * Throws LU_SPACE_* for a wrong space and LU_STUDY_QUEUE when a waiting configuration does not fit.
   */
  changeSpace(changed: Space): Promise<void> {
    const study = this.#study;
    return study.upToDate(() => study.replaceSpace(changedSpace(study.live, changed)));
  }

  /**
   * Adds parameters that a trial met for the first time. Known ones may come again.
   *
   * Throws LU_SPACE_DUPLICATE when a known name has another range.
   */
  extendSpace(added: readonly Parameter[]): Promise<void> {
    const study = this.#study;
    return study.upToDate(async () => {
      const events = extensionEvents(study.live, added);
      if (events.length > 0) await study.append(events);
    });
  }

  /** Replaces the limits of the study; it may go on with more, or end sooner. Throws LU_STUDY_BUDGET. */
  setBudget(budget: Budget): Promise<void> {
    return this.#study.exclusive(async () => {
      checkBudget(budget);
      await this.#study.append([{ type: 'budget-changed', budget }]);
    });
  }

  /** Writes a remark into the log. */
  note(text: string, extras: { readonly trial?: number; readonly data?: Json } = {}): Promise<void> {
    return this.#write({ type: 'note', text, ...extras });
  }

  /** Stores the history beside the log, so that the next opening is fast. */
  saveSnapshot(): Promise<void> {
    return this.#study.exclusive(() => this.#study.saveSnapshot());
  }

  #write(event: NewEvent): Promise<void> {
    return this.#study.exclusive(async () => {
      await this.#study.append([event]);
    });
  }
}

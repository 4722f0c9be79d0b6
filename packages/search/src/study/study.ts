import { type Json, LuthierError, type Params, randomKey } from '@luthier/core';
import type { Sampler } from '../samplers/contract.ts';
import type { Decision, Scheduler } from '../schedulers/contract.ts';
import { storable, withPredicates } from '../space/constraints.ts';
import type { Constraint, Parameter, Space } from '../space/parameter.ts';
import { changedSpace, extensionEvents } from './change-space.ts';
import { claims } from './claims.ts';
import { decideRows } from './decide-rows.ts';
import type { Budget, NewEvent, ReportBlock, StudyEvent } from './events.ts';
import { isFinal } from './fold.ts';
import type { History, TrialRecord } from './history.ts';
import { checkBudget, checkReport, judgedEnd } from './judge.ts';
import { completeParams, isKnown } from './known-params.ts';
import { LogFollower } from './log-follower.ts';
import { type Exhausted, propose } from './propose.ts';
import { fenced, type StudyParts } from './study-parts.ts';
import { budgetReached, createTally } from './tally.ts';
import { addedTrialEvents, type FinishedTrial, type TrialEnd } from './trial-end.ts';
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
  readonly #follower: LogFollower;
  readonly #clock: () => number;
  readonly #openedAt: number;
  readonly #tally = createTally();
  #predicates: readonly Constraint[] | undefined;
  #spaces = new WeakMap<Space, Space>();

  constructor(parts: StudyParts) {
    this.name = parts.name;
    this.sampler = parts.sampler;
    this.scheduler = parts.scheduler;
    this.#follower = new LogFollower(parts.log, parts.name, parts.history);
    this.#clock = parts.clock;
    this.#openedAt = parts.clock();
    this.#predicates = parts.predicates;
  }

  /** The present space, with the code of its rules. */
  get space(): Space {
    const { space } = this.#live;
    let found = this.#spaces.get(space);
    if (!found) {
      found = withPredicates(space, this.#predicates);
      this.#spaces.set(space, found);
    }
    return found;
  }

  /** All that is known, as a value that never changes. */
  get history(): History {
    return this.#follower.history;
  }

  /** The best complete trial of the search by the first objective. */
  get best(): TrialRecord | undefined {
    return this.#tally.best(this.#live);
  }

  /** Trials that were asked for and have not ended for good: asked, running or interrupted. */
  unfinished(): readonly TrialRecord[] {
    return this.#live.trials.filter((trial) => !isFinal(trial));
  }

  /** Calls `listener` with every event, in order, as this object learns of it; returns the way to stop. */
  subscribe(listener: (event: StudyEvent) => void): () => void {
    return this.#follower.subscribe(listener);
  }

  /** Reads what other processes have written. */
  refresh(): Promise<History> {
    return this.#exclusive(async () => {
      await this.#follower.refresh();
      return this.history;
    });
  }

  /**
   * The next trial: from the queue first, then the baseline, then the sampler.
   *
   * No configuration is asked for twice unless the study allows repeats. Throws LU_STUDY_SUGGESTION when a sampler leaves the space.
   */
  ask(): Promise<Asked> {
    return this.#exclusive(async () => {
      for (let race = 0; race < MAX_RACES; race++) {
        await this.#follower.refresh();
        const minutes = (this.#clock() - this.#openedAt) / 60_000;
        const over = budgetReached(this.#live.budget, this.#live, this.#tally, minutes);
        if (over) return { kind: 'budget', text: over };
        const proposal = propose(this.#live, this.space, this.sampler);
        if ('kind' in proposal) return proposal;
        const number = this.#live.trials.length;
        const accepted = await this.#append([
          {
            type: 'trial-asked',
            trial: number,
            ...proposal,
            seed: randomKey(this.#live.seed, 'trial', number).k0,
            claim: claims.asked(number),
          },
        ]);
        if (accepted) return { kind: 'trial', trial: this.#trial(number) };
      }
      throw new LuthierError('LU_STUDY_RACE', `${this.name}: other processes always asked first`, {
        fix: 'Let one process ask for all.',
      });
    });
  }

  /** Asks for another run of a finished trial's configuration with another seed; not part of the search. */
  repeat(of: number, seed?: number): Promise<TrialRecord> {
    return this.#exclusive(async () => {
      for (;;) {
        await this.#follower.refresh();
        const original = this.#trial(of);
        const number = this.#live.trials.length;
        const accepted = await this.#append([
          {
            type: 'trial-asked',
            trial: number,
            params: original.params,
            why: { text: `trial ${of} once more with another seed`, sampler: 'repeat' },
            purpose: 'repeat',
            of,
            seed: seed ?? randomKey(this.#live.seed, 'trial', number).k0,
            claim: claims.asked(number),
          },
        ]);
        if (accepted) return this.#trial(number);
      }
    });
  }

  /**
   * Starts the next attempt of a trial and returns its number, the fencing token of all later calls. A running attempt is
   * ended as interrupted (lost): only take over what is known to be dead.
   *
   * Throws LU_STUDY_FENCED when the trial has ended or another process was faster.
   */
  start(trial: number, runner: string): Promise<number> {
    return this.#exclusive(async () => {
      await this.#follower.refresh();
      const record = this.#trial(trial);
      if (isFinal(record)) throw fenced(trial, record.attempt, record.state);
      const attempt = record.attempt + 1;
      const events: NewEvent[] = [];
      if (record.state === 'running')
        events.push({
          type: 'trial-finished',
          trial,
          attempt: record.attempt,
          outcome: 'interrupted',
          reason: 'lost',
          message: `taken over by ${runner}`,
          claim: claims.ended(trial, record.attempt),
        });
      events.push({ type: 'trial-started', trial, attempt, runner, claim: claims.started(trial, attempt) });
      if (await this.#append(events)) return attempt;
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
    return this.#exclusive(async () => {
      checkReport(`trial ${trial}`, block);
      this.#requireRunning(trial, attempt);
      await this.#append([{ type: 'trial-reported', trial, attempt, block }]);
      this.#requireRunning(trial, attempt);
      return decideRows(this.scheduler, this.#live, trial, block.steps.length);
    });
  }

  /** Records where a running attempt can go on from. Throws LU_STUDY_FENCED for a late one. */
  checkpointed(
    trial: number,
    attempt: number,
    checkpoint: { readonly step: number; readonly blob: string; readonly bytes: number },
  ): Promise<void> {
    return this.#exclusive(async () => {
      this.#requireRunning(trial, attempt);
      const { step, blob, bytes } = checkpoint;
      await this.#append([{ type: 'trial-checkpointed', trial, attempt, step, blob, bytes }]);
      this.#requireRunning(trial, attempt);
    });
  }

  /** Records a stored file of a trial, or of the study when no trial is given. */
  artifact(artifact: {
    readonly trial?: number;
    readonly name: string;
    readonly blob: string;
    readonly bytes: number;
  }): Promise<void> {
    return this.#exclusive(async () => {
      await this.#append([{ type: 'artifact', ...artifact }]);
    });
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
    return this.#exclusive(async () => {
      await this.#follower.refresh();
      const record = this.#trial(trial);
      const isNew = attempt === 0 && record.state === 'asked';
      if (!isNew) this.#requireRunning(trial, attempt);
      const current = isNew ? 1 : attempt;
      const events: NewEvent[] = isNew
        ? [{ type: 'trial-started', trial, attempt: 1, runner: 'tell', claim: claims.started(trial, 1) }]
        : [];
      events.push({
        type: 'trial-finished',
        trial,
        attempt: current,
        ...judgedEnd(`trial ${trial}`, end, this.#live.objectives),
        claim: claims.ended(trial, current),
      });
      if (await this.#append(events)) return this.#trial(trial);
      throw fenced(trial, attempt, 'another process ended it');
    });
  }

  /**
   * Puts a configuration at the end of the queue that `ask` serves first; missing parameters take their defaults.
   *
   * Throws LU_STUDY_PARAMS when it is not a point of the space, LU_STUDY_DUPLICATE when it was tried or waits already, unless `repeat`.
   */
  enqueue(params: Params, options: { readonly repeat?: boolean } = {}): Promise<number> {
    return this.#exclusive(async () => {
      for (;;) {
        await this.#follower.refresh();
        const { queue } = this.#live;
        const complete = completeParams(this.space, params);
        if (!options.repeat && isKnown(this.#live, this.space, complete))
          throw new LuthierError(
            'LU_STUDY_DUPLICATE',
            `this configuration was tried or waits already: ${JSON.stringify(complete)}`,
            {
              fix: 'Leave it out, or ask for a repeat: enqueue(params, { repeat: true }), --repeat on the command line.',
            },
          );
        const id = queue.length;
        const repeat = options.repeat ? ({ repeat: true } as const) : {};
        const event: NewEvent = { type: 'queued', id, params: complete, ...repeat, claim: claims.queued(id) };
        if (await this.#append([event])) return id;
      }
    });
  }

  /**
   * Adds a trial that ended elsewhere, for samplers to learn from; the budget does not count it.
   *
   * Throws LU_STUDY_PARAMS when it is not a point of the space and what `tell` throws for its values.
   */
  addTrial(finished: FinishedTrial): Promise<TrialRecord> {
    return this.#exclusive(async () => {
      const { params, outcome = 'complete', reports, source, ...rest } = finished;
      if (reports) checkReport(`the trial from ${source}`, reports);
      const end = judgedEnd(`the trial from ${source}`, { ...rest, outcome }, this.#live.objectives);
      for (;;) {
        await this.#follower.refresh();
        const trial = this.#live.trials.length;
        const events = addedTrialEvents(this.#live, completeParams(this.space, params), finished, end);
        if (await this.#append(events)) return this.#trial(trial);
      }
    });
  }

  /**
   * Learns from a past study: its best configuration and good ones far from it are tried here next, and once they have proved good here
   * (`warmVerdict`), what its best trials have in common becomes a prior of every parameter that the user said nothing of.
   *
   * Defaults: 3 configurations. Only its params and the order of its values count, so scale and data may differ. Throws
   * LU_STUDY_WARM_START when no complete trial of it is a point of this space.
   */
  warmStart(past: History, options: WarmStartOptions): Promise<void> {
    return this.#exclusive(async () => {
      for (;;) {
        await this.#follower.refresh();
        const events = warmStartEvents(this.#live, this.space, past, options, (params) =>
          isKnown(this.#live, this.space, params),
        );
        if (await this.#append(events)) return;
      }
    });
  }

  /**
   * Changes the space in the middle of the study: ranges wider or narrower, other choices, more parameters or fewer. The whole history
   * stays: trials count with the default of a parameter that they do not have, and the Gaussian process learns from numbers outside of
   * narrowed ranges where they lie (other models leave such trials out). Give a new parameter the default that the trials so far ran with.
   *
   * Throws LU_SPACE_* for a wrong space and LU_STUDY_QUEUE when a waiting configuration does not fit.
   */
  changeSpace(changed: Space): Promise<void> {
    return this.#exclusive(async () => {
      await this.#follower.refresh();
      const space = changedSpace(this.#live, changed);
      this.#predicates = space.constraints;
      this.#spaces = new WeakMap();
      await this.#append([{ type: 'space-changed', space: storable(space) }]);
    });
  }

  /**
   * Adds parameters that a trial met for the first time. Known ones may come again.
   *
   * Throws LU_SPACE_DUPLICATE when a known name has another range.
   */
  extendSpace(added: readonly Parameter[]): Promise<void> {
    return this.#exclusive(async () => {
      await this.#follower.refresh();
      const events = extensionEvents(this.#live, added);
      if (events.length > 0) await this.#append(events);
    });
  }

  /** Replaces the limits of the study; it may go on with more, or end sooner. Throws LU_STUDY_BUDGET. */
  setBudget(budget: Budget): Promise<void> {
    return this.#exclusive(async () => {
      checkBudget(budget);
      await this.#append([{ type: 'budget-changed', budget }]);
    });
  }

  /** Writes a remark into the log. */
  note(text: string, extras: { readonly trial?: number; readonly data?: Json } = {}): Promise<void> {
    return this.#exclusive(async () => {
      await this.#append([{ type: 'note', text, ...extras }]);
    });
  }

  /** Stores the history beside the log, so that the next opening is fast. */
  saveSnapshot(): Promise<void> {
    return this.#exclusive(() => this.#follower.saveSnapshot());
  }

  #trial(number: number): TrialRecord {
    const trial = this.#live.trials[number];
    if (trial) return trial;
    throw new LuthierError('LU_STUDY_TRIAL', `${this.name} has no trial ${number}`, {
      fix: `Use 0 to ${this.#live.trials.length - 1}.`,
    });
  }

  #requireRunning(trial: number, attempt: number): void {
    const record = this.#trial(trial);
    if (record.state === 'running' && record.attempt === attempt) return;
    throw fenced(
      trial,
      attempt,
      record.attempt === attempt ? record.state : `attempt ${record.attempt} runs`,
    );
  }

  get #live(): History {
    return this.#follower.live;
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.#follower.exclusive(work);
  }

  #append(events: readonly NewEvent[]): Promise<boolean> {
    return this.#follower.append(events);
  }
}

import { generator, type Json, LuthierError, type Params, randomKey } from '@luthier/core';
import { baseline } from '../samplers/baseline.ts';
import type { Sampler } from '../samplers/contract.ts';
import { triedKeys, untried } from '../samplers/tried.ts';
import type { Decision, Scheduler } from '../schedulers/contract.ts';
import { canonicalKey, canonicalParams, misfit } from '../space/canonical.ts';
import { createSpace } from '../space/check.ts';
import { sameConditions } from '../space/compare.ts';
import { brokenConstraint, isFeasible, storable, withPredicates } from '../space/constraints.ts';
import { nearestFeasible } from '../space/draw.ts';

import { size } from '../space/enumerate.ts';
import { mergeParameters } from '../space/merge.ts';
import type { Constraint, Parameter, Space } from '../space/parameter.ts';
import { claims } from './claims.ts';
import type { StudyLog } from './contracts.ts';
import type { Budget, FailureReason, NewEvent, Outcome, ReportBlock, StudyEvent, Why } from './events.ts';
import { createFolder, type Folder, isFinal, truncatedBlock } from './fold.ts';
import type { History, TrialRecord } from './history.ts';
import { bestTrial } from './results.ts';

/** What `ask` answers: a trial to run, or why there is none. */
export type Asked =
  | { readonly kind: 'trial'; readonly trial: TrialRecord }
  /** Every configuration of the space was tried. */
  | { readonly kind: 'exhausted'; readonly text: string }
  /** A limit of the budget is reached. */
  | { readonly kind: 'budget'; readonly text: string };

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

/** The parts of an open study; `createStudy` and `openStudy` put them together. */
export interface StudyParts {
  readonly log: StudyLog;
  readonly name: string;
  readonly history: History;
  readonly sampler: Sampler;
  readonly scheduler: Scheduler;
  /** Milliseconds; only the time budget looks at it. */
  readonly clock: () => number;
  /** Rules of the space with their code, for those that are predicates. */
  readonly predicates?: readonly Constraint[];
}

const SNAPSHOT_EVERY = 1000;
const MAX_RACES = 1000;

function fenced(trial: number, attempt: number, state: string): LuthierError {
  return new LuthierError('LU_STUDY_FENCED', `attempt ${attempt} of trial ${trial} is over (${state})`, {
    fix: 'Drop this attempt; the study has gone on without it.',
    where: `trial ${trial}`,
  });
}

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
  readonly #log: StudyLog;
  readonly #clock: () => number;
  readonly #openedAt: number;
  readonly #folder: Folder;
  readonly #predicates: readonly Constraint[] | undefined;
  readonly #spaces = new WeakMap<Space, Space>();
  readonly #listeners = new Set<(event: StudyEvent) => void>();
  #snapshotAt: number;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(parts: StudyParts) {
    this.name = parts.name;
    this.sampler = parts.sampler;
    this.scheduler = parts.scheduler;
    this.#log = parts.log;
    this.#clock = parts.clock;
    this.#openedAt = parts.clock();
    this.#folder = createFolder(parts.history);
    this.#predicates = parts.predicates;
    this.#snapshotAt = parts.history.sequence;
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
    return this.#folder.snapshot()!;
  }

  /** The best complete trial of the search by the first objective. */
  get best(): TrialRecord | undefined {
    return bestTrial(this.#live);
  }

  /** Trials that were asked for and have not ended for good: asked, running or interrupted. */
  unfinished(): readonly TrialRecord[] {
    return this.#live.trials.filter((trial) => !isFinal(trial));
  }

  /** Calls `listener` with every event, in order, as this object learns of it; returns the way to stop. */
  subscribe(listener: (event: StudyEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads what other processes have written. */
  refresh(): Promise<History> {
    return this.#exclusive(async () => {
      await this.#refresh();
      return this.history;
    });
  }

  /**
   * The next trial: from the queue first, then the baseline, then the sampler.
   *
   * In a finite space no configuration is asked for twice. Throws LU_STUDY_SUGGESTION when a sampler leaves the space.
   */
  ask(): Promise<Asked> {
    return this.#exclusive(async () => {
      for (let race = 0; race < MAX_RACES; race++) {
        await this.#refresh();
        const over = this.#budgetReached();
        if (over) return { kind: 'budget', text: over };
        const proposal = this.#propose();
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
        await this.#refresh();
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
      await this.#refresh();
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
   * report and LU_STUDY_REPORT when columns differ in length.
   */
  report(trial: number, attempt: number, block: ReportBlock): Promise<Decision> {
    return this.#exclusive(async () => {
      for (const [name, column] of Object.entries({ ...block.metrics, seconds: block.seconds }))
        if (column.length !== block.steps.length)
          throw new LuthierError(
            'LU_STUDY_REPORT',
            `trial ${trial}: ${name} has ${column.length} rows, steps has ${block.steps.length}`,
            { fix: 'Report columns of equal length.', where: name },
          );
      this.#requireRunning(trial, attempt);
      await this.#append([{ type: 'trial-reported', trial, attempt, block }]);
      this.#requireRunning(trial, attempt);
      return this.#decide(trial, block.steps.length);
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
   * never becomes a score. Throws LU_STUDY_FENCED for an attempt that is over, LU_STUDY_VALUES when numbers are missing.
   */
  tell(trial: number, attempt: number, end: TrialEnd): Promise<TrialRecord> {
    return this.#exclusive(async () => {
      await this.#refresh();
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
        ...this.#judged(trial, end),
        claim: claims.ended(trial, current),
      });
      if (await this.#append(events)) return this.#trial(trial);
      throw fenced(trial, attempt, 'another process ended it');
    });
  }

  /**
   * Puts a configuration at the end of the queue that `ask` serves first; missing parameters take their defaults.
   *
   * Throws LU_STUDY_PARAMS when it is not a point of the space.
   */
  enqueue(params: Params): Promise<number> {
    return this.#exclusive(async () => {
      for (;;) {
        await this.#refresh();
        const { space } = this;
        const { queue } = this.#live;
        const complete = canonicalParams(space, params);
        const wrong = misfit(space, { ...complete, ...params });
        if (wrong !== undefined)
          throw new LuthierError('LU_STUDY_PARAMS', `this configuration is not in the space: ${wrong}`, {
            fix: 'Correct the parameter.',
          });
        const id = queue.length;
        if (await this.#append([{ type: 'queued', id, params: complete, claim: claims.queued(id) }]))
          return id;
      }
    });
  }

  /**
   * Adds parameters that a trial met for the first time. Known ones may come again.
   *
   * Throws LU_SPACE_DUPLICATE when a known name has another range.
   */
  extendSpace(added: readonly Parameter[]): Promise<void> {
    return this.#exclusive(async () => {
      await this.#refresh();
      const known = this.#live.space.parameters;
      const { constraints } = this.#live.space;
      const space = storable(createSpace(mergeParameters(known, added), constraints));
      const byName = new Map(known.map((parameter) => [parameter.name, parameter]));
      const fresh = space.parameters.filter(({ name }) => !byName.has(name));
      const isWider = space.parameters.some((parameter) => {
        const before = byName.get(parameter.name);
        return before !== undefined && !sameConditions(before, parameter);
      });
      if (isWider) await this.#append([{ type: 'space-changed', space }]);
      else if (fresh.length > 0) await this.#append([{ type: 'space-changed', space, added: fresh }]);
    });
  }

  /** Replaces the limits of the study; it may go on with more, or end sooner. */
  setBudget(budget: Budget): Promise<void> {
    return this.#exclusive(async () => {
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
    return this.#exclusive(() => this.#saveSnapshot());
  }

  get #live(): History {
    return this.#folder.live()!;
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#tail.then(work, work);
    this.#tail = run.catch(() => undefined);
    return run;
  }

  async #refresh(): Promise<void> {
    for await (const event of this.#log.read(this.name, this.#live.sequence)) {
      this.#folder.apply(event);
      for (const listener of this.#listeners) listener(event);
    }
    const { sequence } = this.#live;
    // Growing gaps keep the work of all snapshots together proportional to the length of the log.
    if (sequence - this.#snapshotAt >= Math.max(SNAPSHOT_EVERY, this.#snapshotAt / 2))
      await this.#saveSnapshot();
  }

  async #saveSnapshot(): Promise<void> {
    const { history } = this;
    this.#snapshotAt = history.sequence;
    await this.#log.saveSnapshot(this.name, { sequence: history.sequence, history });
  }

  /** Appends and reads back, so that the history is what everybody else reads; false when a claim is taken. */
  async #append(events: readonly NewEvent[]): Promise<boolean> {
    const appended = await this.#log.append(this.name, events);
    await this.#refresh();
    return appended.accepted;
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

  #budgetReached(): string | undefined {
    const { budget, trials } = this.#live;
    if (budget.trials !== undefined) {
      const asked = trials.reduce((count, trial) => count + (trial.purpose === 'search' ? 1 : 0), 0);
      if (asked >= budget.trials) return `all ${budget.trials} trials of the budget were asked for`;
    }
    if (budget.minutes !== undefined && this.#clock() - this.#openedAt >= budget.minutes * 60_000)
      return `the ${budget.minutes} minutes of the budget are over`;
    return undefined;
  }

  #propose():
    | { readonly params: Params; readonly why: Why; readonly memo?: Json; readonly queued?: number }
    | Exclude<Asked, { kind: 'trial' }> {
    const { history, space } = this;
    const waiting = history.queue.find((entry) => !entry.taken);
    if (waiting) {
      const why: Why = { text: 'from the queue', sampler: 'queue' };
      return { params: canonicalParams(space, waiting.params), why, queued: waiting.id };
    }
    const tried = triedKeys(history, space);
    if (tried.size === 0) return baseline(space);
    const trial = history.trials.length;
    const random = generator(randomKey(history.seed, 'sampler', trial));
    const { memo, budget } = history;
    const suggestion = this.sampler.suggest({ history, memo, space, random, trial, budget });
    if (suggestion.kind === 'exhausted') return suggestion;
    let params = canonicalParams(space, suggestion.params);
    let { why } = suggestion;
    const broken = isFeasible(space, params) ? undefined : brokenConstraint(space, params);
    if (broken) {
      const text = `${why.text}; moved until the rule '${broken.text}' held`;
      [params, why] = [nearestFeasible(space, params, random), { ...why, text }];
    }
    const wrong = misfit(space, params);
    if (wrong !== undefined)
      throw new LuthierError('LU_STUDY_SUGGESTION', `${this.sampler.name} left the space: ${wrong}`, {
        fix: 'Report this, or use another sampler.',
      });
    const kept = {
      ...(suggestion.memo === undefined ? {} : { memo: suggestion.memo }),
    };
    if (!tried.has(canonicalKey(space, params)) || size(space) === Number.POSITIVE_INFINITY)
      return { params, why, ...kept };
    const other = untried(space, tried, random);
    if (!other)
      return { kind: 'exhausted', text: `all ${size(space)} configurations of the space have been tried` };
    const instead: Why = {
      text: `${this.sampler.name} proposed a configuration already tried; an untried one instead`,
      sampler: this.sampler.name,
      mode: 'random',
    };
    return { params: other, why: instead, ...kept };
  }

  #decide(trial: number, rows: number): Decision {
    const history = this.#live;
    const record = this.#trial(trial);
    if (record.purpose !== 'search' || history.objectives.length !== 1)
      return { action: 'continue', text: 'not subject to the scheduler' };
    const { reports } = record;
    const total = reports.steps.length;
    // A block may cross several rungs: each row is judged as if it had come alone.
    for (let row = total - rows + 1; row < total; row++) {
      const trials = [...history.trials];
      trials[trial] = { ...record, reports: truncatedBlock(reports, row) };
      const decision = this.scheduler.decide({ ...history, trials }, trial);
      if (decision.action === 'stop') return decision;
    }
    return this.scheduler.decide(history, trial);
  }

  #judged(trial: number, end: TrialEnd): TrialEnd {
    const { values: given, ...rest } = end;
    if (end.outcome !== 'complete') return rest;
    const { objectives } = this.#live;
    const values = given ?? objectives.map(({ metric }) => end.metrics?.[metric]);
    const missing = objectives.find((_, index) => values[index] === undefined);
    if (missing || values.length !== objectives.length)
      throw new LuthierError(
        'LU_STUDY_VALUES',
        missing
          ? `trial ${trial} is complete but has no ${missing.metric}`
          : `trial ${trial} has ${values.length} values for ${objectives.length} objectives`,
        { fix: 'Tell one number an objective.', where: `trial ${trial}` },
      );
    const numbers = values as readonly number[];
    const bad = numbers.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) return { ...rest, values: numbers };
    const text = `${objectives[bad]!.metric} is ${numbers[bad]}`;
    return {
      ...rest,
      outcome: 'failed',
      reason: 'diverged',
      message: rest.message === undefined ? text : `${text}; ${rest.message}`,
    };
  }
}

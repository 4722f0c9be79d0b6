import { LuthierError } from '@luthier/core';
import { noteChange, openJournal } from './changes.ts';
import type { ReportBlock, StudyEvent } from './events.ts';
import type { Fold, History, TrialRecord } from './history.ts';

// Shared by all trials that have none.
const EMPTY_BLOCK: ReportBlock = { steps: [], seconds: [], metrics: {} };
const NO_ARTIFACTS: TrialRecord['artifacts'] = {};

/** One block after another; a metric that one of them lacks is NaN there. */
export function mergeBlocks(a: ReportBlock, b: ReportBlock): ReportBlock {
  if (a.steps.length === 0) return b;
  const metrics: Record<string, readonly number[]> = {};
  for (const name of new Set([...Object.keys(a.metrics), ...Object.keys(b.metrics)])) {
    const first = a.metrics[name] ?? new Array<number>(a.steps.length).fill(Number.NaN);
    const second = b.metrics[name] ?? new Array<number>(b.steps.length).fill(Number.NaN);
    metrics[name] = [...first, ...second];
  }
  return { steps: [...a.steps, ...b.steps], seconds: [...a.seconds, ...b.seconds], metrics };
}

const FINAL = new Set(['complete', 'pruned', 'failed']);

/** Whether a trial has ended for good. */
export function isFinal(trial: TrialRecord): boolean {
  return FINAL.has(trial.state);
}

/** Applies a change to one trial; undefined leaves the history as it is. */
function changedTrial(trial: TrialRecord, event: StudyEvent): TrialRecord | undefined {
  switch (event.type) {
    case 'trial-started':
      if (isFinal(trial) || event.attempt <= trial.attempt) return undefined;
      return {
        ...goingOn(trial),
        state: 'running',
        attempt: event.attempt,
        runner: event.runner,
        startedAt: trial.startedAt ?? event.at,
      };
    case 'trial-reported':
      if (trial.state !== 'running' || event.attempt !== trial.attempt) return undefined;
      return { ...trial, reports: mergeBlocks(resumedReports(trial, event.block), event.block) };
    case 'trial-checkpointed': {
      if (trial.state !== 'running' || event.attempt !== trial.attempt) return undefined;
      const { step, blob, bytes } = event;
      return { ...trial, checkpoint: { step, blob, bytes } };
    }
    case 'artifact': {
      const { blob, bytes } = event;
      return { ...trial, artifacts: { ...trial.artifacts, [event.name]: { blob, bytes } } };
    }
    case 'trial-finished': {
      if (isFinal(trial) || event.attempt !== trial.attempt || trial.state === 'interrupted')
        return undefined;
      const { values, reason, message, metrics, details } = event;
      const ended = {
        ...trial,
        state: event.outcome,
        finishedSequence: event.sequence,
        finishedAt: event.at,
      };
      return {
        ...ended,
        params: event.params ?? trial.params,
        ...(values !== undefined && event.outcome === 'complete' ? { values } : {}),
        ...(metrics === undefined ? {} : { metrics }),
        ...(reason === undefined ? {} : { reason }),
        ...(message === undefined ? {} : { message }),
        ...(details === undefined ? {} : { details }),
      };
    }
    default:
      return undefined;
  }
}

/** A trial without the words of the interruption that a new attempt puts behind it. */
function goingOn(trial: TrialRecord): TrialRecord {
  if (trial.finishedSequence === undefined) return trial;
  const { reason: _r, message: _m, details: _d, finishedSequence: _s, finishedAt: _a, ...rest } = trial;
  return rest;
}

/** A new attempt goes on from its checkpoint: rows that it measures again replace the old ones. */
function resumedReports(trial: TrialRecord, block: ReportBlock): ReportBlock {
  const { reports } = trial;
  const first = block.steps[0];
  const last = reports.steps.at(-1);
  if (first === undefined || last === undefined || first > last) return reports;
  const keep = reports.steps.findIndex((step) => step >= first);
  return truncatedBlock(reports, keep);
}

/** The first rows of a block. */
export function truncatedBlock(block: ReportBlock, rows: number): ReportBlock {
  return {
    steps: block.steps.slice(0, rows),
    seconds: block.seconds.slice(0, rows),
    metrics: Object.fromEntries(
      Object.entries(block.metrics).map(([name, column]) => [name, column.slice(0, rows)]),
    ),
  };
}

type Draft = { -readonly [K in keyof History]: History[K] };

/** The lists of a history that grow, changed in place. */
interface Lists {
  readonly trials: TrialRecord[];
  readonly queue: History['queue'][number][];
  readonly notes: History['notes'][number][];
}

function copiedLists(history: History | undefined): Lists {
  return {
    trials: history ? [...history.trials] : [],
    queue: history ? [...history.queue] : [],
    notes: history ? [...history.notes] : [],
  };
}

/**
 * Applies an event in place to the lists and returns the new history around them.
 *
 * Sequences that were folded before, late words of fenced-off attempts and trials out of order change nothing but the
 * sequence, so that every reader of the same log sees the same history.
 */
function apply(history: History | undefined, event: StudyEvent, lists: Lists): History {
  const { trials, queue, notes } = lists;
  if (event.type === 'study-created') {
    if (history) return { ...history, sequence: event.sequence };
    const { space, objectives, seed, budget, sampler, scheduler, meta, repeats } = event;
    return {
      sequence: event.sequence,
      createdAt: event.at,
      space,
      objectives,
      seed,
      budget,
      sampler,
      scheduler,
      ...(meta === undefined ? {} : { meta }),
      ...(repeats === undefined ? {} : { repeats }),
      ...lists,
    };
  }
  if (!history)
    throw new LuthierError('LU_STUDY_DAMAGED', `the log begins with ${event.type}, not with study-created`, {
      fix: 'Restore the store from a copy, or remove the study.',
    });
  if (event.sequence <= history.sequence) return history;
  const next: Draft = { ...history, ...lists, sequence: event.sequence };
  switch (event.type) {
    case 'space-changed': {
      // Two processes may add parameters at once: additions join, they do not replace each other.
      const names = new Set(history.space.parameters.map(({ name }) => name));
      const fresh = event.added?.filter(({ name }) => !names.has(name));
      next.space = fresh
        ? { ...history.space, parameters: [...history.space.parameters, ...fresh] }
        : event.space;
      break;
    }
    case 'budget-changed':
      next.budget = event.budget;
      break;
    case 'warm-started': {
      const { from, trials: past, queued } = event;
      next.warmStarts = [...(history.warmStarts ?? []), { from, trials: past, queued }];
      break;
    }
    case 'trial-asked': {
      if (event.trial !== trials.length) break;
      trials.push(askedTrial(event));
      noteChange(trials, event.trial);
      if (event.memo !== undefined) next.memo = event.memo;
      const entry = event.queued === undefined ? undefined : queue[event.queued];
      if (entry) queue[entry.id] = { ...entry, taken: true };
      break;
    }
    case 'queued': {
      const { id, params, repeat, why } = event;
      const extras = { ...(repeat ? { repeat } : {}), ...(why === undefined ? {} : { why }) };
      queue.push({ id, params, taken: false, ...extras });
      break;
    }
    case 'note': {
      const { text, trial, data, at } = event;
      const extras = { ...(trial === undefined ? {} : { trial }), ...(data === undefined ? {} : { data }) };
      notes.push({ text, ...extras, at });
      break;
    }
    default: {
      if (event.type === 'artifact' && event.trial === undefined) {
        const { name, blob, bytes } = event;
        next.artifacts = { ...history.artifacts, [name]: { blob, bytes } };
        break;
      }
      const trial = event.trial === undefined ? undefined : trials[event.trial];
      const changed = trial && changedTrial(trial, event);
      if (!changed) break;
      trials[changed.number] = changed;
      noteChange(trials, changed.number);
    }
  }
  return next;
}

function askedTrial(event: Extract<StudyEvent, { type: 'trial-asked' }>): TrialRecord {
  const { of, source, queued } = event;
  // What few trials have comes behind one literal: thousands of alike ones are small then.
  const record: TrialRecord = {
    number: event.trial,
    state: 'asked',
    params: event.params,
    why: event.why,
    purpose: event.purpose ?? 'search',
    seed: event.seed,
    attempt: 0,
    reports: EMPTY_BLOCK,
    artifacts: NO_ARTIFACTS,
    askedSequence: event.sequence,
  };
  if (of === undefined && source === undefined && queued === undefined) return record;
  return {
    ...record,
    ...(of === undefined ? {} : { of }),
    ...(source === undefined ? {} : { source }),
    ...(queued === undefined ? {} : { queued }),
  };
}

/**
 * The history after one more event: pure, and sharing everything the event does not touch.
 *
 * Throws LU_STUDY_DAMAGED when the first event does not create the study.
 */
export const fold: Fold = (history, event) => apply(history, event, copiedLists(history));

/** Folds a stream of events without copying the list of trials for each. */
export interface Folder {
  /**
   * The history so far; undefined before the study was created. Its lists change in place with the next event: for
   * use at once, never to keep. `changedSince` tells which of its trials changed.
   */
  live(): History | undefined;
  /** The history so far as a value that never changes. */
  snapshot(): History | undefined;
  apply(event: StudyEvent): void;
}

/** A folder that goes on from a history. */
export function createFolder(start?: History): Folder {
  const lists = copiedLists(start);
  openJournal(lists.trials);
  let live: History | undefined = start && { ...start, ...lists };
  let frozen = start;
  return {
    live: () => live,
    snapshot: () => {
      frozen ??= live && { ...live, ...copiedLists(live) };
      return frozen;
    },
    apply: (event) => {
      live = apply(live, event, lists);
      frozen = undefined;
    },
  };
}

/** Parameters of the trials of a history that belong to the search, for samplers. */
export function searchTrials(history: History): readonly TrialRecord[] {
  return history.trials.filter((trial) => trial.purpose === 'search');
}

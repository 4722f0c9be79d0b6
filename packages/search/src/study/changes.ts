import type { TrialRecord } from './history.ts';

/** How far a reader has followed a list of trials. */
export interface Mark {
  readonly trials: readonly TrialRecord[];
  readonly position: number;
}

interface Journal {
  /** Position of the first entry that is still held. */
  start: number;
  readonly numbers: number[];
}

// Readers that fell further behind look at all trials.
const HELD = 8192;

// Beside the list, so that a history stays plain data.
const journals = new WeakMap<readonly TrialRecord[], Journal>();

/** Begins to note which trials of a list change; the one who changes them calls `noteChange`. */
export function openJournal(trials: readonly TrialRecord[]): void {
  journals.set(trials, { start: 0, numbers: [] });
}

/** Notes that a trial of a list was added or replaced. */
export function noteChange(trials: readonly TrialRecord[], number: number): void {
  const journal = journals.get(trials);
  if (!journal) return;
  journal.numbers.push(number);
  if (journal.numbers.length < 2 * HELD) return;
  journal.numbers.splice(0, HELD);
  journal.start += HELD;
}

/**
 * Which trials of a live history changed since a mark, and the mark to come back with; `numbers` is undefined when that is not known, so
 * that all must be looked at. A number may come twice.
 *
 * What is learned from 100,000 trials is then brought up to date by looking at one.
 *
 * @example
 * const { numbers, mark } = changedSince(known.mark, history.trials);
 * for (const number of numbers ?? history.trials.keys()) learn(history.trials[number]);
 */
export function changedSince(
  mark: Mark | undefined,
  trials: readonly TrialRecord[],
): { readonly numbers: readonly number[] | undefined; readonly mark: Mark } {
  const journal = journals.get(trials);
  const position = journal === undefined ? 0 : journal.start + journal.numbers.length;
  const isKnown = journal !== undefined && mark?.trials === trials && mark.position >= journal.start;
  return {
    numbers: isKnown ? journal.numbers.slice(mark.position - journal.start) : undefined,
    mark: { trials, position },
  };
}

import { LuthierError } from '@luthier/core';
import { type ClaimSet, createClaimSet } from './claim-set.ts';
import type { Appended, Snapshot, StudyLog, StudySummary } from './contracts.ts';
import { createEventList, type EventList } from './event-list.ts';
import type { NewEvent, StudyEvent } from './events.ts';

interface Shelf {
  readonly events: EventList;
  readonly claims: ClaimSet;
  readonly createdAt: number;
  changedAt: number;
  snapshot: Snapshot | undefined;
  waiting: Set<() => void>;
}

/**
 * A study log in memory: for tests, for examples and for studies that nobody needs tomorrow.
 *
 * Default clock: Date.now, milliseconds since 1970.
 *
 * @example
 * const study = await createStudy({ log: memoryLog(), name: 'try', space: digits, objectives: [minimize('loss')] });
 */
export function memoryLog(options: { readonly clock?: () => number } = {}): StudyLog {
  const { clock = Date.now } = options;
  const shelves = new Map<string, Shelf>();
  let closed = false;

  const open = (): void => {
    if (closed)
      throw new LuthierError('LU_STORE_CLOSED', 'the study log is closed', { fix: 'Open a new one.' });
  };

  const wake = (shelf: Shelf): void => {
    const waiting = shelf.waiting;
    shelf.waiting = new Set();
    for (const resume of waiting) resume();
  };

  const append = async (study: string, events: readonly NewEvent[]): Promise<Appended> => {
    open();
    const now = clock();
    const shelf: Shelf = shelves.get(study) ?? {
      events: createEventList(),
      claims: createClaimSet(),
      createdAt: now,
      changedAt: now,
      snapshot: undefined,
      waiting: new Set(),
    };
    const claims = events.flatMap(({ claim }) => (claim === undefined ? [] : [claim]));
    const taken = claims.find((claim, index) => shelf.claims.has(claim) || claims.indexOf(claim) !== index);
    if (taken !== undefined) return { accepted: false, claim: taken };
    if (events.length > 0) shelves.set(study, shelf);
    for (const claim of claims) shelf.claims.add(claim);
    for (const event of events) shelf.events.push(event, now);
    shelf.changedAt = now;
    wake(shelf);
    return { accepted: true, sequence: shelf.events.length };
  };

  async function* read(study: string, after: number): AsyncGenerator<StudyEvent> {
    open();
    const shelf = shelves.get(study);
    const end = shelf?.events.length ?? 0;
    for (let index = after; index < end; index++) yield shelf!.events.at(index)!;
  }

  async function* watch(study: string, after: number, signal?: AbortSignal): AsyncGenerator<StudyEvent> {
    open();
    let next = after;
    while (!signal?.aborted && !closed) {
      const shelf = shelves.get(study);
      const event = shelf?.events.at(next);
      if (event) {
        next += 1;
        yield event;
        continue;
      }
      if (!shelf) {
        throw new LuthierError('LU_STUDY_UNKNOWN', `there is no study '${study}'`, {
          fix: 'Create it first.',
        });
      }
      await new Promise<void>((resolve) => {
        shelf.waiting.add(resolve);
        signal?.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  return {
    append,
    read,
    watch,
    snapshot: async (study) => {
      open();
      return shelves.get(study)?.snapshot;
    },
    saveSnapshot: async (study, snapshot) => {
      open();
      const shelf = shelves.get(study);
      // A history is a value that never changes: no copy.
      if (shelf && snapshot.sequence >= (shelf.snapshot?.sequence ?? 0)) shelf.snapshot = snapshot;
    },
    studies: async (): Promise<readonly StudySummary[]> => {
      open();
      return [...shelves].map(([study, { events, createdAt, changedAt }]) => ({
        study,
        events: events.length,
        createdAt,
        changedAt,
      }));
    },
    remove: async (study) => {
      open();
      const shelf = shelves.get(study);
      shelves.delete(study);
      if (shelf) wake(shelf);
    },
    close: async () => {
      closed = true;
      for (const shelf of shelves.values()) wake(shelf);
    },
  };
}

import { usualClaim } from './claims.ts';
import type { EventBody, NewEvent, StudyEvent } from './events.ts';

/** A growing list of events, each copied on its way in. */
export interface EventList {
  readonly length: number;
  push(event: NewEvent, at: number): void;
  /** Event number `index`, counted from 0; undefined outside. */
  at(index: number): StudyEvent | undefined;
}

/** Replaces what an object of plain data holds by copies; properties without a value and functions go, as in JSON. */
function copyInside(record: Record<string, unknown>): void {
  for (const key in record) {
    const held = record[key];
    if (typeof held === 'object' && held !== null) record[key] = copied(held);
    else if (held === undefined || typeof held === 'function') delete record[key];
  }
}

/** A copy of plain data that shares texts and what is flat and frozen. */
function copied(value: object): object {
  if (Array.isArray(value))
    return value.map((held: unknown) => (typeof held === 'object' && held !== null ? copied(held) : held));
  if (
    Object.isFrozen(value) &&
    Object.values(value).every((held) => typeof held !== 'object' || held === null)
  )
    return value;
  // A spread keeps the hidden class of the object, which makes thousands of alike ones small.
  const copy = { ...value };
  copyInside(copy as Record<string, unknown>);
  return copy;
}

/** Fields of an event with its claim, when it is of the kinds that every trial has and has nothing more to say. */
const USUAL_FIELDS = 6;

/**
 * An event without its claim, for keeping. The two largest that every trial has become literals, which have no spare room: 64 bytes a
 * trial.
 */
function bodyOf(event: NewEvent): EventBody {
  if (Object.keys(event).length === USUAL_FIELDS && event.claim !== undefined) {
    if (event.type === 'trial-asked' && event.params && event.why && event.seed !== undefined) {
      const { type, trial, params, why, seed } = event;
      return { type, trial, params, why, seed };
    }
    if (event.type === 'trial-finished' && event.outcome && event.values) {
      const { type, trial, attempt, outcome, values } = event;
      return { type, trial, attempt, outcome, values };
    }
  }
  const { claim: _, ...body } = event;
  return body;
}

const NONE = 0;
const USUAL = 1;
const OTHER = 2;

/**
 * An empty list. A kept event is its body alone: number and usual claim follow from it, clock times stand in a column, so that a trial
 * of three events takes a few hundred bytes.
 */
export function createEventList(): EventList {
  const bodies: EventBody[] = [];
  const others = new Map<number, string>();
  let times = new Float64Array(64);
  let kinds = new Uint8Array(64);
  const grow = (): void => {
    const [moreTimes, moreKinds] = [new Float64Array(2 * times.length), new Uint8Array(2 * kinds.length)];
    moreTimes.set(times);
    moreKinds.set(kinds);
    [times, kinds] = [moreTimes, moreKinds];
  };
  return {
    get length() {
      return bodies.length;
    },
    push: (event, at) => {
      const { claim } = event;
      const body = bodyOf(event);
      const index = bodies.length;
      if (index === times.length) grow();
      copyInside(body as unknown as Record<string, unknown>);
      bodies.push(body);
      times[index] = at;
      kinds[index] = claim === undefined ? NONE : claim === usualClaim(body) ? USUAL : OTHER;
      if (kinds[index] === OTHER) others.set(index, claim!);
    },
    at: (index) => {
      const body = bodies[index];
      if (!body) return undefined;
      const place = { sequence: index + 1, at: times[index]! };
      if (kinds[index] === NONE) return { ...body, ...place };
      return { ...body, claim: kinds[index] === USUAL ? usualClaim(body)! : others.get(index)!, ...place };
    },
  };
}

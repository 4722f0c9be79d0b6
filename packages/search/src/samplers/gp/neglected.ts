import { type Generator, median } from '@luthier/core';
import { decodeValue } from '../../space/encode.ts';
import type { Evidence, Observation } from './evidence.ts';
import type { Geometry } from './geometry.ts';

/** A point in a part of a conditional space that few trials have seen. */
export interface Neglected {
  readonly point: Float64Array;
  /** What few trials had: the parameters or the choice, quoted. */
  readonly name: string;
  /** How many trials had it; those that run count. */
  readonly trials: number;
}

/** Parameters that share their conditions, or a choice that brings none along. */
interface Part {
  readonly name: string;
  readonly isInside: (point: Float64Array) => boolean;
  /** Dimensions that decide whether a point lies in it. */
  readonly deciding: ReadonlySet<number>;
  /** Number of parameters. */
  readonly size: number;
}

// Trials that a part gets for each of its parameters and for itself, before it is left to the model; half of them come first of all.
const TRIALS = 4;
const EARLY = 0.5;
// Results by which progress is told, and the share of the way from the middle result to the best that counts as such.
const RECENT = 6;
const PROGRESS = 0.01;
const DRAWS = 64;

/** Whether the last results were hardly better than those before. */
function isStalled(observations: readonly Observation[]): boolean {
  const values = observations.flatMap(({ complete, value }) => (complete ? [value] : []));
  if (values.length < 2 * RECENT) return false;
  const before = Math.max(...values.slice(0, -RECENT));
  return Math.max(...values.slice(-RECENT)) - before <= PROGRESS * (before - median(values));
}

/** All dimensions that decide whether a dimension is active. */
function decidingOf(shape: Geometry, dimension: number): readonly number[] {
  const { dimensions } = shape;
  return (dimensions[dimension]!.parameter.conditions ?? []).flatMap(({ parent }) => {
    const index = dimensions.findIndex(({ parameter }) => parameter.name === parent);
    return index < 0 ? [] : [index, ...decidingOf(shape, index)];
  });
}

/** The parameters that a choice may switch on, by their conditions. */
function groupsOf(shape: Geometry): readonly Part[] {
  const groups = new Map<string, number[]>();
  for (const [k, { parameter }] of shape.dimensions.entries()) {
    if (decidingOf(shape, k).length === 0) continue;
    const key = JSON.stringify(parameter.conditions);
    groups.set(key, [...(groups.get(key) ?? []), k]);
  }
  return [...groups.values()].map((members) => ({
    name: members.map((k) => `'${shape.dimensions[k]!.parameter.name}'`).join(', '),
    isInside: (point) => shape.isActive(point, members[0]!),
    deciding: new Set(decidingOf(shape, members[0]!)),
    size: members.length,
  }));
}

/** The choices that switch nothing on, of parameters whose other choices do. */
function bareChoicesOf(shape: Geometry): readonly Part[] {
  const { dimensions } = shape;
  const conditions = dimensions.flatMap(({ parameter }) => parameter.conditions ?? []);
  return dimensions.flatMap(({ parameter, categorical, levels }, k) => {
    const used = conditions.filter(({ parent }) => parent === parameter.name);
    if (!categorical || used.length === 0) return [];
    return Array.from({ length: levels }, (_, level) => level).flatMap((level): readonly Part[] => {
      const value = decodeValue(parameter, shape.levelAt(k, level));
      if (used.some(({ values }) => values.includes(value))) return [];
      return [
        {
          name: `'${parameter.name}' ${JSON.stringify(value)}`,
          isInside: (point) => shape.isActive(point, k) && shape.levelOf(k, point[k]!) === level,
          deciding: new Set([k, ...decidingOf(shape, k)]),
          size: 0,
        },
      ];
    });
  });
}

const cache = new WeakMap<Geometry, readonly Part[]>();

function partsOf(shape: Geometry): readonly Part[] {
  let parts = cache.get(shape);
  if (parts === undefined) {
    parts = [...groupsOf(shape), ...bareChoicesOf(shape)];
    cache.set(shape, parts);
  }
  return parts;
}

/**
 * A point in a part that lies as far as can be from the trials there along what the part brings; in all else it is the best point.
 * Undefined when no draw keeps the rules of the space.
 */
function pointIn(
  shape: Geometry,
  part: Part,
  known: readonly Float64Array[],
  best: Float64Array,
  random: Generator,
  isAllowed: (point: Float64Array) => boolean,
): Float64Array | undefined {
  const own = [...best.keys()].filter((k) => part.deciding.has(k) || !shape.isActive(best, k));
  const distance = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (const k of own) {
      // Half of the range parts two categories.
      if (shape.dimensions[k]!.categorical) sum += a[k] === b[k] ? 0 : 0.25;
      else sum += (a[k]! - b[k]!) ** 2;
    }
    return sum;
  };
  let found: Float64Array | undefined;
  let farthest = Number.NEGATIVE_INFINITY;
  for (let draw = 0; draw < DRAWS; draw++) {
    const point = best.slice();
    for (const k of own) point[k] = random.uniform();
    shape.snap(point);
    if (!part.isInside(point) || !isAllowed(point)) continue;
    const far = known.reduce((least, other) => Math.min(least, distance(point, other)), Number.MAX_VALUE);
    if (far > farthest) [found, farthest] = [point, far];
  }
  return found;
}

/**
 * Where to look in a conditional space because too little is known to leave it aside: in the part with the fewest trials for its size,
 * beside `best`, which lies in none such. Undefined when every other part had its trials: 2 for each of its parameters and 2 more, twice as
 * many once the search makes no progress.
 *
 * A model that saw a few results in a part takes it for flat, and that no better place is left there; it would go on to polish what it has, and where it
 * explores would look into the corners.
 */
export function neglectedPoint(
  shape: Geometry,
  { observations, labels, pending }: Evidence,
  best: Float64Array,
  random: Generator,
  isAllowed: (point: Float64Array) => boolean,
): Neglected | undefined {
  const parts = partsOf(shape);
  if (parts.length === 0) return undefined;
  const known = [...labels.map(({ point }) => point), ...pending];
  const due = isStalled(observations) ? 1 : EARLY;
  const open = parts
    .filter(({ isInside }) => !isInside(best))
    .map((part) => {
      const inside = known.filter(part.isInside);
      return { part, inside, share: inside.length / (TRIALS * (part.size + 1)) };
    })
    .filter(({ share }) => share < due)
    .sort((a, b) => a.share - b.share);
  for (const { part, inside } of open) {
    const point = pointIn(shape, part, inside, best, random, isAllowed);
    if (point !== undefined) return { point, name: part.name, trials: inside.length };
  }
  return undefined;
}

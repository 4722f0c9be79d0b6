import { type Generator, lbfgs } from '@luthier/core';
import { SOBOL_DIMENSIONS } from '../joe-kuo.ts';
import { owenScramble, sobolBits } from '../sobol-sequence.ts';
import type { Geometry } from './geometry.ts';
import { featureRows } from './model.ts';
import type { Box } from './region.ts';
import type { Surface } from './surface.ts';

/** A configuration and what the surface is worth there. */
export interface Candidate {
  readonly point: Float64Array;
  readonly score: number;
}

// Up to this number of values a dimension is enumerated in the local search.
const ENUMERATED = 16;
const SPREADS = [0.01, 0.03, 0.1, 0.3];
const CLIMBS = 5;
const ROUNDS = 8;
// Share of the candidates that are spread evenly; the others are perturbed elites.
const SPREAD_SHARE = 0.6;

/** A copy of an elite with some dimensions moved; stepped ones by a value or more, categories redrawn. */
function perturb(shape: Geometry, elite: Float64Array, random: Generator): Float64Array {
  const point = elite.slice();
  const count = point.length;
  const spread = SPREADS[random.integer(SPREADS.length)]!;
  const chance =
    Math.max(0.2, Math.min(1, 20 / count)) * (random.uniform() < 0.5 ? 1 : 2 / Math.max(2, count));
  const always = random.integer(count);
  for (let k = 0; k < count; k++) {
    if (k !== always && random.uniform() >= chance) continue;
    const { categorical, levels } = shape.dimensions[k]!;
    if (categorical) point[k] = shape.levelAt(k, random.integer(levels));
    else {
      // Reflected at the ends.
      let u = Math.abs(point[k]! + random.normal() * Math.max(spread, 0.8 / levels));
      if (u > 1) u = Math.max(0, 2 - u);
      point[k] = u;
    }
  }
  return point;
}

/** A coordinate moved into the box; categories stay. */
function inBox(shape: Geometry, box: Box, k: number, u: number): number {
  return shape.dimensions[k]!.categorical ? u : Math.min(box.high[k]!, Math.max(box.low[k]!, u));
}

/** The centre of a box with some dimensions, about 20 of many, taken from an even point that is scaled into it. */
function boxed(shape: Geometry, box: Box, even: Float64Array, random: Generator): Float64Array {
  const count = even.length;
  const always = random.integer(count);
  return even.map((u, k) => {
    if (k !== always && random.uniform() >= 20 / count) return box.center[k]!;
    return shape.dimensions[k]!.categorical ? u : box.low[k]! + u * (box.high[k]! - box.low[k]!);
  });
}

function distance(a: Float64Array, b: Float64Array): number {
  let largest = 0;
  for (let k = 0; k < a.length; k++) largest = Math.max(largest, Math.abs(a[k]! - b[k]!));
  return largest;
}

/** All points that differ from a point in one dimension with levels: every value up to 16, else steps of 1, 2, 4, ... */
function neighbours(shape: Geometry, point: Float64Array): Float64Array[] {
  const out: Float64Array[] = [];
  for (const [k, { levels }] of shape.dimensions.entries()) {
    if (levels === Number.POSITIVE_INFINITY || levels === 1 || !shape.isActive(point, k)) continue;
    const add = (u: number): void => {
      const next = point.slice();
      next[k] = u;
      shape.snap(next);
      if (distance(next, point) > 0) out.push(next);
    };
    if (levels <= ENUMERATED) for (let level = 0; level < levels; level++) add(shape.levelAt(k, level));
    else
      for (let step = 1; step < levels; step *= 2) {
        for (const u of [point[k]! - step / levels, point[k]! + step / levels]) if (u > 0 && u < 1) add(u);
      }
  }
  return out;
}

/** Climbs along the continuous dimensions of a point; all others stay. */
function polish(
  shape: Geometry,
  surface: Surface,
  point: Float64Array,
  box: Box | undefined,
): Float64Array | undefined {
  const free = shape.dimensions.flatMap(({ levels }, k) =>
    levels === Number.POSITIVE_INFINITY && shape.isActive(point, k) ? [k] : [],
  );
  if (free.length === 0) return undefined;
  const row = featureRows(shape, [point]);
  const byFeature = new Float64Array(row.length);
  const { x } = lbfgs(
    (u, gradient) => {
      for (const [i, k] of free.entries()) row[k] = u[i]!;
      const value = surface.descend(row, byFeature);
      for (const [i, k] of free.entries()) gradient[i] = byFeature[k]!;
      return value;
    },
    free.map((k) => point[k]!),
    {
      lower: free.map((k) => box?.low[k] ?? 0),
      upper: free.map((k) => box?.high[k] ?? 1),
      iterations: 20,
      gradientTolerance: 1e-3,
      valueTolerance: 1e-5,
    },
  );
  const moved = point.slice();
  for (const [i, k] of free.entries()) moved[k] = x[i]!;
  // A parent on a continuous axis may have switched a child off.
  shape.snap(moved);
  return moved;
}

/** Where a search may go. */
export interface SearchLimits {
  readonly box?: Box | undefined;
  /** Whether a snapped point keeps the rules of the space. */
  readonly isAllowed?: (point: Float64Array) => boolean;
}

// Draws for one candidate that keeps the rules.
const REDRAWS = 10;

/**
 * Configurations where the surface is high, best first: Sobol points and perturbed elites are scored in one pass, and
 * from the best few that lie apart a local search alternates L-BFGS on continuous dimensions with a scan of
 * all single changes of the others. Within a box, where one is given.
 */
export function searchSurface(
  shape: Geometry,
  surface: Surface,
  elites: readonly Float64Array[],
  random: Generator,
  { box, isAllowed = () => true }: SearchLimits = {},
): readonly Candidate[] {
  const count = shape.dimensions.length;
  const total = Math.min(800, 100 * (count + 1));
  const scrambles = shape.dimensions.map(() => random.bits());
  const points: Float64Array[] = elites.map((elite) => elite.slice());
  const add = (point: Float64Array): void => {
    shape.snap(point);
    if (isAllowed(point)) points.push(point);
  };
  const spread = SPREAD_SHARE * total;
  for (let i = 0; points.length < spread && i < REDRAWS * spread; i++) {
    const even = Float64Array.from(scrambles, (seed, k) =>
      k < SOBOL_DIMENSIONS ? owenScramble(sobolBits(i, k), seed) / 0x1_0000_0000 : random.uniform(),
    );
    add(box === undefined ? even : boxed(shape, box, even, random));
  }
  for (let i = 0; points.length < total && i < REDRAWS * total; i++) {
    const elite = elites[random.integer(elites.length)]!;
    const point = perturb(shape, elite, random);
    add(box === undefined ? point : point.map((u, k) => inBox(shape, box, k, u)));
  }
  const scores = surface.screen(featureRows(shape, points), points.length);
  const pool: Candidate[] = points.map((point, i) => ({ point, score: scores[i]! }));
  pool.sort((a, b) => b.score - a.score);

  const starts: Candidate[] = [];
  for (const candidate of pool) {
    if (starts.length === CLIMBS) break;
    if (starts.every(({ point }) => distance(point, candidate.point) > 0.1)) starts.push(candidate);
  }
  for (const start of starts) {
    let best = start;
    for (let round = 0; round < ROUNDS; round++) {
      const before = best.score;
      const moved = polish(shape, surface, best.point, box);
      const around = neighbours(shape, best.point);
      if (moved !== undefined) around.push(moved);
      const open = around.filter(isAllowed);
      if (open.length === 0) break;
      const values = surface.score(featureRows(shape, open), open.length);
      for (const [i, point] of open.entries()) {
        const candidate = { point, score: values[i]! };
        pool.push(candidate);
        if (candidate.score > best.score) best = candidate;
      }
      if (!(best.score > before + 1e-6)) break;
    }
  }
  return pool.sort((a, b) => b.score - a.score);
}

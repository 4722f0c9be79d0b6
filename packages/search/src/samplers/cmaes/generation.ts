import { generator, randomKey } from '@luthier/core';
import type { Space } from '../../space/parameter.ts';
import { type Axis, axesOf } from '../axes.ts';
import { type Geometry, geometry } from '../gp/geometry.ts';
import { populationSize } from './constants.ts';
import {
  axisVariances,
  type Distribution,
  isSeparable,
  roundDistribution,
  stretched,
  updated,
  varianceOf,
  whitened,
} from './distribution.ts';
import { withMargin } from './margin.ts';

/** All that CMA-ES remembers, as plain data for the log; it changes once a generation. */
export interface Generation {
  readonly version: 1;
  /** Hash of the space that the numbers belong to. */
  readonly space: readonly [number, number];
  /** Number of the first trial that was drawn from here. */
  readonly from: number;
  /** Results that end the generation, λ. */
  readonly population: number;
  readonly restarts: number;
  /** Over the lines of the space. */
  readonly distribution: Distribution;
  /** Widening of each line by the margin. */
  readonly widening: readonly number[];
  /** Probabilities of the values of each category. */
  readonly shares: readonly (readonly number[])[];
  /** Best value of the last generations, newest last. */
  readonly bests: readonly number[];
}

/** A point drawn from a generation. */
export interface Drawn {
  /** (x - mean)/σ over the lines, without the widening. */
  readonly step: Float64Array;
  /** A configuration in the unit cube. */
  readonly point: Float64Array;
}

/** A result of a generation: how it was reached, its categories and its value; smaller is better. */
export interface Row extends Drawn {
  readonly value: number;
}

const INITIAL_STEP = 0.2;
const RESAMPLES = 100;

interface Layout {
  readonly shape: Geometry;
  readonly axes: readonly Axis[];
  /** Dimensions that the normal distribution covers, and those with a table of probabilities. */
  readonly lines: readonly number[];
  readonly categories: readonly number[];
  readonly key: readonly [number, number];
}

const layouts = new WeakMap<Geometry, Layout>();

/** The parts of a space that CMA-ES treats differently. */
export function layoutOf(space: Space): Layout {
  const shape = geometry(space);
  let layout = layouts.get(shape);
  if (layout === undefined) {
    const axes = axesOf(space);
    const varied = axes.flatMap(({ levels }, k) => (levels > 1 ? [k] : []));
    const { k0, k1 } = randomKey(shape.signature);
    layout = {
      shape,
      axes,
      lines: varied.filter((k) => axes[k]!.kind === 'line'),
      categories: varied.filter((k) => axes[k]!.kind === 'category'),
      key: [k0, k1],
    };
    layouts.set(shape, layout);
  }
  return layout;
}

/** The first generation around a point; `population` doubles with every restart. */
export function firstGeneration(space: Space, center: Float64Array, from: number, restarts = 0): Generation {
  const { axes, lines, categories, key } = layoutOf(space);
  const mean = lines.map((k) => (Number.isNaN(center[k]!) ? 0.5 : center[k]!));
  return withMargins(space, {
    version: 1,
    space: key,
    from,
    population: populationSize(lines.length + categories.length) * 2 ** restarts,
    restarts,
    distribution: roundDistribution(mean, INITIAL_STEP),
    widening: lines.map(() => 1),
    shares: categories.map((k) => new Array<number>(axes[k]!.levels).fill(1 / axes[k]!.levels)),
    bests: [],
  });
}

// Share of the known trials that a warm start looks at, deviation of its prior, and fewest of them.
const PROMISING = 0.1;
const DOUBT = 0.1;
const FEWEST_PROMISING = 3;

/**
 * The first generation of a search that knows points already, best first: the normal distribution closest to a mixture of round ones, of
 * deviation 0.1, around the best tenth. With fewer than 30 points, a round one of deviation 0.2 around the best.
 *
 * Reference: Nomura 2021, "Warm starting CMA-ES for hyperparameter optimization", section 4.
 */
export function warmGeneration(space: Space, known: readonly Float64Array[], from: number): Generation {
  const { lines } = layoutOf(space);
  const cold = firstGeneration(space, known[0]!, from);
  const best = known.slice(0, Math.floor(PROMISING * known.length));
  const d = lines.length;
  if (best.length < FEWEST_PROMISING || d === 0) return cold;
  const rows = best.map((point) => lines.map((k) => (Number.isNaN(point[k]!) ? 0.5 : point[k]!)));
  const mean = lines.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length);
  const entry = (i: number, j: number): number => {
    const spread = rows.reduce((sum, row) => sum + (row[i]! - mean[i]!) * (row[j]! - mean[j]!), 0);
    return spread / rows.length + (i === j ? DOUBT * DOUBT : 0);
  };
  const round = roundDistribution(mean, 1);
  const covariance = isSeparable(round)
    ? Array.from({ length: d }, (_, i) => entry(i, i))
    : Array.from({ length: d * d }, (_, at) => entry(Math.floor(at / d), at % d));
  // A step that leaves a covariance of determinant 1.
  const values = Array.from(axisVariances({ ...round, covariance }));
  const step = Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / (2 * d));
  const distribution = {
    ...round,
    step,
    covariance: covariance.map((value) => value / (step * step)),
  };
  return withMargins(space, { ...cold, distribution });
}

/** Deviation of what is evaluated along one line, in the unit range. */
function deviationOf({ distribution, widening }: Generation, line: number): number {
  const variance = Math.max(1e-300, varianceOf(distribution, line));
  return distribution.step * widening[line]! * Math.sqrt(variance);
}

function withMargins(space: Space, generation: Generation): Generation {
  const { axes, lines, categories } = layoutOf(space);
  const least = 1 / ((lines.length + categories.length) * generation.population);
  const mean = generation.distribution.mean.map((m) => Math.min(1, Math.max(0, m)));
  const widening = [...generation.widening];
  for (const [line, k] of lines.entries()) {
    const axis = axes[k]!;
    if (axis.levels === Number.POSITIVE_INFINITY) continue;
    const level = axis.levelOf(mean[line]!);
    const deviation = deviationOf(generation, line);
    // Only the cell of the mean and its neighbours matter.
    const [first, last] = [Math.max(0, level - 1), Math.min(axis.levels - 1, level + 1)];
    const edges = Array.from({ length: last - first + 1 }, (_, i) => axis.cell(first + i)[0]);
    edges.push(axis.cell(last)[1]);
    const kept = withMargin({ mean: mean[line]!, deviation }, edges, least);
    mean[line] = kept.mean;
    widening[line] = (widening[line]! * kept.deviation) / deviation;
  }
  return { ...generation, distribution: { ...generation.distribution, mean }, widening };
}

/**
 * What trial number `trial` draws: a pure function of generation, seed, number and attempt, so that the draw need not be stored.
 *
 * Drawn again up to 100 times while outside of the unit cube, then clipped.
 */
export function drawFrom(
  space: Space,
  generation: Generation,
  seed: number,
  trial: number,
  attempt: number,
): Drawn {
  const { shape, axes, lines, categories } = layoutOf(space);
  const random = generator(randomKey(seed, 'cmaes', trial, attempt));
  const { distribution, widening, shares } = generation;
  const point = new Float64Array(axes.length).fill(0.5);
  for (const [c, k] of categories.entries()) {
    let rest = random.uniform();
    let level = 0;
    while (level < shares[c]!.length - 1 && rest >= shares[c]![level]!) rest -= shares[c]![level++]!;
    point[k] = (level + 0.5) / axes[k]!.levels;
  }
  const place = (line: number, y: number): boolean => {
    const u = distribution.mean[line]! + distribution.step * widening[line]! * y;
    point[lines[line]!] = Math.min(1, Math.max(0, u));
    return u >= 0 && u <= 1;
  };
  if (isSeparable(distribution)) {
    // Independent coordinates are drawn again one by one: of hundreds together, some would always lie outside.
    for (const line of lines.keys()) {
      const deviation = Math.sqrt(varianceOf(distribution, line));
      for (let draw = 0; draw < RESAMPLES && !place(line, deviation * random.normal()); draw++);
    }
  } else {
    for (let draw = 0; draw < RESAMPLES; draw++) {
      const y = stretched(
        distribution,
        Float64Array.from(lines, () => random.normal()),
      );
      let isInside = true;
      for (const line of lines.keys()) if (!place(line, y[line]!)) isInside = false;
      if (isInside) break;
    }
  }
  const step = new Float64Array(lines.length);
  for (const [line, k] of lines.entries())
    step[line] = (point[k]! - distribution.mean[line]!) / (distribution.step * widening[line]!);
  shape.snap(point);
  return { step, point };
}

/**
 * A configuration that was not drawn from the generation as a result of it; inactive and unknown parameters count as the mean. Its
 * Mahalanobis length is cut to √d + 2d/(d + 2).
 *
 * Reference: Hansen 2011, "Injecting external solutions into CMA-ES".
 */
export function injected(space: Space, generation: Generation, point: Float64Array): Drawn {
  const { lines } = layoutOf(space);
  const { distribution, widening } = generation;
  const step = Float64Array.from(lines, (k, line) =>
    Number.isNaN(point[k]!)
      ? 0
      : (point[k]! - distribution.mean[line]!) / (distribution.step * widening[line]!),
  );
  const length = Math.hypot(...whitened(distribution, step));
  const d = lines.length;
  const most = Math.sqrt(d) + (2 * d) / (d + 2);
  return { step: length > most ? step.map((y) => (y * most) / length) : step, point };
}

/** Probabilities moved towards the categories of the better half, each kept above a margin; CatCMA's margin, Hamano 2024. */
function learned(space: Space, generation: Generation, rows: readonly Row[]): Generation['shares'] {
  const { axes, categories } = layoutOf(space);
  const parents = rows.slice(0, rows.length >>> 1);
  const raw = parents.map((_, i) => Math.log((rows.length + 1) / 2) - Math.log(i + 1));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  const effective = (total * total) / raw.reduce((sum, weight) => sum + weight * weight, 0);
  const freedom = categories.reduce((sum, k) => sum + axes[k]!.levels - 1, 0);
  // The more probabilities there are to learn, the less one generation says of each.
  const rate = Math.min(0.3, effective / (effective + freedom));
  return categories.map((k, c) => {
    const { levels, levelOf } = axes[k]!;
    const least = (1 - 0.73 ** (1 / categories.length)) / (levels - 1);
    const shares = generation.shares[c]!.map((share) => (1 - rate) * share);
    for (const [i, { point }] of parents.entries()) {
      const part = (rate * raw[i]!) / total;
      if (Number.isNaN(point[k]!)) for (let v = 0; v < levels; v++) shares[v]! += part / levels;
      else shares[levelOf(point[k]!)]! += part;
    }
    const floored = shares.map((share) => Math.max(least, share));
    const excess = floored.reduce((sum, share) => sum + share, 0) - 1;
    const room = floored.reduce((sum, share) => sum + share - least, 0);
    return room > 0 ? floored.map((share) => share - (excess * (share - least)) / room) : floored;
  });
}

/** Generations over which a constant best value says that nothing is left to find. */
function patience(d: number, population: number): number {
  return 10 + Math.ceil((30 * d) / population);
}

/** Whether the search has ended in a point, as far as numbers tell. */
function isSpent(generation: Generation, rows: readonly Row[]): boolean {
  const { distribution, widening, bests, population } = generation;
  const values = Array.from(axisVariances(distribution));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const steps = distribution.mean.map((_, line) => deviationOf(generation, line));
  if (steps.length > 0 && Math.max(...steps) < 1e-12 * INITIAL_STEP) return true;
  if (steps.length > 0 && (most / least > 1e14 || distribution.step * Math.sqrt(most) > 1e4)) return true;
  if (bests.length < patience(widening.length, population)) return false;
  const finite = rows.map(({ value }) => value).filter(Number.isFinite);
  return Math.max(...bests) - Math.min(...bests) < 1e-12 && Math.max(...finite) - Math.min(...finite) < 1e-12;
}

/**
 * The generation after one whose results are known, best first. When the search has ended in a point it begins anew from another one
 * with twice the population (IPOP).
 */
export function nextGeneration(
  space: Space,
  generation: Generation,
  rows: readonly Row[],
  from: number,
  seed: number,
): Generation {
  const { lines, categories, axes } = layoutOf(space);
  const distribution = updated(
    generation.distribution,
    rows.map(({ step }) => step),
  );
  const shares = categories.length === 0 ? [] : learned(space, generation, rows);
  const finite = Number.isFinite(rows[0]!.value) ? [rows[0]!.value] : [];
  const bests = [...generation.bests, ...finite].slice(-patience(lines.length, generation.population));
  const next = withMargins(space, { ...generation, from, distribution, shares, bests });
  if (!isSpent(next, rows)) return next;
  const random = generator(randomKey(seed, 'cmaes', 'restart', from));
  const center = Float64Array.from(axes, () => random.uniform());
  return firstGeneration(space, center, from, generation.restarts + 1);
}

import { logNormalPdf } from '@luthier/core';
import type { Observation } from './evidence.ts';
import { type Data, evaluationsFor, type Fit, fit, startTheta } from './fit.ts';
import type { Geometry } from './geometry.ts';
import { numericFeatures, placesOf, type Theta } from './kernel.ts';
import { type Posterior, posterior } from './posterior.ts';
import { createTransform, isApplicable, type Transform, type TransformKind } from './transform.ts';
import { isWarped, withWarp } from './warp.ts';

/** What a fit leaves for the next one: plain data. */
export interface Fitted {
  /** Of the geometry that the length scales belong to. */
  readonly signature: string;
  readonly theta: Theta;
  readonly transform: TransformKind;
  /** Number of observations at the last fit, and at the last one from several starts. */
  readonly fitted: number;
  readonly searched: number;
}

/** A fitted model of the objective. */
export interface Model {
  readonly fitted: Fitted;
  readonly transform: Transform;
  readonly belief: Posterior;
  /** Best posterior mean at a complete observation inside of the space, on the model's scale. */
  readonly incumbent: number;
}

const TRANSFORMS: readonly TransformKind[] = ['rank', 'standard', 'log', 'power'];

/** A text that is equal where fitted parameters mean the same; the number changes with what theta holds. */
export function signatureOf(shape: Geometry): string {
  return `2 ${shape.signature}`;
}

/** Observations between two fits: every one up to 50, every third up to 150, then every eighth. */
function interval(count: number): number {
  return count <= 50 ? 1 : count <= 150 ? 3 : 8;
}

/** Rows of features of points. */
export function featureRows(shape: Geometry, points: readonly Float64Array[]): Float64Array {
  const width = shape.features.length;
  const rows = new Float64Array(points.length * width);
  for (const [i, point] of points.entries()) shape.write(point, rows, i * width);
  return rows;
}

/** Observations on the scale of a transform, as the model takes them; `isQuiet` when little noise is expected of them. */
export function dataOf(
  shape: Geometry,
  rows: Float64Array,
  observations: readonly Observation[],
  transform: Transform,
  isQuiet = true,
): Data {
  return {
    features: shape.features,
    rows,
    count: observations.length,
    isQuiet,
    y: Float64Array.from(observations, ({ value }) => transform.forward(value)),
    repeats: Float64Array.from(observations, ({ repeats }) => repeats),
    extra: Float64Array.from(observations, ({ value, uncertainty }) =>
      uncertainty === 0
        ? 0
        : Math.min(
            4,
            (0.5 * (transform.forward(value + uncertainty) - transform.forward(value - uncertainty))) ** 2,
          ),
    ),
  };
}

/**
 * Leave-one-out log density of the better half of the complete observations on their own scale. The better half is where
 * the optimum is, and where every transform has an exact derivative.
 */
function leaveOneOutScore(
  belief: Posterior,
  data: Data,
  observations: readonly Observation[],
  transform: Transform,
): number {
  const complete = observations.flatMap(({ value, complete }, i) => (complete ? [{ value, i }] : []));
  const better = complete.sort((a, b) => b.value - a.value).slice(0, Math.ceil(complete.length / 2));
  const { means, deviations } = belief.leaveOneOut();
  return better.reduce((sum, { value, i }) => {
    const u = (data.y[i]! - means[i]!) / deviations[i]!;
    return sum + logNormalPdf(u) - Math.log(deviations[i]!) + transform.logSlope(value);
  }, 0);
}

// The cost of a model grows with the cube of its observations.
const LARGEST = 300;
const BEST_SHARE = 0.4;
// A transform, starts and a warp are chosen by a part of the observations above this number.
const COMPARED = 120;
// Iterations for a transform beside the one in force.
const OTHERS = 12;
// ln of the odds that a warp must bring.
const WARP_GAIN = 2;

/**
 * At most `most` of some items in their order: the best 40 % by rank, the newest, and the others at even distances, which keeps
 * the whole course of the search.
 */
export function thin<Item>(
  items: readonly Item[],
  rank: (item: Item) => number,
  most: number = LARGEST,
): readonly Item[] {
  if (items.length <= most) return items;
  const best = Math.round(BEST_SHARE * most);
  const order = items.map((_, i) => i).sort((a, b) => rank(items[b]!) - rank(items[a]!) || a - b);
  const kept = new Set(order.slice(0, best));
  const others = items.map((_, i) => i).filter((i) => !kept.has(i));
  const room = most - best;
  for (let k = 1; k <= room; k++) kept.add(others[Math.ceil((k * others.length) / room) - 1]!);
  kept.add(items.length - 1);
  return items.filter((_, i) => kept.has(i));
}

/** A transform of some observations with its fit. */
interface Candidate extends Fit {
  readonly kind: TransformKind;
  readonly score: number;
}

function rankOf(kind: TransformKind, last: Fitted | undefined): number {
  return kind === last?.transform ? -1 : TRANSFORMS.indexOf(kind);
}

/** The transform with the best leave-one-out density (from 8 observations on; before that half-rank and log), fitted. */
function bestTransform(
  shape: Geometry,
  observations: readonly Observation[],
  values: Float64Array,
  last: Fitted | undefined,
  isQuiet: boolean,
): Candidate {
  const count = observations.length;
  const rows = featureRows(
    shape,
    observations.map(({ point }) => point),
  );
  const held = last?.theta.slice(0, placesOf(shape.features.length).warp);
  const applicable = TRANSFORMS.filter((kind) => isApplicable(kind, values));
  // The transform in force first: the others are fitted from where it ends.
  const kinds =
    count < 8 ? TRANSFORMS.slice(0, 1) : [...applicable].sort((a, b) => rankOf(a, last) - rankOf(b, last));
  let best: Candidate | undefined;
  let from: Theta | undefined;
  for (const kind of kinds) {
    const transform = createTransform(kind, values);
    const data = dataOf(shape, rows, observations, transform, isQuiet);
    const first = held ?? startTheta(shape.features, 0.205, isQuiet);
    const found =
      from === undefined
        ? // From little noise alone a fit may not find that there is much.
          fit(data, [first, startTheta(shape.features, 0.5)])
        : fit(data, [from], OTHERS);
    from ??= found.theta;
    const score =
      kinds.length === 1 ? 0 : leaveOneOutScore(posterior(data, found.theta), data, observations, transform);
    if (best === undefined || score > best.score) best = { ...found, kind, score };
  }
  return best!;
}

/** Theta with a warp of the numbers when that is worth it: three observations a number at least, and the posterior better by e². */
function warpedIfBetter(
  shape: Geometry,
  observations: readonly Observation[],
  values: Float64Array,
  { theta, value, kind }: Candidate,
  last: Fitted | undefined,
  isQuiet: boolean,
): Theta {
  const { features } = shape;
  if (observations.length < Math.max(20, 3 * numericFeatures(features).length)) return theta;
  const rows = featureRows(
    shape,
    observations.map(({ point }) => point),
  );
  const data = dataOf(shape, rows, observations, createTransform(kind, values), isQuiet);
  const starts = [withWarp(features, theta)];
  if (last !== undefined && isWarped(features, last.theta)) starts.push(last.theta);
  const warped = fit(data, starts, 25);
  return warped.value < value - WARP_GAIN ? warped.theta : theta;
}

/**
 * The model of the observations (two or more), fitted anew when enough of them are new or the newest one surprises.
 *
 * Whenever their number has grown by a quarter, output transforms are compared, each fitted from two starts, and a warp of the inputs is
 * tried; above 120 observations on a part of them. `total` counts all observations there are, of which `observations` are at most 300.
 * Little noise is expected unless `isQuiet` is false. Default true.
 */
export function createModel(
  shape: Geometry,
  observations: readonly Observation[],
  total: number,
  before: Fitted | undefined,
  isQuiet = true,
): Model {
  const complete = Float64Array.from(
    observations.filter((o) => o.complete),
    ({ value }) => value,
  );
  const values = complete.length > 1 ? complete : Float64Array.from(observations, ({ value }) => value);
  const rows = featureRows(
    shape,
    observations.map(({ point }) => point),
  );
  const last =
    before?.signature === signatureOf(shape) && isApplicable(before.transform, values) ? before : undefined;
  const isDue = last === undefined || total < last.fitted || total >= Math.ceil(1.25 * last.searched);

  let kind = last?.transform ?? 'rank';
  let theta = last?.theta;
  if (isDue) {
    const some = thin(observations, ({ value }) => value, COMPARED);
    const best = bestTransform(shape, some, values, last, isQuiet);
    kind = best.kind;
    theta = warpedIfBetter(shape, some, values, best, last, isQuiet);
  }
  const transform = createTransform(kind, values);
  const data = dataOf(shape, rows, observations, transform, isQuiet);
  const isWhole = isDue && observations.length <= COMPARED;
  let belief = isWhole || !isDue ? posterior(data, theta!) : undefined;
  let fitted: Fitted = isDue
    ? { signature: signatureOf(shape), theta: theta!, transform: kind, fitted: total, searched: total }
    : last!;
  const isOld =
    belief === undefined ||
    (!isDue &&
      (total >= fitted.fitted + interval(total) ||
        (total > fitted.fitted && Math.abs(belief.newestResidual()) > 3)));
  if (isOld) {
    const found = fit(data, [fitted.theta], evaluationsFor(data.count)).theta;
    fitted = { ...fitted, theta: found, fitted: total };
    belief = posterior(data, found);
  }
  const means = new Float64Array(observations.length);
  belief!.predict(rows, means.length, means);
  let incumbent = Number.NEGATIVE_INFINITY;
  const hasInside = observations.some((o) => !o.outside && (o.complete || complete.length === 0));
  for (const [i, observation] of observations.entries()) {
    const isCounted = observation.complete || complete.length === 0;
    if (isCounted && !(observation.outside && hasInside)) incumbent = Math.max(incumbent, means[i]!);
  }
  return { fitted, transform, belief: belief!, incumbent };
}

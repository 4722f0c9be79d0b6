import { logNormalPdf } from '@luthier/core';
import type { Observation } from './evidence.ts';
import { type Data, fit, startTheta } from './fit.ts';
import type { Geometry } from './geometry.ts';
import type { Theta } from './kernel.ts';
import { type Posterior, posterior } from './posterior.ts';
import { createTransform, isApplicable, type Transform, type TransformKind } from './transform.ts';

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
  /** Best posterior mean at a complete observation, on the model's scale. */
  readonly incumbent: number;
}

const TRANSFORMS: readonly TransformKind[] = ['rank', 'standard', 'log'];

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

function dataOf(
  shape: Geometry,
  rows: Float64Array,
  observations: readonly Observation[],
  transform: Transform,
): Data {
  return {
    features: shape.features,
    rows,
    count: observations.length,
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

/**
 * At most 300 of some items in their order: the best 40 % by rank, the newest, and the others at even distances, which keeps
 * the whole course of the search.
 */
export function thin<Item>(items: readonly Item[], rank: (item: Item) => number): readonly Item[] {
  if (items.length <= LARGEST) return items;
  const best = Math.round(BEST_SHARE * LARGEST);
  const order = items.map((_, i) => i).sort((a, b) => rank(items[b]!) - rank(items[a]!) || a - b);
  const kept = new Set(order.slice(0, best));
  const others = items.map((_, i) => i).filter((i) => !kept.has(i));
  const room = LARGEST - best;
  for (let k = 1; k <= room; k++) kept.add(others[Math.ceil((k * others.length) / room) - 1]!);
  kept.add(items.length - 1);
  return items.filter((_, i) => kept.has(i));
}

/**
 * The model of the observations (two or more), fitted anew when enough of them are new or the newest one surprises.
 *
 * Whenever their number has grown by a quarter it is fitted from two starts for each output transform, and the
 * transform with the best leave-one-out density is kept (from 8 observations on; before that half-rank and log). Of more than
 * 300 observations a part is used.
 */
export function createModel(shape: Geometry, all: readonly Observation[], before: Fitted | undefined): Model {
  const observations = thin(all, ({ value }) => value);
  const count = all.length;
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
    before?.signature === shape.signature && isApplicable(before.transform, values) ? before : undefined;
  const dataBy = (kind: TransformKind): { transform: Transform; data: Data } => {
    const transform = createTransform(kind, values);
    return { transform, data: dataOf(shape, rows, observations, transform) };
  };

  let fitted = last;
  let { transform, data } = dataBy(last?.transform ?? 'rank');
  let belief: Posterior | undefined;
  if (last === undefined || count < last.fitted || count >= Math.ceil(1.25 * last.searched)) {
    const kinds =
      count < 8 ? TRANSFORMS.slice(0, 1) : TRANSFORMS.filter((kind) => isApplicable(kind, values));
    let best = Number.NEGATIVE_INFINITY;
    for (const kind of kinds) {
      const candidate = dataBy(kind);
      const starts = last === undefined ? [startTheta(shape.features, 0.205)] : [last.theta];
      // Many observations leave little doubt: another start only for the transform in force.
      if (last === undefined || count <= 50 || kind === last.transform)
        starts.push(startTheta(shape.features, 0.5));
      const theta = fit(candidate.data, starts);
      const then = posterior(candidate.data, theta);
      const score =
        kinds.length === 1 ? 0 : leaveOneOutScore(then, candidate.data, observations, candidate.transform);
      if (score > best || belief === undefined) {
        best = score;
        ({ transform, data } = candidate);
        belief = then;
        fitted = { signature: shape.signature, theta, transform: kind, fitted: count, searched: count };
      }
    }
  } else {
    belief = posterior(data, last.theta);
    if (
      count >= last.fitted + interval(count) ||
      (count > last.fitted && Math.abs(belief.newestResidual()) > 3)
    ) {
      const theta = fit(data, [last.theta]);
      fitted = { ...last, theta, fitted: count };
      belief = posterior(data, theta);
    }
  }
  const means = new Float64Array(observations.length);
  belief!.predict(rows, means.length, means);
  let incumbent = Number.NEGATIVE_INFINITY;
  for (const [i, observation] of observations.entries()) {
    if (observation.complete || complete.length === 0) incumbent = Math.max(incumbent, means[i]!);
  }
  return { fitted: fitted!, transform, belief: belief!, incumbent };
}

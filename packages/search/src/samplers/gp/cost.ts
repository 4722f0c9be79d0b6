import { median } from '@luthier/core';
import type { History, TrialRecord } from '../../study/history.ts';
import type { Evidence } from './evidence.ts';
import { evaluationsFor, fit, startTheta } from './fit.ts';
import type { Geometry } from './geometry.ts';
import { placesOf, type Theta } from './kernel.ts';
import { featureRows, thin } from './model.ts';
import { posterior } from './posterior.ts';

/** How long trials take. */
export interface CostModel {
  readonly theta: Theta;
  readonly fitted: number;
  /** ln of the expected seconds at rows of features. */
  logSeconds(rows: Float64Array, count: number): Float64Array;
}

// Below this ratio of the longest to the shortest trial it does not matter which one is run.
const SPREAD = 3;
const FEWEST = 5;
// The slopes of the trend are held back as if each had been seen so often to be 0.
const RIDGE = 1;

/** Seconds that a trial took: those of its last report, else from its start to its end; undefined for an unended one. */
export function secondsOf({ reports, startedAt, finishedAt }: TrialRecord): number | undefined {
  const reported = reports.seconds.at(-1);
  if (reported !== undefined && reported > 0) return reported;
  if (startedAt === undefined || finishedAt === undefined) return undefined;
  return finishedAt > startedAt ? (finishedAt - startedAt) / 1000 : undefined;
}

/** Intercept and slopes of a linear trend over rows, by coordinate descent on the ridge normal equations. */
function trendOf(rows: Float64Array, width: number, y: Float64Array): Float64Array {
  const n = y.length;
  const slopes = new Float64Array(width + 1);
  const residual = y.slice();
  for (let round = 0; round < 50; round++) {
    for (let k = 0; k <= width; k++) {
      let top = 0;
      let bottom = k === width ? 0 : RIDGE;
      for (let i = 0; i < n; i++) {
        const x = k === width ? 1 : rows[i * width + k]! - 0.5;
        top += x * (residual[i]! + slopes[k]! * x);
        bottom += x * x;
      }
      const next = top / bottom;
      for (let i = 0; i < n; i++)
        residual[i]! -= (next - slopes[k]!) * (k === width ? 1 : rows[i * width + k]! - 0.5);
      slopes[k] = next;
    }
  }
  return slopes;
}

function trendAt(slopes: Float64Array, width: number, rows: Float64Array, row: number): number {
  let sum = slopes[width]!;
  for (let k = 0; k < width; k++) sum += slopes[k]! * (rows[row * width + k]! - 0.5);
  return sum;
}

/**
 * A model of the seconds of complete trials: a linear trend of their ln and a Gaussian process of what remains; undefined while they are
 * few or all about as long.
 */
export function createCostModel(
  shape: Geometry,
  history: History,
  { observations }: Evidence,
  before: { readonly theta: Theta; readonly fitted: number } | undefined,
): CostModel | undefined {
  const timed = observations.flatMap(({ number, point, complete }) => {
    const seconds = complete ? secondsOf(history.trials[number]!) : undefined;
    return seconds === undefined ? [] : [{ point, log: Math.log(seconds) }];
  });
  if (timed.length < FEWEST) return undefined;
  const logs = timed.map(({ log }) => log);
  if (Math.max(...logs) - Math.min(...logs) < Math.log(SPREAD)) return undefined;
  const some = thin(timed, ({ log }) => log, 120);
  const width = shape.features.length;
  const rows = featureRows(
    shape,
    some.map(({ point }) => point),
  );
  const y = Float64Array.from(some, ({ log }) => log);
  const slopes = trendOf(rows, width, y);
  const rest = y.map((log, i) => log - trendAt(slopes, width, rows, i));
  const scale = Math.max(1e-3, 1.4826 * median(rest.map(Math.abs)));
  const count = some.length;
  const data = {
    features: shape.features,
    rows,
    count,
    y: rest.map((value) => value / scale),
    repeats: new Float64Array(count).fill(1),
    extra: new Float64Array(count),
  };
  const usable = before?.theta.length === placesOf(width).warp ? before : undefined;
  const isFresh =
    usable !== undefined && timed.length >= usable.fitted && timed.length < 1.25 * usable.fitted;
  const start = usable?.theta ?? startTheta(shape.features, 0.5);
  const theta = isFresh ? usable.theta : fit(data, [start], evaluationsFor(count)).theta;
  const belief = posterior(data, theta);
  return {
    theta,
    fitted: isFresh ? usable.fitted : timed.length,
    logSeconds: (at, size) => {
      const means = new Float64Array(size);
      belief.predict(at, size, means);
      return means.map((mean, i) => trendAt(slopes, width, at, i) + scale * mean);
    },
  };
}

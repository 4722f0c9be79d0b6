import { mean, median, normalQuantile, quantile } from '@luthier/core';

/** `standard`: straight; `log`: ln of positive values; `rank`: Vizier's half-rank and log warps; `power`: Yeo and Johnson's. */
export type TransformKind = 'standard' | 'log' | 'rank' | 'power';

/** An increasing map from values (greater is better) to the scale of the model: mean 0, deviation 1. */
export interface Transform {
  readonly kind: TransformKind;
  forward(value: number): number;
  inverse(scaled: number): number;
  /** ln of the derivative of `forward`. */
  logSlope(value: number): number;
}

interface Warp {
  forward(value: number): number;
  inverse(warped: number): number;
  logSlope(value: number): number;
}

/** Below median - 5 interquartile ranges differences no longer matter (winsorised). */
function straight(values: Float64Array): Warp {
  const spread = quantile(values, 0.75) - quantile(values, 0.25);
  const floor = spread > 0 ? median(values) - 5 * spread : Number.NEGATIVE_INFINITY;
  return { forward: (value) => Math.max(floor, value), inverse: (warped) => warped, logSlope: () => 0 };
}

/** Of minimised objectives the values are negative here: -ln(-y); else ln y. */
function logarithm(values: Float64Array): Warp {
  const sign = values[0]! > 0 ? 1 : -1;
  const inner = straight(values.map((value) => sign * Math.log(sign * value)));
  return {
    forward: (value) => inner.forward(sign * Math.log(Math.max(Number.MIN_VALUE, sign * value))),
    inverse: (warped) => sign * Math.exp(sign * warped),
    logSlope: (value) => -Math.log(sign * value),
  };
}

/** Piecewise linear through increasing knots, with the slope of the end pieces beyond them. */
function interpolate(x: readonly number[], y: readonly number[], at: number): number {
  if (x.length === 1) return y[0]! + (at - x[0]!);
  let i = 1;
  while (i < x.length - 1 && x[i]! < at) i++;
  return y[i - 1]! + ((at - x[i - 1]!) * (y[i]! - y[i - 1]!)) / (x[i]! - x[i - 1]!);
}

/**
 * Vizier's warps. Below the median values become quantiles of a normal distribution by rank, so that disasters do
 * not squeeze the good ones together; then 0.5 - log1p(0.5 t)/ln 1.5, t = (max - y)/(max - min), stretches
 * the region of the optimum.
 *
 * Reference: Song 2024, "The Vizier Gaussian process bandit algorithm", section 3.2.
 */
function halfRankLog(values: Float64Array): Warp {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const middle = median(values);
  const good = values.filter((value) => value >= middle);
  const rms = (some: Float64Array): number => Math.sqrt(mean(some.map((value) => (value - middle) ** 2)));
  const spread = rms(good) || rms(values);
  const below = sorted.filter((value) => value < middle);
  const share = below.length + (sorted.includes(middle) ? 0.5 : 0);
  const knots = [...below, middle];
  const ranked = [
    ...below.map((_, i) => middle + spread * normalQuantile((0.5 * (i + 0.5)) / share)),
    middle,
  ];
  const top = sorted.at(-1)!;
  const range = top - ranked[0]! || 1;
  const rank = (value: number): number => (value >= middle ? value : interpolate(knots, ranked, value));
  return {
    forward: (value) =>
      0.5 - Math.log1p(Math.max(-0.999, (0.5 * (top - rank(value))) / range)) / Math.log(1.5),
    inverse: (warped) => {
      const value = top - (range * Math.expm1((0.5 - warped) * Math.log(1.5))) / 0.5;
      return value >= middle ? value : interpolate(ranked, knots, value);
    },
    logSlope: (value) =>
      Math.log(0.5 / Math.log(1.5) / range) - Math.log1p(Math.max(-0.999, (0.5 * (top - value)) / range)),
  };
}

/** Yeo and Johnson's power map of a number in units of the spread, and its inverse and ln slope. */
function yeoJohnson(lambda: number): Warp {
  const power = (x: number, exponent: number): number =>
    Math.abs(exponent) < 1e-8 ? Math.log1p(x) : Math.expm1(exponent * Math.log1p(x)) / exponent;
  const root = (t: number, exponent: number): number =>
    Math.abs(exponent) < 1e-8
      ? Math.expm1(t)
      : Math.expm1(Math.log1p(Math.max(-0.999999, exponent * t)) / exponent);
  return {
    forward: (x) => (x >= 0 ? power(x, lambda) : -power(-x, 2 - lambda)),
    inverse: (t) => (t >= 0 ? root(t, lambda) : -root(-t, 2 - lambda)),
    logSlope: (x) => (x >= 0 ? lambda - 1 : 1 - lambda) * Math.log1p(Math.abs(x)),
  };
}

const LAMBDAS = Array.from({ length: 25 }, (_, i) => -1 + i / 6);

/**
 * Yeo and Johnson's transform of (y - median)/spread, its exponent the most likely of 25 in [-1, 3].
 *
 * Reference: Yeo and Johnson 2000, "A new family of power transformations".
 */
function powered(values: Float64Array): Warp {
  const center = median(values);
  const spread = (quantile(values, 0.75) - quantile(values, 0.25)) / 1.349 || 1;
  const scaled = straight(values.map((value) => (value - center) / spread));
  const units = values.map((value) => scaled.forward((value - center) / spread));
  let best = yeoJohnson(1);
  let highest = Number.NEGATIVE_INFINITY;
  for (const lambda of LAMBDAS) {
    const map = yeoJohnson(lambda);
    const moved = units.map(map.forward);
    const middle = mean(moved);
    const variance = mean(moved.map((t) => (t - middle) ** 2));
    const likely = -0.5 * Math.log(variance) + mean(units.map(map.logSlope));
    if (Number.isFinite(likely) && likely > highest) {
      highest = likely;
      best = map;
    }
  }
  return {
    forward: (value) => best.forward(scaled.forward((value - center) / spread)),
    inverse: (warped) => center + spread * best.inverse(warped),
    logSlope: (value) => best.logSlope((value - center) / spread) - Math.log(spread),
  };
}

/** Whether a transform can be applied to values. */
export function isApplicable(kind: TransformKind, values: Float64Array): boolean {
  return kind !== 'log' || values.every((value) => value > 0) || values.every((value) => value < 0);
}

const MAKERS: Readonly<Record<TransformKind, (values: Float64Array) => Warp>> = {
  standard: straight,
  log: logarithm,
  rank: halfRankLog,
  power: powered,
};

/** The transform of a kind made for finite values (at least one; greater is better). */
export function createTransform(kind: TransformKind, values: Float64Array): Transform {
  const warp = MAKERS[kind](values);
  const warped = values.map(warp.forward);
  const center = mean(warped);
  const deviation = Math.sqrt(mean(warped.map((value) => (value - center) ** 2)));
  // Equal values are a flat function of any scale.
  const scale = deviation > 0 && Number.isFinite(deviation) ? deviation : 1;
  return {
    kind,
    forward: (value) => (warp.forward(value) - center) / scale,
    inverse: (scaled) => warp.inverse(scaled * scale + center),
    logSlope: (value) => warp.logSlope(value) - Math.log(scale),
  };
}

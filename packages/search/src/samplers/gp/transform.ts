import { mean, median, normalQuantile, quantile } from '@luthier/core';

/** `standard`: straight; `log`: ln of positive values; `rank`: Vizier's half-rank and log warps. */
export type TransformKind = 'standard' | 'log' | 'rank';

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

/** Whether a transform can be applied to values. */
export function isApplicable(kind: TransformKind, values: Float64Array): boolean {
  return kind !== 'log' || values.every((value) => value > 0) || values.every((value) => value < 0);
}

/** The transform of a kind made for finite values (at least one; greater is better). */
export function createTransform(kind: TransformKind, values: Float64Array): Transform {
  const warp =
    kind === 'standard' ? straight(values) : kind === 'log' ? logarithm(values) : halfRankLog(values);
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

import type { EpochRecord } from '@luthier/core';
import { mean } from '@luthier/core';

/** The curves of a run that the diagnosis looks at; one number an epoch. */
export interface Curves {
  /** Loss of the training data, in evaluation mode where it was measured. */
  readonly train: readonly number[];
  /** Loss of the validation data; NaN where there is none. */
  readonly validation: readonly number[];
  readonly hasValidation: boolean;
}

/** Extracts the curves; the training loss in evaluation mode is preferred, because dropout inflates the other one. */
export function curvesOf(epochs: readonly EpochRecord[]): Curves {
  const isMeasured = epochs.every(({ telemetry }) => !Number.isNaN(telemetry.trainEvalLoss));
  const train = epochs.map(({ metrics, telemetry }) =>
    isMeasured ? telemetry.trainEvalLoss : (metrics.loss ?? telemetry.dataLoss),
  );
  const validation = epochs.map(({ metrics }) => metrics.valLoss ?? Number.NaN);
  return { train, validation, hasValidation: epochs.some(({ metrics }) => metrics.valLoss !== undefined) };
}

/** Mean of the last values. */
export function tail(values: readonly number[], count: number): number {
  return mean(values.slice(-count));
}

/** Index of the smallest value; -1 of an empty list. */
export function argmin(values: readonly number[]): number {
  let best = -1;
  for (const [index, value] of values.entries()) if (best < 0 || value < values[best]!) best = index;
  return best;
}

/** Least-squares line through (x, y). */
export function line(
  x: readonly number[],
  y: readonly number[],
): { readonly slope: number; readonly intercept: number; readonly r2: number } {
  const [mx, my] = [mean(x), mean(y)];
  let [sxx, sxy, syy] = [0, 0, 0];
  for (const [i, xi] of x.entries()) {
    sxx += (xi - mx) ** 2;
    sxy += (xi - mx) * (y[i]! - my);
    syy += (y[i]! - my) ** 2;
  }
  const slope = sxx === 0 ? 0 : sxy / sxx;
  return { slope, intercept: my - slope * mx, r2: syy === 0 ? 1 : (slope * sxy) / syy };
}

/**
 * Roughness of a curve: the typical jump of a value away from the line between its neighbours, relative to the median
 * level of the curve. A smooth curve has about 0, a saw-tooth of ±10 % about 0.2.
 */
export function roughness(values: readonly number[]): number {
  if (values.length < 4) return 0;
  const jumps = values
    .slice(1, -1)
    .map((value, index) => Math.abs(value - (values[index]! + values[index + 2]!) / 2))
    .sort((a, b) => a - b);
  const level = [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
  return jumps[Math.floor(jumps.length / 2)]! / Math.max(Math.abs(level), 1e-12);
}

/** Share of inner points where a curve turns: 0 for a monotone one, 1 for a saw-tooth. */
export function turns(values: readonly number[]): number {
  if (values.length < 3) return 0;
  let count = 0;
  for (let i = 1; i + 1 < values.length; i++)
    if ((values[i]! - values[i - 1]!) * (values[i + 1]! - values[i]!) < 0) count += 1;
  return count / (values.length - 2);
}

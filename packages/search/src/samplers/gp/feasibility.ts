import { logNormalCdf } from '@luthier/core';
import type { Evidence } from './evidence.ts';
import { evaluationsFor, fit, startTheta } from './fit.ts';
import type { Geometry } from './geometry.ts';
import { placesOf, type Theta } from './kernel.ts';
import { featureRows, thin } from './model.ts';
import { posterior } from './posterior.ts';

/** Where trials fail. */
export interface Feasibility {
  readonly theta: Theta;
  readonly fitted: number;
  /** ln P(a trial at a row of features ends with a value). */
  logProbability(rows: Float64Array, count: number): Float64Array;
}

/**
 * A model of the failures, undefined while there are none: least-squares classification by a Gaussian process on labels ±1
 * around their mean, squashed by Φ (Rasmussen and Williams 2006, section 6.5).
 */
export function createFeasibility(
  shape: Geometry,
  all: Evidence['labels'],
  before: { readonly theta: Theta; readonly fitted: number } | undefined,
): Feasibility | undefined {
  if (all.every(({ label }) => label === 1)) return undefined;
  // Failures count as the best ones here: they are the rarer and tell more.
  const labels = thin(all, ({ label }) => -label);
  const count = labels.length;
  const center = labels.reduce((sum, { label }) => sum + label, 0) / count;
  const data = {
    features: shape.features,
    rows: featureRows(
      shape,
      labels.map(({ point }) => point),
    ),
    count,
    y: Float64Array.from(labels, ({ label }) => label - center),
    repeats: new Float64Array(count).fill(1),
    extra: new Float64Array(count),
  };
  const usable = before?.theta.length === placesOf(shape.features.length).warp ? before : undefined;
  const isFresh = usable !== undefined && count >= usable.fitted && count < 1.1 * usable.fitted;
  const theta = isFresh
    ? usable.theta
    : fit(data, [usable?.theta ?? startTheta(shape.features, 0.5)], evaluationsFor(count)).theta;
  const noise = Math.exp(theta[placesOf(shape.features.length).noise]!);
  const belief = posterior(data, theta);
  return {
    theta,
    fitted: isFresh ? usable.fitted : count,
    logProbability: (rows, size) => {
      const means = new Float64Array(size);
      const deviations = new Float64Array(size);
      belief.predict(rows, size, means, deviations);
      return means.map((mean, i) => logNormalCdf((center + mean) / Math.sqrt(deviations[i]! ** 2 + noise)));
    },
  };
}

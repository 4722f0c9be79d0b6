import { constantsOf } from './constants.ts';
import { type Eigen, eigenSymmetric } from './eigen.ts';

/** The search distribution N(mean, step² C) and its paths; plain data, so that it can be a memo. */
export interface Distribution {
  readonly mean: readonly number[];
  /** σ. */
  readonly step: number;
  /** C, row-major; of a separable distribution its diagonal alone. */
  readonly covariance: readonly number[];
  /** p_σ and p_c. */
  readonly stepPath: readonly number[];
  readonly rankPath: readonly number[];
  /** Generations so far. */
  readonly generation: number;
}

// Above this number of dimensions a covariance has more numbers than a search can learn, and than a log should hold.
const WHOLE_DIMENSIONS = 100;

/** A round distribution; separable above 100 dimensions. */
export function roundDistribution(mean: readonly number[], step: number): Distribution {
  const d = mean.length;
  const zeros = new Array<number>(d).fill(0);
  const covariance =
    d > WHOLE_DIMENSIONS
      ? new Array<number>(d).fill(1)
      : Array.from({ length: d * d }, (_, i) => (i % (d + 1) === 0 ? 1 : 0));
  return {
    mean,
    step,
    covariance,
    stepPath: zeros,
    rankPath: zeros,
    generation: 0,
  };
}

/** Whether the dimensions of a distribution are independent, so that only its variances are held and learned. */
export function isSeparable({ mean, covariance }: Distribution): boolean {
  return covariance.length === mean.length && mean.length > 1;
}

/** The variance along one dimension, without the step. */
export function varianceOf(distribution: Distribution, dimension: number): number {
  const stride = isSeparable(distribution) ? 1 : distribution.mean.length + 1;
  return distribution.covariance[dimension * stride]!;
}

/** Variances of C along its axes. */
export function axisVariances(distribution: Distribution): ArrayLike<number> {
  return isSeparable(distribution) ? distribution.covariance : decomposed(distribution).values;
}

const LEAST = 1e-30;
const decompositions = new WeakMap<Distribution, Eigen>();

/** Axes and variances of a whole C; the variances at least 1e-30. */
function decomposed(distribution: Distribution): Eigen {
  let eigen = decompositions.get(distribution);
  if (eigen === undefined) {
    const { values, vectors } = eigenSymmetric(distribution.covariance, distribution.mean.length);
    eigen = { values: values.map((value) => Math.max(LEAST, value)), vectors };
    decompositions.set(distribution, eigen);
  }
  return eigen;
}

/** B D z: a standard normal vector turned into one of N(0, C). */
export function stretched(distribution: Distribution, z: ArrayLike<number>): Float64Array {
  if (isSeparable(distribution))
    return Float64Array.from(distribution.covariance, (variance, i) => Math.sqrt(variance) * z[i]!);
  const { values, vectors } = decomposed(distribution);
  const d = values.length;
  const y = new Float64Array(d);
  for (let j = 0; j < d; j++) {
    const along = Math.sqrt(values[j]!) * z[j]!;
    for (let i = 0; i < d; i++) y[i]! += vectors[i * d + j]! * along;
  }
  return y;
}

/** C^(-½) y. */
export function whitened(distribution: Distribution, y: ArrayLike<number>): Float64Array {
  if (isSeparable(distribution))
    return Float64Array.from(distribution.covariance, (variance, i) => y[i]! / Math.sqrt(variance));
  const { values, vectors } = decomposed(distribution);
  const d = values.length;
  const out = new Float64Array(d);
  for (let j = 0; j < d; j++) {
    let along = 0;
    for (let i = 0; i < d; i++) along += vectors[i * d + j]! * y[i]!;
    along /= Math.sqrt(values[j]!);
    for (let i = 0; i < d; i++) out[i]! += vectors[i * d + j]! * along;
  }
  return out;
}

function norm(vector: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i]! ** 2;
  return Math.sqrt(sum);
}

/**
 * The distribution after a generation: `steps` are the y = (x - mean)/σ of its results, best first.
 *
 * Weighted recombination, cumulative step-size adaptation, rank-one and rank-μ update with negative weights.
 * Of a separable distribution only the diagonal of C is updated, faster.
 *
 * Reference: Hansen 2016, equations 38 to 47; Ros and Hansen 2008.
 */
export function updated(before: Distribution, steps: readonly ArrayLike<number>[]): Distribution {
  const d = before.mean.length;
  if (d === 0) return { ...before, generation: before.generation + 1 };
  const k = constantsOf(d, steps.length, isSeparable(before));
  const generation = before.generation + 1;
  const forward = new Float64Array(d);
  for (let i = 0; i < k.parents; i++)
    for (let j = 0; j < d; j++) forward[j]! += k.weights[i]! * steps[i]![j]!;

  const white = whitened(before, forward);
  const stepGain = Math.sqrt(k.stepRate * (2 - k.stepRate) * k.effective);
  const stepPath = before.stepPath.map((p, j) => (1 - k.stepRate) * p + stepGain * white[j]!);
  const length = norm(stepPath);
  const step = before.step * Math.exp((k.stepRate / k.stepDamping) * (length / k.expectedNorm - 1));

  const settled = Math.sqrt(1 - (1 - k.stepRate) ** (2 * (generation + 1)));
  // A long path says that the step is still growing: the rank-one update waits.
  const isSteady = length / settled < (1.4 + 2 / (d + 1)) * k.expectedNorm ? 1 : 0;
  const pathGain = isSteady * Math.sqrt(k.pathRate * (2 - k.pathRate) * k.effective);
  const rankPath = before.rankPath.map((p, j) => (1 - k.pathRate) * p + pathGain * forward[j]!);

  const factors = k.weights.map((weight, i) =>
    weight >= 0 ? weight : (weight * d) / (norm(whitened(before, steps[i]!)) ** 2 + 1e-8),
  );
  const sum = k.weights.reduce((total, weight) => total + weight, 0);
  const kept = 1 + k.rankOne * (1 - isSteady) * k.pathRate * (2 - k.pathRate) - k.rankOne - k.rankMany * sum;
  const entry = (previous: number, i: number, j: number): number => {
    let value = kept * previous + k.rankOne * rankPath[i]! * rankPath[j]!;
    for (let row = 0; row < steps.length; row++)
      value += k.rankMany * factors[row]! * steps[row]![i]! * steps[row]![j]!;
    return value;
  };
  let covariance: number[];
  if (isSeparable(before))
    covariance = before.covariance.map((variance, i) => Math.max(LEAST, entry(variance, i, i)));
  else {
    covariance = new Array<number>(d * d);
    for (let i = 0; i < d; i++) {
      for (let j = 0; j <= i; j++) {
        const value = entry(before.covariance[i * d + j]!, i, j);
        covariance[i * d + j] = value;
        covariance[j * d + i] = value;
      }
    }
  }
  const mean = before.mean.map((m, j) => m + before.step * forward[j]!);
  return { mean, step, covariance, stepPath, rankPath, generation };
}

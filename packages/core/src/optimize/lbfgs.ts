import { LuthierError } from '../errors.ts';

/** Value of a function at `x`; writes its gradient into `gradient`. */
export type ValueAndGradient = (x: Float64Array, gradient: Float64Array) => number;

export interface LbfgsOptions {
  /** Bounds of each coordinate; absent means unbounded. */
  readonly lower?: ArrayLike<number>;
  readonly upper?: ArrayLike<number>;
  /** Pairs of steps and gradient changes that are kept. */
  readonly memory?: number;
  readonly iterations?: number;
  /** Ends when no coordinate of the projected gradient is larger. */
  readonly gradientTolerance?: number;
  /** Ends when an iteration lowers the value by less than this share of max(1, |value|). */
  readonly valueTolerance?: number;
}

export interface LbfgsResult {
  readonly x: Float64Array;
  readonly value: number;
  readonly iterations: number;
  readonly evaluations: number;
  readonly converged: boolean;
}

interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly rho: number;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** -H·g over the free coordinates by the two-loop recursion (Nocedal 1980). */
function searchDirection(gradient: Float64Array, free: Uint8Array, pairs: readonly Pair[]): Float64Array {
  const d = new Float64Array(gradient.length);
  for (let i = 0; i < d.length; i++) d[i] = free[i] ? -gradient[i]! : 0;
  const alphas = new Float64Array(pairs.length);
  for (let k = pairs.length - 1; k >= 0; k--) {
    const { s, y, rho } = pairs[k]!;
    let a = 0;
    for (let i = 0; i < d.length; i++) if (free[i]) a += s[i]! * d[i]!;
    a *= rho;
    alphas[k] = a;
    for (let i = 0; i < d.length; i++) if (free[i]) d[i] = d[i]! - a * y[i]!;
  }
  const newest = pairs.at(-1);
  if (newest !== undefined) {
    const scale = 1 / (newest.rho * dot(newest.y, newest.y));
    for (let i = 0; i < d.length; i++) d[i] = d[i]! * scale;
  }
  for (let k = 0; k < pairs.length; k++) {
    const { s, y, rho } = pairs[k]!;
    let b = 0;
    for (let i = 0; i < d.length; i++) if (free[i]) b += y[i]! * d[i]!;
    b = alphas[k]! - rho * b;
    for (let i = 0; i < d.length; i++) if (free[i]) d[i] = d[i]! + b * s[i]!;
  }
  return d;
}

/**
 * Minimises a smooth function, within box bounds if given, by projected L-BFGS: the limited-memory direction over the
 * coordinates that no bound holds, and a backtracking line search along its projection (Armijo 1e-4).
 *
 * Defaults: memory 10, iterations 100, gradientTolerance 1e-6, valueTolerance 1e-12. A start outside the box is moved onto it.
 * Points where the function is not finite are backed away from. Throws LU_OPTIMIZE_START when the start is such a point,
 * LU_OPTIMIZE_BOUNDS when a lower bound is above its upper bound.
 * Reference: Nocedal 1980; projection as in Bertsekas 1982, "Projected Newton methods for optimization problems with simple constraints".
 *
 * @example
 * lbfgs((x, g) => { g[0] = 2 * (x[0]! - 3); return (x[0]! - 3) ** 2; }, [0], { upper: [2] }).x // [2]
 */
export function lbfgs(
  evaluate: ValueAndGradient,
  start: ArrayLike<number>,
  options: LbfgsOptions = {},
): LbfgsResult {
  const {
    lower,
    upper,
    memory = 10,
    iterations = 100,
    gradientTolerance = 1e-6,
    valueTolerance = 1e-12,
  } = options;
  const size = start.length;
  const low = (i: number): number => lower?.[i] ?? Number.NEGATIVE_INFINITY;
  const high = (i: number): number => upper?.[i] ?? Number.POSITIVE_INFINITY;
  for (let i = 0; i < size; i++) {
    if (low(i) > high(i)) {
      throw new LuthierError(
        'LU_OPTIMIZE_BOUNDS',
        `coordinate ${i}: lower bound ${low(i)} is above ${high(i)}`,
        {
          fix: 'Swap the bounds.',
        },
      );
    }
  }
  const project = (value: number, i: number): number => Math.min(high(i), Math.max(low(i), value));

  let x = Float64Array.from(start, project);
  let gradient = new Float64Array(size);
  let value = evaluate(x, gradient);
  if (!Number.isFinite(value)) {
    throw new LuthierError('LU_OPTIMIZE_START', `the function is ${value} at the start`, {
      fix: 'Start where the function is finite.',
    });
  }
  let evaluations = 1;
  let pairs: Pair[] = [];
  const free = new Uint8Array(size);
  let iteration = 0;
  for (; iteration < iterations; iteration++) {
    let largest = 0;
    for (let i = 0; i < size; i++) {
      const g = gradient[i]!;
      free[i] = (x[i]! <= low(i) && g > 0) || (x[i]! >= high(i) && g < 0) ? 0 : 1;
      if (free[i]) largest = Math.max(largest, Math.abs(x[i]! - project(x[i]! - g, i)));
    }
    if (largest <= gradientTolerance)
      return { x, value, iterations: iteration, evaluations, converged: true };

    let direction = searchDirection(gradient, free, pairs);
    if (!(dot(direction, gradient) < 0)) {
      pairs = [];
      direction = searchDirection(gradient, free, pairs);
    }
    let step = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(direction, direction))) : 1;
    const next = new Float64Array(size);
    const nextGradient = new Float64Array(size);
    let nextValue = Number.NaN;
    let slope = 0;
    let found = false;
    for (let attempt = 0; attempt < 30; attempt++) {
      slope = 0;
      for (let i = 0; i < size; i++) {
        next[i] = project(x[i]! + step * direction[i]!, i);
        slope += gradient[i]! * (next[i]! - x[i]!);
      }
      nextValue = evaluate(next, nextGradient);
      evaluations += 1;
      if (nextValue <= value + 1e-4 * slope && slope < 0) {
        found = true;
        break;
      }
      // The minimiser of the parabola through what is known, kept within a tenth and a half of the step.
      const parabola = Number.isFinite(nextValue) ? -slope / (2 * (nextValue - value - slope)) : 0.1;
      step *= Math.min(0.5, Math.max(0.1, parabola));
    }
    if (!found) {
      if (pairs.length === 0) return { x, value, iterations: iteration, evaluations, converged: false };
      pairs = [];
      continue;
    }
    const s = new Float64Array(size);
    const y = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      s[i] = next[i]! - x[i]!;
      y[i] = nextGradient[i]! - gradient[i]!;
    }
    const curvature = dot(s, y);
    if (curvature > 1e-10 * Math.sqrt(dot(s, s) * dot(y, y))) {
      pairs.push({ s, y, rho: 1 / curvature });
      if (pairs.length > memory) pairs.shift();
    }
    const gain = value - nextValue;
    x = next;
    gradient = nextGradient;
    value = nextValue;
    if (gain <= valueTolerance * Math.max(1, Math.abs(value))) {
      return { x, value, iterations: iteration + 1, evaluations, converged: true };
    }
  }
  return { x, value, iterations: iteration, evaluations, converged: false };
}

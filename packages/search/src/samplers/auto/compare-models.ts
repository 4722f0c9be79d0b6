import type { Space } from '../../space/parameter.ts';
import type { History } from '../../study/history.ts';
import { axesOf } from '../axes.ts';
import { readEvidence } from '../gp/evidence.ts';
import { geometry } from '../gp/geometry.ts';
import { dataOf, type Fitted, featureRows, signatureOf } from '../gp/model.ts';
import { posterior } from '../gp/posterior.ts';
import { createTransform } from '../gp/transform.ts';
import { orderedTrials } from '../ordered-trials.ts';
import { createKernelSet } from '../tpe/kernel-set.ts';
import { createMixture } from '../tpe/mixture.ts';
import { splitTrials } from '../tpe/split.ts';

const FOLDS = 4;
const FEWEST = 24;

/** Ranks from 0, equals sharing their mean. */
function ranksOf(values: readonly number[]): Float64Array {
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let first = 0; first < order.length; ) {
    let end = first;
    while (end < order.length && values[order[end]!] === values[order[first]!]) end++;
    for (let i = first; i < end; i++) ranks[order[i]!] = (first + end - 1) / 2;
    first = end;
  }
  return ranks;
}

/**
 * Spearman's rank correlation, 0 where one side is constant.
 *
 * @example
 * rankCorrelation([1, 2, 3], [10, 20, 90]) // 1
 */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranksOf(a), ranksOf(b)];
  const middle = (a.length - 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    xy += (x[i]! - middle) * (y[i]! - middle);
    xx += (x[i]! - middle) ** 2;
    yy += (y[i]! - middle) ** 2;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}

/**
 * How well the Gaussian process as fitted and TPE rank complete trials that they were not shown, by four-fold cross-validation; undefined
 * below 24 of them.
 */
export function compareModels(
  history: History,
  space: Space,
  fitted: Fitted,
): { readonly gp: number; readonly tpe: number } | undefined {
  const shape = geometry(space);
  const { ended } = orderedTrials(history, space);
  const byNumber = new Map(ended.map((trial) => [trial.number, trial]));
  const observations = readEvidence(history, space)
    .observations.filter(({ complete, number }) => complete && byNumber.has(number))
    .slice(-300);
  if (observations.length < FEWEST || fitted.signature !== signatureOf(shape)) return undefined;
  const axes = axesOf(space);
  const actual: number[] = [];
  const byGp: number[] = [];
  const byTpe: number[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const shown = observations.filter((_, i) => i % FOLDS !== fold);
    const hidden = observations.filter((_, i) => i % FOLDS === fold);
    const transform = createTransform(
      fitted.transform,
      Float64Array.from(shown, ({ value }) => value),
    );
    const rowsOf = (some: typeof shown): Float64Array =>
      featureRows(
        shape,
        some.map(({ point }) => point),
      );
    const means = new Float64Array(hidden.length);
    posterior(dataOf(shape, rowsOf(shown), shown, transform), fitted.theta).predict(
      rowsOf(hidden),
      hidden.length,
      means,
    );
    const numbers = new Set(shown.map(({ number }) => number));
    const known = ended.filter(({ number }) => numbers.has(number));
    const split = splitTrials({
      ended: known,
      byNumber: known.reduce<(typeof known)[number][]>((all, trial) => {
        all[trial.number] = trial;
        return all;
      }, []),
      outside: [],
      pending: new Map(),
      repeats: new Map(),
    });
    const [good, bad] = [split.good, split.bad].map(({ observed, weights }) => {
      const set = createKernelSet(axes);
      set.update(observed);
      return createMixture(set, weights);
    });
    const points = hidden.map(({ number }) => byNumber.get(number)!.point);
    const [l, g] = [good!.logDensity(points), bad!.logDensity(points)];
    // Ranks are compared over all folds: what is shown differs little between them.
    for (const [i, { value }] of hidden.entries()) {
      actual.push(value);
      byGp.push(transform.inverse(means[i]!));
      byTpe.push(l[i]! - g[i]!);
    }
  }
  return { gp: rankCorrelation(byGp, actual), tpe: rankCorrelation(byTpe, actual) };
}

import { LuthierError } from '@luthier/core';
import type { Node } from '../graph/node.ts';
import { maximum, multiply } from '../graph/ops/arithmetic.ts';
import { cast } from '../graph/ops/cast.ts';
import { greater, greaterEqual } from '../graph/ops/compare.ts';
import { max, sum } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/shape.ts';
import { concat } from '../graph/ops/slice.ts';
import { sizeOf } from '../graph/tensor.ts';
import { refuseUnknown } from '../layers/options.ts';
import { readThreshold, type ThresholdOptions } from './accuracy.ts';
import { dense, type Metric, spreadWeights } from './metric.ts';

/** How scores of several classes become one number. */
export type Average = 'micro' | 'macro' | 'weighted';

/** Options of `metrics.precision`, `metrics.recall` and `metrics.f1`. */
export interface ClassScoreOptions extends ThresholdOptions {
  /**
   * `micro` counts all outputs together, `macro` takes the mean over the classes, `weighted` that by their number of
   * samples. Default: `micro` for precision and recall, `macro` for f1.
   */
  readonly average?: Average;
}

const AVERAGES: readonly Average[] = ['micro', 'macro', 'weighted'];

/** 0 for 0 / 0, as Keras has it: nothing was asked or nothing was said. */
function ratio(a: number, b: number): number {
  return b === 0 ? 0 : a / b;
}

/** 1 where an output says yes; without a threshold the largest of a row does. */
function decisions(output: Node, threshold: number | undefined): Node {
  if (threshold !== undefined) return cast(greater(output, threshold), 'float32');
  const ranked = output.op === 'softmax' ? output.inputs[0]! : output;
  return cast(greaterEqual(ranked, max(ranked, -1, { keepDims: true })), 'float32');
}

/** Right yes, said yes and true yes of one class. */
type Score = (right: number, said: number, truly: number) => number;

function averaged(average: Average, score: Score, totals: readonly number[]): number {
  const classes = totals.length / 3;
  const part = (i: number): readonly number[] => totals.slice(i * classes, (i + 1) * classes);
  const [right, said, truly] = [part(0), part(1), part(2)];
  const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  if (average === 'micro') return score(total(right), total(said), total(truly));
  const scores = right.map((count, i) => score(count, said[i]!, truly[i]!));
  if (average === 'macro') return total(scores) / classes;
  return ratio(total(scores.map((value, i) => value * truly[i]!)), total(truly));
}

interface Defaults {
  readonly average: Average;
  /** Whether the largest of several outputs wins when neither options nor loss name a threshold. */
  readonly hasWinner: boolean;
}

function classScore(kind: string, defaults: Defaults, score: Score, options: ClassScoreOptions): Metric {
  refuseUnknown('LU_METRIC_OPTION', kind, options, ['name', 'threshold', 'average']);
  const given = readThreshold(kind, options.threshold);
  const average = options.average ?? defaults.average;
  if (!AVERAGES.includes(average)) {
    throw new LuthierError('LU_METRIC_OPTION', `${kind}: average is '${String(average)}'`, {
      fix: `Give one of ${AVERAGES.join(', ')}.`,
      where: kind,
    });
  }
  const create = (ofLoss: number | undefined): Metric => ({
    name: options.name ?? kind,
    direction: 'max',
    structure: [kind, given ?? ofLoss ?? null],
    takesWeights: true,
    sum: (output, target, form, weights) => {
      const [p, y] = dense(output, target, form);
      const classes = p.shape.at(-1)!;
      const isChoice = defaults.hasWinner && classes > 1;
      const threshold = given ?? ofLoss ?? (isChoice ? undefined : 0.5);
      const rows = (x: Node): Node => reshape(x, [sizeOf(x.shape.slice(0, -1)), classes]);
      // A target of -1 says no, as 0 does.
      const [yes, truth] = [rows(decisions(p, threshold)), rows(maximum(y, 0))];
      const counted = (x: Node): Node =>
        sum(weights === undefined ? x : multiply(x, rows(spreadWeights(weights, p.shape))), 0);
      return concat([counted(multiply(yes, truth)), counted(yes), counted(truth)], 0);
    },
    finish: (totals) => averaged(average, score, totals),
    forLoss: ({ decisionThreshold }) => create(decisionThreshold),
  });
  return create(undefined);
}

/**
 * The share of the answers yes that are right: `TP / (TP + FP)`, 0 where there are none.
 *
 * Defaults as in Keras: all outputs together, yes above 0.5; with logits and hinges above 0. Counts run over the whole
 * epoch. Throws `LU_METRIC_OPTION` for an unknown average or a threshold that is not finite.
 *
 * @example
 * model.compile({ loss: 'binaryCrossentropy', metrics: ['recall', metrics.precision({ threshold: 0.8 })] })
 */
export function precision(options: ClassScoreOptions = {}): Metric {
  const score: Score = (right, said) => ratio(right, said);
  return classScore('precision', { average: 'micro', hasWinner: false }, score, options);
}

/** The share of true yes that is found: `TP / (TP + FN)`, 0 where there are none; options and defaults of `precision`. */
export function recall(options: ClassScoreOptions = {}): Metric {
  const score: Score = (right, _, truly) => ratio(right, truly);
  return classScore('recall', { average: 'micro', hasWinner: false }, score, options);
}

/**
 * The harmonic mean of precision and recall, `2 TP / (2 TP + FP + FN)`, 0 where there is no yes.
 *
 * Defaults: the mean over the classes (Keras gives one number a class); the largest of several outputs says yes, and
 * with one output, or a loss that asks yes or no of each, the threshold decides as in `precision`.
 *
 * @example
 * model.compile({ loss: 'categoricalCrossentropy', metrics: [metrics.f1({ average: 'weighted' })] })
 */
export function f1(options: ClassScoreOptions = {}): Metric {
  const score: Score = (right, said, truly) => ratio(2 * right, said + truly);
  return classScore('f1', { average: 'macro', hasWinner: true }, score, options);
}

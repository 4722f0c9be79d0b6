import { LuthierError } from '@luthier/core';
import type { Node } from '../graph/node.ts';
import { maximum } from '../graph/ops/arithmetic.ts';
import { cast } from '../graph/ops/cast.ts';
import { equal, greater, less, lessEqual, not, where } from '../graph/ops/compare.ts';
import { oneHot } from '../graph/ops/gather.ts';
import { argmax, sum } from '../graph/ops/reduce.ts';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import type { TargetForm } from '../losses/loss.ts';
import { dense, type Metric, type MetricOptions, perSample, sumSamples } from './metric.ts';

/** Options of metrics of answers yes and no. */
export interface ThresholdOptions extends MetricOptions {
  /** The output above which the answer is yes. Default: what the loss says (0 for logits and hinges), else 0.5. */
  readonly threshold?: number;
}

/** Options of `metrics.topKCategoricalAccuracy`. */
export interface TopKOptions extends MetricOptions {
  /** How many of the largest outputs count. Default 5. */
  readonly k?: number;
}

/** The largest output of each sample; softmax keeps the order, so its input will do. */
function choice(output: Node): Node {
  return argmax(output.op === 'softmax' ? output.inputs[0]! : output);
}

function rightAnswers(output: Node, target: Node, threshold: number, weights: Node | undefined): Node {
  // A target of -1 says no, as 0 does.
  const hits = equal(cast(greater(output, threshold), 'float32'), maximum(target, 0));
  return sumSamples(perSample(cast(hits, 'float32')), weights);
}

function rightChoices(output: Node, target: Node, form: TargetForm, weights: Node | undefined): Node {
  const hits =
    form === 'labels' ? equal(cast(choice(output), 'int32'), target) : equal(choice(output), argmax(target));
  return sumSamples(perSample(cast(hits, 'float32')), weights);
}

function requireTarget(name: string, isFit: boolean, problem: string, fix: string): void {
  if (!isFit) throw new LuthierError('LU_METRIC_TARGET', `${name} ${problem}`, { fix, where: name });
}

/** Reads a threshold; undefined stays undefined. */
export function readThreshold(where: string, threshold: number | undefined): number | undefined {
  if (threshold === undefined) return undefined;
  return requireNumber('LU_METRIC_OPTION', where, 'threshold', threshold, ranges.finite);
}

function byThreshold(name: string, threshold: number): Metric {
  return {
    name,
    direction: 'max',
    structure: ['binaryAccuracy', threshold],
    takesWeights: true,
    sum: (output, target, form, weights) => rightAnswers(...dense(output, target, form), threshold, weights),
  };
}

/**
 * The share of right answers: of samples whose largest output is the label, or of outputs on the right side of the
 * threshold where there is one output or the loss asks yes or no of each.
 *
 * @example
 * model.compile({ loss: 'categoricalCrossentropy', metrics: ['accuracy'] })
 */
export function accuracy(options: MetricOptions = {}): Metric {
  refuseUnknown('LU_METRIC_OPTION', 'accuracy', options, ['name']);
  const name = options.name ?? 'accuracy';
  return {
    name,
    direction: 'max',
    structure: 'accuracy',
    takesWeights: true,
    sum: (output, target, form, weights) =>
      form === 'values' && output.shape.at(-1) === 1
        ? rightAnswers(output, target, 0.5, weights)
        : rightChoices(output, target, form, weights),
    forLoss: ({ decisionThreshold }) =>
      decisionThreshold === undefined ? accuracy(options) : byThreshold(name, decisionThreshold),
  };
}

/** The share of outputs on the right side of the threshold. */
export function binaryAccuracy(options: ThresholdOptions = {}): Metric {
  const name = 'binaryAccuracy';
  refuseUnknown('LU_METRIC_OPTION', name, options, ['name', 'threshold']);
  const threshold = readThreshold(name, options.threshold);
  const create = (standard: number): Metric => byThreshold(options.name ?? name, threshold ?? standard);
  return { ...create(0.5), forLoss: ({ decisionThreshold }) => create(decisionThreshold ?? 0.5) };
}

/** The share of samples whose largest output is the label, given as a number or by the largest of a row. */
export function categoricalAccuracy(options: MetricOptions = {}): Metric {
  const name = 'categoricalAccuracy';
  refuseUnknown('LU_METRIC_OPTION', name, options, ['name']);
  return {
    name: options.name ?? name,
    direction: 'max',
    structure: name,
    takesWeights: true,
    sum: (output, target, form, weights) => {
      const fix = "Measure 'binaryAccuracy', or give the last layer one unit a class.";
      requireTarget(name, output.shape.at(-1)! > 1, 'is always 1 for a single output', fix);
      return rightChoices(output, target, form, weights);
    },
  };
}

/** As `categoricalAccuracy`, for integer labels only. */
export function sparseCategoricalAccuracy(options: MetricOptions = {}): Metric {
  const name = 'sparseCategoricalAccuracy';
  refuseUnknown('LU_METRIC_OPTION', name, options, ['name']);
  return {
    name: options.name ?? name,
    direction: 'max',
    structure: name,
    takesWeights: true,
    sum: (output, target, form, weights) => {
      const fix = "Measure 'categoricalAccuracy', or give labels.";
      requireTarget(name, form === 'labels', 'takes integer labels, not rows', fix);
      return rightChoices(output, target, form, weights);
    },
  };
}

/**
 * The share of samples whose label is among the k largest outputs; ties count as being among them.
 *
 * Default: k 5. Throws `LU_METRIC_OPTION` unless k is a whole number from 1.
 *
 * @example
 * model.compile({ loss: 'categoricalCrossentropy', metrics: [metrics.topKCategoricalAccuracy({ k: 3 })] })
 */
export function topKCategoricalAccuracy(options: TopKOptions = {}): Metric {
  const name = 'topKCategoricalAccuracy';
  refuseUnknown('LU_METRIC_OPTION', name, options, ['name', 'k']);
  const k = requireNumber('LU_METRIC_OPTION', name, 'k', options.k ?? 5, ranges.count);
  return {
    name: options.name ?? name,
    direction: 'max',
    structure: [name, k],
    takesWeights: true,
    sum: (output, target, form, weights) => {
      const label = form === 'labels' ? target : argmax(target);
      const isLabel = oneHot(label, output.shape.at(-1)!, 'bool');
      const own = sum(where(isLabel, output, 0), -1, { keepDims: true });
      // Not "greater": an output that is NaN must never be among the best.
      const better = sum(cast(not(lessEqual(output, own)), 'float32'), -1);
      return sumSamples(perSample(cast(less(better, k), 'float32')), weights);
    },
  };
}

import type { Node } from '../graph/node.ts';
import { multiply, subtract } from '../graph/ops/arithmetic.ts';
import { absolute, square } from '../graph/ops/elementwise.ts';
import { sum } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/shape.ts';
import { concat } from '../graph/ops/slice.ts';
import { sizeOf } from '../graph/tensor.ts';
import { refuseUnknown } from '../layers/options.ts';
import { cosine } from '../losses/divergence.ts';
import { dense, type Metric, type MetricOptions, perSample, spreadWeights, sumSamples } from './metric.ts';

function ofOutputs(
  kind: string,
  direction: Metric['direction'],
  options: MetricOptions,
  value: (output: Node, target: Node) => Node,
): Metric {
  refuseUnknown('LU_METRIC_OPTION', kind, options, ['name']);
  return {
    name: options.name ?? kind,
    direction,
    structure: kind,
    takesWeights: true,
    sum: (output, target, form, weights) =>
      sumSamples(perSample(value(...dense(output, target, form))), weights),
  };
}

/** `mean((p - y)^2)`. */
export function meanSquaredError(options: MetricOptions = {}): Metric {
  return ofOutputs('meanSquaredError', 'min', options, (p, y) => square(subtract(p, y)));
}

/** `mean(|p - y|)`. */
export function meanAbsoluteError(options: MetricOptions = {}): Metric {
  return ofOutputs('meanAbsoluteError', 'min', options, (p, y) => absolute(subtract(p, y)));
}

/** The root of the mean squared error of the whole epoch, which is not the mean of the roots of its batches. */
export function rootMeanSquaredError(options: MetricOptions = {}): Metric {
  return {
    ...ofOutputs('rootMeanSquaredError', 'min', options, (p, y) => square(subtract(p, y))),
    finish: ([squares = 0], samples) => Math.sqrt(squares / samples),
  };
}

/** The cosine of the angle between output and target, the mean over the samples; 0 where one of them is zero. */
export function cosineSimilarity(options: MetricOptions = {}): Metric {
  return ofOutputs('cosineSimilarity', 'max', options, cosine);
}

/** Spread of the targets, relative to their squares, that sums in float32 cannot tell from none. */
const NO_SPREAD = 1e-6;

/**
 * The share of the targets' variance that is explained: `1 - sum((y - p)^2) / sum((y - mean(y))^2)`, the mean over the
 * outputs. All targets of the epoch share one mean.
 *
 * NaN where targets do not vary, or by less than a thousandth of their size (Keras: 0).
 *
 * @example
 * model.compile({ loss: 'meanSquaredError', metrics: ['r2'] })
 */
export function r2(options: MetricOptions = {}): Metric {
  refuseUnknown('LU_METRIC_OPTION', 'r2', options, ['name']);
  return {
    name: options.name ?? 'r2',
    direction: 'max',
    structure: 'r2',
    takesWeights: true,
    sum: (output, target, form, weights) => {
      const [p, y] = dense(output, target, form).map((x) =>
        reshape(x, [x.shape[0]!, sizeOf(x.shape.slice(1))]),
      ) as [Node, Node];
      const counted = (x: Node): Node =>
        sum(weights === undefined ? x : multiply(x, spreadWeights(weights, x.shape)), 0);
      return concat([counted(square(y)), counted(y), counted(square(subtract(y, p)))], 0);
    },
    finish: (totals, samples) => {
      const outputs = totals.length / 3;
      let result = 0;
      for (let i = 0; i < outputs; i++) {
        const squares = totals[i]!;
        const spread = squares - totals[i + outputs]! ** 2 / samples;
        result += spread > NO_SPREAD * squares ? 1 - totals[i + 2 * outputs]! / spread : Number.NaN;
      }
      return result / outputs;
    },
  };
}

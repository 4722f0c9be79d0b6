import type { Node } from '../graph/node.ts';
import { add, divide, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { reciprocal, sqrt, square } from '../graph/ops/elementwise.ts';
import { defineGradientRule } from '../graph/ops/gradient-rule.ts';
import { kernelCall } from '../graph/ops/kernel-call.ts';
import { matmul } from '../graph/ops/linear-algebra.ts';
import { mean, sum } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/shape.ts';
import { constant, input } from '../graph/ops/sources.ts';
import { axesLast, keptShape } from './axes-last.ts';
import { defineLayer, type Layer } from './layer.ts';
import { refuseUnknown } from './options.ts';
import { layerName, placeOptions } from './place.ts';
import {
  parseScaleShift,
  SCALE_SHIFT_OPTIONS,
  type ScaleShift,
  type ScaleShiftOptions,
  scaleShiftWeights,
} from './scale-shift.ts';

/** Normalization of each row by its own moments. */
export interface LayerNormalizationLayer extends Layer, ScaleShift {
  readonly kind: 'layerNormalization';
}

/**
 * `gamma * (x - mean) / sqrt(variance + epsilon) + beta` with the moments of the last axis, or of all that
 * `axis` names together, in training and at
 * inference alike.
 *
 * Defaults as in Keras: epsilon 1e-3, with gamma and beta. Throws `LU_LAYER_OPTION` for numbers out of range.
 * Reference: Ba, Kiros and Hinton 2016.
 *
 * @example
 * layers.layerNormalization({ epsilon: 1e-6 })
 */
export function layerNormalization(options: ScaleShiftOptions = {}): LayerNormalizationLayer {
  const where = layerName('layerNormalization', options);
  refuseUnknown('LU_LAYER_OPTION', where, options, SCALE_SHIFT_OPTIONS);
  return {
    kind: 'layerNormalization',
    ...parseScaleShift(where, options),
    ...placeOptions(where, options),
  };
}

function rowMean(x: Node): Node {
  return mean(x, -1, { keepDims: true });
}

/** The mean of `x * scale` by row, as a product with a vector: one pass instead of two. */
function weightedMean(x: Node, scale: Node): Node {
  const width = x.shape.at(-1)!;
  return matmul(x, reshape(divide(scale, width), [width, 1]));
}

/**
 * `(g - mean(g) - normal * mean(g * normal)) / deviation` by row, where g is the gradient times gamma: half the passes of
 * the gradient that would be derived.
 */
const withGradient = defineGradientRule('layerNormalization', ([dy], inputs, [centred, inverse]) => {
  const gamma = inputs[1]!;
  const normal = multiply(centred!, inverse!);
  const turned = multiply(dy!, normal);
  const along = multiply(normal, weightedMean(turned, gamma));
  const across = subtract(subtract(multiply(dy!, gamma), along), weightedMean(dy!, gamma));
  return [multiply(across, inverse!), sum(turned, 0), sum(dy!, 0)];
});

/** The runtime's operator. It takes the variance as a difference of two means, so that only centred rows are safe. */
function normalize(centred: Node, gamma: Node, beta: Node, epsilon: number): Readonly<Record<string, Node>> {
  const [x, scale, shift] = [centred, gamma, beta].map(({ shape }, i) =>
    input(`operand${i}`, 'float32', shape),
  ) as [Node, Node, Node];
  const centre = rowMean(x);
  const rest = subtract(x, centre);
  const inverse = reciprocal(sqrt(add(rowMean(square(rest)), epsilon)));
  const y = add(multiply(multiply(rest, inverse), scale), shift);
  return kernelCall({
    type: 'LayerNormalization',
    attributes: { axis: { int: -1 }, epsilon: { float: epsilon } },
    meaning: { inputs: [x, scale, shift], outputs: { y, centre, inverse } },
    inputs: [centred, gamma, beta],
    places: [0, 1, 2],
  });
}

defineLayer<LayerNormalizationLayer>({
  kind: 'layerNormalization',
  passesMask: true,
  outputShape: keptShape,
  weights: scaleShiftWeights,
  structure: ({ axes, epsilon, center, scale }) => [[...axes], epsilon, center, scale],
  forward: (layer, { input: given, weight: weightOf }) => {
    const { x: input, back } = axesLast(given, layer.axes);
    const weight = (name: string): Node => reshape(weightOf(name), [input.shape.at(-1)!]);
    const channels = [input.shape.at(-1)!];
    const filled = (value: number): Node => constant(new Array<number>(channels[0]!).fill(value), channels);
    const gamma = layer.scale ? weight('gamma') : filled(1);
    const beta = layer.center ? weight('beta') : filled(0);
    const rows = reshape(input, [-1, channels[0]!]);
    const centred = subtract(rows, rowMean(rows));
    const { y, inverse } = normalize(centred, gamma, beta, layer.epsilon);
    const normal = withGradient([y!], [rows, gamma, beta], [centred, inverse!])[0]!;
    return back(reshape(normal, input.shape));
  },
});

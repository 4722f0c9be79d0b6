import { LuthierError } from '@luthier/core';
import type { Node, Shape } from '../graph/node.ts';
import { divide, maximum } from '../graph/ops/arithmetic.ts';
import { sqrt, square } from '../graph/ops/elementwise.ts';
import { matmul, swapAxes } from '../graph/ops/linear-algebra.ts';
import { sum } from '../graph/ops/reduce.ts';
import { reshape, stopGradient } from '../graph/ops/shape.ts';
import { sizeOf } from '../graph/tensor.ts';
import { initializers } from '../initializers/initializer.ts';
import { innerKnobs, innerStructure, innerWeights } from './inner.ts';
import { outputShapesOf } from './kinds.ts';
import { defineLayer, type ForwardContext, type Layer, type WeightSpec } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
import { layerName, placeOptions, type WeightedOptions } from './place.ts';

/** Options of `layers.spectralNormalization`. */
export interface SpectralNormalizationOptions extends WeightedOptions {
  /** A layer with a kernel. */
  readonly layer: Layer;
  /** Steps of the power iteration in each training step, from 1. Default 1. */
  readonly powerIterations?: number;
}

/** A layer whose kernel is divided by its largest singular value. */
export interface SpectralNormalizationLayer extends Layer {
  readonly kind: 'spectralNormalization';
  readonly layer: Layer;
  readonly powerIterations: number;
}

/** Square of the smallest length that is divided by: 1e-12 as in Keras. */
const SMALLEST_SQUARE = 1e-24;

/**
 * Applies a layer with `kernel / sigma`, so that it stretches no input by more than about 1: sigma is the largest singular value of
 * the kernel as a matrix of [all other axes, units], estimated by power iteration.
 *
 * The vector of the iteration is a weight that is not trainable, `vectorU`, moved in each training step; in evaluation it
 * stays. The gradient goes through sigma with both vectors fixed (Miyato, Kataoka, Koyama and Yoshida 2018, equations 8
 * and 12). Keras writes `kernel / sigma` back into the kernel instead; a first training step gives the same output.
 * Default: 1 iteration. Throws `LU_LAYER_OPTION` without a layer or for numbers out of range.
 *
 * @example
 * layers.spectralNormalization({ layer: layers.dense({ units: 1 }) })
 */
export function spectralNormalization(options: SpectralNormalizationOptions): SpectralNormalizationLayer {
  const where = layerName('spectralNormalization', options);
  const known = ['layer', 'powerIterations', 'inputShape', 'trainable', 'name'] as const;
  refuseUnknown('LU_LAYER_OPTION', where, options, known);
  if (typeof options.layer?.kind !== 'string') {
    throw new LuthierError('LU_LAYER_OPTION', `${where}: there is no layer to normalize`, {
      fix: 'Give one: layers.spectralNormalization({ layer: layers.dense({ units: 8 }) }).',
      where,
    });
  }
  const { powerIterations = 1 } = options;
  return {
    kind: 'spectralNormalization',
    layer: options.layer,
    powerIterations: requireNumber(
      'LU_LAYER_OPTION',
      where,
      'powerIterations',
      powerIterations,
      ranges.count,
    ),
    ...placeOptions(where, options),
  };
}

/** The layer inside; it is frozen with the one around it. */
function innerOf({ layer, trainable }: SpectralNormalizationLayer): Layer {
  return trainable === false ? { ...layer, trainable } : layer;
}

/** The weight that is normalized, named as in the wrapper. */
function kernelOf(layer: SpectralNormalizationLayer, input: Shape): WeightSpec {
  const specs = innerWeights('layer', innerOf(layer), [input]);
  const found = specs.find(({ name }) => name === 'layer.kernel');
  if (found !== undefined) return found;
  throw new LuthierError('LU_LAYER_OPTION', `${layer.layer.kind} has no kernel`, {
    fix: 'Normalize a layer that has, such as dense or conv2d.',
  });
}

function unit(row: Node): Node {
  return divide(row, sqrt(maximum(sum(square(row)), SMALLEST_SQUARE)));
}

/** The kernel over its largest singular value. */
function normalized(layer: SpectralNormalizationLayer, spec: WeightSpec, context: ForwardContext): Node {
  const kernel = context.weight(spec.name);
  const units = spec.shape.at(-1)!;
  const rest = sizeOf(spec.shape) / units;
  // [units, rest], as a swapped kernel is already.
  const rows =
    spec.isSwapped === true ? reshape(kernel, [units, rest]) : swapAxes(reshape(kernel, [rest, units]));
  const fixed = stopGradient(rows);
  const moves = context.isTraining && layer.trainable !== false;
  let u = context.weight('vectorU');
  let v = unit(matmul(u, fixed));
  for (let i = 0; moves && i < layer.powerIterations; i++) {
    if (i > 0) v = unit(matmul(u, fixed));
    u = unit(matmul(v, swapAxes(fixed)));
  }
  if (moves) context.moveWeight('vectorU', u);
  const sigma = sum(matmul(matmul(stopGradient(u), rows), swapAxes(stopGradient(v))));
  return divide(kernel, sigma);
}

defineLayer<SpectralNormalizationLayer>({
  kind: 'spectralNormalization',
  passesMask: true,
  contains: ({ layer }) => [['layer', layer]],
  outputShape: (layer, input) => outputShapesOf(layer.layer, [input])[0]!,
  weights: (layer, input) => {
    const units = kernelOf(layer, input).shape.at(-1)!;
    return [
      ...innerWeights('layer', innerOf(layer), [input]),
      {
        name: 'vectorU',
        shape: [1, units],
        initializer: initializers.truncatedNormal({ stddev: 0.02 }),
        fans: { fanIn: 1, fanOut: units },
        isTrainable: false,
      },
    ];
  },
  knobs: (layer) => innerKnobs('layer', layer.layer),
  structure: (layer) => [layer.powerIterations, layer.trainable !== false, innerStructure(innerOf(layer))],
  forward: (layer, context) => {
    const spec = kernelOf(layer, context.input.shape.slice(1));
    const replaced = { kernel: normalized(layer, spec, context) };
    return context.inner('layer', innerOf(layer), [context.input], [context.mask], replaced).outputs;
  },
});

import { LuthierError } from '@luthier/core';
import type { Node, Shape } from '../graph/node.ts';
import { multiply } from '../graph/ops/arithmetic.ts';
import { swapAxes } from '../graph/ops/linear-algebra.ts';
import { dropoutMask } from '../graph/ops/random.ts';
import { defineLayer, type Layer } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';
import { layerName, type PlaceOptions, placeOptions } from './place.ts';

/** Options of `layers.dropout`. */
export interface DropoutOptions extends PlaceOptions {
  /** Chance of each value to be 0, in [0, 1). */
  readonly rate: number;
  /** Extents of the mask along [batch, ...sample]: 1 shares it along an axis, null draws it anew. Default: all anew. */
  readonly noiseShape?: readonly (1 | null)[];
}

/** Dropout of single units. */
export interface DropoutLayer extends Layer {
  readonly kind: 'dropout';
  readonly rate: number;
  readonly noiseShape?: readonly (1 | null)[];
}

/**
 * Sets each value to 0 with probability `rate` while training and divides the others by `1 - rate`; the identity at
 * inference.
 *
 * The mask is a pure function of seed, layer and step: new in every step, and the same when a run is repeated or
 * resumed. The rate is an input of the compiled graph. Throws `LU_LAYER_OPTION` for a rate outside [0, 1).
 * Reference: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014.
 *
 * @example
 * layers.dropout(0.5)
 * layers.dropout({ rate: 0.5, noiseShape: [null, 1, null] }) // the same channels in all steps of a sequence
 */
export function dropout(options: number | DropoutOptions): DropoutLayer {
  const given = typeof options === 'number' ? { rate: options } : options;
  const where = layerName('dropout', given);
  refuseUnknown('LU_LAYER_OPTION', where, given, ['rate', 'noiseShape', 'inputShape', 'name']);
  const rate = requireNumber('LU_LAYER_OPTION', where, 'rate', given.rate, ranges.rate);
  const { noiseShape } = given;
  if (noiseShape !== undefined && !noiseShape.every((extent) => extent === 1 || extent === null)) {
    throw new LuthierError('LU_LAYER_OPTION', `${where}: noiseShape is [${noiseShape.join(', ')}]`, {
      fix: 'Give 1 for axes that share the mask and null for the others, the batch first: [null, 1, null].',
      where,
    });
  }
  return {
    kind: 'dropout',
    rate,
    ...(noiseShape === undefined ? {} : { noiseShape }),
    ...placeOptions(where, given),
  };
}

/** A mask for a batch; of a matrix it is drawn feature by feature, as dense layers compute while training. */
function maskFor(key: Node, rate: Node, shape: Shape): Node {
  const [batch, features] = shape;
  if (shape.length !== 2) return dropoutMask(key, rate, shape);
  return swapAxes(dropoutMask(key, rate, [features!, batch!]));
}

defineLayer<DropoutLayer>({
  kind: 'dropout',
  passesMask: true,
  outputShape: ({ noiseShape }, shape) => {
    if (noiseShape === undefined || noiseShape.length === shape.length + 1) return shape;
    throw new LuthierError(
      'LU_LAYER_SHAPE',
      `has a noiseShape of ${noiseShape.length} axes for [batch, ${shape.join(', ')}]`,
      { fix: `Give ${shape.length + 1} extents, the batch first.` },
    );
  },
  knobs: ({ rate }) => ({ rate }),
  structure: ({ noiseShape }) => (noiseShape === undefined ? null : [...noiseShape]),
  forward: ({ noiseShape }, { input, isTraining, knob, randomKey }) => {
    if (!isTraining) return input;
    const shape = input.shape.map((extent, axis) => noiseShape?.[axis] ?? extent);
    return multiply(input, maskFor(randomKey(), knob('rate'), shape));
  },
});

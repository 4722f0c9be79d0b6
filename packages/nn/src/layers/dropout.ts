import type { Node, Shape } from '../graph/node.ts';
import { multiply } from '../graph/ops/arithmetic.ts';
import { swapAxes } from '../graph/ops/linear-algebra.ts';
import { dropoutMask } from '../graph/ops/random.ts';
import { defineLayer, type Layer } from './layer.ts';
import { ranges, refuseUnknown, requireNumber } from './options.ts';

/** Dropout of single units. */
export interface DropoutLayer extends Layer {
  readonly kind: 'dropout';
  readonly rate: number;
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
 */
export function dropout(options: number | { readonly rate: number; readonly name?: string }): DropoutLayer {
  const given = typeof options === 'number' ? { rate: options } : options;
  refuseUnknown('LU_LAYER_OPTION', 'layer dropout', given, ['rate', 'name']);
  const rate = requireNumber('LU_LAYER_OPTION', 'layer dropout', 'rate', given.rate, ranges.rate);
  return { kind: 'dropout', ...given, rate };
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
  outputShape: (_layer, shape) => shape,
  knobs: ({ rate }) => ({ rate }),
  structure: () => null,
  forward: (_layer, { input, isTraining, knob, randomKey }) =>
    isTraining ? multiply(input, maskFor(randomKey(), knob('rate'), input.shape)) : input,
});

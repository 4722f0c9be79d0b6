import { LuthierError } from '@luthier/core';
import type { Node } from '../graph/node.ts';
import { add, clip, divide, maximum, minimum, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { negate, sqrt, square } from '../graph/ops/elementwise.ts';
import { sum } from '../graph/ops/reduce.ts';
import { ranges, requireNumber } from '../layers/options.ts';
import type { Optimizer } from './optimizer.ts';

/** Options of gradient clipping; at most one may be given. */
export interface ClippingOptions {
  /** Largest L2 norm of the gradient of one weight. */
  readonly clipnorm?: number;
  /** Largest magnitude of one number of a gradient. */
  readonly clipvalue?: number;
  /** Largest L2 norm of all gradients together. */
  readonly globalClipnorm?: number;
}

type Limit = (gradients: readonly Node[], limit: Node) => readonly Node[];

function total(parts: readonly Node[]): Node {
  return parts.reduce((all, part) => add(all, part));
}

const LIMITS: Readonly<Record<keyof ClippingOptions, Limit>> = {
  clipnorm: (gradients, limit) =>
    gradients.map((gradient) => {
      const norm = sqrt(sum(square(gradient)));
      return multiply(gradient, divide(limit, maximum(norm, limit)));
    }),
  clipvalue: (gradients, limit) => gradients.map((gradient) => clip(gradient, negate(limit), limit)),
  globalClipnorm: (gradients, limit) => {
    if (gradients.length === 0) return gradients;
    const norm = sqrt(total(gradients.map((gradient) => sum(square(gradient)))));
    const factor = multiply(limit, minimum(divide(1, norm), divide(1, limit)));
    // An infinite norm would hide as a factor of 0: norm - norm makes it NaN, and is 0 otherwise.
    const kept = add(factor, subtract(norm, norm));
    return gradients.map((gradient) => multiply(gradient, kept));
  },
};

/**
 * Limits the gradients before an optimizer's step, as Keras does.
 *
 * clipnorm: `g c / max(|g|, c)` for each weight; clipvalue: each number into [-c, c]; globalClipnorm: all gradients by
 * `c min(1 / norm, 1 / c)`, and a norm that is not finite makes them NaN instead of hiding it.
 * Throws `LU_OPTIMIZER_OPTION` for two of them at once. Reference: Pascanu, Mikolov and Bengio 2013.
 */
export function withClipping(where: string, options: ClippingOptions, inner: Optimizer): Optimizer {
  const all = ['clipnorm', 'clipvalue', 'globalClipnorm'] as const;
  const [name, other] = all.filter((option) => options[option] !== undefined);
  if (name === undefined) return inner;
  if (other !== undefined) {
    throw new LuthierError('LU_OPTIMIZER_OPTION', `${where} has both ${name} and ${other}`, {
      fix: `Give one of ${all.join(', ')}.`,
      where,
    });
  }
  const limit = requireNumber('LU_OPTIMIZER_OPTION', where, name, options[name], ranges.positive);
  return {
    ...inner,
    knobs: { ...inner.knobs, [name]: limit },
    structure: [name, inner.structure],
    clip: (gradients, knob) => LIMITS[name](gradients, knob(name)),
  };
}

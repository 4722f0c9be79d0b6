import { add, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { type CommonOptions, readNumbers, withCommon } from './common-options.ts';
import type { Optimizer } from './optimizer.ts';
import { PROXIMAL_RATE } from './restraint.ts';

/** Options of `optimizers.sgd`. */
export interface SgdOptions extends CommonOptions {
  /** In [0, 1). Default 0. */
  readonly momentum?: number;
  /** Default false. */
  readonly nesterov?: boolean;
}

/**
 * Gradient descent, with momentum if asked for, in the form of Keras: the velocity contains the learning rate.
 *
 * `w -= lr g`; with momentum `v = mu v - lr g; w += v`; Nesterov `w += mu v - lr g` with the new v.
 * Defaults: learningRate 0.01, momentum 0, nesterov false. Throws `LU_OPTIMIZER_OPTION` for bad numbers.
 * Reference: Robbins and Monro 1951; Sutskever, Martens, Dahl and Hinton 2013.
 *
 * @example
 * optimizers.sgd({ learningRate: 0.01, momentum: 0.9 })
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const where = 'optimizer sgd';
  const { learningRate, momentum } = readNumbers(where, options, 0.01, { momentum: [0, 'rate'] }, [
    'nesterov',
  ]);
  const nesterov = options.nesterov ?? false;
  if (momentum === 0) {
    return withCommon(where, options, {
      kind: 'sgd',
      knobs: { learningRate },
      structure: null,
      slots: [],
      stepNames: ['learningRate'],
      stepNumbers: (knobs) => ({ learningRate: knobs.learningRate! }),
      update: ({ weight, gradient, step }) => ({
        weight: subtract(weight, multiply(gradient, step('learningRate'))),
        slots: {},
      }),
    });
  }
  return withCommon(where, options, {
    kind: 'sgd',
    knobs: { learningRate, momentum },
    structure: { nesterov },
    slots: ['velocity'],
    stepNames: ['learningRate'],
    stepNumbers: (knobs) => ({
      learningRate: knobs.learningRate!,
      // A gradient that stays moves the weight by this in every step: so must the penalty that is to balance it.
      [PROXIMAL_RATE]: knobs.learningRate! / (1 - knobs.momentum!),
    }),
    update: ({ weight, gradient, slot, knob, step }) => {
      const pull = multiply(gradient, step('learningRate'));
      const velocity = subtract(multiply(slot('velocity'), knob('momentum')), pull);
      const change = nesterov ? subtract(multiply(velocity, knob('momentum')), pull) : velocity;
      return { weight: add(weight, change), slots: { velocity } };
    },
  });
}

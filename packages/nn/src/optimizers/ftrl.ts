import { LuthierError } from '@luthier/core';
import type { Node } from '../graph/node.ts';
import { add, clip, divide, multiply, power, subtract } from '../graph/ops/arithmetic.ts';
import { negate, sqrt, square } from '../graph/ops/elementwise.ts';
import { type CommonOptions, readNumbers, withCommon } from './common-options.ts';
import type { Optimizer } from './optimizer.ts';

/** Options of `optimizers.ftrl`. */
export interface FtrlOptions extends CommonOptions {
  /** At most 0; 0 keeps the rate fixed. Default -0.5. */
  readonly learningRatePower?: number;
  /** Where the sum of squares begins; above 0, or a weight without gradient would become 0 / 0. Default 0.1. */
  readonly initialAccumulatorValue?: number;
  /** Default 0. */
  readonly l1RegularizationStrength?: number;
  /** Default 0. */
  readonly l2RegularizationStrength?: number;
  /** An L2 penalty on the gradient alone. Default 0. */
  readonly l2ShrinkageRegularizationStrength?: number;
  /** Default 0. */
  readonly beta?: number;
}

/**
 * Follow the regularized leader, for sparse linear models. It forgets the initial weights in its first step.
 *
 * `n' = n + g^2; z += g + 2 shrinkage w - (n'^-p - n^-p) / lr w; w = (clip(z, -l1, l1) - z) / (n'^-p / lr + 2 l2 + beta / lr)`
 *
 * The state kept is n without its initial value. A learning rate of 0 has no meaning here and gives NaN.
 * Defaults: learningRate 0.001, learningRatePower -0.5, initialAccumulatorValue 0.1, the rest 0.
 * Throws `LU_OPTIMIZER_OPTION` for bad numbers. Reference: McMahan et al. 2013, algorithm 1.
 *
 * @example
 * optimizers.ftrl({ learningRate: 0.05, l1RegularizationStrength: 0.01 })
 */
export function ftrl(options: FtrlOptions = {}): Optimizer {
  const where = 'optimizer ftrl';
  const { learningRatePower, ...knobs } = readNumbers(where, options, 0.001, {
    learningRatePower: [-0.5, 'finite'],
    initialAccumulatorValue: [0.1, 'positive'],
    l1RegularizationStrength: [0, 'notNegative'],
    l2RegularizationStrength: [0, 'notNegative'],
    l2ShrinkageRegularizationStrength: [0, 'notNegative'],
    beta: [0, 'notNegative'],
  });
  const refuse = (name: string, value: number, range: string): never => {
    throw new LuthierError('LU_OPTIMIZER_OPTION', `${where}: ${name} is ${value}, outside ${range}`, {
      fix: `Give ${name} a number in ${range}.`,
      where,
    });
  };
  if (learningRatePower > 0) refuse('learningRatePower', learningRatePower, '(-Infinity, 0]');
  if (options.learningRate === 0) refuse('learningRate', 0, '(0, Infinity)');
  const isRoot = learningRatePower === -0.5;
  return withCommon(where, options, {
    kind: 'ftrl',
    knobs: isRoot ? knobs : { ...knobs, learningRatePower },
    structure: isRoot ? 'root' : 'power',
    slots: ['squares', 'linear'],
    stepNames: ['inverseRate', 'flat', 'shrinkage', ...(isRoot ? [] : ['exponent'])],
    stepNumbers: (numbers) => {
      const inverseRate = 1 / numbers.learningRate!;
      return {
        inverseRate,
        flat: 2 * numbers.l2RegularizationStrength! + numbers.beta! * inverseRate,
        shrinkage: 2 * numbers.l2ShrinkageRegularizationStrength!,
        ...(isRoot ? {} : { exponent: -numbers.learningRatePower! }),
      };
    },
    update: ({ weight, gradient, slot, knob, step }) => {
      const root = (sum: Node): Node => {
        const whole = add(sum, knob('initialAccumulatorValue'));
        return isRoot ? sqrt(whole) : power(whole, step('exponent'));
      };
      const squares = add(slot('squares'), square(gradient));
      const after = root(squares);
      const growth = multiply(subtract(after, root(slot('squares'))), step('inverseRate'));
      const pull = add(gradient, multiply(weight, step('shrinkage')));
      const linear = subtract(add(slot('linear'), pull), multiply(growth, weight));
      const l1 = knob('l1RegularizationStrength');
      const quadratic = add(multiply(after, step('inverseRate')), step('flat'));
      const next = divide(subtract(clip(linear, negate(l1), l1), linear), quadratic);
      return { weight: next, slots: { squares, linear } };
    },
  });
}

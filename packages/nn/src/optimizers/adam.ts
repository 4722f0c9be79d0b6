import { add, divide, maximum, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { sqrt } from '../graph/ops/elementwise.ts';
import { type CommonOptions, readNumbers, withCommon } from './common-options.ts';
import type { Optimizer } from './optimizer.ts';

/** Options of `optimizers.adam`. */
export interface AdamOptions extends CommonOptions {
  /** In [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** In [0, 1). Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-7. */
  readonly epsilon?: number;
  /** Divides by the running maximum of the second moment. Default false. */
  readonly amsgrad?: boolean;
}

const MAX_FLOAT32 = 3.4028234663852886e38;

/** The update of Adam with what it needs of every step: what all that contain it share. */
export function adamRule(amsgrad = false): Pick<Optimizer, 'stepNames' | 'stepNumbers' | 'update'> {
  return {
    stepNames: ['inverseRate', 'epsilon'],
    stepNumbers: ({ learningRate, beta1, beta2, epsilon }, step) => {
      const correction = Math.sqrt(1 - beta2! ** step) / (1 - beta1! ** step);
      const scale = Math.sqrt(1 - beta2!);
      const rate = (learningRate! * correction * (1 - beta1!)) / scale;
      // At a rate of 0 the denominator is infinite, whatever v is.
      return { inverseRate: Math.min(1 / rate, MAX_FLOAT32), epsilon: epsilon! / scale / rate };
    },
    update: ({ weight, gradient, slot, knob, step }) => {
      const m = add(multiply(slot('m'), knob('beta1')), gradient);
      const v = add(multiply(slot('v'), knob('beta2')), multiply(gradient, gradient));
      const vMax = amsgrad ? maximum(slot('vMax'), v) : undefined;
      // The learning rate goes into the denominator, where it costs no pass of its own: see asAffine.
      const spread = add(multiply(sqrt(vMax ?? v), step('inverseRate')), step('epsilon'));
      return {
        weight: subtract(weight, divide(m, spread)),
        slots: { m, v, ...(vMax === undefined ? {} : { vMax }) },
      };
    },
  };
}

/** Adam under a name: what `adam` and `adamW` share. */
export function createAdam(kind: string, options: AdamOptions): Optimizer {
  const where = `optimizer ${kind}`;
  const amsgrad = options.amsgrad ?? false;
  const knobs = readNumbers(
    where,
    options,
    0.001,
    { beta1: [0.9, 'rate'], beta2: [0.999, 'rate'], epsilon: [1e-7, 'positive'] },
    ['amsgrad'],
  );
  return withCommon(where, options, {
    kind,
    knobs,
    structure: amsgrad ? 'amsgrad' : null,
    slots: amsgrad ? ['m', 'v', 'vMax'] : ['m', 'v'],
    ...adamRule(amsgrad),
  });
}

/**
 * Adam in the form of Keras, where epsilon is added to the root of the uncorrected second moment.
 *
 * `m += (g - m)(1 - b1); v += (g^2 - v)(1 - b2); w -= lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps)`
 *
 * The states kept are `m / (1 - b1)` and `v / (1 - b2)`, which saves two passes over the weights; the factors go into
 * the step's scalars. With `amsgrad` the denominator holds the largest v so far.
 * Defaults: learningRate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7, amsgrad false. Throws `LU_OPTIMIZER_OPTION` for
 * bad numbers. Reference: Kingma and Ba 2015, section 2 ("epsilon hat"); Reddi, Kale and Kumar 2018 (AMSGrad).
 *
 * @example
 * optimizers.adam({ learningRate: 1e-3 })
 */
export function adam(options: AdamOptions = {}): Optimizer {
  return createAdam('adam', options);
}

/**
 * Adam with decoupled weight decay: `w <- w - w * weightDecay * lr`, then Adam's step.
 *
 * The decay is not divided by the second moment, so it differs from an L2 penalty. Defaults: weightDecay 0.004, on every
 * weight unless excluded; else as adam. Reference: Loshchilov and Hutter 2019, algorithm 2.
 *
 * @example
 * optimizers.adamW({ learningRate: 1e-3, weightDecay: 0.01, excludeFromWeightDecay: ['bias'] })
 */
export function adamW(options: AdamOptions = {}): Optimizer {
  return createAdam('adamW', { ...options, weightDecay: options.weightDecay ?? 0.004 });
}

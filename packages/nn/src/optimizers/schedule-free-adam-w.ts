import { add, divide, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { sqrt, square } from '../graph/ops/elementwise.ts';
import { type CommonOptions, readNumbers, withCommon } from './common-options.ts';
import type { Optimizer } from './optimizer.ts';

/** Options of `optimizers.scheduleFreeAdamW`. */
export interface ScheduleFreeAdamWOptions extends CommonOptions {
  /** In [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** In [0, 1). Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Updates over which the rate grows from 0. Default 0. */
  readonly warmupSteps?: number;
}

/**
 * Schedule-free AdamW: gradients are taken between a fast sequence z and its average x, which is the result.
 *
 * `z -= lr g / (sqrt(v / (1 - b2^t)) + eps); x = (1 - 1/t) x + z / t; w = (1 - b1) z + b1 x`
 *
 * Training moves w; validation, best weights, `getWeights` and exported files use x, with no switching by hand. The
 * states kept are `v / (1 - b2)` and `z - x`. Weight decay is off unless given, and moves z and x alike (in Keras x alone).
 * Defaults: learningRate 0.0025, beta1 0.9, beta2 0.999, epsilon 1e-8, warmupSteps 0. Throws `LU_OPTIMIZER_OPTION` for
 * bad numbers. Reference: Defazio et al. 2024, "The road less scheduled", algorithm 1.
 *
 * @example
 * optimizers.scheduleFreeAdamW({ learningRate: 0.0025, warmupSteps: 100, weightDecay: 0.01 })
 */
export function scheduleFreeAdamW(options: ScheduleFreeAdamWOptions = {}): Optimizer {
  const where = 'optimizer scheduleFreeAdamW';
  return withCommon(where, options, {
    kind: 'scheduleFreeAdamW',
    knobs: readNumbers(where, options, 0.0025, {
      beta1: [0.9, 'rate'],
      beta2: [0.999, 'rate'],
      epsilon: [1e-8, 'positive'],
      warmupSteps: [0, 'countFromZero'],
    }),
    structure: null,
    slots: ['v', 'lead'],
    stepNames: ['rate', 'epsilon', 'leadShare', 'nextLead', 'nextShare'],
    stepNumbers: ({ learningRate, beta1, beta2, epsilon, warmupSteps }, step) => {
      const scale = Math.sqrt((1 - beta2!) / (1 - beta2! ** step));
      const warmth = warmupSteps! > 0 ? Math.min(step / warmupSteps!, 1) : 1;
      const share = 1 / step;
      return {
        rate: (learningRate! * warmth) / scale,
        epsilon: epsilon! / scale,
        leadShare: 1 - beta1!,
        nextLead: 1 - share,
        // w' = x' + (1 - b1)(z' - x') = x + (1/t + (1 - b1)(1 - 1/t))(z' - x)
        nextShare: share + (1 - beta1!) * (1 - share),
      };
    },
    restrains: true,
    update: ({ weight, gradient, slot, knob, step, restrain }) => {
      const v = add(multiply(slot('v'), knob('beta2')), square(gradient));
      const pull = divide(multiply(gradient, step('rate')), add(sqrt(v), step('epsilon')));
      const average = subtract(weight, multiply(slot('lead'), step('leadShare')));
      // The fast sequence obeys the constraint; so does its average, where averages do.
      const ahead = subtract(slot('lead'), pull);
      const lead = restrain === undefined ? ahead : subtract(restrain(add(average, ahead)), average);
      return {
        weight: add(average, multiply(lead, step('nextShare'))),
        slots: { v, lead: multiply(lead, step('nextLead')) },
      };
    },
    kept: (weight, slot, { beta1 }) => {
      const lead = slot('lead');
      return weight.map((value, i) => value - (1 - beta1!) * lead[i]!);
    },
    relativeSlots: ['lead'],
  });
}

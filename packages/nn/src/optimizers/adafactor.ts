import { LuthierError } from '@luthier/core';
import type { Node, Shape } from '../graph/node.ts';
import { add, divide, maximum, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { sqrt, square } from '../graph/ops/elementwise.ts';
import { mean } from '../graph/ops/reduce.ts';
import { reshape } from '../graph/ops/shape.ts';
import { type CommonOptions, readNumbers, withCommon } from './common-options.ts';
import type { Optimizer } from './optimizer.ts';

/** Options of `optimizers.adafactor`. */
export interface AdafactorOptions extends CommonOptions {
  /** Exponent of the step in the decay of the second moment, below 0. Default -0.8. */
  readonly beta2Decay?: number;
  /** Added to squared gradients. Default 1e-30. */
  readonly epsilon1?: number;
  /** Least size of a weight that steps are measured by. Default 1e-3. */
  readonly epsilon2?: number;
  /** Largest root mean square of an update before scaling. Default 1. */
  readonly clipThreshold?: number;
  /** Lets the rate fall as `1 / sqrt(t)` once that is smaller than `learningRate`. Default true. */
  readonly relativeStep?: boolean;
}

function rootMeanSquare(x: Node): Node {
  return sqrt(mean(square(x)));
}

/** Rows and columns of the second moment of a matrix (or of the last two axes). */
function slotShape(slot: string, shape: Shape): Shape | undefined {
  const isFactored = shape.length >= 2;
  if (slot === 'rows') return isFactored ? shape.slice(0, -1) : undefined;
  if (slot === 'columns') return isFactored ? [...shape.slice(0, -2), shape.at(-1)!] : undefined;
  return slot === 'v' && isFactored ? undefined : shape;
}

/**
 * Adafactor: a second moment of rows and columns only, and steps in proportion to the weight.
 *
 * `b = 1 - t^beta2Decay; R = b R + (1 - b) rowMeans(g^2 + eps1)`, C likewise of columns, `v = R C / mean(R)` (a full
 * second moment for vectors); `u = g / sqrt(v); w -= max(eps2, rms(w)) rho u / max(1, rms(u) / clipThreshold)`, with
 * `rho = min(lr, 1 / sqrt(t))`, or `lr` without `relativeStep` (which Keras accepts but does not act upon).
 * Defaults: learningRate 0.001, beta2Decay -0.8, epsilon1 1e-30, epsilon2 1e-3, clipThreshold 1, relativeStep true.
 * Throws `LU_OPTIMIZER_OPTION` for bad numbers. Reference: Shazeer and Stern 2018, algorithms 4 and 5.
 *
 * @example
 * optimizers.adafactor({ learningRate: 0.01 })
 */
export function adafactor(options: AdafactorOptions = {}): Optimizer {
  const where = 'optimizer adafactor';
  const relativeStep = options.relativeStep ?? true;
  const knobs = readNumbers(
    where,
    options,
    0.001,
    {
      beta2Decay: [-0.8, 'finite'],
      epsilon1: [1e-30, 'positive'],
      epsilon2: [1e-3, 'positive'],
      clipThreshold: [1, 'positive'],
    },
    ['relativeStep'],
  );
  if (knobs.beta2Decay >= 0) {
    throw new LuthierError(
      'LU_OPTIMIZER_OPTION',
      `${where}: beta2Decay is ${knobs.beta2Decay}, outside (-Infinity, 0)`,
      { fix: 'Give a number below 0, such as -0.8.', where },
    );
  }
  return withCommon(where, options, {
    kind: 'adafactor',
    knobs,
    structure: null,
    slots: ['rows', 'columns', 'v'],
    slotShape,
    stepNames: ['rho', 'kept', 'rest'],
    stepNumbers: ({ learningRate, beta2Decay }, step) => {
      const rest = step ** beta2Decay!;
      const rho = relativeStep ? Math.min(learningRate!, 1 / Math.sqrt(step)) : learningRate!;
      return { rho, kept: 1 - rest, rest };
    },
    update: ({ weight, gradient, slot, knob, step }) => {
      const squares = add(square(gradient), knob('epsilon1'));
      const average = (name: string, value: Node): Node =>
        add(multiply(slot(name), step('kept')), multiply(value, step('rest')));
      const { shape } = weight;
      const slots: Record<string, Node> = {};
      let direction: Node;
      if (shape.length >= 2) {
        const rows = average('rows', mean(squares, -1));
        const columns = average('columns', mean(squares, -2));
        const share = divide(rows, mean(rows, -1, { keepDims: true }));
        // One root at a time: where row and column have no gradient, their product would be 0 in float32, and 0 / 0.
        const byRow = divide(gradient, reshape(sqrt(share), [...rows.shape, 1]));
        direction = divide(byRow, reshape(sqrt(columns), [...shape.slice(0, -2), 1, shape.at(-1)!]));
        Object.assign(slots, { rows, columns });
      } else {
        slots.v = average('v', squares);
        direction = divide(gradient, sqrt(slots.v));
      }
      const excess = maximum(divide(rootMeanSquare(direction), knob('clipThreshold')), 1);
      const size = multiply(maximum(rootMeanSquare(weight), knob('epsilon2')), step('rho'));
      return { weight: subtract(weight, multiply(direction, divide(size, excess))), slots };
    },
  });
}

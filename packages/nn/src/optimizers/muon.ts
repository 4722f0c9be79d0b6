import type { Node, Shape } from '../graph/node.ts';
import { add, divide, multiply, subtract } from '../graph/ops/arithmetic.ts';
import { sqrt, square } from '../graph/ops/elementwise.ts';
import { matmul, swapAxes } from '../graph/ops/linear-algebra.ts';
import { sum } from '../graph/ops/reduce.ts';
import { adamRule } from './adam.ts';
import { type CommonOptions, readNumbers, withCommon } from './common-options.ts';
import type { Optimizer } from './optimizer.ts';
import { isNamed, requireKnownWeights, sortOf } from './weight-names.ts';

/** Options of `optimizers.muon`. */
export interface MuonOptions extends CommonOptions {
  /** Of the matrices, in [0, 1). Default 0.95. */
  readonly momentum?: number;
  /** Default true. */
  readonly nesterov?: boolean;
  /** Steps of the Newton-Schulz iteration. Default 5. */
  readonly newtonSchulzSteps?: number;
  /** Root mean square of an update before the learning rate. Default 0.2. */
  readonly rmsRate?: number;
  /** Of AdamW, in [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** Of AdamW, in [0, 1). Default 0.999. */
  readonly beta2?: number;
  /** Of AdamW. Default 1e-7. */
  readonly epsilon?: number;
  /** Embeddings use AdamW. Default true. */
  readonly excludeEmbeddings?: boolean;
  /** Matrices that use AdamW, such as `output.kernel`: the last layer is said to do better so. Default none. */
  readonly excludeFromMuon?: readonly string[];
}

/** The odd polynomial that pulls singular values towards 1 (Jordan 2024). */
const [A, B, C] = [3.4445, -4.775, 2.0315];

/**
 * A matrix with the same singular vectors and all singular values near 1, by Newton-Schulz steps
 * `X <- a X + (b X X' + c (X X')^2) X` from `X / (|X| + 1e-7)`.
 */
export function orthogonalized(matrix: Node, steps: number): Node {
  const [rows, columns] = matrix.shape as readonly [number, number];
  const isTall = rows > columns;
  // The product X X' is the smaller, the fewer rows X has.
  const wide = isTall ? swapAxes(matrix) : matrix;
  let x = divide(wide, add(sqrt(sum(square(wide))), 1e-7));
  for (let i = 0; i < steps; i++) {
    const outer = matmul(x, x, { transposeB: true });
    const polynomial = add(multiply(outer, B), multiply(matmul(outer, outer), C));
    x = add(multiply(x, A), matmul(polynomial, x));
  }
  return isTall ? swapAxes(x) : x;
}

/**
 * Muon for matrices: momentum, made orthogonal so that every direction moves by as much; AdamW for all other weights.
 *
 * `m = mu m + g; w -= lr rmsRate sqrt(max(rows, columns)) orthogonal(g + mu m)` (or of `m` without Nesterov). Biases,
 * convolution kernels and embeddings use AdamW at the same rate.
 * Defaults: learningRate 0.001, momentum 0.95, nesterov true, newtonSchulzSteps 5, rmsRate 0.2, weightDecay 0.004, beta1
 * 0.9, beta2 0.999, epsilon 1e-7. Throws `LU_OPTIMIZER_OPTION` for bad numbers, `LU_OPTIMIZER_WEIGHT` for names that the
 * model does not have. Reference: Jordan et al. 2024, "Muon"; Liu et al. 2025, "Muon is scalable for LLM training";
 * Keras 3 `Muon`.
 *
 * @example
 * optimizers.muon({ learningRate: 1e-3, excludeFromMuon: ['output.kernel'] })
 */
export function muon(options: MuonOptions = {}): Optimizer {
  const where = 'optimizer muon';
  const { nesterov = true, excludeEmbeddings = true, excludeFromMuon: excluded = [] } = options;
  const { newtonSchulzSteps, ...knobs } = readNumbers(
    where,
    options,
    0.001,
    {
      momentum: [0.95, 'rate'],
      newtonSchulzSteps: [5, 'count'],
      rmsRate: [0.2, 'positive'],
      beta1: [0.9, 'rate'],
      beta2: [0.999, 'rate'],
      epsilon: [1e-7, 'positive'],
    },
    ['nesterov', 'excludeEmbeddings', 'excludeFromMuon'],
  );
  const adam = adamRule();
  const usesAdam = (path: string, shape: Shape): boolean =>
    shape.length !== 2 || (excludeEmbeddings && sortOf(path) === 'embeddings') || isNamed(path, excluded);
  return withCommon(
    where,
    { ...options, weightDecay: options.weightDecay ?? 0.004 },
    {
      kind: 'muon',
      knobs,
      structure: { nesterov, newtonSchulzSteps, excludeEmbeddings, excluded: [...excluded].sort() },
      slots: ['m', 'v'],
      slotShape: (slot, shape, path) => (slot !== 'v' || usesAdam(path, shape) ? shape : undefined),
      stepNames: [...adam.stepNames, 'learningRate'],
      stepNumbers: (numbers, step) => ({
        ...adam.stepNumbers(numbers, step),
        learningRate: numbers.learningRate!,
      }),
      checkWeights: (paths) => requireKnownWeights(where, 'excludeFromMuon', excluded, paths),
      update: (context) => {
        const { path, weight, gradient, slot, knob, step } = context;
        if (usesAdam(path, weight.shape)) return adam.update(context);
        const m = add(multiply(slot('m'), knob('momentum')), gradient);
        const lead = nesterov ? add(gradient, multiply(m, knob('momentum'))) : m;
        const size = multiply(
          multiply(step('learningRate'), knob('rmsRate')),
          Math.sqrt(Math.max(...weight.shape)),
        );
        const change = multiply(orthogonalized(lead, newtonSchulzSteps), size);
        return { weight: subtract(weight, change), slots: { m } };
      },
    },
  );
}

import { describe, expect, it } from 'vitest';
import type { Shape } from '../graph/node.ts';
import { input, scalar } from '../graph/ops/sources.ts';
import { expectValue } from '../graph/testing.ts';
import { layers } from '../layers/layers.ts';
import { followAll } from '../optimizers/fixtures/follow.ts';
import { optimizers } from '../optimizers/optimizers.ts';
import { type Regularizer, regularizers } from '../regularizers/regularizer.ts';
import { programCount } from '../training/program-cache.ts';
import { sequential } from '../training/sequential.ts';
import { constrained } from './constrained.ts';
import { type Constraint, constraintNumbers, constraints, parseConstraint } from './constraint.ts';

/** Columns of norms 5, 0.5 and 0. */
const matrix = [3, 0.3, 0, -4, 0.4, 0];
const EPSILON = 1e-7;
const [f5, f05] = [1 / (5 + EPSILON), 1 / (0.5 + EPSILON)];

async function expectConstrained(
  constraint: Constraint,
  shape: Shape,
  given: readonly number[],
  expected: readonly number[],
  isSwapped = false,
): Promise<void> {
  const numbers = constraintNumbers(constraint);
  const w = input('w', 'float32', shape);
  await expectValue(
    constrained(constraint, w, isSwapped, (name) => scalar(numbers[name]!)),
    { w: given },
    expected,
  );
}

/** A matrix by columns. */
function scaled(factors: readonly number[]): readonly number[] {
  return matrix.map((value, i) => value * factors[i % 3]!);
}

describe('constraints have their values by hand', () => {
  it.each([
    ['maxNorm', constraints.maxNorm(), [2 * f5, 0.5 * f05, 0]],
    ['unitNorm', constraints.unitNorm(), [f5, f05, 1 / EPSILON]],
    ['minMaxNorm', constraints.minMaxNorm({ minValue: 0.8, maxValue: 2 }), [2 * f5, 0.8 * f05, 0]],
    [
      'minMaxNorm at rate 0.25',
      constraints.minMaxNorm({ minValue: 0.8, maxValue: 2, rate: 0.25 }),
      [(0.25 * 2 + 0.75 * 5) * f5, (0.25 * 0.8 + 0.75 * 0.5) * f05, 0],
    ],
  ] as const)('%s', async (_, constraint, factors) => {
    await expectConstrained(constraint, [2, 3], matrix, scaled(factors));
    const swapped = (values: readonly number[]): number[] =>
      [0, 1, 2].flatMap((column) => [values[column]!, values[3 + column]!]);
    await expectConstrained(constraint, [3, 2], swapped(matrix), swapped(scaled(factors)), true);
  });

  it('nonNeg', () => expectConstrained(constraints.nonNeg(), [2, 3], matrix, [3, 0.3, 0, 0, 0.4, 0]));

  it('over other axes: one norm a row, and one a filter of images', async () => {
    const [row0, row1] = [Math.hypot(3, 0.3), Math.hypot(4, 0.4)];
    const byRows = matrix.map((value, i) => value / ((i < 3 ? row0 : row1) + EPSILON));
    await expectConstrained(constraints.unitNorm({ axis: -1 }), [2, 3], matrix, byRows);
    const filters = [3, 6, 4, 8, 0, 0, 0, 0];
    const norms = [5, 10];
    await expectConstrained(
      constraints.maxNorm({ maxValue: 1, axis: [0, 1, 2] }),
      [2, 1, 2, 2],
      filters,
      filters.map((value, i) => value / (norms[i % 2]! + EPSILON)),
    );
  });
});

/** Columns of a kernel [inputs, units] as vectors. */
function columnNorms(kernel: Float32Array, units: number): readonly number[] {
  return Array.from({ length: units }, (_, unit) =>
    Math.hypot(...kernel.filter((_value, i) => i % units === unit)),
  );
}

describe('constraints hold after every update', () => {
  const x = Array.from({ length: 12 }, (_, i) => [Math.sin(i), Math.cos(3 * i), i / 12]);
  const y = x.map(([a, b, c]) => [5 * a! - 3 * b!, 4 * c! - 6 * a!]);

  it('on the kernel of a dense layer, whose axes are swapped inside', async () => {
    const fitted = async (constraint: Constraint): Promise<Float32Array> => {
      const model = sequential(
        [layers.dense({ units: 2, inputShape: [3], name: 'd', kernelConstraint: constraint })],
        { seed: 1 },
      ).compile({ loss: 'meanSquaredError', optimizer: optimizers.sgd({ learningRate: 0.2 }) });
      await model.fit({ x, y }, { epochs: 5, batchSize: 4 });
      return model.getWeights()['d.kernel']!;
    };
    for (const norm of columnNorms(await fitted(constraints.maxNorm({ maxValue: 0.7 })), 2)) {
      expect(norm).toBeCloseTo(0.7, 5);
    }
    for (const norm of columnNorms(await fitted(constraints.unitNorm()), 2)) expect(norm).toBeCloseTo(1, 5);
    const kernel = await fitted(constraints.nonNeg());
    expect(kernel.every((value) => value >= 0)).toBe(true);
    expect(kernel.some((value) => value === 0)).toBe(true);
  });

  it('on every weight of every layer that takes one', async () => {
    const nonNeg = constraints.nonNeg();
    const model = sequential(
      [
        layers.conv2d({
          filters: 2,
          kernelSize: 2,
          inputShape: [3, 3, 1],
          kernelConstraint: nonNeg,
          biasConstraint: nonNeg,
        }),
        layers.batchNormalization({ gammaConstraint: nonNeg, betaConstraint: nonNeg }),
        layers.prelu({ alphaConstraint: nonNeg }),
        layers.reshape({ targetShape: [2, 4] }),
        layers.conv1d({ filters: 2, kernelSize: 2, kernelConstraint: nonNeg, biasConstraint: nonNeg }),
        layers.layerNormalization({ gammaConstraint: nonNeg, betaConstraint: nonNeg }),
        layers.groupNormalization({ groups: 2, gammaConstraint: nonNeg, betaConstraint: nonNeg }),
        layers.flatten(),
        layers.dense({ units: 1, kernelConstraint: nonNeg, biasConstraint: nonNeg }),
      ],
      { seed: 3 },
    ).compile({ loss: 'meanSquaredError', optimizer: optimizers.sgd({ learningRate: 0.3 }) });
    const images = Array.from({ length: 9 }, (_, i) =>
      [0, 1, 2].map((row) => [0, 1, 2].map((column) => [Math.sin(i + 2 * row + 5 * column)])),
    );
    await model.fit({ x: images, y: images.map((_, i) => [-i]) }, { epochs: 3, batchSize: 3 });
    for (const { path } of model.plan.trainable) {
      expect([path, Math.min(...model.getWeights()[path]!) >= 0]).toEqual([path, true]);
    }
  });

  it('only on updates while gradients are collected', () => {
    const sgd = optimizers.sgd({ learningRate: 1, gradientAccumulationSteps: 2 });
    const steps = followAll(sgd, { w: [1] }, { w: [-3] }, () => ({ w: [-1] }), 2, {
      w: { constraint: constraints.nonNeg() },
    });
    expect(steps.map(({ weights }) => weights.w![0])).toEqual([-3, 0]);
  });

  it('also on averages, which stay where they are while the weights move', () => {
    const restraints = { w: { constraint: constraints.nonNeg() } };
    const gradients = [[2], [-3], [2]];
    const ema = optimizers.sgd({ learningRate: 1, useEma: true, emaMomentum: 0.5 });
    const steps = followAll(ema, { w: [1] }, { w: [1] }, (_, i) => ({ w: gradients[i]! }), 3, restraints);
    // Updates lead to -1, 3, 1, of which -1 becomes 0; as in Keras the average takes in what the update gave.
    expect(steps.map(({ weights }) => weights.w![0])).toEqual([0, 3, 1]);
    expect(steps.map(({ kept }) => kept.w![0])).toEqual([-1, 1, 1]);
    const free = optimizers.scheduleFreeAdamW({ learningRate: 1 });
    const averaged = followAll(free, { w: [1] }, { w: [1] }, () => ({ w: [1] }), 4, restraints);
    for (const { weights, kept } of averaged) {
      expect(weights.w![0]).toBeGreaterThanOrEqual(0);
      expect(kept.w![0]).toBeGreaterThanOrEqual(0);
    }
  });

  it('and trials that differ in a bound share one graph', async () => {
    const train = async (maxValue: number): Promise<void> => {
      const model = sequential([
        layers.dense({ units: 2, inputShape: [3], kernelConstraint: constraints.maxNorm({ maxValue }) }),
      ]).compile({ loss: 'meanSquaredError', optimizer: 'sgd' });
      await model.fit({ x, y }, { epochs: 1, batchSize: 4 });
    };
    await train(1);
    const before = programCount();
    await train(2);
    expect(programCount()).toBe(before);
  });
});

describe('parseConstraint', () => {
  it('has the defaults of Keras', () => {
    expect(parseConstraint('dense', 'maxNorm')).toEqual({ kind: 'maxNorm', maxValue: 2, axis: 0 });
    expect(parseConstraint('dense', 'unitNorm')).toEqual({ kind: 'unitNorm', axis: 0 });
    const minMaxNorm = { kind: 'minMaxNorm', minValue: 0, maxValue: 1, rate: 1, axis: 0 };
    expect(parseConstraint('dense', 'minMaxNorm')).toEqual(minMaxNorm);
    expect(parseConstraint('dense', constraints.nonNeg())).toEqual({ kind: 'nonNeg' });
    expect(parseConstraint('dense', undefined)).toBeUndefined();
  });

  it('refuses bad numbers, options and names', () => {
    expect(() => constraints.maxNorm({ maxValue: -1 })).toThrow(/maxValue is -1, outside/);
    expect(() => constraints.maxNorm({ maxNorm: 1 } as object)).toThrow(/no option 'maxNorm'/);
    expect(() => constraints.minMaxNorm({ minValue: 3 })).toThrow(/minValue 3 is above maxValue 1/);
    expect(() => constraints.minMaxNorm({ rate: 1.5 })).toThrow(/rate is 1.5, outside \[0, 1\]/);
    expect(() => constraints.unitNorm({ axis: [] })).toThrow(/axis is/);
    expect(() => parseConstraint('dense', { kind: 'maxNorm', maxValue: 0, axis: 0 })).toThrow(
      /maxValue is 0/,
    );
    expect(() => layers.dense({ units: 1, kernelConstraint: 'maxnorm' as 'maxNorm' })).toThrow(
      /layer dense: kernel: unknown constraint 'maxnorm'; did you mean 'maxNorm'/,
    );
  });

  it('refuses axes that a weight does not have, when the model is made', () => {
    const model = (axis: number | readonly number[]): unknown =>
      sequential([
        layers.dense({
          units: 1,
          inputShape: [2],
          name: 'd',
          kernelConstraint: constraints.unitNorm({ axis }),
        }),
      ]);
    expect(() => model(2)).toThrow(/d.kernel: unitNorm over axis 2 of a weight of shape \[2, 1\]/);
    expect(() => model([0, -2])).toThrow(expect.objectContaining({ code: 'LU_CONSTRAINT_AXIS' }));
    expect(() => model([0, 1])).not.toThrow();
  });
});

describe('proximal L1', () => {
  /** Columns are orthonormal, so each weight has its own closed form. */
  const x = [
    [0.5, 0.5, 0.5],
    [0.5, -0.5, 0.5],
    [0.5, 0.5, -0.5],
    [0.5, -0.5, -0.5],
  ];
  const best = [2, -0.3, 0.7];
  const y = x.map((row) => [row.reduce((sum, value, i) => sum + value * best[i]!, 0)]);

  async function fitted(
    kernelRegularizer: Regularizer,
  ): Promise<{ loss: number; kernel: readonly number[] }> {
    const model = sequential([
      layers.dense({ units: 1, inputShape: [3], useBias: false, name: 'd', kernelRegularizer }),
    ]).compile({ loss: 'meanSquaredError', optimizer: optimizers.sgd({ learningRate: 0.5, momentum: 0.5 }) });
    const history = await model.fit({ x, y }, { epochs: 200, batchSize: 4 });
    return {
      loss: history.epochs.at(-1)!.metrics.loss!,
      kernel: [...model.getWeights()['d.kernel']!],
    };
  }

  it('[#40] equals the lasso in closed form, with exact zeros where plain L1 has none', async () => {
    // The loss is sum((w - best)^2) / 4 + l1 sum(abs(w)): w = sign(best) max(abs(best) - 2 l1, 0).
    const found = await fitted(regularizers.proximalL1(0.2));
    const expected = [1.6, 0, 0.3];
    expected.forEach((value, i) => {
      expect(found.kernel[i]).toBeCloseTo(value, 5);
    });
    expect(found.kernel[1]).toBe(0);
    // The loss that is reported counts the penalty.
    const error = expected.reduce((sum, value, i) => sum + (value - best[i]!) ** 2, 0) / 4;
    expect(found.loss).toBeCloseTo(error + 0.2 * 1.9, 5);
    const plain = await fitted(regularizers.l1(0.2));
    expect(plain.kernel[1]).not.toBe(0);
    expect(Math.abs(plain.kernel[1]!)).toBeLessThan(0.2);
  });

  it('steps by the rate of its schedule and before the constraint', () => {
    const sgd = optimizers.sgd({ learningRate: (update) => [1, 0.1][update]! });
    const restraints = {
      w: { regularizer: regularizers.proximalL1(0.5), constraint: constraints.maxNorm({ maxValue: 1 }) },
    };
    const steps = followAll(sgd, { w: [2] }, { w: [3.5, 0.4] }, () => ({ w: [0, 0] }), 2, restraints);
    expect(steps[0]!.weights.w![0]).toBeCloseTo(3 / (3 + EPSILON) / 1, 12);
    expect(steps[0]!.weights.w![1]).toBe(0);
    expect(steps[1]!.weights.w![0]).toBeCloseTo(0.95, 6);
  });

  it('refuses averages and outputs, where it would give no zeros', async () => {
    const model = (optimizer: ReturnType<typeof optimizers.sgd>): Promise<unknown> =>
      sequential([layers.dense({ units: 1, inputShape: [3], kernelRegularizer: 'proximalL1' })])
        .compile({ loss: 'meanSquaredError', optimizer })
        .fit({ x, y }, {});
    await expect(model(optimizers.sgd({ useEma: true }))).rejects.toThrow(/averages the weights/);
    await expect(model(optimizers.scheduleFreeAdamW())).rejects.toThrow(/averages the weights/);
    expect(() =>
      sequential([layers.dense({ units: 1, inputShape: [3], activityRegularizer: 'proximalL1' })]),
    ).toThrow(/cannot be proximal/);
  });
});

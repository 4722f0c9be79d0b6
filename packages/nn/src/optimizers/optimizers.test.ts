import { describe, expect, it } from 'vitest';
import { follow, followAll } from './fixtures/follow.ts';
import { kerasGolden } from './fixtures/keras-golden.ts';
import { optimizers, parseOptimizer } from './optimizers.ts';

const scalarGradients = [[0.1], [0.2], [-0.3]];

describe('[#58] [#59] [K4] optimizers after gradients 0.1, 0.2, -0.3 from a weight of 1', () => {
  // Values of Keras 3 in float64.
  it.each([
    ['sgd', optimizers.sgd(), 1],
    ['sgd with momentum', optimizers.sgd({ momentum: 0.9 }), 0.99649],
    ['sgd with Nesterov momentum', optimizers.sgd({ momentum: 0.9, nesterov: true }), 0.996841],
    ['adam', optimizers.adam(), 0.9981014616994608],
    ['adam, amsgrad', optimizers.adam({ amsgrad: true }), 0.9981014616994608],
    ['adamW', optimizers.adamW(), 0.9980894736078653],
    ['adagrad', optimizers.adagrad(), 0.9997944634932293],
    ['adadelta', optimizers.adadelta(), 0.999998952442114],
    ['adamax', optimizers.adamax(), 0.9982848139505556],
    ['nadam', optimizers.nadam(), 0.9987815431032827],
    ['ftrl', optimizers.ftrl(), 0.046331874066031495],
    ['lion', optimizers.lion(), 0.999],
    ['lamb', optimizers.lamb(), 0.998999001],
    ['adafactor', optimizers.adafactor(), 0.998999001],
    ['schedule-free AdamW', optimizers.scheduleFreeAdamW(), 0.9966750714188459],
    ['rmsprop', optimizers.rmsprop(), 0.9965713958802409],
    ['rmsprop, centered', optimizers.rmsprop({ centered: true }), 0.9961197793402266],
  ] as const)('%s is where Keras is', (_name, optimizer, expected) => {
    expect(follow(optimizer, scalarGradients).at(-1)![0]).toBeCloseTo(expected, 10);
  });

  it.each([
    ['adam', optimizers.adam(), 0.9978119916951678],
    ['adam, amsgrad', optimizers.adam({ amsgrad: true }), 0.997812844759669],
  ] as const)('%s after gradients 1, 0, 0 is where Keras is', (_name, optimizer, expected) => {
    expect(follow(optimizer, [[1], [0], [0]]).at(-1)![0]).toBeCloseTo(expected, 10);
  });

  it('[#58] adam adds epsilon to the uncorrected root, as tiny gradients show', () => {
    const after = follow(optimizers.adam(), [[1e-6], [1e-6], [1e-6]]).at(-1)![0];
    expect(after).toBeCloseTo(0.9990970083, 9);
  });
});

describe('[#59] [K4] optimizers on the golden tables of the tests of Keras 3', () => {
  const ramp = Array.from({ length: 10 }, (_, i) => (i + 1) / 10);
  const gradients = [new Array<number>(10).fill(0.01), ramp, ramp, ramp, ramp];

  it.each([
    ['adam', optimizers.adam({ amsgrad: true })],
    ['adamw', optimizers.adamW({ learningRate: 1, weightDecay: 0.5, epsilon: 2 })],
    ['nadam', optimizers.nadam({ learningRate: 0.5, beta1: 0.5, beta2: 0.67, epsilon: 1e-5 })],
    ['adamax', optimizers.adamax({ learningRate: 0.2, beta1: 0.85, beta2: 0.95, epsilon: 1e-6 })],
    ['adagrad', optimizers.adagrad({ learningRate: 0.2, initialAccumulatorValue: 0.3, epsilon: 1e-6 })],
    ['adadelta', optimizers.adadelta({ learningRate: 1, rho: 0.8, epsilon: 1e-6 })],
    ['rmsprop', optimizers.rmsprop({ centered: true })],
    ['sgd', optimizers.sgd({ nesterov: true })],
    ['lamb', optimizers.lamb()],
    ['lion', optimizers.lion()],
    [
      'ftrl',
      optimizers.ftrl({
        learningRate: 0.05,
        learningRatePower: -0.2,
        initialAccumulatorValue: 0.4,
        l1RegularizationStrength: 0.05,
        l2RegularizationStrength: 0.15,
        l2ShrinkageRegularizationStrength: 0.01,
        beta: 0.3,
      }),
    ],
  ] as const)('%s', (name, optimizer) => {
    const rows: readonly (readonly number[])[] = kerasGolden[name];
    follow(optimizer, gradients).forEach((found, i) => {
      const row = rows[i]!;
      found.forEach((value, j) => {
        const expected = row.length === 1 ? row[0]! : row[j]!;
        expect(Math.abs(value - expected)).toBeLessThan(5e-4 * (1 + Math.abs(expected)));
      });
    });
  });
});

describe('nadam', () => {
  it('has the products of its momenta beyond the thousandth step, too', () => {
    const optimizer = optimizers.nadam({ beta1: 0.9999 });
    let product = 1;
    for (let t = 1; t <= 1500; t++) {
      product *= 0.9999 * (1 - 0.5 * 0.96 ** t);
      const { gradientRate } = optimizer.stepNumbers(optimizer.knobs, t);
      const scale = Math.sqrt((1 - 0.999) / (1 - 0.999 ** t));
      const expected = (0.001 / scale / (1 - product)) * (1 - 0.9999 * (1 - 0.5 * 0.96 ** t));
      expect(gradientRate! / expected).toBeCloseTo(1, 9);
    }
  });
});

describe('adafactor', () => {
  it('has a second moment of rows and columns for matrices, by hand in two steps', () => {
    const optimizer = optimizers.adafactor({ learningRate: 0.01, clipThreshold: 0.5 });
    expect(optimizer.slotShape!('rows', [2, 3], 'w')).toEqual([2]);
    expect(optimizer.slotShape!('columns', [2, 3], 'w')).toEqual([3]);
    expect(optimizer.slotShape!('v', [2, 3], 'w')).toBeUndefined();
    const gradients = [
      [1, -2, 3, 0.5, 0.25, -1],
      [-1, 1, 2, 2, -0.5, 0.1],
    ];
    let w = [0.5, -1, 2, 0.25, 1.5, -0.75];
    const found = followAll(optimizer, { w: [2, 3] }, { w }, (_, i) => ({ w: gradients[i]! }), 2);
    let r = [0, 0];
    let c = [0, 0, 0];
    const rms = (x: readonly number[]): number => Math.sqrt(x.reduce((s, v) => s + v * v, 0) / x.length);
    gradients.forEach((g, i) => {
      const rest = (i + 1) ** -0.8;
      const squares = g.map((v) => v * v + 1e-30);
      r = r.map(
        (old, a) =>
          (1 - rest) * old + (rest * (squares[3 * a]! + squares[3 * a + 1]! + squares[3 * a + 2]!)) / 3,
      );
      c = c.map((old, b) => (1 - rest) * old + (rest * (squares[b]! + squares[3 + b]!)) / 2);
      const mean = (r[0]! + r[1]!) / 2;
      const u = g.map((v, k) => v / Math.sqrt((r[Math.floor(k / 3)]! * c[k % 3]!) / mean));
      const size = Math.max(1e-3, rms(w)) * 0.01;
      const excess = Math.max(1, rms(u) / 0.5);
      w = w.map((v, k) => v - (size * u[k]!) / excess);
      w.forEach((v, k) => {
        expect(found[i]!.weights.w![k]).toBeCloseTo(v, 12);
      });
    });
  });

  it('without relativeStep takes the rate as it is', () => {
    const numbers = (relativeStep: boolean): number => {
      const optimizer = optimizers.adafactor({ learningRate: 0.5, relativeStep });
      return optimizer.stepNumbers(optimizer.knobs, 100).rho!;
    };
    expect(numbers(true)).toBe(0.1);
    expect(numbers(false)).toBe(0.5);
  });
});

describe('scheduleFreeAdamW', () => {
  it('moves between a fast sequence and its average, and keeps the average', () => {
    const optimizer = optimizers.scheduleFreeAdamW({ learningRate: 0.1, warmupSteps: 3, beta1: 0.8 });
    const gradients = [0.5, -1, 2, 0.25, 1, -3];
    let [z, x, v] = [1, 1, 0];
    const found = followAll(optimizer, { w: [1] }, { w: [1] }, (_, i) => ({ w: [gradients[i]!] }), 6);
    gradients.forEach((g, i) => {
      const t = i + 1;
      v += (g * g - v) * 0.001;
      z -= (0.1 * Math.min(t / 3, 1) * g) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
      x = (1 - 1 / t) * x + z / t;
      expect(found[i]!.weights.w![0]).toBeCloseTo(0.2 * z + 0.8 * x, 10);
      expect(found[i]!.kept.w![0]).toBeCloseTo(x, 6);
    });
  });
});

describe('lamb', () => {
  it('takes a ratio of 1 where the weight is zero', () => {
    const [only] = followAll(optimizers.lamb(), { w: [2] }, { w: [0, 0] }, () => ({ w: [0.5, -2] }), 1);
    expect(only!.weights.w![0]).toBeCloseTo(-0.001, 8);
    expect(only!.weights.w![1]).toBeCloseTo(0.001, 8);
  });
});

describe('rmsprop', () => {
  it('with momentum moves by the sum of the decayed pulls', () => {
    const [first, second] = follow(optimizers.rmsprop({ momentum: 0.5 }), [[0.1], [0.1]]);
    const pull1 = (0.001 * 0.1) / Math.sqrt(0.1 * 0.01 + 1e-7);
    const pull2 = (0.001 * 0.1) / Math.sqrt(0.19 * 0.01 + 1e-7);
    expect(first![0]).toBeCloseTo(1 - pull1, 12);
    expect(second![0]).toBeCloseTo(1 - pull1 - (0.5 * pull1 + pull2), 12);
  });

  it('centered stays finite on a constant gradient', () => {
    const rows = follow(optimizers.rmsprop({ centered: true }), new Array<number[]>(400).fill([10]));
    expect(Number.isFinite(rows.at(-1)![0])).toBe(true);
  });
});

describe('options of optimizers', () => {
  it('[#13] has the learning rates of Keras by default', () => {
    expect(optimizers.adam().knobs.learningRate).toBe(0.001);
    expect(optimizers.rmsprop().knobs.learningRate).toBe(0.001);
    expect(optimizers.sgd().knobs.learningRate).toBe(0.01);
    expect(parseOptimizer('adam').kind).toBe('adam');
  });

  it('refuses bad numbers and names', () => {
    expect(() => optimizers.adam({ learningRate: -1 })).toThrow(/learningRate is -1/);
    expect(() => optimizers.sgd({ momentum: 1 })).toThrow(/momentum is 1, outside \[0, 1\)/);
    expect(() => optimizers.adam({ lr: 1 } as object)).toThrow(/no option 'lr'/);
    expect(() => parseOptimizer('adem' as 'adam')).toThrow(/did you mean 'adam'/);
    expect(() => optimizers.adafactor({ beta2Decay: 0.5 })).toThrow(/beta2Decay is 0.5, outside/);
    expect(() => optimizers.ftrl({ learningRatePower: 0.5 })).toThrow(/learningRatePower is 0.5, outside/);
    expect(() => optimizers.ftrl({ learningRate: 0 })).toThrow(/learningRate is 0, outside/);
    expect(() => optimizers.lion({ beta2: 1 })).toThrow(/beta2 is 1, outside \[0, 1\)/);
  });
});

describe('an optimizer without common options', () => {
  it.each(Object.entries(optimizers))('%s can be asked for by its name and repeats', (name, create) => {
    const optimizer = parseOptimizer(name as 'adam');
    expect(optimizer.kind).toBe(name);
    expect(JSON.stringify(create())).toBe(JSON.stringify(optimizer));
  });

  it('adam stays where it is at a learning rate of 0, even where gradients never were', () => {
    for (const amsgrad of [false, true]) {
      const path = follow(optimizers.adam({ learningRate: 0, amsgrad }), [
        [1, 0, 1e30],
        [-3, 0, 1e-30],
      ]);
      expect(path).toEqual([
        [1, 1, 1],
        [1, 1, 1],
      ]);
    }
  });

  it('adam has two states and two numbers a step', () => {
    const { structure, slots, stepNames, knobs, ...rest } = optimizers.adam();
    expect({ structure, slots, stepNames }).toEqual({
      structure: null,
      slots: ['m', 'v'],
      stepNames: ['inverseRate', 'epsilon', 'proximalRate'],
    });
    expect(Object.keys(knobs)).toEqual(['learningRate', 'beta1', 'beta2', 'epsilon']);
    expect(Object.keys(rest)).toEqual(['kind', 'stepNumbers', 'update', 'withRate']);
  });
});

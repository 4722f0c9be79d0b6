import { describe, expect, it } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import type { Node } from '../graph/node.ts';
import { input } from '../graph/ops/sources.ts';
import type { Optimizer } from './optimizer.ts';
import { optimizers, parseOptimizer } from './optimizers.ts';

/** Applies gradients in turn, in float64 by the reference interpreter, and returns the weight after each. */
function follow(optimizer: Optimizer, gradients: readonly (readonly number[])[]): number[][] {
  const size = gradients[0]!.length;
  const made = new Map<string, Node>();
  const scalar = (name: string): Node => {
    const node = made.get(name) ?? input(name, 'float32', []);
    made.set(name, node);
    return node;
  };
  const slots = optimizer.slots.map((slot) => input(`slot ${slot}`, 'float32', [size]));
  const weight = input('weight', 'float32', [size]);
  const gradient = input('gradient', 'float32', [size]);
  const update = optimizer.update({
    weight,
    gradient,
    slot: (name) => slots[optimizer.slots.indexOf(name)]!,
    knob: (name) => scalar(`knob ${name}`),
    step: (name) => scalar(`step ${name}`),
  });
  const graph = {
    inputs: [weight, gradient, ...slots, ...made.values()],
    outputs: {
      weight: update.weight,
      ...Object.fromEntries(optimizer.slots.map((slot) => [`slot ${slot}`, update.slots[slot]!])),
    },
  };
  let values: Record<string, ArrayLike<number>> = {
    weight: new Float64Array(size).fill(1),
    ...Object.fromEntries(optimizer.slots.map((slot) => [`slot ${slot}`, new Float64Array(size)])),
  };
  return gradients.map((gradientValues, i) => {
    const numbers = optimizer.stepNumbers(optimizer.knobs, i + 1);
    const results = interpret(graph, {
      ...values,
      gradient: gradientValues,
      ...Object.fromEntries(
        Object.entries(optimizer.knobs).map(([name, value]) => [`knob ${name}`, [value]]),
      ),
      ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [`step ${name}`, [value]])),
    });
    values = Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data]));
    return Array.from(values.weight!);
  });
}

const scalarGradients = [[0.1], [0.2], [-0.3]];

describe('[#58] [#59] optimizers after gradients 0.1, 0.2, -0.3 from a weight of 1', () => {
  // Values of Keras 3 in float64.
  it.each([
    ['sgd', optimizers.sgd(), 1],
    ['sgd with momentum', optimizers.sgd({ momentum: 0.9 }), 0.99649],
    ['sgd with Nesterov momentum', optimizers.sgd({ momentum: 0.9, nesterov: true }), 0.996841],
    ['adam', optimizers.adam(), 0.9981014616994608],
    ['rmsprop', optimizers.rmsprop(), 0.9965713958802409],
    ['rmsprop, centered', optimizers.rmsprop({ centered: true }), 0.9961197793402266],
  ] as const)('%s is where Keras is', (_name, optimizer, expected) => {
    expect(follow(optimizer, scalarGradients).at(-1)![0]).toBeCloseTo(expected, 10);
  });

  it('[#58] adam adds epsilon to the uncorrected root, as tiny gradients show', () => {
    const after = follow(optimizers.adam(), [[1e-6], [1e-6], [1e-6]]).at(-1)![0];
    expect(after).toBeCloseTo(0.9990970083, 9);
  });
});

describe('optimizers on the golden tables of the tests of Keras 3', () => {
  // keras/src/optimizers/*_test.py, test_correctness_with_golden (Apache-2.0): numbers only, tolerance 5e-4.
  const ramp = Array.from({ length: 10 }, (_, i) => (i + 1) / 10);
  const gradients = [new Array<number>(10).fill(0.01), ramp, ramp, ramp, ramp];

  it('rmsprop, centered', () => {
    const expected = [0.9967, 0.9933, 0.9908, 0.9885, 0.9864];
    follow(optimizers.rmsprop({ centered: true }), gradients).forEach((row, i) => {
      for (const value of row) expect(Math.abs(value - expected[i]!)).toBeLessThan(5e-4);
    });
  });

  it('sgd, Nesterov without momentum', () => {
    const rows = follow(optimizers.sgd({ nesterov: true }), gradients);
    rows.forEach((row, i) => {
      row.forEach((value, j) => {
        expect(value).toBeCloseTo(0.9999 - i * (j + 1) * 0.001, 10);
      });
    });
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
  });
});

import { describe, expect, it } from 'vitest';
import { gradient } from '../graph/gradient.ts';
import { interpret } from '../graph/interpret.ts';
import { sum } from '../graph/ops/reduce.ts';
import { input } from '../graph/ops/sources.ts';
import { runOnnx } from '../graph/testing.ts';
import { layers } from '../layers/layers.ts';
import { sequential } from '../training/sequential.ts';
import { type ActivationName, activate } from './activation.ts';

const points = [-3.5, -1, -0.3, 0.2, 1, 2.5];

describe('activations', () => {
  it.each([
    ['linear', (x: number) => x],
    ['relu', (x: number) => Math.max(0, x)],
    ['sigmoid', (x: number) => 1 / (1 + Math.exp(-x))],
    ['tanh', Math.tanh],
    ['elu', (x: number) => (x > 0 ? x : Math.expm1(x))],
    ['selu', (x: number) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))],
    ['leakyRelu', (x: number) => (x > 0 ? x : 0.2 * x)],
    ['softplus', (x: number) => Math.log1p(Math.exp(x))],
    ['silu', (x: number) => x / (1 + Math.exp(-x))],
    ['mish', (x: number) => x * Math.tanh(Math.log1p(Math.exp(x)))],
    ['softsign', (x: number) => x / (1 + Math.abs(x))],
    ['hardSigmoid', (x: number) => Math.min(1, Math.max(0, (x + 3) / 6))],
    ['exponential', Math.exp],
    ['geluTanh', (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))],
  ] as const)('[#60] [#100] %s has its formula and the slope of its finite differences', (name, formula) => {
    const x = input('x', 'float32', [points.length]);
    const y = activate(name as ActivationName, x, () => {});
    const [slope] = gradient(sum(y), [x]);
    const results = interpret({ inputs: [x], outputs: { y, slope: slope! } }, { x: points });
    points.forEach((point, i) => {
      expect(results.y!.data[i]).toBeCloseTo(formula(point), 6);
      const difference = (formula(point + 1e-5) - formula(point - 1e-5)) / 2e-5;
      expect(results.slope!.data[i]).toBeCloseTo(difference, 5);
    });
  });

  it('gelu is x Phi(x), softmax sums to one', () => {
    const x = input('x', 'float32', [2, 2]);
    const outputs = { gelu: activate('gelu', x, () => {}), softmax: activate('softmax', x, () => {}) };
    const results = interpret({ inputs: [x], outputs }, { x: [1, -1, 0, 2] });
    // Phi(1) = 0.8413447460685429, Phi(2) = 0.9772498680518208.
    [0.8413447460685429, -(1 - 0.8413447460685429), 0, 2 * 0.9772498680518208].forEach((expected, i) => {
      expect(results.gelu!.data[i]).toBeCloseTo(expected, 6);
    });
    expect(results.softmax!.data[0]! + results.softmax!.data[1]!).toBeCloseTo(1, 12);
    expect(results.softmax!.data[0]).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
  });

  it('gelu by tanh is close to the exact one, and no activation overflows', async () => {
    const x = input('x', 'float32', [3]);
    const names = [
      'gelu',
      'geluTanh',
      'silu',
      'mish',
      'softsign',
      'hardSigmoid',
      'softplus',
      'selu',
    ] as const;
    const outputs = Object.fromEntries(names.map((name) => [name, activate(name, x, () => {})]));
    const near = await runOnnx({ inputs: [x], outputs }, { x: [-1, 0.5, 2] });
    // Hendrycks and Gimpel 2016: the two differ by less than 0.001.
    near.gelu!.forEach((value, i) => {
      expect(Math.abs(value - near.geluTanh![i]!)).toBeLessThan(1e-3);
    });
    const far = await runOnnx({ inputs: [x], outputs }, { x: [-1e4, 0, 1e4] });
    for (const name of names) expect(far[name]!.filter((value) => !Number.isFinite(value))).toEqual([]);
    expect(far.silu![2]).toBe(1e4);
    expect(far.mish![2]).toBe(1e4);
  });

  it('[#100] layers without activations are one matrix; a curve between them is not', async () => {
    const first = [1, -2, 0.5, 0.25, 1.5, -1];
    const second = [2, 1, -0.5, 0.5, 1, -3];
    const x = [
      [1, 2],
      [-0.5, 3],
    ];
    const collapsed = x.flatMap(([a = 0, b = 0]) =>
      [0, 1].map((j) =>
        [0, 1, 2].reduce((total, i) => total + (a * first[i]! + b * first[i + 3]!) * second[2 * i + j]!, 0),
      ),
    );
    const names: readonly ActivationName[] = ['linear', 'relu', 'sigmoid', 'tanh'];
    for (const activation of names) {
      const model = sequential([
        layers.dense({ units: 3, inputShape: [2], activation, useBias: false, name: 'a' }),
        layers.dense({ units: 2, useBias: false, name: 'b' }),
      ]);
      model.setWeights({ 'a.kernel': Float32Array.from(first), 'b.kernel': Float32Array.from(second) });
      const { data } = await model.predict(x);
      const distance = Math.max(...collapsed.map((value, i) => Math.abs(value - data[i]!)));
      expect([activation, distance < 1e-5]).toEqual([activation, activation === 'linear']);
    }
  });

  it('watches only units that can die', () => {
    const x = input('x', 'float32', [2]);
    const watched: string[] = [];
    for (const name of ['relu', 'tanh', 'leakyRelu'] as const) activate(name, x, () => watched.push(name));
    expect(watched).toEqual(['relu']);
  });
});

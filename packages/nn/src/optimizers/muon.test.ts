import { describe, expect, it } from 'vitest';
import { interpret } from '../graph/interpret.ts';
import { input } from '../graph/ops/sources.ts';
import { layers } from '../layers/layers.ts';
import { sequential } from '../training/sequential.ts';
import { symmetricEigen } from '../unsupervised/symmetric-eigen.ts';
import { followAll } from './fixtures/follow.ts';
import { muon, orthogonalized } from './muon.ts';
import { optimizers } from './optimizers.ts';

const start = [0.5, -1, 2, 0.25, -0.75, 1.5];
const gradients = [
  [0.1, 0.2, -0.3, 0.4, -0.5, 0.6],
  [-0.2, 0.1, 0.05, 0.3, 0.3, -0.1],
  [0.7, -0.4, 0.2, -0.1, 0.2, 0.9],
];

function transposed(values: readonly number[]): readonly number[] {
  return [0, 3, 1, 4, 2, 5].map((i) => values[i]!);
}

describe('[#59] muon', () => {
  // Float64, by a NumPy script from the rule of Keras 3, learning rate 0.1; constants of a graph are float32.
  it.each([
    [
      true,
      [
        0.4630004971587518, -1.0302440028821305, 2.0197225393461182, 0.2064526493349991, -0.7517342065072674,
        1.4464992318535461,
      ],
    ],
    [
      false,
      [
        0.44143560356942, -1.0227044167941823, 2.0350075255481572, 0.20452828191889177, -0.7380648433767829,
        1.4464550322058995,
      ],
    ],
  ])('moves a matrix as Keras does, whichever way it lies (nesterov %s)', (nesterov, expected) => {
    const optimizer = muon({ learningRate: 0.1, nesterov });
    for (const [shape, turn] of [
      [[2, 3], (values: readonly number[]) => values],
      [[3, 2], transposed],
    ] as const) {
      const steps = followAll(
        optimizer,
        { w: shape },
        { w: turn(start) },
        (_, i) => ({ w: turn(gradients[i]!) }),
        3,
      );
      turn(expected).forEach((value, i) => {
        expect(steps.at(-1)!.weights.w![i]).toBeCloseTo(value, 7);
      });
    }
  });

  it.each([
    [4, 7],
    [7, 4],
    [5, 5],
  ])('makes the singular values of a %d x %d matrix lie near 1', (rows, columns) => {
    const values = Array.from({ length: rows * columns }, (_, i) => Math.sin(7 * i * i + i));
    const x = input('x', 'float32', [rows, columns]);
    const { data } = interpret({ inputs: [x], outputs: { y: orthogonalized(x, 5) } }, { x: values }).y!;
    const size = Math.min(rows, columns);
    const at = (i: number, k: number): number =>
      rows <= columns ? data[i * columns + k]! : data[k * columns + i]!;
    const gram = Float64Array.from({ length: size * size }, (_, n) => {
      const [i, j] = [Math.floor(n / size), n % size];
      return Array.from({ length: Math.max(rows, columns) }, (_, k) => at(i, k) * at(j, k)).reduce(
        (a, b) => a + b,
      );
    });
    for (const square of symmetricEigen(gram, size).values) {
      expect(Math.sqrt(square)).toBeGreaterThan(0.65);
      expect(Math.sqrt(square)).toBeLessThan(1.25);
    }
  });

  it('leaves vectors, kernels of images, embeddings and what is excluded to AdamW', () => {
    const shapes = { 'a.bias': [2], 'b.kernel': [1, 1, 1, 2], 'c.embeddings': [1, 2], 'd.kernel': [1, 2] };
    const begin = Object.fromEntries(Object.keys(shapes).map((path) => [path, [0.5, -1]]));
    const pull = (_: unknown, i: number): typeof begin =>
      Object.fromEntries(Object.keys(shapes).map((path) => [path, [0.3 + i, -0.2]]));
    const end = (optimizer: ReturnType<typeof muon>) =>
      followAll(optimizer, shapes, begin, pull, 3).at(-1)!.weights;
    const found = end(muon({ excludeFromMuon: ['d.kernel'] }));
    const adamW = end(optimizers.adamW());
    expect(found).toEqual(adamW);
    expect(end(muon())['d.kernel']).not.toEqual(adamW['d.kernel']);
    expect(end(muon({ excludeEmbeddings: false }))['c.embeddings']).not.toEqual(adamW['c.embeddings']);
  });

  it('refuses names that the model does not have', () => {
    const compile = (options: Parameters<typeof muon>[0]): unknown =>
      sequential([layers.dense({ units: 1, inputShape: [2], name: 'out' })]).compile({
        optimizer: muon(options),
        loss: 'meanSquaredError',
      });
    expect(() => compile({ excludeFromMuon: ['out.kernle'] })).toThrow(/did you mean 'out.kernel'/);
    expect(() => compile({ excludeFromWeightDecay: ['bais'] })).toThrow(/did you mean 'bias'/);
    expect(() => compile({ excludeFromMuon: ['out.kernel'] })).not.toThrow();
    expect(() => muon({ newtonSchulzSteps: 0 })).toThrow(/newtonSchulzSteps is 0/);
  });
});

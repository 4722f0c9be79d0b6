import { describe, expect, test } from 'vitest';
import { gradient } from '../gradient.ts';
import { expectGradient, expectValue, graphOf, numbers, runOnnx } from '../testing.ts';
import { softmaxCrossEntropy, sparseSoftmaxCrossEntropy } from './cross-entropy.ts';
import { gather, oneHot, scatterAdd } from './gather.ts';
import { sum } from './reduce.ts';
import { logSoftmax, softmax } from './softmax.ts';
import { input } from './sources.ts';

const x = input('x', 'float32', [2, 3]);
const labels = input('labels', 'int32', [2]);

describe('softmax', () => {
  test('is exp(x) over its sum', async () => {
    const e = [Math.E, Math.E ** 2, Math.E ** 3];
    const total = e[0]! + e[1]! + e[2]!;
    await expectValue(softmax(x), { x: [1, 2, 3, 3, 3, 3] }, [
      ...e.map((v) => v / total),
      1 / 3,
      1 / 3,
      1 / 3,
    ]);
    await expectValue(logSoftmax(x, 0), { x: [0, 0, 0, 0, 0, 0] }, new Array(6).fill(-Math.LN2));
  });

  test('has the gradient of finite differences along any axis [#60]', async () => {
    const cube = input('cube', 'float32', [2, 3, 4]);
    for (const axis of [0, 1, -1]) {
      await expectGradient(softmax(cube, axis), { cube: numbers(24, 2) });
      await expectGradient(logSoftmax(cube, axis), { cube: numbers(24, 2) });
    }
  });
});

describe('cross-entropy', () => {
  test('is minus the log-probability of the label', async () => {
    const feeds = { x: [1, 2, 3, 0, 0, 0], labels: [2, 0] };
    const expected = [Math.log(Math.E + Math.E ** 2 + Math.E ** 3) - 3, Math.log(3)];
    await expectValue(sparseSoftmaxCrossEntropy(x, labels), feeds, expected);
    await expectValue(softmaxCrossEntropy(x, oneHot(labels, 3)), feeds, expected);
  });

  test('has the gradient of finite differences for labels and for any targets [#60]', async () => {
    await expectGradient(sparseSoftmaxCrossEntropy(x, labels), { x: numbers(6, 3), labels: [2, 0] });
    const targets = input('targets', 'float32', [2, 3]);
    const feeds = { x: numbers(6, 3), targets: [0.2, 0.5, 0.3, 2, 0, 0.5] };
    await expectGradient(softmaxCrossEntropy(x, targets), feeds);
  });

  test('stays finite for logits far apart', async () => {
    const loss = sparseSoftmaxCrossEntropy(x, labels);
    const feeds = { x: [1e4, 0, -1e4, -1e30, 1e30, 0], labels: [2, 0] };
    const [g] = gradient(sum(loss), [x]);
    await expectValue(loss, feeds, [2e4, 2e30]);
    await expectValue(g!, feeds, [1, 0, -1, -1, 1, 0]);
  });

  test('labels of any whole type are taken, other shapes are refused', async () => {
    for (const dtype of ['uint8', 'int64', 'uint32'] as const) {
      const typed = input('labels', dtype, [2]);
      const graph = graphOf({ loss: sparseSoftmaxCrossEntropy(x, typed) });
      const { loss } = await runOnnx(graph, { x: [0, 0, 0, 0, 0, 0], labels: [2, 0] });
      expect(loss![0]).toBeCloseTo(Math.log(3), 6);
    }
    expect(() => sparseSoftmaxCrossEntropy(x, input('labels', 'int32', [3]))).toThrow(
      expect.objectContaining({ code: 'LU_GRAPH_SHAPE' }),
    );
    expect(() => softmaxCrossEntropy(x, input('y', 'float32', [2, 4]))).toThrow(/logits and targets differ/);
  });
});

describe('gather', () => {
  const table = input('table', 'float32', [4, 2]);
  const indices = input('indices', 'int32', [3]);

  test('takes rows, also of bytes', async () => {
    const feeds = { table: [0, 1, 10, 11, 20, 21, 30, 31], indices: [3, 0, 3] };
    await expectValue(gather(table, indices), feeds, [30, 31, 0, 1, 30, 31]);
    const bytes = input('table', 'uint8', [4, 2]);
    await expectValue(gather(bytes, indices), feeds, [30, 31, 0, 1, 30, 31]);
  });

  test('has the gradient of finite differences, repeated indices add up [#60]', async () => {
    await expectGradient(gather(table, indices), { table: numbers(8), indices: [3, 0, 3] });
    const cube = input('cube', 'float32', [2, 4, 3]);
    const grid = input('grid', 'int64', [2, 2]);
    await expectGradient(gather(cube, grid, 1), { cube: numbers(24), grid: [3, 0, 3, 1] });
    await expectGradient(gather(cube, grid, -1), { cube: numbers(24), grid: [2, 0, 2, 1] });
    const rows = input('rows', 'float32', [3, 2]);
    await expectGradient(scatterAdd(indices, rows, 4), { rows: numbers(6), indices: [3, 0, 3] });
  });

  test('oneHot is 1 at the index and 0 for an index outside', async () => {
    await expectValue(oneHot(indices, 3), { indices: [2, 0, -1] }, [0, 0, 1, 1, 0, 0, 0, 0, 0]);
  });
});

import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { explainGraph } from './explain.ts';
import { withLabel } from './label.ts';
import type { Graph } from './node.ts';
import { toOnnx } from './onnx.ts';
import { add } from './ops/arithmetic.ts';
import { relu } from './ops/elementwise.ts';
import { gather } from './ops/gather.ts';
import { matmul } from './ops/linear-algebra.ts';
import { scan } from './ops/scan.ts';
import { constant, input, scalar } from './ops/sources.ts';
import { expectClose, graphOf, runOnnx } from './testing.ts';

function layer(): Graph {
  const x = input('x', 'float32', [2, 3]);
  const w = input('w', 'float32', [3, 2]);
  const y = withLabel("dense 'hidden1'", () => relu(add(matmul(x, w), constant([1, 2], [2]))));
  return { inputs: [x, w], outputs: { y } };
}

describe('encoding', () => {
  test('the same graph gives the same bytes', () => {
    const metadata = { seed: '7', model: 'digits' };
    const bytes = toOnnx(layer(), { name: 'digits', metadata });
    expect(toOnnx(layer(), { name: 'digits', metadata: { model: 'digits', seed: '7' } })).toEqual(bytes);
    expect(toOnnx(layer(), { name: 'other' })).not.toEqual(bytes);
  });

  test('values are named after labels and ops, metadata is carried', () => {
    const text = new TextDecoder('latin1').decode(toOnnx(layer(), { metadata: { seed: 'forty-two' } }));
    for (const name of ['dense_hidden1/matmul', 'dense_hidden1/add', 'forty-two', 'luthier']) {
      expect(text).toContain(name);
    }
  });

  test('an output may be an input, a constant, or another output again', async () => {
    const x = input('x', 'float32', [2]);
    const y = relu(x);
    const graph: Graph = { inputs: [x], outputs: { a: x, b: y, c: y, d: constant([5], [1]) } };
    const values = await runOnnx(graph, { x: [-1, 2] });
    expect(values).toEqual({ a: [-1, 2], b: [0, 2], c: [0, 2], d: [5] });
  });

  test('labels and inputs that look alike do not clash', async () => {
    const x = input('same/add', 'float32', [1]);
    const y = withLabel('same', () => add(add(x, 1), 1));
    const z = withLabel('same!', () => add(y, 1));
    expect(await runOnnx({ inputs: [x], outputs: { same: z } }, { 'same/add': [1] })).toEqual({ same: [4] });
  });

  test('special values and all element types survive as constants', async () => {
    const outputs = {
      float: constant([Number.NaN, -Infinity, -0, 1e-40], [4]),
      int: constant([-5, 7], [2], 'int32'),
      long: constant([-(2 ** 40)], [1], 'int64'),
      word: constant([2 ** 32 - 1], [1], 'uint32'),
      byte: constant([255], [1], 'uint8'),
      flag: constant([1, 0], [2], 'bool'),
    };
    const values = await runOnnx({ inputs: [], outputs }, {});
    expect(values.float).toEqual([Number.NaN, -Infinity, -0, Math.fround(1e-40)]);
    expect(values).toMatchObject({
      int: [-5, 7],
      long: [-(2 ** 40)],
      word: [2 ** 32 - 1],
      byte: [255],
      flag: [1, 0],
    });
  });

  test('large constants stand in the file once', () => {
    const big = constant(new Float32Array(10_000), [10_000]);
    const x = input('x', 'float32', [10_000]);
    expect(toOnnx({ inputs: [x], outputs: { y: add(add(x, big), big) } }).length).toBeLessThan(41_000);
  });

  test('a dynamic axis takes any number of steps and rows', async () => {
    const data = input('data', 'float32', [5]);
    const total = input('total', 'float32', [1]);
    const at = input('at', 'int32', [1]);
    const next = add(total, gather(data, at));
    const steps = input('steps', 'int32', [2, 1]);
    const start = input('start', 'float32', [1]);
    const body = { inputs: [total, at], outputs: { total: next, trace: next } };
    const graph = {
      inputs: [data, steps, start],
      outputs: scan(body, { states: [start], sequences: [steps] }),
    };
    const dynamicAxes = { steps: { 0: 'steps' }, trace: { 0: 'steps' }, data: { 0: 'rows' } };
    const session = await ort.InferenceSession.create(toOnnx(graph, { dynamicAxes }));
    for (const count of [1, 4]) {
      const result = await session.run({
        data: new ort.Tensor('float32', Float32Array.of(1, 2, 3), [3]),
        steps: new ort.Tensor('int32', new Int32Array(count).fill(2), [count, 1]),
        start: new ort.Tensor('float32', [10], [1]),
      });
      expectClose(result.total!.data as Float32Array, [10 + 3 * count]);
      expect(result.trace!.dims).toEqual([count, 1]);
    }
    await session.release();
  });

  test('names that repeat and inputs that are not listed are refused', () => {
    const x = input('x', 'float32', []);
    const y = input('x', 'float32', []);
    expect(() => toOnnx({ inputs: [x, y], outputs: { z: add(x, y) } })).toThrow(
      expect.objectContaining({ code: 'LU_GRAPH_NAME' }),
    );
    expect(() => toOnnx({ inputs: [x], outputs: { x: add(x, 1) } })).toThrow(/named 'x'/);
    expect(() => toOnnx({ inputs: [], outputs: { z: add(x, 1) } })).toThrow(
      expect.objectContaining({ code: 'LU_GRAPH_INPUT' }),
    );
  });
});

test('a graph is explained line by line, bodies indented', () => {
  expect(explainGraph(layer())).toBe(
    [
      '%0 = input(name: x, dtype: float32, shape: [2, 3]): float32 [2, 3]',
      '%1 = input(name: w, dtype: float32, shape: [3, 2]): float32 [3, 2]',
      "%2 = matmul(%0, %1): float32 [2, 2]  # dense 'hidden1'",
      "%3 = constant(): float32 [2]  # dense 'hidden1'",
      "%4 = add(%2, %3): float32 [2, 2]  # dense 'hidden1'",
      "%5 = relu(%4): float32 [2, 2]  # dense 'hidden1'",
      'y = %5',
    ].join('\n'),
  );
  const total = input('total', 'float32', []);
  const x = input('x', 'float32', []);
  const loop = scan(
    { inputs: [total, x], outputs: { total: add(total, x) } },
    { states: [scalar(0)], sequences: [input('xs', 'float32', [3])] },
  );
  expect(explainGraph(graphOf(loop))).toContain('\n  %2 = add(%0, %1): float32 []\n  total = %2');
});

import { describe, expect, test } from 'vitest';
import { defineOp } from '../define-op.ts';
import { gradient } from '../gradient.ts';
import { interpret } from '../interpret.ts';
import { withLabel } from '../label.ts';
import type { Graph } from '../node.ts';
import { simplify } from '../simplify.ts';
import { expectClose, expectValue, graphOf, runOnnx } from '../testing.ts';
import { add, multiply } from './arithmetic.ts';
import { square } from './elementwise.ts';
import { matmul } from './linear-algebra.ts';
import { sum } from './reduce.ts';
import { scan } from './scan.ts';
import { input, scalar } from './sources.ts';

const total = input('total', 'float32', []);
const x = input('x', 'float32', []);
const xs = input('xs', 'float32', [4]);
const next = add(total, x);
const running: Graph = { inputs: [total, x], outputs: { final: next, running: next } };

describe('scan', () => {
  test('hands the state on and stacks outputs', async () => {
    const { final, running: sums } = scan(running, { states: [scalar(10)], sequences: [xs] });
    await expectValue(final!, { xs: [1, 2, 3, 4] }, [20]);
    await expectValue(sums!, { xs: [1, 2, 3, 4] }, [11, 13, 16, 20]);
  });

  test('runs backwards with outputs in the order of the sequence', async () => {
    const { running: sums } = scan(running, { states: [scalar(0)], sequences: [xs], reverse: true });
    await expectValue(sums!, { xs: [1, 2, 3, 4] }, [10, 9, 7, 4]);
  });

  test('body nodes read outer nodes, constants and nothing becomes a state', async () => {
    const rate = input('rate', 'float32', []);
    const factor = square(rate);
    const weight = input('weight', 'float32', []);
    const body: Graph = {
      inputs: [total, x, weight],
      outputs: { final: add(total, multiply(multiply(x, factor), weight)), outer: factor, own: weight },
    };
    const result = scan(body, { states: [scalar(0)], sequences: [xs], constants: [rate] });
    for (const graph of [graphOf(result), simplify(graphOf(result))]) {
      const values = await runOnnx(graph, { xs: [1, 2, 3, 4], rate: [0.5] });
      expectClose(values.final!, [1.25]);
      expectClose(values.outer!, [0.25, 0.25, 0.25, 0.25]);
      expectClose(values.own!, [0.5, 0.5, 0.5, 0.5]);
      expectClose(interpret(graph, { xs: [1, 2, 3, 4], rate: [0.5] }).final!.data, [1.25]);
    }
  });

  test('nests, with the inner body reading both outer levels', async () => {
    const scale = input('scale', 'float32', []);
    const rows = input('rows', 'float32', [2, 3]);
    const row = input('row', 'float32', [3]);
    const sofar = input('sofar', 'float32', []);
    const doubled = multiply(sofar, 2);
    const inner = scan(
      { inputs: [total, x], outputs: { total: add(total, multiply(multiply(x, scale), doubled)) } },
      { states: [scalar(1)], sequences: [row] },
    );
    const { result } = scan(
      { inputs: [sofar, row], outputs: { result: inner.total! } },
      { states: [scalar(1)], sequences: [rows] },
    );
    // 1 + 2 * 10 * (1 + 2 + 3) = 121, then 1 + 242 * 10 * (4 + 5 + 6) = 36301.
    await expectValue(result!, { rows: [1, 2, 3, 4, 5, 6], scale: [10] }, [36_301]);
    const simple = simplify(graphOf({ result: result! }));
    expectClose((await runOnnx(simple, { rows: [1, 2, 3, 4, 5, 6], scale: [10] })).result!, [36_301]);
  });

  test('trains: gradient descent inside the loop reaches the solution of least squares', async () => {
    const w = input('w', 'float32', [2, 1]);
    const inputs = input('inputs', 'float32', [2, 2]);
    const targets = input('targets', 'float32', [2, 1]);
    const rate = input('rate', 'float32', []);
    const loss = sum(square(add(matmul(inputs, w), multiply(targets, -1))));
    const [dw] = gradient(loss, [w]);
    const body = {
      inputs: [w, inputs, targets],
      outputs: { w: add(w, multiply(multiply(dw!, rate), -1)), loss },
    };
    const xs2 = input('xs', 'float32', [50, 2, 2]);
    const ys = input('ys', 'float32', [50, 2, 1]);
    const start = input('start', 'float32', [2, 1]);
    const graph = simplify(graphOf(scan(body, { states: [start], sequences: [xs2, ys] })));
    const feeds = {
      xs: Array.from({ length: 50 }, () => [1, 0, 0, 2]).flat(),
      ys: Array.from({ length: 50 }, () => [3, -2]).flat(),
      start: [0, 0],
      rate: [0.15],
    };
    const { w: solved } = await runOnnx(graph, feeds);
    expectClose(solved!, [3, -1], 1e-5);
  });

  test('a gradient through a body without one is refused by name of op and layer', () => {
    const createStep = defineOp({
      name: 'stepWithoutGradient',
      infer: ([a]) => ({ dtype: a!.dtype, shape: a!.shape }),
      onnx: (_, context) => void context.emit('Identity', [context.input(0)], {}, [context.result()]),
      reference: (_, [a]) => a!,
    });
    const { final } = withLabel("lstm 'memory'", () =>
      scan(
        { inputs: [total, x], outputs: { final: add(total, createStep([x])) } },
        { states: [scalar(0)], sequences: [xs] },
      ),
    );
    expect(() => gradient(final!, [xs])).toThrow(
      expect.objectContaining({
        code: 'LU_GRAPH_NO_GRADIENT',
        message: expect.stringMatching(/'stepWithoutGradient'.*lstm 'memory'/) as string,
      }),
    );
  });

  test('a body that does not fit is refused', () => {
    const wide = input('wide', 'float32', [5]);
    const run = (states = [scalar(0)], sequences = [xs], body = running): unknown =>
      scan(body, { states, sequences });
    expect(() => run([wide])).toThrow(/input 'total' of the body gets \[5\]/);
    expect(() => run([])).toThrow(/2 inputs for 1 values/);
    expect(() => run([scalar(0)], [])).toThrow(/no sequence/);
    expect(() => run([scalar(0, 'int32')])).toThrow(expect.objectContaining({ code: 'LU_GRAPH_TYPE' }));
    const growing = { inputs: [total, x], outputs: { total: add(wide, x) } };
    expect(() => run([scalar(0)], [xs], growing)).toThrow(/state 0 changes its shape/);
    expect(() => run([scalar(0)], [xs], { inputs: [], outputs: {} })).toThrow(/no outputs/);
  });
});

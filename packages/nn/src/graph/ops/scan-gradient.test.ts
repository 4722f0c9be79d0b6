import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gradient } from '../gradient.ts';
import { interpret } from '../interpret.ts';
import type { Graph, Node } from '../node.ts';
import { simplify } from '../simplify.ts';
import { expectClose, expectGradient, graphOf, inputsOf, numbers, runOnnx } from '../testing.ts';
import { topological } from '../topological.ts';
import { add, multiply, subtract } from './arithmetic.ts';
import { cast } from './cast.ts';
import { greater, where } from './compare.ts';
import { exp, relu, sigmoid, square, tanh } from './elementwise.ts';
import { gemm, matmul } from './linear-algebra.ts';
import { mean, sum } from './reduce.ts';
import { scan } from './scan.ts';
import { broadcastTo, reshape, transpose } from './shape.ts';
import { concat, slice, split } from './slice.ts';
import { constant, input, scalar } from './sources.ts';

const x = input('x', 'float32', [2, 4]);
const h = input('h', 'float32', [2, 3]);
const xs = input('xs', 'float32', [5, 2, 4]);
const start = input('start', 'float32', [2, 3]);
const kernel = input('kernel', 'float32', [4, 3]);
const recurrent = input('recurrent', 'float32', [3, 3]);
const bias = input('bias', 'float32', [3]);

/** Irregular numbers for all inputs of a node. */
function feedsOf(node: Node): Record<string, number[]> {
  return Object.fromEntries(
    inputsOf([node]).map(({ attributes, shape }, i) => [
      String(attributes.name),
      numbers(
        shape.reduce((a, b) => a * b, 1),
        1,
        31 * i,
      ),
    ]),
  );
}

/** Gradients against differences, then as simplified (both scans made one) against the reference and the runtime. */
async function expectScanGradient(node: Node): Promise<void> {
  const feeds = feedsOf(node);
  await expectGradient(node, feeds);
  const variables = inputsOf([node]).filter(({ dtype }) => dtype === 'float32');
  const gradients = gradient(sum(square(node)), variables);
  const graph: Graph = {
    inputs: inputsOf([node]),
    outputs: { node, ...Object.fromEntries(gradients.map((g, i) => [`gradient${i}`, g])) },
  };
  const simple = simplify(graph);
  const expected = interpret(graph, feeds);
  const same = interpret(simple, feeds);
  const native = await runOnnx(simple, feeds);
  for (const [name, { data }] of Object.entries(expected)) {
    expectClose(same[name]!.data, data, 1e-9);
    expectClose(native[name]!, data, 1e-4);
  }
}

const next = tanh(add(add(matmul(x, kernel), matmul(h, recurrent)), bias));

describe('the gradient of a scan [#60]', () => {
  test('reaches sequences, initial states, constants and captured nodes, in both directions', async () => {
    for (const reverse of [false, true]) {
      const weight = input('weight', 'float32', [4, 3]);
      const body = {
        inputs: [h, x, weight],
        outputs: { h: tanh(add(add(matmul(x, weight), matmul(h, recurrent)), bias)), out: multiply(h, 2) },
      };
      const results = scan(body, { states: [start], sequences: [xs], constants: [kernel], reverse });
      await expectScanGradient(results.h!);
      await expectScanGradient(results.out!);
      await expectScanGradient(concat([reshape(results.h!, [6]), reshape(results.out!, [30])]));
    }
  });

  test('of a state and the same node stacked is the sum of both', async () => {
    const results = scan(
      { inputs: [h, x], outputs: { h: next, all: next } },
      { states: [start], sequences: [xs] },
    );
    await expectScanGradient(add(results.h!, sum(results.all!, [0])));
  });

  test('of a long short-term memory', async () => {
    const c = input('c', 'float32', [2, 3]);
    const wide = input('wide', 'float32', [7, 12]);
    const [i, f, g, o] = split(matmul(concat([x, h]), wide), [3, 3, 3, 3]);
    const memory = add(multiply(sigmoid(f!), c), multiply(sigmoid(i!), tanh(g!)));
    const output = multiply(sigmoid(o!), tanh(memory));
    const body = { inputs: [h, c, x], outputs: { h: output, c: memory, all: output } };
    const begin = input('begin', 'float32', [2, 3]);
    const results = scan(body, { states: [start, begin], sequences: [xs] });
    await expectScanGradient(results.h!);
    await expectScanGradient(results.all!);
  });

  test('with masked steps: bool sequences and integer states carry none', async () => {
    const mask = input('mask', 'bool', [2, 1]);
    const masks = constant([1, 1, 0, 1, 1, 0, 0, 1, 1, 1], [5, 2, 1], 'bool');
    const count = input('count', 'int32', []);
    const body = {
      inputs: [count, h, x, mask],
      outputs: { count: add(count, 1), h: where(mask, multiply(next, cast(count, 'float32')), h) },
    };
    const results = scan(body, { states: [scalar(1, 'int32'), start], sequences: [xs, masks] });
    await expectScanGradient(results.h!);
  });

  test('through a scan inside a scan', async () => {
    const rows = input('rows', 'float32', [3, 5, 2, 4]);
    const row = input('row', 'float32', [5, 2, 4]);
    const outer = input('outer', 'float32', [2, 3]);
    const inner = scan(
      { inputs: [h, x], outputs: { h: next, all: next } },
      { states: [outer], sequences: [row] },
    );
    const body = {
      inputs: [outer, row],
      outputs: { outer: multiply(inner.h!, 1.5), mean: mean(inner.all!, [0]) },
    };
    const results = scan(body, { states: [start], sequences: [rows] });
    await expectScanGradient(results.outer!);
    await expectScanGradient(results.mean!);
  });

  test('twice: the gradient of a gradient is a scan, too', async () => {
    const short = input('short', 'float32', [2, 2, 4]);
    const { h: last } = scan(
      { inputs: [h, x], outputs: { h: next } },
      { states: [start], sequences: [short] },
    );
    const [first] = gradient(sum(square(last!)), [recurrent]);
    await expectGradient(first!, feedsOf(last!));
  });

  test('of captured nodes in uses of every form', async () => {
    const scale = input('scale', 'float32', [1, 3]);
    const factor = input('factor', 'float32', []);
    const left = input('left', 'float32', [2, 2]);
    const uses: readonly Node[] = [
      matmul(h, recurrent, { transposeB: true }),
      matmul(h, transpose(add(recurrent, 1))),
      transpose(matmul(recurrent, h, { transposeB: true })),
      transpose(gemm(recurrent, transpose(h), undefined, { transposeA: true, alpha: 0.5 })),
      matmul(left, h, { transposeA: true }),
      multiply(h, scale),
      add(multiply(h, factor), bias),
      subtract(reshape(bias, [1, 3]), h),
      add(matmul(h, recurrent), matmul(sigmoid(h), recurrent)),
      multiply(matmul(h, recurrent), matmul(h, exp(recurrent))),
      add(h, broadcastTo(slice(bias, [1], [2]), [2, 3])),
      relu(add(matmul(h, recurrent), multiply(square(h), bias))),
    ];
    for (const use of uses) {
      const value = tanh(add(use, matmul(x, kernel)));
      const { h: last } = scan(
        { inputs: [h, x], outputs: { h: value } },
        { states: [start], sequences: [xs] },
      );
      await expectScanGradient(last!);
    }
  });

  test('of a body that ignores its elements, and of one that returns inputs as they are', async () => {
    const { h: last } = scan(
      { inputs: [h, x], outputs: { h: multiply(h, multiply(bias, 0.5)) } },
      { states: [start], sequences: [xs] },
    );
    await expectScanGradient(last!);
    const results = scan({ inputs: [h, x], outputs: { h, x, bias } }, { states: [start], sequences: [xs] });
    await expectScanGradient(
      concat([reshape(results.h!, [6]), reshape(results.x!, [40]), reshape(results.bias!, [15])]),
    );
  });

  test('is zero where nothing flows', () => {
    const { h: last } = scan(
      { inputs: [h, x], outputs: { h: add(h, 1) } },
      { states: [start], sequences: [xs] },
    );
    const [dxs, dstart] = gradient(sum(last!), [xs, start]);
    const feeds = feedsOf(concat([reshape(last!, [6]), reshape(xs, [40])]));
    const values = interpret(
      { inputs: inputsOf([last!, xs]), outputs: { dxs: dxs!, dstart: dstart! } },
      feeds,
    );
    expectClose(values.dxs!.data, new Array<number>(40).fill(0));
    expectClose(values.dstart!.data, new Array<number>(6).fill(1));
  });
});

describe('the gradient of a scan as simplified', () => {
  const { h: last, all } = scan(
    { inputs: [h, x], outputs: { h: next, all: next, unread: exp(h) } },
    { states: [start], sequences: [xs] },
  );

  test('runs the steps once each way, and takes weight gradients from one product after the steps', () => {
    const loss = add(sum(square(last!)), sum(square(all!)));
    const [dw, db] = gradient(loss, [recurrent, bias]);
    const graph = simplify(graphOf({ loss, dw: dw!, db: db! }));
    const scans = topological(Object.values(graph.outputs)).filter(({ op }) => op === 'scan');
    expect(scans).toHaveLength(2);
    expect(graph.outputs.dw!.op).toBe('matmul');
    expect(graph.outputs.dw!.inputs.map(({ shape }) => shape)).toEqual([
      [10, 3],
      [10, 3],
    ]);
    const [first, second] = scans.map(({ attributes }) => attributes.body as Graph);
    expect(Object.keys(first!.outputs)).toHaveLength(3);
    expect(Object.keys(first!.outputs)).not.toContain('unread');
    // The state's gradient and that of the sums; neither kernel nor bias is collected inside.
    expect(Object.keys(second!.outputs)).toHaveLength(2);
    expect(topological(Object.values(second!.outputs)).filter(({ op }) => op === 'matmul')).toHaveLength(1);
  });

  test.each([
    ['inside', 8],
    ['after the steps', 1],
  ] as const)('adds up products whose inner axis comes last %s, for a batch of %i', async (place, batch) => {
    const [weight, before] = [input('w', 'float32', [12, 12]), input('before', 'float32', [12, batch])];
    const steps = input('steps', 'float32', [3, 12, batch]);
    const element = input('element', 'float32', [12, batch]);
    const { state } = scan(
      { inputs: [before, element], outputs: { state: tanh(add(matmul(weight, before), element)) } },
      { states: [input('start', 'float32', [12, batch])], sequences: [steps] },
    );
    const [dw] = gradient(sum(square(state!)), [weight]);
    const graph = simplify(graphOf({ dw: dw! }));
    const backward = topological([graph.outputs.dw!]).findLast(({ op }) => op === 'scan')!;
    const inside = topological(Object.values((backward.attributes.body as Graph).outputs));
    expect(inside.some(({ op, shape }) => op === 'gemm' && String(shape) === '12,12')).toBe(
      place === 'inside',
    );
    expect(graph.outputs.dw!.op).toBe(place === 'inside' ? 'pick' : 'matmul');
    await expectScanGradient(state!);
  });

  test('serves several gradients and outputs of any names with one scan forwards', () => {
    const results = scan(
      { inputs: [h, x], outputs: { h: next, kept0: exp(next), kept1: next } },
      { states: [start], sequences: [xs] },
    );
    const [first] = gradient(sum(square(results.kept0!)), [recurrent]);
    const [second] = gradient(sum(results.h!), [bias]);
    const outputs = { ...results, first: first!, second: second! };
    const graph = graphOf(outputs);
    const simple = simplify(graph);
    const scans = topological(Object.values(simple.outputs)).filter(({ op }) => op === 'scan');
    expect(scans.map(({ attributes }) => attributes.reverse)).toEqual([false, true, true]);
    const feeds = feedsOf(sum(results.h!));
    const expected = interpret(graph, feeds);
    const actual = interpret(simple, feeds);
    for (const [name, { data }] of Object.entries(expected)) expectClose(actual[name]!.data, data, 1e-12);
  });

  test('holds for any extents, directions and results (300 cases)', () => {
    const extent = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(
        extent,
        extent,
        extent,
        extent,
        fc.boolean(),
        fc.nat(3),
        (steps, batch, units, width, reverse, kind) => {
          const element = input('element', 'float32', [batch, width]);
          const state = input('state', 'float32', [batch, units]);
          const sequence = input('sequence', 'float32', [steps, batch, width]);
          const begin = input('begin', 'float32', [batch, units]);
          const w = input('w', 'float32', [width, units]);
          const u = input('u', 'float32', [units, units]);
          const z = add(matmul(element, w), matmul(state, u));
          const value = [tanh(z), sigmoid(z), multiply(sigmoid(z), state), add(relu(z), square(state))][
            kind
          ]!;
          const results = scan(
            { inputs: [state, element], outputs: { state: value, all: multiply(value, value) } },
            { states: [begin], sequences: [sequence], reverse },
          );
          const loss = add(sum(results.state!), mean(results.all!));
          const variables = [sequence, begin, w, u];
          const outputs = Object.fromEntries(gradient(loss, variables).map((g, i) => [`g${i}`, g]));
          const graph: Graph = { inputs: variables, outputs };
          const feeds = feedsOf(loss);
          const plain = interpret(graph, feeds);
          const simple = interpret(simplify(graph), feeds);
          for (const [i, variable] of variables.entries()) {
            expect(outputs[`g${i}`]!.shape).toEqual(variable.shape);
            expectClose(simple[`g${i}`]!.data, plain[`g${i}`]!.data, 1e-9);
            // The directional derivative along irregular numbers.
            const name = String(variable.attributes.name);
            const along = numbers(feeds[name]!.length, 1, 999);
            const at = (t: number): number =>
              interpret(
                { inputs: variables, outputs: { loss } },
                { ...feeds, [name]: feeds[name]!.map((v, k) => v + t * along[k]!) },
              ).loss!.data[0]!;
            const slope = along.reduce((total, v, k) => total + v * plain[`g${i}`]!.data[k]!, 0);
            if (kind !== 3) expectClose([slope], [(at(1e-5) - at(-1e-5)) / 2e-5], 1e-6);
          }
        },
      ),
      { seed: 11, numRuns: 300 },
    );
  });
});

test('gradients of a where-guarded element are those of its branch', async () => {
  const value = where(greater(x, 0), x, multiply(x, 0.1));
  const { all } = scan(
    { inputs: [h, x], outputs: { h: next, all: value } },
    { states: [start], sequences: [xs] },
  );
  await expectScanGradient(all!);
});

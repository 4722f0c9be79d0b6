import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explainGraph } from './explain.ts';
import { gradient } from './gradient.ts';
import { interpret } from './interpret.ts';
import { withLabel } from './label.ts';
import type { Graph, Node } from './node.ts';
import { add, clip, divide, maximum, multiply, power, subtract } from './ops/arithmetic.ts';
import { cast } from './ops/cast.ts';
import { greater, not, where } from './ops/compare.ts';
import { sparseSoftmaxCrossEntropy } from './ops/cross-entropy.ts';
import { exp, gelu, negate, relu, sigmoid, square, tanh } from './ops/elementwise.ts';
import { gemm, matmul } from './ops/linear-algebra.ts';
import { dropoutMask, randomBits } from './ops/random.ts';
import { mean, sum } from './ops/reduce.ts';
import { scan } from './ops/scan.ts';
import { broadcastTo, reshape, stopGradient, transpose } from './ops/shape.ts';
import { concat, slice } from './ops/slice.ts';
import { constant, input, iota, scalar } from './ops/sources.ts';
import { simplify } from './simplify.ts';
import { sizeOf } from './tensor.ts';
import { expectClose, graphOf, inputsOf, numbers, runOnnx } from './testing.ts';
import { topological } from './topological.ts';

const x = input('x', 'float32', [3, 4]);
const w = input('w', 'float32', [4, 2]);
const b = input('b', 'float32', [2]);
const m = input('m', 'float32', [3, 2]);

function simple(node: Node): Node {
  return simplify(graphOf({ y: node })).outputs.y!;
}

/** Names of the ops of a graph, sources left out, in order. */
function opsOf(graph: Graph): string[] {
  return topological(Object.values(graph.outputs))
    .map((node) => node.op)
    .filter((op) => op !== 'input' && op !== 'constant');
}

describe('identities', () => {
  const identities: readonly [string, Node][] = [
    ['x * 1', multiply(x, 1)],
    ['1 * x', multiply(scalar(1), x)],
    ['x + 0', add(x, 0)],
    ['0 + x', add(0, x)],
    ['x - 0', subtract(x, 0)],
    ['x / 1', divide(x, 1)],
    ['x ** 1', power(x, 1)],
    ['-(-x)', negate(negate(x))],
    ['transposed twice', transpose(transpose(x))],
    ['moved and moved back', transpose(transpose(x, [1, 0]), [1, 0])],
    ['reshaped and back', reshape(reshape(x, [12]), [3, 4])],
    ['broadcast to its own shape', add(broadcastTo(scalar(0), [3, 4]), x)],
    ['a concat of one part', concat([x])],
    ['the whole slice', slice(x, [0, 0], [3, 4])],
    ['a sum over an axis of one', reshape(sum(reshape(x, [3, 1, 4]), 1), [3, 4])],
    ['stopGradient', stopGradient(x)],
  ];
  test.each(identities)('%s is x', (_, node) => {
    expect(simple(node)).toBe(x);
  });

  test('an identity that widens the shape stays', () => {
    expect(simple(add(b, constant(new Array(6).fill(0), [3, 2]))).shape).toEqual([3, 2]);
    expect(simple(not(not(greater(x, 0)))).op).toBe('greater');
  });

  test('constants are folded', () => {
    const node = add(multiply(scalar(3), 4), power(scalar(2), 3));
    expect(Array.from(simple(node).attributes.value as Float32Array)).toEqual([20]);
    const words = add(multiply(iota(3), 0x9e3779b9), scalar(1, 'uint32'));
    expect(Array.from(simple(words).attributes.value as Uint32Array)).toEqual([1, 0x9e3779ba, 0x3c6ef373]);
  });

  test('equal nodes are shared, also masks of the same key and shape', () => {
    const key = input('key', 'uint32', []);
    const graph = simplify(
      graphOf({ a: randomBits(key, [4]), b: randomBits(key, [4]), c: randomBits(key, [2, 2]) }),
    );
    expect(graph.outputs.a).toBe(graph.outputs.b);
    expect(graph.outputs.a).not.toBe(graph.outputs.c);
    const twice = simplify(graphOf({ y: add(exp(x), multiply(exp(x), 2)) }));
    expect(opsOf(twice)).toEqual(['exp', 'multiply', 'add']);
  });

  test('nodes that nothing needs are gone', () => {
    const [dw] = gradient(sum(matmul(x, w)), [w]);
    expect(inputsOf([simple(dw!)]).map((node) => node.attributes.name)).toEqual(['x']);
  });
});

describe('products of matrices', () => {
  test('a bias becomes part of the product', () => {
    expect(opsOf(simplify(graphOf({ y: add(matmul(x, w), b) })))).toEqual(['gemm']);
    expect(opsOf(simplify(graphOf({ y: add(b, matmul(x, w)) })))).toEqual(['gemm']);
  });

  test('constant factors become alpha and beta', () => {
    const step = simple(subtract(multiply(m, 0.5), multiply(matmul(x, w), 2)));
    expect(step.op).toBe('gemm');
    expect(step.attributes).toMatchObject({ alpha: -2, beta: 0.5 });
    expect(step.inputs[2]).toBe(m);
  });

  test('constant factors of operands become alpha, under a reshape or a transpose too', () => {
    const scaled = transpose(reshape(multiply(reshape(x, [12]), 2), [4, 3]));
    const y = simple(matmul(scaled, multiply(0.25, w)));
    expect(opsOf(graphOf({ y }))).toEqual(['reshape', 'gemm']);
    expect(y.attributes).toMatchObject({ alpha: 0.5, transposeA: true });
  });

  test('a reshape comes after what is done to each element', () => {
    const y = simple(reshape(add(multiply(reshape(matmul(x, w), [6]), 2), reshape(m, [6])), [3, 2]));
    expect(opsOf(graphOf({ y }))).toEqual(['gemm']);
    expect(y.attributes).toMatchObject({ alpha: 2, beta: 1 });
  });

  test('transposes become flags', () => {
    const inner = matmul(transpose(w), transpose(x));
    const y = simple(matmul(transpose(x), transpose(inner)));
    expect(opsOf(graphOf({ y }))).toEqual(['matmul', 'matmul']);
    expect(y.attributes).toMatchObject({ transposeA: true, transposeB: true });
    expect(y.inputs[1]!.attributes).toMatchObject({ transposeA: true, transposeB: true });
  });

  test('a product that others need too is not computed twice', () => {
    const product = matmul(x, w);
    const graph = simplify(graphOf({ y: add(product, b), z: square(product) }));
    expect(opsOf(graph)).toEqual(['matmul', 'add', 'square']);
  });

  test('an addend that widens the product stays apart', () => {
    const y = simple(add(matmul(slice(x, [0], [1]), w), m));
    expect(y.op).toBe('add');
  });
});

test('the gradient of a dense layer is two Gemms and a sum, without dX of the data', () => {
  const labels = input('labels', 'int32', [3]);
  const h = withLabel("dense 'out'", () => add(matmul(x, w), b));
  const loss = mean(sparseSoftmaxCrossEntropy(h, labels));
  const [dw, db] = gradient(loss, [w, b]);
  const graph = simplify(graphOf({ loss, dw: dw!, db: db! }));
  const ops = opsOf(graph);
  expect(ops.filter((op) => op === 'gemm' || op === 'matmul')).toEqual(['gemm', 'gemm']);
  expect(ops.filter((op) => op === 'sum')).toHaveLength(1);
  expect(ops).not.toContain('transpose');
  expect(ops).not.toContain('broadcastTo');
  expect(ops.filter((op) => op === 'logSoftmax')).toHaveLength(1);
  expect(graph.outputs.dw!.attributes).toMatchObject({ transposeA: true });
});

test('the momentum step of Keras is one Gemm and one add', () => {
  const v = input('v', 'float32', [4, 2]);
  const d = input('d', 'float32', [3, 2]);
  const next = add(multiply(v, 0.9), matmul(x, d, { transposeA: true }));
  expect(opsOf(simplify(graphOf({ next, w: add(w, next) })))).toEqual(['gemm', 'add']);
});

test('a gradient step with a rate known only while running is one Gemm over the weights', async () => {
  const wide = input('wide', 'float32', [6, 8]);
  const data = input('data', 'float32', [2, 6]);
  const d = input('d', 'float32', [2, 8]);
  const rate = input('rate', 'float32', []);
  const g = matmul(data, d, { transposeA: true });
  const graph = graphOf({ w: subtract(wide, multiply(g, rate)) });
  const step = simplify(graph);
  expect(opsOf(step)).toEqual(['multiply', 'gemm']);
  expect(step.outputs.w!.inputs[1]!.shape).toEqual([2, 8]);
  const values = { wide: numbers(48), data: numbers(12, 1, 50), d: numbers(16, 1, 70), rate: [0.25] };
  expectClose((await runOnnx(step, values)).w!, interpret(graph, values).w!.data);
  // Adam squares the gradient too, so the product stays as it is.
  expect(opsOf(simplify(graphOf({ a: multiply(g, rate), b: square(g) })))).toEqual([
    'matmul',
    'multiply',
    'square',
  ]);
});

test('loop bodies are simplified and lose captures they do not need', () => {
  const state = input('state', 'float32', []);
  const element = input('element', 'float32', []);
  const unused = input('unused', 'float32', []);
  const six = multiply(scalar(2), 3);
  const next = add(multiply(state, six), multiply(multiply(element, 1), add(unused, 0)));
  const kept = add(next, multiply(negate(negate(state)), exp(unused)));
  const xs = input('xs', 'float32', [3]);
  const graph = graphOf(
    scan({ inputs: [state, element], outputs: { kept } }, { states: [scalar(1)], sequences: [xs] }),
  );
  const smaller = simplify(graph);
  const body = (g: Graph): Graph =>
    topological(Object.values(g.outputs)).find((n) => n.op === 'scan')!.attributes.body as Graph;
  expect(body(smaller).inputs.length).toBeLessThan(body(graph).inputs.length);
  expect(opsOf(body(smaller)).length).toBeLessThan(opsOf(body(graph)).length);
  const feeds = { xs: [1, 2, 3], unused: [0.5] };
  expectClose(interpret(smaller, feeds).kept!.data, interpret(graph, feeds).kept!.data, 1e-12);
});

test('a penalty with a factor known only while running repeats nothing, in a loop or not', () => {
  const factor = input('factor', 'float32', []);
  const big = input('big', 'float32', [40, 30]);
  const [g] = gradient(multiply(factor, sum(square(big))), [big]);
  expect(opsOf(simplify(graphOf({ g: g! })))).toEqual(['multiply', 'multiply']);
  const element = input('element', 'float32', []);
  const start = input('start', 'float32', [40, 30]);
  const body = { inputs: [big, element], outputs: { big: subtract(big, multiply(g!, element)) } };
  const graph = graphOf(scan(body, { states: [start], sequences: [input('xs', 'float32', [3])] }));
  expect(explainGraph(graph)).toContain('broadcastTo');
  expect(explainGraph(simplify(graph))).not.toContain('broadcastTo');
  const values = { start: numbers(1200), factor: [0.1], xs: [0.5, 0.25, 0.125] };
  expectClose(interpret(simplify(graph), values).big!.data, interpret(graph, values).big!.data);
});

test('simplifying again changes nothing', () => {
  const [dw] = gradient(mean(square(subtract(relu(add(matmul(x, w), b)), m))), [w]);
  const once = simplify(graphOf({ dw: dw! }));
  const again = simplify(once);
  expect(again.outputs.dw).toBe(once.outputs.dw);
  expect(explainGraph(again)).toBe(explainGraph(once));
});

/** Random graphs over x [3, 4], w [4, 2], m [3, 2] and b [2], from bytes that choose ops and operands. */
function randomGraph(choices: readonly number[]): Node {
  const nodes: Node[] = [x, w, m, b, scalar(0), scalar(1), scalar(-1), scalar(0.5), scalar(3)];
  for (let i = 0; i + 2 < choices.length; i += 3) {
    const [op, first, second] = [choices[i]!, choices[i + 1]!, choices[i + 2]!];
    const p = nodes[first % nodes.length]!;
    const q = nodes[second % nodes.length]!;
    const makers: readonly (() => Node)[] = [
      () => add(p, q),
      () => subtract(p, q),
      () => multiply(p, q),
      () => matmul(p, q),
      () => matmul(p, q, { transposeA: true }),
      () => gemm(p, q, undefined, { transposeB: true, alpha: 0.5 }),
      () => transpose(p),
      () => negate(p),
      () => tanh(p),
      () => gelu(p),
      () => divide(p, 4),
      () => reshape(p, [-1]),
      () => reshape(p, [1, ...p.shape]),
      () => sum(p, 0, { keepDims: true }),
      () => mean(p),
      () => broadcastTo(p, [2, ...p.shape]),
      () => where(greater(p, q), p, q),
      () => multiply(p, cast(greater(sigmoid(p), 0.5), 'float32')),
      () => maximum(p, q),
      () => clip(p, -2, 2),
      () => power(square(p), 1),
      () => slice(p, [0], [-1]),
      () => multiply(p, dropoutMask(scalar(7, 'uint32'), 0.5, p.shape)),
    ];
    try {
      const made = makers[op % makers.length]!();
      if (sizeOf(made.shape) === 0) continue;
      // Values that grow without bound would measure rounding instead of rewriting.
      nodes.push(made.op === 'matmul' || made.op === 'multiply' ? tanh(made) : made);
      nodes.push(made);
    } catch {
      // Operands that do not fit make no node.
    }
  }
  return nodes.slice(9).reduce((total, node) => add(total, mean(tanh(node))), scalar(0));
}

const feeds = { x: numbers(12, 1.5), w: numbers(8, 1.5, 20), m: numbers(6, 1.5, 40), b: numbers(2, 1.5, 60) };

test('values of random graphs and of their gradients are kept', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(255), { minLength: 6, maxLength: 40 }), (choices) => {
      const y = randomGraph(choices);
      const outputs: Record<string, Node> = { y };
      for (const [i, g] of gradient(y, [x, w, m, b]).entries()) outputs[`g${i}`] = g;
      const graph = { inputs: [x, w, m, b], outputs };
      const before = interpret(graph, feeds);
      const after = interpret(simplify(graph), feeds);
      for (const name of Object.keys(outputs)) expectClose(after[name]!.data, before[name]!.data, 1e-5);
    }),
    { numRuns: 150, seed: 20 },
  );
});

test('the runtime agrees with the interpreter on random graphs, simplified or not', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(255), { minLength: 6, maxLength: 40 }), async (choices) => {
      const graph = { inputs: [x, w, m, b], outputs: { y: randomGraph(choices) } };
      const expected = interpret(graph, feeds).y!.data;
      expectClose((await runOnnx(graph, feeds)).y!, expected, 1e-4);
      expectClose((await runOnnx(simplify(graph), feeds)).y!, expected, 1e-4);
    }),
    { numRuns: 40, seed: 21 },
  );
});

test('what cannot be simplified any further stays the very same, with more beside it too', () => {
  const once = simplify(graphOf({ y: add(matmul(x, w), b) }));
  const again = simplify(once);
  expect(again.outputs.y).toBe(once.outputs.y);
  const both = simplify(graphOf({ y: once.outputs.y!, z: add(matmul(x, w), b), zero: multiply(m, 0) }));
  expect(both.outputs.y).toBe(both.outputs.z);
  expect(opsOf(both)).toEqual(opsOf(simplify(graphOf({ y: once.outputs.y!, zero: multiply(m, 0) }))));
});

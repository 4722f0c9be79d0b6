import * as ort from 'onnxruntime-node';
import { expect } from 'vitest';
import { gradient } from './gradient.ts';
import { type Feeds, interpret } from './interpret.ts';
import type { Graph, Node } from './node.ts';
import { toOnnx } from './onnx.ts';
import { multiply } from './ops/arithmetic.ts';
import { sum } from './ops/reduce.ts';
import { constant, typedElements } from './ops/sources.ts';
import { sizeOf } from './tensor.ts';
import { topological } from './topological.ts';

/** Runs a graph under ONNX Runtime as it is (one thread, all of its own optimizations). */
export async function runOnnx(graph: Graph, feeds: Feeds): Promise<Record<string, number[]>> {
  const session = await ort.InferenceSession.create(toOnnx(graph), {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
  const tensors = graph.inputs.map((node) => {
    const name = String(node.attributes.name);
    const data = typedElements(Array.from(feeds[name] as ArrayLike<number>, Number), node.dtype);
    return [name, new ort.Tensor(node.dtype, data as never, node.shape)] as const;
  });
  const results = await session.run(Object.fromEntries(tensors));
  await session.release();
  return Object.fromEntries(
    Object.keys(graph.outputs).map((name) => [name, Array.from(results[name]!.data as Float32Array, Number)]),
  );
}

/** Closeness with a tolerance relative to the larger of 1 and the expected value; NaN and infinities must agree. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 2e-6): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    if (Object.is(a, e) || a === e) continue;
    if (!(Math.abs(a - e) <= tolerance * Math.max(1, Math.abs(e)))) {
      throw new Error(`element ${i} is ${a} instead of ${e}`);
    }
  }
}

/** The inputs that nodes depend on, by name. */
export function inputsOf(roots: readonly Node[]): readonly Node[] {
  return topological(roots).filter((node) => node.op === 'input');
}

/** A graph of outputs with all the inputs they need. */
export function graphOf(outputs: Readonly<Record<string, Node>>): Graph {
  return { inputs: inputsOf(Object.values(outputs)), outputs };
}

/** Checks a node against a hand-made value, both under the interpreter and under ONNX Runtime. */
export async function expectValue(
  node: Node,
  feeds: Feeds,
  expected: ArrayLike<number>,
  tolerance?: number,
): Promise<void> {
  const graph = graphOf({ result: node });
  const reference = interpret(graph, feeds).result!;
  expect(reference.shape).toEqual(node.shape);
  expectClose(reference.data, expected, tolerance);
  expectClose((await runOnnx(graph, feeds)).result!, expected, tolerance);
}

/**
 * Checks the gradient of a random weighting of a node against central differences of the interpreter (float64), and
 * the gradient graph under ONNX Runtime against the interpreter.
 */
export async function expectGradient(
  node: Node,
  feeds: Readonly<Record<string, readonly number[]>>,
): Promise<void> {
  // Irregular weights, so that no error cancels in the sum.
  const weights = Array.from({ length: sizeOf(node.shape) }, (_, i) => Math.sin(1.7 * i + 0.6) + 0.3);
  const loss = sum(multiply(node, constant(weights, node.shape)));
  const variables = inputsOf([loss]).filter((x) => x.dtype === 'float32');
  const nodes = gradient(loss, variables);
  const graph: Graph = {
    inputs: inputsOf([loss]),
    outputs: Object.fromEntries(nodes.map((x, i) => [`gradient${i}`, x])),
  };
  const analytic = interpret(graph, feeds);
  const step = 1e-5;
  for (const [i, variable] of variables.entries()) {
    const name = String(variable.attributes.name);
    expect(nodes[i]!.shape).toEqual(variable.shape);
    const at = (position: number, delta: number): number => {
      const moved = feeds[name]!.with(position, feeds[name]![position]! + delta);
      return interpret({ inputs: graph.inputs, outputs: { loss } }, { ...feeds, [name]: moved }).loss!
        .data[0]!;
    };
    const numeric = feeds[name]!.map(
      (_, position) => (at(position, step) - at(position, -step)) / (2 * step),
    );
    expectClose(analytic[`gradient${i}`]!.data, numeric, 1e-7);
  }
  const native = await runOnnx(graph, feeds);
  for (const name of Object.keys(graph.outputs)) expectClose(native[name]!, analytic[name]!.data, 1e-5);
}

/** Numbers that look random, the same at every call, in (-scale, scale). */
export function numbers(count: number, scale = 1, start = 0): number[] {
  // Rounded to float32, so that the interpreter and the runtime see the same values.
  return Array.from({ length: count }, (_, i) =>
    Math.fround(scale * Math.sin(12.9898 * (i + start + 1)) ** 3),
  );
}

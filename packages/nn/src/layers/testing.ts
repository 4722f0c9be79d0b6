import { expect } from 'vitest';
import { gradient } from '../graph/gradient.ts';
import { interpret } from '../graph/interpret.ts';
import type { Node, Shape } from '../graph/node.ts';
import { multiply } from '../graph/ops/arithmetic.ts';
import { sum } from '../graph/ops/reduce.ts';
import { constant, input, scalar } from '../graph/ops/sources.ts';
import { simplify } from '../graph/simplify.ts';
import { sizeOf } from '../graph/tensor.ts';
import { expectClose, expectGradient, graphOf, inputsOf, numbers, runOnnx } from '../graph/testing.ts';
import { forward } from '../training/forward.ts';
import { planModel } from '../training/plan.ts';
import type { Layer } from './layer.ts';

/** A layer alone in a graph: `x` and its weights (by `layer.weight`) are inputs, its scalars constants. */
export interface BuiltLayer {
  readonly output: Node;
  readonly penalty: Node | undefined;
  readonly moved: ReadonlyMap<string, Node>;
  /** Irregular numbers for every input. */
  readonly feeds: Readonly<Record<string, readonly number[]>>;
}

/** Puts a layer after an input of a sample shape. Defaults: batch 2, evaluation, key 12345. */
export function buildLayer(
  layer: Layer,
  sample: Shape,
  options: { readonly batch?: number; readonly isTraining?: boolean; readonly key?: number } = {},
): BuiltLayer {
  const { batch = 2, isTraining = false, key = 12345 } = options;
  const plan = planModel([{ kind: 'input', inputShape: sample } as Layer, { name: 'tested', ...layer }]);
  const feeds: Record<string, readonly number[]> = { x: numbers(batch * sizeOf(sample)) };
  const nodes = new Map(
    plan.weights.map(({ path, storedShape }, i) => {
      const values = numbers(sizeOf(storedShape), 1, 100 * (i + 1));
      // A variance is positive.
      feeds[path] = path.endsWith('Variance') ? values.map((value) => 1 + value ** 2) : values;
      return [path, input(path, 'float32', storedShape)] as const;
    }),
  );
  const pass = forward(plan, {
    x: input('x', 'float32', [batch, ...sample]),
    isTraining,
    weight: (path) => nodes.get(path)!,
    knob: (name) => scalar(plan.knobs[name]!),
    randomKey: () => scalar(key, 'uint32'),
  });
  return { output: pass.output, penalty: pass.penalty, moved: pass.moved, feeds };
}

/** The value of a node in float64. */
export function evaluated(node: Node, feeds: BuiltLayer['feeds']): Float64Array {
  return interpret(graphOf({ value: node }), feeds).value!.data;
}

/**
 * Checks a layer: its gradients against finite differences, and value and gradients, as written and as simplified,
 * under ONNX Runtime against the reference.
 */
export async function expectLayer({ output, feeds }: BuiltLayer, tolerance = 1e-5): Promise<void> {
  await expectGradient(output, feeds);
  const weights = constant(numbers(sizeOf(output.shape), 1, 7), output.shape);
  const loss = sum(multiply(output, weights));
  const variables = inputsOf([loss]).filter(({ dtype }) => dtype === 'float32');
  const gradients = gradient(loss, variables).map((node, i) => [`gradient${i}`, node] as const);
  const graph = { inputs: inputsOf([loss]), outputs: { output, ...Object.fromEntries(gradients) } };
  const expected = interpret(graph, feeds);
  for (const form of [graph, simplify(graph)]) {
    const actual = await runOnnx(form, feeds);
    for (const [name, { data }] of Object.entries(expected)) expectClose(actual[name]!, data, tolerance);
  }
  expect(output.shape[0]).toBe(feeds.x!.length / sizeOf(graph.inputs[0]!.shape.slice(1)));
}

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
import { planGraph } from '../training/plan.ts';
import { call, input as modelInput } from '../training/symbolic.ts';
import type { Layer } from './layer.ts';

/** A layer alone in a graph: `x` (of several inputs `x0`, `x1`, ...) and its weights are inputs, its scalars constants. */
export interface BuiltLayer {
  readonly output: Node;
  readonly penalty: Node | undefined;
  /** The mask that goes on, where there is one. */
  readonly mask: Node | undefined;
  readonly moved: ReadonlyMap<string, Node>;
  /** Irregular numbers for every input. */
  readonly feeds: Readonly<Record<string, readonly number[]>>;
}

/** Puts a layer after an input of a sample shape. Defaults: batch 2, evaluation, key 12345. */
export function buildLayer(layer: Layer, sample: Shape, options: BuildOptions = {}): BuiltLayer {
  return buildMerge(layer, [sample], options);
}

/** How to build a layer for a test. */
export interface BuildOptions {
  readonly batch?: number;
  readonly isTraining?: boolean;
  readonly key?: number;
}

/** Puts a layer after several inputs. */
export function buildMerge(layer: Layer, samples: readonly Shape[], options: BuildOptions = {}): BuiltLayer {
  const { batch = 2, isTraining = false, key = 12345 } = options;
  const sources = samples.map((shape) => modelInput({ shape }));
  const tensor = call({ name: 'tested', ...layer }, ...sources);
  const plan = planGraph({ inputs: sources, outputs: [{ tensor }] });
  const feeds: Record<string, readonly number[]> = {};
  const inputs = samples.map((shape, i) => {
    const name = samples.length === 1 ? 'x' : `x${i}`;
    feeds[name] = numbers(batch * sizeOf(shape), 1, 31 * i);
    return input(name, 'float32', [batch, ...shape]);
  });
  const nodes = new Map(
    plan.weights.map(({ path, storedShape }, i) => {
      const values = numbers(sizeOf(storedShape), 1, 100 * (i + 1));
      // A variance is positive.
      feeds[path] = path.endsWith('Variance') ? values.map((value) => 1 + value ** 2) : values;
      return [path, input(path, 'float32', storedShape)] as const;
    }),
  );
  const pass = forward(plan, {
    inputs,
    isTraining,
    weight: (path) => nodes.get(path)!,
    knob: (name) => scalar(plan.knobs[name]!),
    randomKey: () => scalar(key, 'uint32'),
  });
  return {
    output: pass.outputs[0]!,
    penalty: pass.penalty,
    mask: pass.masks[0],
    moved: pass.moved,
    feeds,
  };
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
  for (const node of graph.inputs) {
    expect(feeds[String(node.attributes.name)]).toHaveLength(sizeOf(node.shape));
  }
}

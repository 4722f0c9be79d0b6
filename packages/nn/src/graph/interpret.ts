import { LuthierError } from '@luthier/core';
import { definitionOf } from './define-op.ts';
import { formatShape } from './errors.ts';
import type { Graph, Node } from './node.ts';
import { sizeOf, type Tensor } from './tensor.ts';
import { topological } from './topological.ts';

/** Values by input name, in row-major order. */
export type Feeds = Readonly<Record<string, ArrayLike<number> | ArrayLike<bigint>>>;

/**
 * Evaluates a graph in float64, op by op from its definition: the oracle of ops, gradients and rewrites.
 *
 * Integer types wrap around exactly as the runtime's do; float32 constants are rounded, nothing else is.
 *
 * @example
 * interpret({ inputs: [x], outputs: { y: square(x) } }, { x: [1, 2] }).y.data // Float64Array [1, 4]
 */
export function interpret(graph: Graph, feeds: Feeds): Readonly<Record<string, Tensor>> {
  const values = graph.inputs.map((node) => fed(node, feeds));
  const results = evaluate(graph, values);
  return Object.fromEntries(Object.keys(graph.outputs).map((name, i) => [name, results[i]!]));
}

/** The value of one node whose inputs are known. */
export function evaluateNode(node: Node, inputs: readonly Tensor[]): readonly Tensor[] {
  const result = definitionOf(node).reference(node, inputs, evaluate);
  return 'data' in result ? [result] : result;
}

function fed(node: Node, feeds: Feeds): Tensor {
  const name = String(node.attributes.name);
  const value = feeds[name];
  if (value === undefined || value.length !== sizeOf(node.shape)) {
    const got = value === undefined ? 'no value' : `${value.length} elements`;
    throw new LuthierError('LU_GRAPH_INPUT', `input '${name}' ${formatShape(node.shape)} gets ${got}`, {
      fix: 'Feed one element per position of every input.',
    });
  }
  return {
    dtype: node.dtype,
    shape: node.shape,
    data: Float64Array.from(value as ArrayLike<number>, Number),
  };
}

function evaluate(graph: Graph, inputs: readonly Tensor[]): readonly Tensor[] {
  const roots = Object.values(graph.outputs);
  const values = new Map<Node, readonly Tensor[]>(graph.inputs.map((node, i) => [node, [inputs[i]!]]));
  for (const node of topological(roots)) {
    if (values.has(node)) continue;
    const index = definitionOf(node).resultIndex?.(node);
    if (index !== undefined) values.set(node, [values.get(node.inputs[0]!)![index]!]);
    else
      values.set(
        node,
        evaluateNode(
          node,
          node.inputs.map((x) => values.get(x)![0]!),
        ),
      );
  }
  return roots.map((root) => values.get(root)![0]!);
}

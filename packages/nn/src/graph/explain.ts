import { formatShape } from './errors.ts';
import type { Attribute, Graph, Node } from './node.ts';
import { isConstant, scalarValue } from './ops/sources.ts';
import { topological } from './topological.ts';

function isGraph(value: Attribute): value is Graph {
  return typeof value === 'object' && 'outputs' in value;
}

function formatAttribute(value: Attribute): string {
  if (typeof value !== 'object') return String(value);
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  return isGraph(value) ? 'below' : `[${value.join(', ')}]`;
}

function formatNode(node: Node, names: ReadonlyMap<Node, string>): string {
  const attributes = Object.entries(node.attributes).flatMap(([key, value]) =>
    value === undefined || value === false || isConstant(node) ? [] : [`${key}: ${formatAttribute(value)}`],
  );
  const value = scalarValue(node);
  const operands = [
    ...node.inputs.map((x) => names.get(x)!),
    ...(value === undefined ? [] : [String(value)]),
    ...attributes,
  ];
  const label = node.label === undefined ? '' : `  # ${node.label}`;
  return `${node.op}(${operands.join(', ')}): ${node.dtype} ${formatShape(node.shape)}${label}`;
}

/**
 * A graph as text, one node a line, inputs before their consumers: for debugging and for tests of structure.
 *
 * @example
 * explainGraph({ inputs: [x], outputs: { y: relu(x) } });
 * // %0 = input(name: x): float32 [2]
 * // %1 = relu(%0): float32 [2]
 * // y = %1
 */
export function explainGraph(graph: Graph, indent = ''): string {
  const names = new Map<Node, string>();
  const lines: string[] = [];
  for (const node of topological([...graph.inputs, ...Object.values(graph.outputs)])) {
    const name = `%${names.size}`;
    names.set(node, name);
    lines.push(`${indent}${name} = ${formatNode(node, names)}`);
    for (const value of Object.values(node.attributes)) {
      if (isGraph(value)) lines.push(explainGraph(value, `${indent}  `));
    }
  }
  for (const [name, node] of Object.entries(graph.outputs))
    lines.push(`${indent}${name} = ${names.get(node)}`);
  return lines.join('\n');
}

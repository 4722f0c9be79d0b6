import { withInputs } from './define-op.ts';
import { withLabel } from './label.ts';
import type { Attribute, Graph, Node } from './node.ts';
import { topological } from './topological.ts';

function isGraph(attribute: Attribute): attribute is Graph {
  return typeof attribute === 'object' && 'inputs' in attribute && 'outputs' in attribute;
}

/** The graphs that a node runs, by attribute. */
export function bodiesOf(node: Node): readonly (readonly [attribute: string, body: Graph])[] {
  return Object.entries(node.attributes).flatMap(([name, value]) =>
    isGraph(value) ? [[name, value] as const] : [],
  );
}

/** The graph with nodes replaced, inputs before their consumers, in bodies too; undefined keeps a node. */
export function lower(graph: Graph, replace: (node: Node) => Node | undefined): Graph {
  const done = new Map<Node, Node>();
  const inside = (node: Node): Node => {
    const bodies = bodiesOf(node);
    if (bodies.length === 0) return node;
    const lowered = bodies.map(([name, body]) => [name, lower(body, replace)]);
    return { ...node, attributes: { ...node.attributes, ...Object.fromEntries(lowered) } };
  };
  for (const node of topological(Object.values(graph.outputs))) {
    const inputs = node.inputs.map((input) => done.get(input)!);
    const rebuilt = inside(withInputs(node, inputs));
    done.set(node, withLabel(node.label, () => replace(rebuilt)) ?? rebuilt);
  }
  return {
    inputs: graph.inputs,
    outputs: Object.fromEntries(Object.entries(graph.outputs).map(([name, node]) => [name, done.get(node)!])),
  };
}

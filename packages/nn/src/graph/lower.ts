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

/** Replaces a node, whose inputs are replaced already; undefined keeps it. */
export type Replace = (node: Node, before: Before) => Node | undefined;

/** What a node was in the graph before. */
export interface Before {
  /** How many consumers an input of the node had. */
  uses(input: number): number;
}

function usesIn(roots: readonly Node[], order: readonly Node[]): ReadonlyMap<Node, number> {
  const uses = new Map<Node, number>();
  for (const node of [...roots, ...order.flatMap(({ inputs }) => inputs)]) {
    uses.set(node, (uses.get(node) ?? 0) + 1);
  }
  return uses;
}

/** The graph with nodes replaced, inputs before their consumers; each graph, bodies too, by a `replace` of its own. */
export function lower(graph: Graph, createReplace: () => Replace): Graph {
  const replace = createReplace();
  const done = new Map<Node, Node>();
  const roots = Object.values(graph.outputs);
  const order = topological(roots);
  const uses = usesIn(roots, order);
  const inside = (node: Node): Node => {
    const bodies = bodiesOf(node);
    if (bodies.length === 0) return node;
    const lowered = bodies.map(([name, body]) => [name, lower(body, createReplace)]);
    return { ...node, attributes: { ...node.attributes, ...Object.fromEntries(lowered) } };
  };
  for (const node of order) {
    const inputs = node.inputs.map((input) => done.get(input)!);
    const rebuilt = inside(withInputs(node, inputs));
    const before = { uses: (input: number): number => uses.get(node.inputs[input]!)! };
    done.set(node, withLabel(node.label, () => replace(rebuilt, before)) ?? rebuilt);
  }
  return {
    inputs: graph.inputs,
    outputs: Object.fromEntries(Object.entries(graph.outputs).map(([name, node]) => [name, done.get(node)!])),
  };
}

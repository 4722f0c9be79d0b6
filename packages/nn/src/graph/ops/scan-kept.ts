import { definitionOf } from '../define-op.ts';
import type { Graph, Node } from '../node.ts';
import { topological } from '../topological.ts';
import { isConstant } from './sources.ts';

/**
 * The nodes of a scan's body whose values of all steps must be kept to compute nodes built upon them; the others that
 * those need are inputs of the scan, or cost no more to compute again.
 */
export function keptNodes(roots: readonly Node[], body: Graph, states: number): readonly Node[] {
  const forward = topological([...body.inputs, ...Object.values(body.outputs)]);
  const used = usedAmong(new Set(forward), roots);
  const known = new Set<Node>(body.inputs.slice(states));
  const kept: Node[] = [];
  for (const node of forward) {
    if (isConstant(node)) known.add(node);
    if (known.has(node) || !used.has(node)) continue;
    const isCheap = definitionOf(node).isCheap === true && node.inputs.every((x) => known.has(x));
    if (!isCheap) kept.push(node);
    known.add(node);
  }
  return kept;
}

/** Those of some nodes that others use without others of them in between. */
function usedAmong(nodes: ReadonlySet<Node>, roots: readonly Node[]): ReadonlySet<Node> {
  const used = new Set<Node>();
  const seen = new Set<Node>(roots);
  for (const node of seen) {
    if (nodes.has(node)) used.add(node);
    else for (const x of node.inputs) seen.add(x);
  }
  return used;
}

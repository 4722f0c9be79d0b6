import { bodiesOf } from './lower.ts';
import type { Graph } from './node.ts';
import { sizeOf } from './tensor.ts';
import { topological } from './topological.ts';

/** The number of elements of the largest result within a graph, that of a step where it runs many. */
export function largestResult(graph: Graph): number {
  let largest = 0;
  for (const node of topological(Object.values(graph.outputs))) {
    const bodies = bodiesOf(node);
    for (const [, body] of bodies) largest = Math.max(largest, largestResult(body));
    const isComputed = node.inputs.length > 0 && bodies.length === 0;
    if (isComputed) largest = Math.max(largest, sizeOf(node.shape));
  }
  return largest;
}

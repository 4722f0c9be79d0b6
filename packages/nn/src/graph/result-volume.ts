import { bodiesOf } from './lower.ts';
import type { Graph } from './node.ts';
import { sizeOf } from './tensor.ts';
import { topological } from './topological.ts';

/** The number of elements of all results within a graph together, those of one step where it runs many. */
export function resultVolume(graph: Graph): number {
  let volume = 0;
  for (const node of topological(Object.values(graph.outputs))) {
    const bodies = bodiesOf(node);
    for (const [, body] of bodies) volume += resultVolume(body);
    const isComputed = node.inputs.length > 0 && bodies.length === 0;
    if (isComputed) volume += sizeOf(node.shape);
  }
  return volume;
}

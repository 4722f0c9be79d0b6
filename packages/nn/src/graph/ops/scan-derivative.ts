import { pullback } from '../gradient.ts';
import type { Node } from '../node.ts';
import { topological } from '../topological.ts';
import { add } from './arithmetic.ts';
import type { ScanAttributes } from './scan-node.ts';
import { input } from './sources.ts';

/** What the backward scan does in one step, still in terms of the forward body. */
export interface Derivative {
  /** Inputs for the gradients of those states that pass one on, by position. */
  readonly carried: ReadonlyMap<number, Node>;
  /** Inputs for the gradients of stacked outputs in one step, with those of all steps. */
  readonly elements: readonly { readonly element: Node; readonly stack: Node }[];
  /** Gradients of inputs of the body in one step. */
  readonly parts: ReadonlyMap<Node, Node>;
}

/**
 * Differentiates one step of a scan, given which outputs have gradients and which inputs want one.
 *
 * States that nothing wanted flows into, and those that no gradient reaches, get none.
 */
export function differentiate(
  { body, states }: ScanAttributes,
  outputGradients: readonly (Node | undefined)[],
  isWanted: readonly boolean[],
): Derivative {
  const outputs = Object.values(body.outputs);
  const reached = outputs.map((output) => new Set(topological([output])));
  const carries = (i: number): boolean => outputs[i]!.dtype === 'float32' && varied.has(body.inputs[i]!);
  const varied = new Set(body.inputs.filter((_, i) => isWanted[i]));
  grow(states, (i) => {
    if (varied.has(body.inputs[i]!) || ![...varied].some((formal) => reached[i]!.has(formal))) return false;
    varied.add(body.inputs[i]!);
    return true;
  });
  const flowing = new Set(
    [...outputs.keys()].filter((i) => outputGradients[i] !== undefined && (i >= states || carries(i))),
  );
  grow(states, (i) => {
    if (flowing.has(i) || !carries(i)) return false;
    if (![...flowing].some((from) => reached[from]!.has(body.inputs[i]!))) return false;
    flowing.add(i);
    return true;
  });
  const seeds = new Map<Node, Node>();
  const carried = new Map<number, Node>();
  const elements: { element: Node; stack: Node }[] = [];
  for (const [i, output] of outputs.entries()) {
    if (!flowing.has(i)) continue;
    const dy = input(`gradient${i}`, 'float32', output.shape);
    if (i < states) carried.set(i, dy);
    else elements.push({ element: dy, stack: outputGradients[i]! });
    seeds.set(output, seeds.has(output) ? add(seeds.get(output)!, dy) : dy);
  }
  const wrt = body.inputs.filter((formal) => varied.has(formal) && formal.dtype === 'float32');
  const parts = new Map<Node, Node>();
  for (const [i, part] of pullback(seeds, wrt).entries()) if (part !== undefined) parts.set(wrt[i]!, part);
  return { carried, elements, parts };
}

/** Repeats a step for each of some positions until it changes nothing. */
function grow(count: number, step: (i: number) => boolean): void {
  for (let isGrowing = true; isGrowing; ) {
    isGrowing = false;
    for (let i = 0; i < count; i++) if (step(i)) isGrowing = true;
  }
}

import type { Node } from '../node.ts';
import { substitute } from '../substitute.ts';
import { topological } from '../topological.ts';
import { add } from './arithmetic.ts';
import { pick } from './pick.ts';
import { scan, scanNode } from './scan.ts';
import { type Derivative, differentiate } from './scan-derivative.ts';
import { keptNodes } from './scan-kept.ts';
import { attributesOf } from './scan-node.ts';
import { type Later, sumOverSteps } from './scan-sums.ts';
import { broadcastTo } from './shape.ts';
import { input, scalar } from './sources.ts';

/**
 * The gradients of a scan: a scan in the other direction, whose states are the gradients of the states.
 *
 * What its body needs of the forward body is stacked by a copy of the forward scan with more outputs (`simplify` makes
 * one of both), or computed again where that is as cheap. The gradient of what stays the same over the steps is
 * collected inside only where nothing else will do or is cheaper: most products of values of a step become one product
 * over all steps, afterwards.
 * Reference: Werbos 1990, "Backpropagation through time".
 */
export function scanGradient(
  node: Node,
  outputGradients: readonly (Node | undefined)[],
  isWanted: readonly boolean[],
): readonly (Node | undefined)[] {
  const attributes = attributesOf(node);
  const { body, states, sequences } = attributes;
  const outputs = Object.values(body.outputs);
  const forward = new Set([...body.inputs, ...topological(outputs)]);
  const derivative = differentiate(attributes, outputGradients, isWanted);
  const { carried, parts } = derivative;

  const stacked: Node[] = [];
  const kept: Node[] = [];
  const totals: Node[] = [];
  let results: Readonly<Record<string, Node>> = {};
  let source = node;
  const keep = (inner: Node): Later => {
    const i = place(kept, inner);
    return () => pick(source, outputs.length + i);
  };
  const stack = (inner: Node): Later => {
    const index = body.inputs.indexOf(inner);
    if (index >= states && index < states + sequences) return () => node.inputs[index]!;
    if (forward.has(inner)) return keep(inner);
    const i = place(stacked, inner);
    return () => results[`stacked${i}`]!;
  };
  const total = (inner: Node): Later => {
    const i = place(totals, inner);
    return () => results[`total${i}`]!;
  };
  const gradients = body.inputs.map((formal, i): (() => Node | undefined) => {
    const part = parts.get(formal);
    if (isWanted[i] !== true) return () => undefined;
    if (i < states) return () => results[`state${i}`];
    if (part === undefined) return () => undefined;
    return i < states + sequences ? stack(part) : sumOverSteps(part, { stack, total });
  });

  const sums = totals.map((inner, i) => input(`total${i}`, 'float32', inner.shape));
  const next: Record<string, Node> = {};
  for (const i of carried.keys()) next[`state${i}`] = parts.get(body.inputs[i]!) ?? zeros(outputs[i]!);
  for (const [i, inner] of totals.entries()) next[`total${i}`] = add(sums[i]!, inner);
  for (const [i, inner] of stacked.entries()) next[`stacked${i}`] = inner;
  const needed = keptNodes(Object.values(next), body, states);
  const stacks = needed.map(keep);
  source = withOutputs(node, kept);
  if (Object.keys(next).length > 0) {
    const starts = [...carried.keys()].map((i) => outputGradients[i] ?? zeros(outputs[i]!));
    results = backward(node, derivative, {
      states: [...carried.values(), ...sums],
      starts: [...starts, ...sums.map(zeros)],
      kept: needed.map((inner, i) => [inner, stacks[i]!()] as const),
      outputs: next,
    });
  }
  return gradients.map((gradient) => gradient());
}

/** The position of a node in a list, to which it is added when new. */
function place(list: Node[], node: Node): number {
  const found = list.indexOf(node);
  return found >= 0 ? found : list.push(node) - 1;
}

interface Backward {
  /** Body inputs of the states, and their first values. */
  readonly states: readonly Node[];
  readonly starts: readonly Node[];
  /** Nodes of the forward body with their values of all steps. */
  readonly kept: readonly (readonly [Node, Node])[];
  /** States first; in terms of the forward body. */
  readonly outputs: Readonly<Record<string, Node>>;
}

/** Runs the steps in the other direction. */
function backward(
  node: Node,
  { elements }: Derivative,
  { states, starts, kept, outputs }: Backward,
): Readonly<Record<string, Node>> {
  const { body, states: moving, sequences, reverse } = attributesOf(node);
  const again = kept.map(([inner], i) => input(`kept${i}`, inner.dtype, inner.shape));
  const first = moving + sequences;
  const known = new Map([
    ...body.inputs.slice(first).map((formal, i) => [formal, node.inputs[first + i]!] as const),
    ...kept.map(([inner], i) => [inner, again[i]!] as const),
  ]);
  const values = substitute(Object.values(outputs), known);
  const available = [
    ...elements,
    ...body.inputs.slice(moving, first).map((element, i) => ({ element, stack: node.inputs[moving + i]! })),
    ...kept.map(([, stack], i) => ({ element: again[i]!, stack })),
  ];
  const read = new Set(topological(values));
  const used = available.filter(({ element }) => read.has(element));
  // A scan needs one sequence at least, to know the number of its steps.
  const sequence = used.length > 0 ? used : available.slice(0, 1);
  return scan(
    {
      inputs: [...states, ...sequence.map(({ element }) => element)],
      outputs: Object.fromEntries(Object.keys(outputs).map((name, i) => [name, values[i]!])),
    },
    { states: starts, sequences: sequence.map(({ stack }) => stack), reverse: !reverse },
  );
}

function zeros({ shape }: Node): Node {
  return broadcastTo(scalar(0), shape);
}

/** The same scan with the values of more body nodes stacked. */
function withOutputs(node: Node, more: readonly Node[]): Node {
  if (more.length === 0) return node;
  const attributes = attributesOf(node);
  const { inputs, outputs } = attributes.body;
  const names = Object.keys(outputs);
  const added = more.map((inner, i) => {
    let name = `kept${i}`;
    while (names.includes(name)) name += '+';
    return [name, inner] as const;
  });
  return scanNode(node.inputs, {
    ...attributes,
    body: { inputs, outputs: { ...outputs, ...Object.fromEntries(added) } },
  });
}

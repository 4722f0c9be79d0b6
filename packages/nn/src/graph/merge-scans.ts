import { withInputs } from './define-op.ts';
import type { Node } from './node.ts';
import { pick } from './ops/pick.ts';
import { scanNode } from './ops/scan.ts';
import { attributesOf, type ScanAttributes } from './ops/scan-node.ts';
import { topological } from './topological.ts';

/** Scans that run the same steps. */
interface Group {
  readonly first: Node;
  /** Body nodes that are stacked and read, with the names of their outputs. */
  readonly stacked: Map<Node, string>;
  readonly members: Set<Node>;
}

/**
 * Makes one scan of those that run the same steps, with the outputs of all, and drops stacked outputs that nobody reads.
 *
 * A gradient needs more of a scan than was asked of it at first; this is where both meet.
 */
export function mergeScans(roots: readonly Node[]): readonly Node[] {
  const order = topological(roots);
  const groups = new Map<Node, Group>();
  const keyed = new Map<string, Group>();
  const keyOf = createKeys();
  for (const node of order) {
    const scan = node.inputs[0];
    if (node.op !== 'pick' || scan?.op !== 'scan') continue;
    const key = keyOf(scan);
    const group = keyed.get(key) ?? { first: scan, stacked: new Map(), members: new Set() };
    keyed.set(key, group);
    groups.set(scan, group);
    group.members.add(scan);
    const [name, output] = outputOf(node);
    if (!isState(node) && !group.stacked.has(output)) group.stacked.set(output, freeName(group, name));
  }
  const isSettled = ({ first, stacked, members }: Group): boolean =>
    members.size === 1 && stacked.size + attributesOf(first).states === namesOf(first).length;
  if ([...keyed.values()].every(isSettled)) return roots;
  const rebuilt = new Map<Node, Node>();
  const merged = new Map<Group, Node>();
  const inputsOf = (node: Node): readonly Node[] => node.inputs.map((x) => rebuilt.get(x)!);
  for (const node of order) {
    const group = node.op === 'pick' ? groups.get(node.inputs[0]!) : undefined;
    if (group === undefined || isSettled(group)) {
      rebuilt.set(node, withInputs(node, inputsOf(node)));
      continue;
    }
    const scan = merged.get(group) ?? join(group, inputsOf(group.first));
    merged.set(group, scan);
    const { states } = attributesOf(scan);
    const index = isState(node)
      ? indexOf(node)
      : states + [...group.stacked.keys()].indexOf(outputOf(node)[1]);
    rebuilt.set(node, pick(scan, index));
  }
  return roots.map((root) => rebuilt.get(root)!);
}

function indexOf(pick: Node): number {
  return pick.attributes.index as number;
}

function isState(pick: Node): boolean {
  return indexOf(pick) < attributesOf(pick.inputs[0]!).states;
}

/** Name and body node of the output that a pick reads. */
function outputOf(pick: Node): readonly [string, Node] {
  return Object.entries(attributesOf(pick.inputs[0]!).body.outputs)[indexOf(pick)]!;
}

function namesOf(scan: Node): readonly string[] {
  return Object.keys(attributesOf(scan).body.outputs);
}

function freeName({ first, stacked }: Group, wanted: string): string {
  const taken = [...namesOf(first).slice(0, attributesOf(first).states), ...stacked.values()];
  let name = wanted;
  while (taken.includes(name)) name += '+';
  return name;
}

function join({ first, stacked }: Group, inputs: readonly Node[]): Node {
  const attributes: ScanAttributes = attributesOf(first);
  const states = Object.entries(attributes.body.outputs).slice(0, attributes.states);
  const more = [...stacked].map(([node, name]) => [name, node] as const);
  const outputs = Object.fromEntries([...states, ...more]);
  return scanNode(inputs, { ...attributes, body: { inputs: attributes.body.inputs, outputs } });
}

/** Equal keys for scans of the same inputs, body inputs and states. */
function createKeys(): (scan: Node) => string {
  const identities = new Map<Node, number>();
  const identity = (node: Node): number => {
    if (!identities.has(node)) identities.set(node, identities.size);
    return identities.get(node)!;
  };
  return (scan) => {
    const { body, states, sequences, reverse } = attributesOf(scan);
    const next = Object.values(body.outputs).slice(0, states);
    const parts = [scan.inputs, body.inputs, next].map((nodes) => nodes.map(identity).join());
    return [states, sequences, reverse, ...parts].join(' ');
  };
}

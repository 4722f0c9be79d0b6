import { withInputs } from '../graph/define-op.ts';
import type { Node } from '../graph/node.ts';
import { swapAxes } from '../graph/ops/linear-algebra.ts';
import { constant, constantElements, isConstant } from '../graph/ops/sources.ts';

/** Ops that act on each element alone, so that a transpose may pass them. */
const ELEMENTWISE: ReadonlySet<string> = new Set([
  ...[
    'negate',
    'absolute',
    'sign',
    'floor',
    'sqrt',
    'square',
    'reciprocal',
    'exp',
    'log',
    'tanh',
    'sigmoid',
    'relu',
  ],
  ...[
    'erf',
    'gelu',
    'softplus',
    'add',
    'subtract',
    'multiply',
    'divide',
    'maximum',
    'minimum',
    'power',
    'sine',
    'cosine',
    'where',
    'cast',
  ],
  ...['less', 'lessEqual', 'greater', 'greaterEqual', 'equal', 'and', 'or', 'not'],
  ...['bitwiseAnd', 'bitwiseOr', 'bitwiseXor', 'shiftLeft', 'shiftRight'],
]);

function transposedConstant(x: Node): Node {
  const [rows, columns] = x.shape as readonly [number, number];
  const elements = constantElements(x);
  const moved = Array.from({ length: rows * columns }, (_, i) =>
    Number(elements[(i % rows) * columns + Math.floor(i / rows)]),
  );
  return constant(moved, [columns, rows], x.dtype);
}

/** Whether a transpose may pass a node on its way up. */
function canPass(node: Node): boolean {
  return (
    ELEMENTWISE.has(node.op) && node.inputs.every(({ shape }) => shape.length === 0 || shape.length === 2)
  );
}

/** A scalar has no order; one number in a matrix has only one. */
function isIndifferent({ shape }: Node): boolean {
  return shape.every((extent) => extent === 1);
}

/** Whether a matrix is computed feature by feature: a transpose above undoes one that comes from below. */
export function meetsTranspose(node: Node): boolean {
  return node.op === 'transpose' || (canPass(node) && node.inputs.some(meetsTranspose));
}

/**
 * A matrix with its axes swapped, computed without moving elements where possible: the swap passes elementwise ops
 * up to where an earlier one undoes it.
 *
 * Layers that compute feature by feature, `[features, batch]`, hand their results on through this: no transpose is
 * left between them, and masks and activations in between follow suit.
 */
export function transposed(x: Node): Node {
  const known = new Map<Node, Node>();
  const swap = (node: Node): Node => {
    const found = known.get(node) ?? make(node);
    known.set(node, found);
    return found;
  };
  const make = (node: Node): Node => {
    if (isIndifferent(node)) return node;
    if (node.op === 'transpose') return node.inputs[0]!;
    if (isConstant(node)) return transposedConstant(node);
    return canPass(node) ? withInputs(node, node.inputs.map(swap)) : swapAxes(node);
  };
  return meetsTranspose(x) ? swap(x) : swapAxes(x);
}

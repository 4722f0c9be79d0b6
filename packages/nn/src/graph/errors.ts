import { LuthierError } from '@luthier/core';
import { currentLabel } from './label.ts';
import type { Node, Shape } from './node.ts';

/** `[32, 10]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** What a node is and where it comes from: `float32 [32, 10] of dense 'hidden1'`. */
export function describeNode(node: Node): string {
  const from = node.label ?? (node.op === 'input' ? `input '${String(node.attributes.name)}'` : undefined);
  return `${node.dtype} ${formatShape(node.shape)}${from === undefined ? '' : ` of ${from}`}`;
}

function where(op: string): string {
  const label = currentLabel();
  return label === undefined ? op : `${op} in ${label}`;
}

/** An error about extents, naming the op, the layer it was made for and every operand with its layer. */
export function shapeError(op: string, problem: string, inputs: readonly Node[], fix: string): LuthierError {
  const operands = inputs.map(describeNode).join(' and ');
  return new LuthierError('LU_GRAPH_SHAPE', `${where(op)}: ${problem}${operands && `: ${operands}`}`, {
    fix,
    where: currentLabel() ?? op,
  });
}

/** An error about element types, naming the op, the layer it was made for and every operand with its layer. */
export function typeError(op: string, problem: string, inputs: readonly Node[], fix: string): LuthierError {
  const operands = inputs.map(describeNode).join(' and ');
  return new LuthierError('LU_GRAPH_TYPE', `${where(op)}: ${problem}${operands && `: ${operands}`}`, {
    fix,
    where: currentLabel() ?? op,
  });
}

import { defineOp, definitionOf } from '../define-op.ts';
import { shapeError } from '../errors.ts';
import type { Node } from '../node.ts';

const createPick = defineOp({
  name: 'pick',
  infer: (inputs, { index }) => {
    const type = definitionOf(inputs[0]!).results?.(inputs[0]!)[index as number];
    if (type === undefined)
      throw shapeError('pick', `there is no result ${String(index)}`, inputs, 'Count from 0.');
    return type;
  },
  resultIndex: ({ attributes }) => attributes.index as number,
  onnx: () => {},
  reference: (_, [x]) => x!,
  // After differentiation a gradient rule is nothing but its values.
  simplify: ({ inputs: [x], attributes }) =>
    x!.op === 'gradientRule' ? x!.inputs[attributes.index as number] : undefined,
});

/** One of several results of a node, counted from 0. */
export function pick(node: Node, index: number): Node {
  return createPick([node], { index });
}

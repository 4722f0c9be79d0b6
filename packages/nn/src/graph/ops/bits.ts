import { type CreateNode, defineOp, requireSameType, requireTypes } from '../define-op.ts';
import { shapeError } from '../errors.ts';
import type { DType, Node } from '../node.ts';
import { broadcastPositions, broadcastShapes, tabulate } from '../tensor.ts';
import { type Operand, toNodes } from './sources.ts';

const WORD: readonly DType[] = ['uint32'];

function defineBits(
  name: string,
  onnx: string,
  apply: (x: number, y: number) => number,
  direction?: string,
): CreateNode {
  return defineOp({
    name,
    infer: (inputs) => {
      requireSameType(name, inputs);
      requireTypes(name, inputs, WORD);
      const shape = broadcastShapes(inputs[0]!.shape, inputs[1]!.shape);
      if (shape === undefined)
        throw shapeError(name, 'operands do not broadcast', inputs, 'Make the extents equal or 1.');
      return { dtype: 'uint32', shape };
    },
    onnx: (_, context) => {
      const attributes = { direction: direction === undefined ? undefined : { string: direction } };
      context.emit(onnx, [context.input(0), context.input(1)], attributes, [context.result()]);
    },
    reference: (node, [a, b]) => {
      const x = broadcastPositions(a!.shape, node.shape);
      const y = broadcastPositions(b!.shape, node.shape);
      return tabulate('uint32', node.shape, (i) => apply(a!.data[x[i]!]!, b!.data[y[i]!]!) >>> 0);
    },
  });
}

const createXor = defineBits('bitwiseXor', 'BitwiseXor', (x, y) => x ^ y);
const createAnd = defineBits('bitwiseAnd', 'BitwiseAnd', (x, y) => x & y);
const createShiftLeft = defineBits('shiftLeft', 'BitShift', (x, y) => x << y, 'LEFT');
const createShiftRight = defineBits('shiftRight', 'BitShift', (x, y) => x >>> y, 'RIGHT');

/** Exclusive or of uint32. */
export function bitwiseXor(a: Operand, b: Operand): Node {
  return createXor(toNodes([a, b]));
}

/** Bitwise and of uint32. */
export function bitwiseAnd(a: Operand, b: Operand): Node {
  return createAnd(toNodes([a, b]));
}

/** uint32 shifted left by 0 to 31 bits; bits beyond the 32nd are lost. */
export function shiftLeft(x: Operand, bits: Operand): Node {
  return createShiftLeft(toNodes([x, bits]));
}

/** uint32 shifted right by 0 to 31 bits, zeros coming in. */
export function shiftRight(x: Operand, bits: Operand): Node {
  return createShiftRight(toNodes([x, bits]));
}

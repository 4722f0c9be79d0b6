import { type CreateNode, defineOp, NUMERIC, requireSameType, requireTypes } from '../define-op.ts';
import { shapeError, typeError } from '../errors.ts';
import type { DType, Node } from '../node.ts';
import { sumTo } from '../sum-to.ts';
import { broadcastPositions, broadcastShapes, tabulate } from '../tensor.ts';
import { defineBinary } from './define-binary.ts';
import { type Operand, toNodes } from './sources.ts';

type Test = (x: number, y: number) => boolean;

function defineComparison(
  name: string,
  onnx: string,
  test: Test,
  types: readonly DType[] = NUMERIC,
): CreateNode {
  return defineBinary({ name, onnx, types, result: 'bool', apply: (x, y) => (test(x, y) ? 1 : 0) });
}

const BOOL: readonly DType[] = ['bool'];
const createLess = defineComparison('less', 'Less', (x, y) => x < y);
const createLessEqual = defineComparison('lessEqual', 'LessOrEqual', (x, y) => x <= y);
const createGreater = defineComparison('greater', 'Greater', (x, y) => x > y);
const createGreaterEqual = defineComparison('greaterEqual', 'GreaterOrEqual', (x, y) => x >= y);
const createEqual = defineComparison('equal', 'Equal', (x, y) => x === y, [...NUMERIC, 'bool']);
const createAnd = defineComparison('and', 'And', (x, y) => x !== 0 && y !== 0, BOOL);
const createOr = defineComparison('or', 'Or', (x, y) => x !== 0 || y !== 0, BOOL);

const createNot = defineOp({
  name: 'not',
  isCheap: true,
  infer: (inputs) => {
    requireTypes('not', inputs, BOOL);
    return { dtype: 'bool', shape: inputs[0]!.shape };
  },
  onnx: (_, context) => void context.emit('Not', [context.input(0)], {}, [context.result()]),
  reference: (node, [x]) => tabulate('bool', node.shape, (i) => (x!.data[i] === 0 ? 1 : 0)),
  simplify: ({ inputs: [x] }) => (x!.op === 'not' ? x!.inputs[0] : undefined),
});

const createWhere = defineOp({
  name: 'where',
  isCheap: true,
  infer: (inputs) => {
    const [condition, a, b] = inputs as [Node, Node, Node];
    if (condition.dtype !== 'bool') {
      throw typeError('where', 'the condition is not bool', inputs, 'Compare or cast to bool first.');
    }
    requireSameType('where', [a, b]);
    const branches = broadcastShapes(a.shape, b.shape);
    const shape = branches && broadcastShapes(condition.shape, branches);
    if (shape === undefined) {
      throw shapeError('where', 'operands do not broadcast', inputs, 'Make the extents equal or 1.');
    }
    return { dtype: a.dtype, shape };
  },
  gradient: ({ inputs: [condition, a, b] }, dy) => [
    undefined,
    sumTo(where(condition!, dy, 0), a!.shape),
    sumTo(where(condition!, 0, dy), b!.shape),
  ],
  onnx: (_, context) =>
    void context.emit('Where', [context.input(0), context.input(1), context.input(2)], {}, [
      context.result(),
    ]),
  reference: (node, [condition, a, b]) => {
    const [c, x, y] = [condition!, a!, b!].map((operand) => broadcastPositions(operand.shape, node.shape));
    return tabulate(node.dtype, node.shape, (i) =>
      condition!.data[c![i]!] === 0 ? b!.data[y![i]!]! : a!.data[x![i]!]!,
    );
  },
});

/** Elementwise `a < b`, bool. */
export function less(a: Operand, b: Operand): Node {
  return createLess(toNodes([a, b]));
}

/** Elementwise `a <= b`, bool. */
export function lessEqual(a: Operand, b: Operand): Node {
  return createLessEqual(toNodes([a, b]));
}

/** Elementwise `a > b`, bool. */
export function greater(a: Operand, b: Operand): Node {
  return createGreater(toNodes([a, b]));
}

/** Elementwise `a >= b`, bool. */
export function greaterEqual(a: Operand, b: Operand): Node {
  return createGreaterEqual(toNodes([a, b]));
}

/** Elementwise `a == b`, bool; NaN equals nothing. */
export function equal(a: Operand, b: Operand): Node {
  return createEqual(toNodes([a, b]));
}

/** Elementwise logical and. */
export function and(a: Node, b: Node): Node {
  return createAnd([a, b]);
}

/** Elementwise logical or. */
export function or(a: Node, b: Node): Node {
  return createOr([a, b]);
}

/** Elementwise logical not. */
export function not(x: Node): Node {
  return createNot([x]);
}

/** `a` where the condition holds, else `b`; all three broadcast. */
export function where(condition: Node, a: Operand, b: Operand): Node {
  return createWhere([condition, ...toNodes([a, b])]);
}

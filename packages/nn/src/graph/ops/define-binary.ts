import {
  type CreateNode,
  defineOp,
  NUMERIC,
  type RewriteContext,
  requireSameType,
  requireTypes,
} from '../define-op.ts';
import { shapeError } from '../errors.ts';
import type { DType, Node, Shape } from '../node.ts';
import { sumTo } from '../sum-to.ts';
import { broadcastPositions, broadcastShapes, isSameShape, sizeOf, tabulate, wrap } from '../tensor.ts';
import { broadcastTo, reshape } from './shape.ts';
import { constantElements, isConstant, scalar } from './sources.ts';

/** What distinguishes one broadcasting op of two operands from another. */
export interface BinarySpec {
  readonly name: string;
  /** The ONNX op that computes it. */
  readonly onnx: string;
  readonly types?: readonly DType[];
  /** Type of the result; default: that of the operands. */
  readonly result?: DType;
  apply(x: number, y: number, dtype: DType): number;
  /** Gradients before they are summed over broadcast axes. */
  gradient?(node: Node, outputGradient: Node): readonly (Node | undefined)[];
  simplify?(node: Node, context: RewriteContext): Node | undefined;
}

function endsInOne(shape: Shape): boolean {
  return shape.length > 1 && shape.at(-1) === 1 && sizeOf(shape) > 1;
}

/** Defines a broadcasting op of two operands of one type. */
export function defineBinary(spec: BinarySpec): CreateNode {
  const create = defineOp({
    name: spec.name,
    isCheap: true,
    infer: (inputs) => {
      const [a, b] = inputs as [Node, Node];
      requireSameType(spec.name, inputs);
      requireTypes(spec.name, inputs, spec.types ?? NUMERIC);
      const shape = broadcastShapes(a.shape, b.shape);
      if (shape === undefined) {
        const fix = 'Make the extents equal, or 1 where an operand is to be repeated.';
        throw shapeError(spec.name, 'operands do not broadcast', inputs, fix);
      }
      return { dtype: spec.result ?? a.dtype, shape };
    },
    ...(spec.gradient === undefined
      ? {}
      : {
          gradient: (node: Node, dy: Node) =>
            spec.gradient!(node, dy).map((g, i) => (g === undefined ? g : sumTo(g, node.inputs[i]!.shape))),
        }),
    onnx: (node, context) => {
      const operands = [context.input(0), context.input(1)];
      const at = node.inputs.findIndex(({ shape }) => sizeOf(shape) === 1);
      const other = node.inputs[1 - at];
      if (at === -1 || other === undefined || !endsInOne(other.shape)) {
        context.emit(spec.onnx, operands, {}, [context.result()]);
        return;
      }
      // The runtime walks element by element when the last extent is 1 and the other operand repeats.
      const flat = context.constant([-1], [1], 'int64');
      const flattened = operands.map((operand) => context.emit('Reshape', [operand, flat]));
      const shape = node.shape.with(0, -1);
      const target = context.constant(shape, [shape.length], 'int64');
      context.emit('Reshape', [context.emit(spec.onnx, flattened), target], {}, [context.result()]);
    },
    reference: (node, inputs) => {
      const [a, b] = inputs as [(typeof inputs)[0], (typeof inputs)[0]];
      const [at, bt] = [a!, b!].map((operand) => broadcastPositions(operand.shape, node.shape));
      return tabulate(node.dtype, node.shape, (i) =>
        wrap(node.dtype, spec.apply(a!.data[at![i]!]!, b!.data[bt![i]!]!, a!.dtype)),
      );
    },
    simplify: (node, context) =>
      withoutExpansion(node, create) ?? beforeReshape(node, create) ?? spec.simplify?.(node, context),
  });
  return create;
}

/** An operand need not be expanded, nor repeat one constant, when the op can do without or broadcasts it anyway. */
function withoutExpansion(node: Node, create: CreateNode): Node | undefined {
  for (const side of [0, 1]) {
    const operand = node.inputs[side]!;
    const other = node.inputs[1 - side]!;
    const narrow = narrowed(operand);
    const shape = narrow && broadcastShapes(narrow.shape, other.shape);
    if (narrow === undefined || shape === undefined) continue;
    const result = create(side === 0 ? [narrow, other] : [other, narrow]);
    // Computed before it is repeated or shaped; whoever broadcasts the result needs neither.
    return sizeOf(shape) < sizeOf(node.shape) ? broadcastTo(result, node.shape) : reshape(result, node.shape);
  }
  return undefined;
}

/** Computed before it is reshaped, so that reshapes meet, and products their factors and addends. */
function beforeReshape(node: Node, create: CreateNode): Node | undefined {
  const [a, b] = node.inputs.map((operand) =>
    operand.op === 'reshape' && isSameShape(operand.shape, node.shape) ? operand.inputs[0]! : undefined,
  );
  const [left, right] = node.inputs as [Node, Node];
  const shape = a?.shape ?? b?.shape;
  if (shape === undefined || endsInOne(shape)) return undefined;
  if (a !== undefined && b !== undefined) return reshape(create([a, reshape(b, shape)]), node.shape);
  if ((a === undefined ? left : right).shape.length > 0) return undefined;
  return reshape(create(a === undefined ? [left, b!] : [a, right]), node.shape);
}

/** A smaller node that broadcasts to the operand, if there is one. */
function narrowed(operand: Node): Node | undefined {
  if (operand.op === 'broadcastTo') return operand.inputs[0];
  if (operand.shape.length === 0) return undefined;
  // One element in any number of axes broadcasts as it does without them.
  if (operand.op === 'reshape' && sizeOf(operand.shape) === 1) {
    const source = operand.inputs[0]!;
    return source.shape.length < operand.shape.length ? source : undefined;
  }
  if (!isConstant(operand)) return undefined;
  const elements = constantElements(operand);
  const first = elements[0];
  if (first === undefined || elements.some((element) => !Object.is(element, first))) return undefined;
  return scalar(Number(first), operand.dtype);
}

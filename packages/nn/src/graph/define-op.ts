import { LuthierError } from '@luthier/core';
import { typeError } from './errors.ts';
import { currentLabel, withLabel } from './label.ts';
import type { Attribute, DType, Graph, Node, Shape } from './node.ts';
import type { OnnxContext } from './onnx-context.ts';
import type { Tensor } from './tensor.ts';

export type Attributes = Readonly<Record<string, Attribute>>;

/** Element type and extents of a result. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** What a rewrite may ask about the graph around it. */
export interface RewriteContext {
  /** How many consumers the value of a node has; a rewrite must not duplicate work that others need anyway. */
  uses(node: Node): number;
}

/** All that the compiler knows of an op: everything else is written against this interface. */
export interface OpDefinition {
  readonly name: string;
  /** Type and shape of the (first) result; throws LU_GRAPH_SHAPE or LU_GRAPH_TYPE. */
  infer(inputs: readonly Node[], attributes: Attributes): TensorType;
  /** Types of all results of an op with several. */
  results?(node: Node): readonly TensorType[];
  /**
   * Nodes of the gradient for each input, undefined where none flows. Nodes that nobody asks for are never
   * emitted, so there is no need to save them.
   */
  gradient?(node: Node, outputGradient: Node): readonly (Node | undefined)[];
  /**
   * The gradient of an op with several results, given those of the results (undefined where none flows); only inputs
   * that are wanted need one.
   */
  resultsGradient?(
    node: Node,
    outputGradients: readonly (Node | undefined)[],
    isWanted: readonly boolean[],
  ): readonly (Node | undefined)[];
  /** Emits ONNX nodes whose last one writes `context.result(i)`. */
  onnx(node: Node, context: OnnxContext): void;
  /** The value in float64, from the mathematical definition. */
  reference(node: Node, inputs: readonly Tensor[], interpret: InterpretBody): Tensor | readonly Tensor[];
  /** An equal node that costs less, or undefined. */
  simplify?(node: Node, context: RewriteContext): Node | undefined;
  /** Whether the node stands for itself (an input): never shared, folded or merged. */
  readonly isOpaque?: boolean;
  /** Whether to compute the value again costs no more than to keep it. */
  readonly isCheap?: boolean;
  /** For a node that reads one of several results of its input: which one. */
  resultIndex?(node: Node): number;
}

/** Evaluates a body graph inside the reference interpreter. */
export type InterpretBody = (body: Graph, inputs: readonly Tensor[]) => readonly Tensor[];

/** Creates nodes of one op. */
export type CreateNode = (inputs: readonly Node[], attributes?: Attributes) => Node;

const definitions = new Map<string, OpDefinition>();

/**
 * Registers an op and returns the function that creates its nodes.
 *
 * @example
 * const createAbsolute = defineOp({
 *   name: 'absolute',
 *   infer: ([x]) => ({ dtype: x!.dtype, shape: x!.shape }),
 *   gradient: (node, dy) => [multiply(dy, sign(node.inputs[0]!))],
 *   onnx: (_, context) => context.emit('Abs', [context.input(0)], {}, [context.result()]),
 *   reference: (node, [x]) => ({ ...node, data: x!.data.map(Math.abs) }),
 * });
 */
export function defineOp(definition: OpDefinition): CreateNode {
  if (definitions.has(definition.name)) {
    throw new LuthierError('LU_GRAPH_OP', `op '${definition.name}' is defined twice`, {
      fix: 'Choose another name for the op.',
    });
  }
  definitions.set(definition.name, definition);
  return (inputs, attributes = {}) => {
    const { dtype, shape } = definition.infer(inputs, attributes);
    const label = currentLabel();
    return {
      op: definition.name,
      inputs,
      attributes,
      dtype,
      shape,
      ...(label === undefined ? {} : { label }),
    };
  };
}

/** The definition behind a node; throws LU_GRAPH_OP for an op nobody defined. */
export function definitionOf(node: Node): OpDefinition {
  const definition = definitions.get(node.op);
  if (definition === undefined) {
    throw new LuthierError('LU_GRAPH_OP', `there is no op '${node.op}'`, {
      fix: 'Create nodes with the functions of the graph, or register the op with defineOp.',
    });
  }
  return definition;
}

/** The same node over other inputs, type and shape inferred anew, label kept. */
export function withInputs(node: Node, inputs: readonly Node[]): Node {
  if (inputs.every((input, i) => input === node.inputs[i])) return node;
  return withLabel(node.label, () => {
    const { dtype, shape } = definitionOf(node).infer(inputs, node.attributes);
    return { ...node, inputs, dtype, shape };
  });
}

/** Throws LU_GRAPH_TYPE unless all inputs have one of the types. */
export function requireTypes(op: string, inputs: readonly Node[], allowed: readonly DType[]): void {
  const wrong = inputs.find((input) => !allowed.includes(input.dtype));
  if (wrong !== undefined) {
    throw typeError(op, `takes ${allowed.join(', ')}, not ${wrong.dtype}`, inputs, 'Cast the operand first.');
  }
}

/** Throws LU_GRAPH_TYPE unless all inputs have the same type. */
export function requireSameType(op: string, inputs: readonly Node[]): void {
  if (inputs.some((input) => input.dtype !== inputs[0]!.dtype)) {
    throw typeError(op, 'operands have different types', inputs, 'Cast one of the operands.');
  }
}

export const NUMERIC: readonly DType[] = ['float32', 'int32', 'int64', 'uint32', 'uint8'];
export const FLOAT: readonly DType[] = ['float32'];
export const INTEGER: readonly DType[] = ['int32', 'int64', 'uint32', 'uint8'];

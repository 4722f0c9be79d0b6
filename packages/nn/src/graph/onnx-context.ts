import type { DType, Graph, Shape } from './node.ts';

/** An attribute of an ONNX node, by its ONNX kind. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly graph: OnnxSubgraph };

/** A body already encoded, made by `OnnxContext.subgraph`. */
export interface OnnxSubgraph {
  readonly message: object;
}

/** What an op sees while it writes itself as ONNX nodes. */
export interface OnnxContext {
  /** Name of the value of input i. */
  input(i: number): string;
  /** Name that result i (default 0) of the node must be written to. */
  result(i?: number): string;
  /** Appends an ONNX node, of type `Op` or `domain.Op`; without `outputs` it gets one fresh name. Returns the name of the first output. */
  emit(
    type: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute | undefined>>,
    outputs?: readonly string[],
  ): string;
  /** Name of an initializer with these elements; equal ones are shared. */
  constant(values: ArrayLike<number>, shape: Shape, dtype: DType): string;
  /**
   * Encodes a body. The first inputs become formal inputs, the last `outer.length` are the named values of the
   * enclosing graph.
   */
  subgraph(body: Graph, outer: readonly string[]): OnnxSubgraph;
}

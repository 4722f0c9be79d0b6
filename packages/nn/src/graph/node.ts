/** Element types of tensors. */
export type DType = 'float32' | 'int32' | 'int64' | 'uint8' | 'uint32' | 'bool';

/** Extents by axis; all static: a graph is compiled for its shapes. */
export type Shape = readonly number[];

/** Constant options of an op. */
export type Attribute = number | string | boolean | readonly number[] | ArrayBufferView | Graph | undefined;

/**
 * A node of a computation: pure data, compared by reference, never changed.
 *
 * A node has one result, described by dtype and shape. An op with several results (scan) is read by `pick` nodes.
 */
export interface Node {
  readonly op: string;
  readonly inputs: readonly Node[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly dtype: DType;
  readonly shape: Shape;
  /** Where it comes from, such as `dense 'hidden1'`; errors name it. */
  readonly label?: string;
}

/** A function from named inputs to named outputs, as nodes. */
export interface Graph {
  readonly inputs: readonly Node[];
  readonly outputs: Readonly<Record<string, Node>>;
}

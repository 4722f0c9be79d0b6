import type { TensorType } from '../define-op.ts';
import type { Graph, Node } from '../node.ts';

/** What a scan is, apart from its inputs: initial states, sequences, constants, then captured nodes. */
export interface ScanAttributes {
  /** Closed: its inputs are states, elements, constants and captured nodes, in the order of the node's inputs. */
  readonly body: Graph;
  readonly states: number;
  readonly sequences: number;
  readonly reverse: boolean;
}

export function attributesOf(node: Node): ScanAttributes {
  return node.attributes as unknown as ScanAttributes;
}

/** Types of the results: the final states, then what is stacked over the steps. */
export function resultTypes(
  inputs: readonly Node[],
  { body, states }: ScanAttributes,
): readonly TensorType[] {
  const steps = inputs[states]!.shape[0]!;
  return Object.values(body.outputs).map(({ dtype, shape }, i) => ({
    dtype,
    shape: i < states ? shape : [steps, ...shape],
  }));
}

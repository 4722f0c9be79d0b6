import type { Node, Shape } from '../../graph/node.ts';

/** Options of `minimize`. */
export interface MinimizeOptions {
  /** Update the network in every so many-th step only. Default 1. */
  readonly every?: number;
}

/** What a custom train step sees: it is written once, as graph, and runs many times. */
export interface StepContext {
  /** Samples in this batch. */
  readonly batchSize: number;
  /** The data of this batch by name, as float32: [batch, ...sample]. */
  readonly batch: Readonly<Record<string, Node>>;
  /**
   * The first output of a network, in training mode, with its weights as they are now: after a `minimize` the new ones.
   * Gradients flow through it to its inputs and weights.
   */
  run(network: string, ...inputs: readonly Node[]): Node;
  /** All outputs of a network. */
  runAll(network: string, ...inputs: readonly Node[]): readonly Node[];
  /** The network in evaluation mode: no dropout, moving statistics. */
  evaluate(network: string, ...inputs: readonly Node[]): Node;
  /**
   * Moves the weights of a network against the gradient of a loss, by its optimizer; once a step. Penalties of the
   * network's last run are added to the loss.
   */
  minimize(network: string, loss: Node, options?: MinimizeOptions): void;
  /** A weight of a network as it is now, by its name such as `dense1.kernel`, in its own shape. */
  weight(network: string, name: string): Node;
  /** Standard normal numbers, new in every step. */
  normal(shape: Shape): Node;
  /** Uniform numbers in [0, 1), new in every step. */
  uniform(shape: Shape): Node;
  /** A scalar of the trainer's `knobs`. */
  knob(name: string): Node;
}

/** A whole train step: returns what is measured, scalars by name; they are averaged over the epoch. */
export type TrainStep = (context: StepContext) => Readonly<Record<string, Node>>;

import type { Json } from '@luthier/core';
import type { Node, Shape } from '../graph/node.ts';

/** The numbers of one optimizer step that depend on the step, in float64; they enter the graph as float32 sequences. */
export type StepNumbers = Readonly<Record<string, number>>;

/** What an optimizer sees while it writes the update of one weight. */
export interface UpdateContext {
  /** The name of the weight, such as `dense1.kernel`. */
  readonly path: string;
  readonly weight: Node;
  readonly gradient: Node;
  /** A state of the weight, zero before the first step. */
  slot(name: string): Node;
  /** A float32 scalar that is fed once a call. */
  knob(name: string): Node;
  /** A float32 scalar that is fed for every step. */
  step(name: string): Node;
  /** Puts a new value of the weight through its proximal step and its constraint; undefined without either. */
  readonly restrain: ((weight: Node) => Node) | undefined;
}

/** The new weight and its new states. */
export interface Update {
  readonly weight: Node;
  readonly slots: Readonly<Record<string, Node>>;
}

/** An optimizer: plain numbers and the functions that the trainer calls. */
export interface Optimizer {
  readonly kind: string;
  /** All numbers by name; every one may move while training. */
  readonly knobs: Readonly<Record<string, number>> & { readonly learningRate: number };
  /** Options that shape the graph. */
  readonly structure: Json;
  /** Names of the states that each weight has. */
  readonly slots: readonly string[];
  /** Shape of a state, undefined where a weight of this shape has none. Default: that of the weight. */
  slotShape?(slot: string, weight: Shape, path: string): Shape | undefined;
  /** Names of what `stepNumbers` gives. */
  readonly stepNames: readonly string[];
  /** `step` counts batches from 1. */
  stepNumbers(knobs: Readonly<Record<string, number>>, step: number): StepNumbers;
  /** The numbers that a schedule gives to a step, counted from 1: the learning rate, and maybe the momentum. */
  scheduled?(step: number): Readonly<Record<string, number>>;
  /** The same optimizer with this learning rate for every update, counted from 0, in place of its own. */
  withRate?(rateAt: (update: number) => number): Optimizer;
  /** Batches whose mean gradient makes an update. Default 1; others need a state `accumulated` and a step number `isUpdate`. */
  readonly batchesPerUpdate?: number;
  /** Limits the gradients of all weights before any update. */
  clip?(gradients: readonly Node[], knob: (name: string) => Node): readonly Node[];
  update(context: UpdateContext): Update;
  /** The values to measure and to keep, where gradients are taken elsewhere; needs `relativeSlots`. */
  kept?(
    weight: Float32Array,
    slot: (name: string) => Float32Array,
    knobs: Readonly<Record<string, number>>,
  ): Float32Array;
  /** States that are distances from the weight: they become zero when weights are put in from outside. */
  readonly relativeSlots?: readonly string[];
  /** true when `update` calls `restrain` itself, as what is kept is not the weight. Default false. */
  readonly restrains?: boolean;
  /** Throws when an option names weights that the model does not have. */
  checkWeights?(paths: readonly string[]): void;
}

import type { Json } from '@luthier/core';
import type { Node } from '../graph/node.ts';

/** The numbers of one optimizer step that depend on the step, in float64; they enter the graph as float32 sequences. */
export type StepNumbers = Readonly<Record<string, number>>;

/** What an optimizer sees while it writes the update of one weight. */
export interface UpdateContext {
  readonly weight: Node;
  readonly gradient: Node;
  /** A state of the weight, of its shape, zero before the first step. */
  slot(name: string): Node;
  /** A float32 scalar that is fed once a call. */
  knob(name: string): Node;
  /** A float32 scalar that is fed for every step. */
  step(name: string): Node;
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
  /** Names of what `stepNumbers` gives. */
  readonly stepNames: readonly string[];
  /** `step` counts from 1. */
  stepNumbers(knobs: Readonly<Record<string, number>>, step: number): StepNumbers;
  update(context: UpdateContext): Update;
}

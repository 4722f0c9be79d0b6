import type { Json } from '@luthier/core';
import { constraintNumbers, requireConstraintFits } from '../constraints/constraint.ts';
import type { Shape } from '../graph/node.ts';
import { sizeOf } from '../graph/tensor.ts';
import { kindOf } from '../layers/kinds.ts';
import type { Layer, WeightSpec } from '../layers/layer.ts';
import { requirePenaltyFits } from '../regularizers/regularizer.ts';

/** A weight in its model: its name is `layer.weight`. */
export interface PlacedWeight extends WeightSpec {
  readonly path: string;
  readonly size: number;
  /** Shape in graphs, states and checkpoints. */
  readonly storedShape: Shape;
  readonly isTrainable: boolean;
}

function penaltyKnobs(weight: PlacedWeight): readonly (readonly [string, number])[] {
  return Object.entries(weight.regularizer ?? {}).map(([name, value]) => [
    `${weight.path}Regularizer.${name}`,
    value as number,
  ]);
}

function constraintKnobs({ path, constraint }: PlacedWeight): readonly (readonly [string, number])[] {
  return Object.entries(constraintNumbers(constraint)).map(([name, value]) => [
    `${path}Constraint.${name}`,
    value,
  ]);
}

/** The scalars of a weight's penalties and constraint, by name. */
export function weightKnobs(weight: PlacedWeight): readonly (readonly [string, number])[] {
  return [...penaltyKnobs(weight), ...constraintKnobs(weight)];
}

/** What the graph of a weight depends on besides its shape; the numbers are scalars. */
export function rulesOf({ isTrainable, regularizer = {}, constraint }: PlacedWeight): Json {
  if (!isTrainable) return 'fixed';
  const parts = Object.keys(regularizer);
  if (constraint === undefined) return parts;
  return [parts, constraint.kind, constraint.kind === 'nonNeg' ? null : [constraint.axis].flat()];
}

/** The weights of a layer in its place; throws for penalties and constraints that do not fit their shapes. */
export function placeWeights(layer: Layer, name: string, inputs: readonly Shape[]): readonly PlacedWeight[] {
  const weights = (kindOf(layer).weights?.(layer, inputs[0]!, inputs) ?? []).map((weight) => ({
    ...weight,
    path: `${name}.${weight.name}`,
    size: sizeOf(weight.shape),
    storedShape: weight.isSwapped === true ? weight.shape.toReversed() : weight.shape,
    isTrainable: weight.isTrainable !== false && layer.trainable !== false,
  }));
  for (const { path, regularizer, constraint, shape } of weights) {
    requirePenaltyFits(path, regularizer, shape);
    requireConstraintFits(path, constraint, shape);
  }
  return weights;
}

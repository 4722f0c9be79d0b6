import type { Json } from '@luthier/core';
import type { Shape } from '../graph/node.ts';
import { kindOf } from './kinds.ts';
import type { Layer, WeightSpec } from './layer.ts';

/** The weights of a layer inside another, named `prefix.name`; a frozen one's are not trainable. */
export function innerWeights(prefix: string, layer: Layer, inputs: readonly Shape[]): readonly WeightSpec[] {
  const weights = kindOf(layer).weights?.(layer, inputs[0]!, inputs) ?? [];
  return weights.map((weight) => ({
    ...weight,
    name: `${prefix}.${weight.name}`,
    isTrainable: weight.isTrainable !== false && layer.trainable !== false,
  }));
}

/** The scalars of a layer inside another, named `prefix.name`. */
export function innerKnobs(prefix: string, layer: Layer): Readonly<Record<string, number>> {
  const knobs = kindOf(layer).knobs?.(layer) ?? {};
  return Object.fromEntries(Object.entries(knobs).map(([name, value]) => [`${prefix}.${name}`, value]));
}

/** What of a layer inside another shapes the graph. */
export function innerStructure(layer: Layer): Json {
  return [layer.kind, kindOf(layer).structure(layer)];
}

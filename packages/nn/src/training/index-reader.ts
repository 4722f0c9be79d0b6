import type { ModelPlan, PlacedLayer } from './plan.ts';

/** A layer that reads an input as numbers of things, such as an embedding. */
export interface IndexReader {
  readonly layer: PlacedLayer;
  /** What it takes. */
  readonly bounds: readonly [smallest: number, largest: number];
}

/** The first layer that reads a value as whole numbers, past declarations of the input itself; undefined without one. */
export function indexReader(plan: ModelPlan, value: number): IndexReader | undefined {
  for (const { layer, inputs, outputs } of plan.calls) {
    const at = inputs.indexOf(value);
    if (at === -1) continue;
    if (layer.layer.kind === 'input') {
      const found = indexReader(plan, outputs[0]!);
      if (found !== undefined) return found;
    }
    const bounds = layer.kind.wholeNumbers?.(layer.layer, at);
    if (bounds !== undefined) return { layer, bounds };
  }
  return undefined;
}

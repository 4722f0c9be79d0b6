import type { Node } from '../graph/node.ts';
import type { LayerResult } from '../layers/layer.ts';
import type { ModelPlan, PlacedCall } from './plan.ts';

/** Leads values and masks through the calls of a plan, from its inputs to its outputs. */
export function runCalls(
  plan: ModelPlan,
  inputs: readonly Node[],
  inputMasks: readonly (Node | undefined)[],
  run: (call: PlacedCall, inputs: readonly Node[], masks: readonly (Node | undefined)[]) => LayerResult,
): LayerResult {
  const values = new Map<number, Node>(inputs.map((node, i) => [i, node]));
  const masks = new Map<number, Node | undefined>(inputs.map((_, i) => [i, inputMasks[i]]));
  for (const call of plan.calls) {
    const given = run(
      call,
      call.inputs.map((value) => values.get(value)!),
      call.inputs.map((value) => masks.get(value)),
    );
    for (const [i, value] of call.outputs.entries()) {
      values.set(value, given.outputs[i]!);
      masks.set(value, given.masks[i]);
    }
  }
  return {
    outputs: plan.outputs.map(({ value }) => values.get(value)!),
    masks: plan.outputs.map(({ value }) => masks.get(value)),
  };
}

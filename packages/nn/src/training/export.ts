import { withLabel } from '../graph/label.ts';
import { toOnnx } from '../graph/onnx.ts';
import { constant, input } from '../graph/ops/sources.ts';
import { simplify } from '../graph/simplify.ts';
import type { NamedArrays } from './callback.ts';
import { forward } from './forward.ts';
import type { ModelPlan } from './plan.ts';

/** Any batch size will do: the axis is declared dynamic. */
const NOMINAL_BATCH = 2;

/** Writes a model in evaluation mode as ONNX: `input` float32 [batch, ...sample] to `output` [batch, ...]. */
export function exportOnnx(
  plan: ModelPlan,
  weights: NamedArrays,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const x = input('input', 'float32', [NOMINAL_BATCH, ...plan.input]);
  const values = new Map(
    plan.weights.map(({ path, storedShape }) => [
      path,
      withLabel(path, () => constant(weights[path]!, storedShape)),
    ]),
  );
  const { output } = forward(plan, {
    x,
    isTraining: false,
    weight: (path) => values.get(path)!,
    // Only penalties ask, and they are no part of the output.
    knob: (name) => input(name, 'float32', []),
    randomKey: (layer) => input(layer, 'uint32', []),
  });
  return toOnnx(simplify({ inputs: [x], outputs: { output } }), {
    metadata: {
      'luthier.input': `float32 [batch, ${plan.input.join(', ')}], values as the model was trained on`,
      'luthier.output': `float32 [batch, ${plan.output.join(', ')}]`,
      ...metadata,
    },
    dynamicAxes: { input: { 0: 'batch' }, output: { 0: 'batch' } },
  });
}

import { withLabel } from '../graph/label.ts';
import { toOnnx } from '../graph/onnx.ts';
import { constant, input } from '../graph/ops/sources.ts';
import { simplify } from '../graph/simplify.ts';
import { withNotes } from '../saving/onnx-notes.ts';
import type { NamedArrays } from './callback.ts';
import { forward } from './forward.ts';
import type { ModelPlan, Port } from './plan.ts';

/** Any batch size will do: the axis is declared dynamic. */
const NOMINAL_BATCH = 2;

/** Names in a file: the single input is `input` and the single output `output`; several have their own names. */
export function exportNames(plan: ModelPlan): {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
} {
  const own = (ports: readonly Port[], single: string): readonly string[] =>
    ports.length === 1 ? [single] : ports.map(({ name }) => name);
  return { inputs: own(plan.inputs, 'input'), outputs: own(plan.outputs, 'output') };
}

function describePorts(names: readonly string[], ports: readonly Port[]): string {
  const parts = ports.map(({ shape }, i) => {
    const type = `float32 [${['batch', ...shape].join(', ')}]`;
    return ports.length === 1 ? type : `${names[i]}: ${type}`;
  });
  return parts.join('; ');
}

/** Writes a model in evaluation mode as ONNX: `input` float32 [batch, ...sample] to `output` [batch, ...]. */
export function exportOnnx(
  plan: ModelPlan,
  weights: NamedArrays,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const names = exportNames(plan);
  const xs = plan.inputs.map(({ shape }, i) => input(names.inputs[i]!, 'float32', [NOMINAL_BATCH, ...shape]));
  const values = new Map(
    plan.weights.map(({ path, storedShape }) => [
      path,
      withLabel(path, () => constant(weights[path]!, storedShape)),
    ]),
  );
  const { outputs } = forward(plan, {
    inputs: xs,
    isTraining: false,
    weight: (path) => values.get(path)!,
    // Only penalties ask, and they are no part of the output.
    knob: (name) => input(name, 'float32', []),
    randomKey: (asking) => input(asking, 'uint32', []),
  });
  const named = Object.fromEntries(outputs.map((node, i) => [names.outputs[i]!, node]));
  const file = toOnnx(simplify({ inputs: xs, outputs: named }), {
    metadata: {
      'luthier.input': `${describePorts(names.inputs, plan.inputs)}, values as the model was trained on`,
      'luthier.output': describePorts(names.outputs, plan.outputs),
      ...metadata,
    },
    hasOpenLoops: true,
    dynamicAxes: Object.fromEntries(
      [...names.inputs, ...names.outputs].map((name) => [name, { 0: 'batch' }]),
    ),
  });
  return withNotes(file, plan, weights);
}

import { didYouMean, LuthierError } from '@luthier/core';
import { kindOf } from '../layers/kinds.ts';
import type { Layer } from '../layers/layer.ts';
import { type Architecture, fromArchitecture, toArchitecture } from './architecture.ts';
import { type ModelLayer, nestedLayers } from './model-layer.ts';
import type { ModelPlan } from './plan.ts';

/** A layer whose inner layers are changed, each with the prefix of its name. */
function withInner(layer: Layer, change: (inner: Layer, prefix: string) => Layer): Layer {
  const { architecture } = layer as Partial<ModelLayer>;
  if (layer.kind === 'model' && architecture !== undefined) {
    const layers = architecture.layers.map((inner) => change(inner, inner.name!));
    const changed: ModelLayer = { ...(layer as ModelLayer), architecture: { ...architecture, layers } };
    return changed;
  }
  // Wrappers keep a layer in the field that its prefix names.
  const fields = (kindOf(layer).contains?.(layer) ?? []).map(([prefix, inner]) => [
    prefix,
    change(inner, prefix),
  ]);
  return { ...layer, ...Object.fromEntries(fields) };
}

function setAll(layer: Layer, trainable: boolean): Layer {
  return { ...withInner(layer, (inner) => setAll(inner, trainable)), trainable };
}

/** Changes a layer if it, or something inside it, has one of the names; `name` is its own. */
function setNamed(layer: Layer, name: string, names: readonly string[], trainable: boolean): Layer {
  if (names.includes(name)) return setAll(layer, trainable);
  if (!names.some((one) => one.startsWith(`${name}.`))) return layer;
  // A layer frozen as a whole leaves what is not named frozen one by one.
  const opened =
    layer.trainable === false && trainable ? { ...setAll(layer, false), trainable: true } : layer;
  return withInner(opened, (inner, prefix) => setNamed(inner, `${name}.${prefix}`, names, trainable));
}

/** A plan in which the layers of these names are trainable or frozen; all of them without a name. */
export function withTrainable(plan: ModelPlan, names: readonly string[], trainable: boolean): ModelPlan {
  const known = nestedLayers(plan).map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new LuthierError(
      'LU_MODEL_OPTION',
      `the model has no layer '${unknown}'${didYouMean(unknown, known) || '.'}`,
      { fix: `Use one of ${known.join(', ')}.`, where: unknown },
    );
  }
  const architecture = toArchitecture(plan);
  const changed: Architecture = {
    ...architecture,
    layers: architecture.layers.map((layer) =>
      names.length === 0 ? setAll(layer, trainable) : setNamed(layer, layer.name!, names, trainable),
    ),
  };
  return fromArchitecture(changed);
}

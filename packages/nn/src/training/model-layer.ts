import { LuthierError } from '@luthier/core';
import type { Shape } from '../graph/node.ts';
import { defineLayer, type Layer, type WeightSpec } from '../layers/layer.ts';
import { type Architecture, fromArchitecture, toArchitecture } from './architecture.ts';
import { indexReader } from './index-reader.ts';
import type { ModelPlan, PlacedLayer } from './plan.ts';
import { runCalls } from './run-calls.ts';

/** A model as a layer of another. */
export interface ModelLayer extends Layer {
  readonly kind: 'model';
  readonly architecture: Architecture;
}

/** Plans by architecture: as it is, and with every layer frozen. */
const plans = new WeakMap<Architecture, { free?: ModelPlan; frozen?: ModelPlan }>();

function frozen(architecture: Architecture): Architecture {
  return { ...architecture, layers: architecture.layers.map((layer) => ({ ...layer, trainable: false })) };
}

/** The plan of a model inside another; undefined for layers of other kinds. */
export function innerPlan(layer: Layer): ModelPlan | undefined {
  return layer.kind === 'model' ? planOf(layer as ModelLayer) : undefined;
}

function planOf({ architecture, trainable }: ModelLayer): ModelPlan {
  const known = plans.get(architecture) ?? {};
  plans.set(architecture, known);
  if (trainable !== false) {
    known.free ??= fromArchitecture(architecture);
    return known.free;
  }
  known.frozen ??= fromArchitecture(frozen(architecture));
  return known.frozen;
}

/** A layer of a model, at any depth. */
export interface NestedLayer {
  readonly placed: PlacedLayer;
  /** With the names of the models that it stands in: `encoder.dense1`. */
  readonly name: string;
  /** In how many models it stands. */
  readonly depth: number;
}

/** All layers of a plan in order, those of a model inside it behind that model. */
export function nestedLayers(plan: ModelPlan, prefix = '', depth = 0): readonly NestedLayer[] {
  return plan.layers.flatMap((placed) => {
    const name = `${prefix}${placed.name}`;
    const inside = innerPlan(placed.layer);
    return [
      { placed, name, depth },
      ...(inside === undefined ? [] : nestedLayers(inside, `${name}.`, depth + 1)),
    ];
  });
}

function outputShapes(layer: ModelLayer, inputs: readonly Shape[]): readonly Shape[] {
  const plan = planOf(layer);
  const describe = (shapes: readonly Shape[]): string => shapes.map((s) => `[${s.join(', ')}]`).join(', ');
  const wanted = describe(plan.inputs.map(({ shape }) => shape));
  if (describe(inputs) === wanted) return plan.outputs.map(({ shape }) => shape);
  throw new LuthierError('LU_LAYER_SHAPE', `takes samples of ${wanted}, not ${describe(inputs)}`, {
    fix: `Call the model on tensors of ${wanted}, one for each of its inputs.`,
  });
}

/** The weights of a model as those of one layer, named `layer.weight`. */
function weightsOf(plan: ModelPlan): readonly WeightSpec[] {
  return plan.weights.map(({ path, ...weight }) => ({ ...weight, name: path }));
}

defineLayer<ModelLayer>({
  kind: 'model',
  arity: [1, Number.POSITIVE_INFINITY],
  takesIntegers: true,
  wholeNumbers: (layer, input) => indexReader(planOf(layer), input)?.bounds,
  outputShape: (layer, _input, inputs) => outputShapes(layer, inputs)[0]!,
  outputShapes,
  weights: (layer) => weightsOf(planOf(layer)),
  knobs: (layer) => planOf(layer).knobs,
  structure: (layer) => planOf(layer).structure,
  contains: (layer) => planOf(layer).layers.map((placed) => [placed.name, placed.layer]),
  forward: (layer, { inputs, masks, inner }) =>
    runCalls(planOf(layer), inputs, masks, ({ layer: placed }, values, own) =>
      inner(placed.name, placed.layer, values, own),
    ),
});

/** A model as a layer; its name is that of the model. */
export function modelLayer(plan: ModelPlan, name: string | undefined): ModelLayer {
  const architecture = toArchitecture(plan);
  plans.set(architecture, { free: plan });
  return {
    kind: 'model',
    ...(plan.inputs.length === 1 ? { inputShape: plan.inputs[0]!.shape } : {}),
    ...(name === undefined ? {} : { name }),
    architecture,
  };
}

import { type Json, LuthierError } from '@luthier/core';
import type { Shape } from '../graph/node.ts';
import { describeLayer, kindOf, outputShapesOf } from '../layers/kinds.ts';
import { type Layer, type LayerKind, type LayerLike, toLayer } from '../layers/layer.ts';
import { type PlacedWeight, placeWeights, rulesOf, weightKnobs } from './placed-weights.ts';
import { call, describeSource, type LayerCall, type SymbolicTensor } from './symbolic.ts';
import { traceCalls } from './trace.ts';

/** A layer in its model, with everything that follows from its place. */
export interface PlacedLayer {
  readonly layer: Layer;
  readonly kind: LayerKind;
  readonly name: string;
  /** Shapes of one sample where it is called first. */
  readonly inputs: readonly Shape[];
  readonly outputs: readonly Shape[];
  readonly weights: readonly PlacedWeight[];
  /** Names of what comes before it, at each of its calls. */
  readonly sources: readonly string[];
}

/** A layer at work: which values it reads and writes. A model's inputs are the first values. */
export interface PlacedCall {
  readonly layer: PlacedLayer;
  /** Counts the calls of one layer from 0. */
  readonly occasion: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** An input or output of a model. */
export interface Port {
  readonly name: string;
  /** Shape of one sample. */
  readonly shape: Shape;
  /** The number of its value. */
  readonly value: number;
  /** What gives it, as messages name it. */
  readonly source: string;
}

/** A model as data: layers in order, shapes known, names given. */
export interface ModelPlan {
  readonly layers: readonly PlacedLayer[];
  /** Every one after those it needs. */
  readonly calls: readonly PlacedCall[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly weights: readonly PlacedWeight[];
  /** Those of the weights that an optimizer moves. */
  readonly trainable: readonly PlacedWeight[];
  /** Scalars of all layers, by `layer.knob`. */
  readonly knobs: Readonly<Record<string, number>>;
  /** Equal for models that can share a compiled graph. */
  readonly structure: Json;
}

function nameLayers(layers: readonly Layer[]): readonly string[] {
  const taken = new Set<string>();
  for (const { name } of layers) {
    if (name === undefined) continue;
    if (taken.has(name)) {
      throw new LuthierError('LU_MODEL_NAME', `Two layers are named '${name}'`, {
        fix: 'Give every layer its own name.',
        where: name,
      });
    }
    taken.add(name);
  }
  const counts = new Map<string, number>();
  return layers.map(({ name, kind }) => {
    if (name !== undefined) return name;
    for (;;) {
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      if (taken.has(`${kind}${count}`)) continue;
      return `${kind}${count}`;
    }
  });
}

function placeLayers(calls: readonly LayerCall[]): ReadonlyMap<Layer, PlacedLayer> {
  const layers = [...new Set(calls.map(({ layer }) => layer))];
  const names = new Map(nameLayers(layers).map((name, i) => [layers[i]!, name]));
  const sourceName = ({ call, name }: SymbolicTensor): string =>
    call === undefined ? (name ?? 'input') : names.get(call.layer)!;
  const placed = new Map<Layer, PlacedLayer>();
  for (const layer of layers) {
    const own = calls.filter((call) => call.layer === layer);
    const inputs = own[0]!.inputs.map(({ shape }) => shape);
    const name = names.get(layer)!;
    const weights = placeWeights(layer, name, inputs);
    for (const { inputs: others } of own.slice(1)) {
      const shapes = placeWeights(
        layer,
        name,
        others.map(({ shape }) => shape),
      ).map(({ shape }) => shape.join());
      if (shapes.join(';') === weights.map(({ shape }) => shape.join()).join(';')) continue;
      throw new LuthierError(
        'LU_MODEL_SHAPE',
        `${describeLayer(layer)} is shared, but its weights would have other shapes after ${others.map(describeSource).join(' and ')}`,
        { fix: 'Call a layer with weights on tensors of equal shape, or make a second layer.', where: name },
      );
    }
    placed.set(layer, {
      layer,
      kind: kindOf(layer),
      name,
      inputs,
      outputs: outputShapesOf(layer, inputs),
      weights,
      sources: own.map((call) => call.inputs.map(sourceName).join(', ')),
    });
  }
  return placed;
}

/** Inputs and outputs of a model, outputs by name where they have one. */
export interface ModelEnds {
  readonly inputs: readonly SymbolicTensor[];
  readonly outputs: readonly { readonly name?: string; readonly tensor: SymbolicTensor }[];
}

function uniqueNames(
  what: string,
  wanted: readonly (readonly [string, isGiven: boolean])[],
): readonly string[] {
  const taken = new Set<string>();
  return wanted.map(([name, isGiven]) => {
    let free = name;
    for (let i = 2; taken.has(free); i++) {
      if (isGiven) {
        throw new LuthierError('LU_MODEL_NAME', `Two ${what} are named '${name}'`, {
          fix: 'Give each its own name.',
          where: name,
        });
      }
      free = `${name}${i}`;
    }
    taken.add(free);
    return free;
  });
}

/** Puts layers in their places; throws for equal names, cycles and inputs that are missing. */
export function planGraph({ inputs, outputs }: ModelEnds): ModelPlan {
  const traced = traceCalls(
    inputs,
    outputs.map(({ tensor }) => tensor),
  );
  const byLayer = placeLayers(traced);
  const numbers = new Map<LayerCall | SymbolicTensor, number>(inputs.map((tensor, i) => [tensor, i]));
  let next = inputs.length;
  const numberOf = (tensor: SymbolicTensor): number =>
    tensor.call === undefined ? numbers.get(tensor)! : numbers.get(tensor.call)! + tensor.index;
  const occasions = new Map<PlacedLayer, number>();
  const calls = traced.map((call): PlacedCall => {
    const layer = byLayer.get(call.layer)!;
    const occasion = occasions.get(layer) ?? 0;
    occasions.set(layer, occasion + 1);
    numbers.set(call, next);
    const shapes = outputShapesOf(
      call.layer,
      call.inputs.map(({ shape }) => shape),
    );
    const values = shapes.map((_, i) => next + i);
    next += shapes.length;
    return { layer, occasion, inputs: call.inputs.map(numberOf), outputs: values };
  });
  const inputNames = uniqueNames(
    'inputs',
    inputs.map(({ name }, i) => [
      name ?? (inputs.length === 1 ? 'input' : `input${i + 1}`),
      name !== undefined,
    ]),
  );
  const outputNames = uniqueNames(
    'outputs',
    outputs.map(({ name, tensor }) => [
      name ?? (tensor.call === undefined ? 'output' : byLayer.get(tensor.call.layer)!.name),
      name !== undefined,
    ]),
  );
  const layers = [...byLayer.values()];
  const weights = layers.flatMap((layer) => layer.weights);
  requireDistinct(weights);
  const trainable = weights.filter(({ isTrainable }) => isTrainable);
  const knobs = Object.fromEntries([
    ...layers.flatMap(({ layer, kind, name }) =>
      Object.entries(kind.knobs?.(layer) ?? {}).map(([knob, value]) => [`${name}.${knob}`, value] as const),
    ),
    ...trainable.flatMap(weightKnobs),
  ]);
  const ports = (tensors: readonly SymbolicTensor[], names: readonly string[]): readonly Port[] =>
    tensors.map((tensor, i) => ({
      name: names[i]!,
      shape: tensor.shape,
      value: numberOf(tensor),
      source:
        tensor.call === undefined
          ? `input '${names[i]}'`
          : describeLayer({ ...tensor.call.layer, name: byLayer.get(tensor.call.layer)!.name }),
    }));
  const outputPorts = ports(
    outputs.map(({ tensor }) => tensor),
    outputNames,
  );
  const structure = [
    inputs.map(({ shape }) => shape),
    layers.map(({ layer, kind, name, weights: own }) => [
      layer.kind,
      name,
      kind.structure(layer),
      own.map((weight) => [weight.name, weight.shape, rulesOf(weight)]),
    ]),
    calls.map((call) => [layers.indexOf(call.layer), call.inputs]),
    outputPorts.map(({ name, value }) => [name, value]),
  ];
  return {
    layers,
    calls,
    inputs: ports(inputs, inputNames),
    outputs: outputPorts,
    weights,
    trainable,
    knobs,
    structure,
  };
}

/** A layer named `encoder.dense1` beside a model `encoder` that has a `dense1` would share its weights' names. */
function requireDistinct(weights: readonly PlacedWeight[]): void {
  const taken = new Set<string>();
  for (const { path } of weights) {
    if (taken.has(path)) {
      throw new LuthierError('LU_MODEL_NAME', `Two weights are named '${path}'`, {
        fix: 'Name the layer, or the model inside, otherwise.',
        where: path,
      });
    }
    taken.add(path);
  }
}

/** Puts layers in a row; throws for a missing input shape, equal names and shapes that do not match. */
export function planModel(given: readonly LayerLike[]): ModelPlan {
  if (!Array.isArray(given)) {
    throw new LuthierError('LU_MODEL_EMPTY', 'sequential takes an array of layers', {
      fix: 'Write sequential([...]).',
    });
  }
  // Copies: a layer given twice is two layers here. A model given twice is one.
  const layers = given.map((one): Layer => {
    const layer = toLayer(one);
    kindOf(layer);
    return layer === one ? { ...layer } : layer;
  });
  const [first] = layers;
  if (first === undefined) {
    throw new LuthierError('LU_MODEL_EMPTY', 'The model has no layers', {
      fix: 'Give sequential at least one.',
    });
  }
  if (first.inputShape === undefined) {
    throw new LuthierError('LU_MODEL_INPUT', `The first layer, ${first.kind}, does not say what comes in`, {
      fix: 'Begin with layers.input({ shape: [...] }), or give the first layer an inputShape.',
      where: first.name ?? first.kind,
    });
  }
  const distinct = [...new Set(layers)];
  const names = new Map(nameLayers(distinct).map((name, i) => [distinct[i]!, name]));
  const source: SymbolicTensor = { shape: first.inputShape, call: undefined, index: 0 };
  const last = layers.reduce((tensor, layer, i) => {
    const isModel = layer === toLayer(given[i]!);
    return call(isModel ? layer : { ...layer, name: names.get(layer)! }, tensor);
  }, source);
  return planGraph({ inputs: [source], outputs: [{ tensor: last }] });
}

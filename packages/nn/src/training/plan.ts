import { didYouMean, type Json, LuthierError, randomKey } from '@luthier/core';
import { constraintNumbers, requireConstraintFits } from '../constraints/constraint.ts';
import type { Shape } from '../graph/node.ts';
import { initialize } from '../initializers/initializer.ts';
import { type Layer, type LayerKind, layerKind, layerKinds, type WeightSpec } from '../layers/layer.ts';
import { requirePenaltyFits } from '../regularizers/regularizer.ts';
import type { NamedArrays } from './callback.ts';

/** A weight in its model: its name is `layer.weight`. */
export interface PlacedWeight extends WeightSpec {
  readonly path: string;
  readonly size: number;
  /** Shape in graphs, states and checkpoints. */
  readonly storedShape: Shape;
  readonly isTrainable: boolean;
}

/** A layer in its model, with everything that follows from its place. */
export interface PlacedLayer {
  readonly layer: Layer;
  readonly kind: LayerKind;
  readonly name: string;
  /** Shapes of one sample. */
  readonly input: Shape;
  readonly output: Shape;
  readonly weights: readonly PlacedWeight[];
}

/** A model as data: layers in order, shapes known, names given. */
export interface ModelPlan {
  readonly layers: readonly PlacedLayer[];
  readonly weights: readonly PlacedWeight[];
  /** Those of the weights that an optimizer moves. */
  readonly trainable: readonly PlacedWeight[];
  /** Shapes of one sample. */
  readonly input: Shape;
  readonly output: Shape;
  /** Scalars of all layers, by `layer.knob`. */
  readonly knobs: Readonly<Record<string, number>>;
  /** Equal for models that can share a compiled graph. */
  readonly structure: Json;
}

function findKind(layer: Layer, position: number): LayerKind {
  const kind = layerKind(layer.kind);
  if (kind !== undefined) return kind;
  throw new LuthierError(
    'LU_LAYER_UNKNOWN',
    `Layer ${position + 1}: unknown kind '${String(layer.kind)}'${didYouMean(String(layer.kind), layerKinds()) || '.'}`,
    { fix: `Use one of ${layerKinds().join(', ')}, or register the kind with defineLayer.` },
  );
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

function follow(kind: LayerKind, layer: Layer, input: Shape, name: string, previous: string): Shape {
  try {
    return kind.outputShape(layer, input);
  } catch (cause) {
    if (!(cause instanceof LuthierError)) throw cause;
    throw new LuthierError(
      'LU_MODEL_SHAPE',
      `${layer.kind} '${name}' cannot follow ${previous}, which gives [${input.join(', ')}] a sample: it ${cause.message}`,
      { fix: cause.fix, where: name, cause },
    );
  }
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

/** What the graph of a weight depends on besides its shape; the numbers are scalars. */
function rulesOf({ isTrainable, regularizer = {}, constraint }: PlacedWeight): Json {
  if (!isTrainable) return 'fixed';
  const parts = Object.keys(regularizer);
  if (constraint === undefined) return parts;
  return [parts, constraint.kind, constraint.kind === 'nonNeg' ? null : [constraint.axis].flat()];
}

/** Puts layers in their places; throws for a missing input shape, equal names and shapes that do not match. */
export function planModel(layers: readonly Layer[]): ModelPlan {
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
  const names = nameLayers(layers);
  const placed: PlacedLayer[] = [];
  let shape = first.inputShape;
  layers.forEach((layer, i) => {
    const kind = findKind(layer, i);
    const name = names[i]!;
    const before = placed.at(-1);
    const previous = before === undefined ? 'the input' : `${before.layer.kind} '${before.name}'`;
    if (layer.inputShape !== undefined && layer.inputShape.join() !== shape.join()) {
      throw new LuthierError(
        'LU_MODEL_SHAPE',
        `${layer.kind} '${name}' declares an input of [${layer.inputShape.join(', ')}] but ${previous} gives [${shape.join(', ')}]`,
        { fix: 'Remove its inputShape, or make both equal.', where: name },
      );
    }
    const output = follow(kind, layer, shape, name, previous);
    const weights = (kind.weights?.(layer, shape) ?? []).map((weight) => ({
      ...weight,
      path: `${name}.${weight.name}`,
      size: weight.shape.reduce((product, extent) => product * extent, 1),
      storedShape: weight.isSwapped === true ? weight.shape.toReversed() : weight.shape,
      isTrainable: weight.isTrainable !== false && layer.trainable !== false,
    }));
    for (const { path, regularizer, constraint, shape: own } of weights) {
      requirePenaltyFits(path, regularizer, own);
      requireConstraintFits(path, constraint, own);
    }
    placed.push({ layer, kind, name, input: shape, output, weights });
    shape = output;
  });
  const weights = placed.flatMap((layer) => layer.weights);
  const trainable = weights.filter(({ isTrainable }) => isTrainable);
  const knobs = Object.fromEntries([
    ...placed.flatMap(({ layer, kind, name }) =>
      Object.entries(kind.knobs?.(layer) ?? {}).map(([knob, value]) => [`${name}.${knob}`, value] as const),
    ),
    ...trainable.flatMap(penaltyKnobs),
    ...trainable.flatMap(constraintKnobs),
  ]);
  const structure = [
    first.inputShape,
    placed.map(({ layer, kind, name, weights: own }) => [
      layer.kind,
      name,
      kind.structure(layer),
      own.map((weight) => [weight.name, weight.shape, rulesOf(weight)]),
    ]),
  ];
  return { layers: placed, weights, trainable, input: first.inputShape, output: shape, knobs, structure };
}

function swapped(array: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(array.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) result[j * rows + i] = array[i * columns + j]!;
  return result;
}

/** Copies of weights in their own shapes, in the order that graphs hold them. */
export function toStored(plan: ModelPlan, weights: NamedArrays): NamedArrays {
  return Object.fromEntries(
    plan.weights.map(({ path, shape: [rows, columns], isSwapped }) => {
      const array = weights[path]!;
      return [path, isSwapped === true ? swapped(array, rows!, columns!) : Float32Array.from(array)];
    }),
  );
}

/** Copies of weights as graphs hold them, in their own shapes. */
export function fromStored(plan: ModelPlan, weights: NamedArrays): NamedArrays {
  return Object.fromEntries(
    plan.weights.map(({ path, shape: [rows, columns], isSwapped }) => {
      const array = weights[path]!;
      return [path, isSwapped === true ? swapped(array, columns!, rows!) : array.slice()];
    }),
  );
}

/** The first values of all weights, in their own shapes: pure functions of seed and weight name. */
export function initialWeights(plan: ModelPlan, seed: number): NamedArrays {
  return Object.fromEntries(
    plan.weights.map(({ path, size, initializer, fans }) => [
      path,
      initialize(initializer, size, fans, randomKey(seed, 'init', path)),
    ]),
  );
}

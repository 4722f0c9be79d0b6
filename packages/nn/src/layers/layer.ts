import type { Json } from '@luthier/core';
import type { Constraint } from '../constraints/constraint.ts';
import type { Node, Shape } from '../graph/node.ts';
import type { Fans, Initializer } from '../initializers/initializer.ts';
import type { Regularizer } from '../regularizers/regularizer.ts';

/** A layer of a model: plain data. What it does is defined by the kind of that name. */
export interface Layer {
  readonly kind: string;
  /** Unique within a model; given by the model (`dense1`) when absent. */
  readonly name?: string;
  /** Shape of one sample, on a first layer. */
  readonly inputShape?: Shape;
  /** false freezes the weights: no updates, no penalties. Default true. */
  readonly trainable?: boolean;
}

/** A layer, or what can stand for one: a model. */
export type LayerLike = Layer | { asLayer(): Layer };

/** The layer that something stands for. */
export function toLayer(given: LayerLike): Layer {
  return typeof (given as { asLayer?: unknown } | undefined)?.asLayer === 'function'
    ? (given as { asLayer(): Layer }).asLayer()
    : (given as Layer);
}

/** A weight that a layer asks for. */
export interface WeightSpec {
  /** `kernel`, `bias`, ... */
  readonly name: string;
  readonly shape: Shape;
  readonly initializer: Initializer;
  readonly fans: Fans;
  readonly regularizer?: Regularizer;
  /** What the weight is made to obey after each update. */
  readonly constraint?: Constraint;
  /** A matrix that graphs see with its axes swapped, because products are faster so. Default false. */
  readonly isSwapped?: boolean;
  /** Changes the values that the initializer gave, in the weight's own shape. */
  readonly adjust?: (values: Float32Array) => Float32Array;
  /** false for what the layer moves itself, by `moveWeight`, if at all. Default true. */
  readonly isTrainable?: boolean;
}

/** What a layer gives. */
export interface LayerResult {
  readonly outputs: readonly Node[];
  /** Which steps of each output count, where anything says so: bool [batch, steps]. */
  readonly masks: readonly (Node | undefined)[];
}

/** What a layer sees while it adds itself to a graph. */
export interface ForwardContext {
  /** The first input: shape [batch, ...sample], float32 unless the kind `takesIntegers`. */
  readonly input: Node;
  /** All inputs. */
  readonly inputs: readonly Node[];
  /** Which steps of the first input count: bool [batch, steps]; undefined when all do. */
  readonly mask: Node | undefined;
  /** The masks of all inputs. */
  readonly masks: readonly (Node | undefined)[];
  readonly isTraining: boolean;
  /** A weight; its axes are swapped when its spec says `isSwapped`. */
  weight(name: string): Node;
  /** A float32 scalar that is an input of the compiled graph, under the name `layer.knob`. */
  knob(name: string): Node;
  /** A uint32 scalar that differs in every layer, step and asking. */
  randomKey(): Node;
  /** Adds a scalar to the loss. */
  addPenalty(penalty: Node): void;
  /** Declares the outputs of hidden units that can die: give 0 for every sample. */
  watchUnits(output: Node): void;
  /** Gives a weight that is not trainable its value after this training step. */
  moveWeight(name: string, value: Node): void;
  /**
   * Runs a layer that this one contains; its weights and scalars are found under `prefix.name`, as `innerWeights` and
   * `innerKnobs` declare them. It sees `replaced` in place of weights of these names.
   */
  inner(
    prefix: string,
    layer: Layer,
    inputs: readonly Node[],
    masks?: readonly (Node | undefined)[],
    replaced?: Readonly<Record<string, Node>>,
  ): LayerResult;
}

/** All that the trainer knows of a kind of layers: everything else is written against this interface. */
export interface LayerKind<L extends Layer = Layer> {
  readonly kind: string;
  /** Fewest and most inputs. Default one. */
  readonly arity?: readonly [fewest: number, most: number];
  /** Whether inputs come in their own number type, such as int32 for indices, instead of float32. Default false. */
  readonly takesIntegers?: boolean;
  /** The smallest and largest whole number that an input (counted from 0) may hold, where nothing else will do. */
  wholeNumbers?(layer: L, input: number): readonly [smallest: number, largest: number] | undefined;
  /** Whether the mask of the first input goes on to the output. Default false: the mask ends here. */
  readonly passesMask?: boolean;
  /** Shape of one sample of the (first) output. Throws for an input shape it cannot take. */
  outputShape(layer: L, input: Shape, inputs: readonly Shape[]): Shape;
  /** Shapes of all outputs, of a kind with several. */
  outputShapes?(layer: L, inputs: readonly Shape[]): readonly Shape[];
  /** Weights for the shape of the first input, and of all. Default: none. */
  weights?(layer: L, input: Shape, inputs: readonly Shape[]): readonly WeightSpec[];
  /** Scalars that may differ between trials that share one graph. Default: none. */
  knobs?(layer: L): Readonly<Record<string, number>>;
  /** All options that shape the graph, without the knobs. */
  structure(layer: L): Json;
  /** The mask of the first output, where it is not that of the first input or none. */
  outputMask?(layer: L, context: ForwardContext): Node | undefined;
  /** Layers inside, with the prefix that the names of their weights have. Default: none. */
  contains?(layer: L): readonly (readonly [prefix: string, layer: Layer])[];
  /** The output, or all outputs of a kind with several, or outputs with the masks of each. */
  forward(layer: L, context: ForwardContext): Node | readonly Node[] | LayerResult;
}

const kinds = new Map<string, LayerKind>();

/**
 * Registers a kind of layers; models find it by the `kind` of their layers.
 *
 * @example
 * defineLayer({
 *   kind: 'double',
 *   outputShape: (_, input) => input,
 *   structure: () => null,
 *   forward: (_, { input }) => add(input, input),
 * });
 * const model = sequential([layers.input({ shape: [4] }), { kind: 'double' }]);
 */
export function defineLayer<L extends Layer>(kind: LayerKind<L>): void {
  kinds.set(kind.kind, kind as unknown as LayerKind);
}

/** The definition of a kind, or undefined. */
export function layerKind(kind: string): LayerKind | undefined {
  return kinds.get(kind);
}

/** The names of all kinds. */
export function layerKinds(): readonly string[] {
  return [...kinds.keys()];
}

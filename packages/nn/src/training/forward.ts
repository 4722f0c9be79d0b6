import { withLabel } from '../graph/label.ts';
import type { Node } from '../graph/node.ts';
import { add, multiply } from '../graph/ops/arithmetic.ts';
import { cast } from '../graph/ops/cast.ts';
import { scalar } from '../graph/ops/sources.ts';
import { kindOf } from '../layers/kinds.ts';
import type { ForwardContext, Layer, LayerResult } from '../layers/layer.ts';
import { penaltyTerms } from '../regularizers/penalty-terms.ts';
import type { PlacedWeight } from './placed-weights.ts';
import type { ModelPlan } from './plan.ts';
import { runCalls } from './run-calls.ts';

/** Where a forward pass takes its values from. */
export interface ForwardSources {
  /** For each input of the model, shape [batch, ...sample], of any number type. */
  readonly inputs: readonly Node[];
  readonly isTraining: boolean;
  weight(path: string): Node;
  knob(name: string): Node;
  /** A key for one asking of one layer; `asking` is the layer's name, with a number from the second time on. */
  randomKey(asking: string): Node;
}

/** What a forward pass gives. */
export interface ForwardResult {
  /** In the order of the model's outputs. */
  readonly outputs: readonly Node[];
  /** Which steps of each output count: bool [batch, steps], where a layer says so. */
  readonly masks: readonly (Node | undefined)[];
  /** Sum of all penalties; undefined without any. */
  readonly penalty: Node | undefined;
  /** Outputs of layers whose units can die. */
  readonly watched: readonly Node[];
  /** New values of weights that layers move themselves, by path. */
  readonly moved: ReadonlyMap<string, Node>;
  /** What every call of a layer gives first, those inside other layers before them. */
  readonly given: readonly LayerOutput[];
}

/** What a layer gives first, under the full name of the layer. */
export interface LayerOutput {
  readonly name: string;
  readonly kind: string;
  readonly value: Node;
}

function weightPenalties(weight: PlacedWeight, sources: ForwardSources): readonly Node[] {
  const { regularizer = {}, path, isSwapped, isTrainable } = weight;
  if (!isTrainable) return [];
  return penaltyTerms(regularizer, sources.weight(path), isSwapped).map(([part, term]) =>
    multiply(sources.knob(`${path}Regularizer.${part}`), term),
  );
}

/** What the layers of one pass write to. */
interface Collected {
  readonly penalties: Node[];
  readonly watched: Node[];
  readonly moved: Map<string, Node>;
  readonly keysAsked: Map<string, number>;
  readonly given: LayerOutput[];
}

function toFloat(value: Node): Node {
  return value.dtype === 'float32' ? value : cast(value, 'float32');
}

/** Adds a layer, whose weights and scalars have names that begin with `name.`, to the graph. */
function runLayer(
  layer: Layer,
  name: string,
  values: readonly Node[],
  masks: readonly (Node | undefined)[],
  sources: ForwardSources,
  collected: Collected,
  replaced: Readonly<Record<string, Node>> = {},
): LayerResult {
  const kind = kindOf(layer);
  const inputs = kind.takesIntegers === true ? values : values.map(toFloat);
  const context: ForwardContext = {
    input: inputs[0]!,
    inputs,
    mask: masks[0],
    masks,
    isTraining: sources.isTraining,
    // A shared layer that moved a weight goes on from there at its next call.
    weight: (weight) =>
      replaced[weight] ?? collected.moved.get(`${name}.${weight}`) ?? sources.weight(`${name}.${weight}`),
    knob: (knob) => sources.knob(`${name}.${knob}`),
    randomKey: () => {
      const asked = collected.keysAsked.get(name) ?? 0;
      collected.keysAsked.set(name, asked + 1);
      return sources.randomKey(asked === 0 ? name : `${name}#${asked + 1}`);
    },
    addPenalty: (penalty) => collected.penalties.push(penalty),
    watchUnits: (output) => collected.watched.push(output),
    moveWeight: (weight, value) => collected.moved.set(`${name}.${weight}`, value),
    inner: (prefix, inner, innerInputs, innerMasks = [], replaced = {}) =>
      runLayer(inner, `${name}.${prefix}`, innerInputs, innerMasks, sources, collected, replaced),
  };
  const result = withLabel(`${layer.kind} '${name}'`, (): LayerResult => {
    const given = kind.forward(layer, context);
    if ('masks' in given) return given;
    const passed = kind.passesMask === true ? masks[0] : undefined;
    return {
      outputs: 'op' in given ? [given] : given,
      masks: [kind.outputMask === undefined ? passed : kind.outputMask(layer, context)],
    };
  });
  collected.given.push({ name, kind: layer.kind, value: result.outputs[0]! });
  return result;
}

/** Adds a model to a graph: layers in order, then the penalties of weights. */
export function forward(plan: ModelPlan, sources: ForwardSources): ForwardResult {
  const collected: Collected = {
    penalties: [],
    watched: [],
    moved: new Map(),
    keysAsked: new Map(),
    given: [],
  };
  const { outputs, masks } = runCalls(
    plan,
    sources.inputs,
    [],
    ({ layer: placed, occasion }, values, own) => {
      const { layer, name, weights } = placed;
      const result = runLayer(layer, name, values, own, sources, collected);
      if (occasion === 0) {
        for (const weight of weights) collected.penalties.push(...weightPenalties(weight, sources));
      }
      return result;
    },
  );
  const { penalties, watched, moved, given } = collected;
  const [first, ...rest] = penalties;
  const penalty = first === undefined ? undefined : rest.reduce((total, part) => add(total, part), first);
  return { outputs: outputs.map(toFloat), masks, penalty, watched, moved, given };
}

/** The penalty as a node in any case. */
export function penaltyOrZero(result: ForwardResult): Node {
  return result.penalty ?? scalar(0);
}

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
  /** What every call of a layer gives, by its number in the plan. */
  readonly values: ReadonlyMap<number, Node>;
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
}

function toFloat(value: Node): Node {
  return value.dtype === 'float32' ? value : cast(value, 'float32');
}

/** Adds a layer, whose weights and scalars have names that begin with `name.`, to the graph. */
function runLayer(
  layer: Layer,
  name: string,
  owner: string,
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
      const asked = collected.keysAsked.get(owner) ?? 0;
      collected.keysAsked.set(owner, asked + 1);
      return sources.randomKey(asked === 0 ? owner : `${owner}#${asked + 1}`);
    },
    addPenalty: (penalty) => collected.penalties.push(penalty),
    watchUnits: (output) => collected.watched.push(output),
    moveWeight: (weight, value) => collected.moved.set(`${name}.${weight}`, value),
    inner: (prefix, inner, innerInputs, innerMasks = [], replaced = {}) =>
      runLayer(inner, `${name}.${prefix}`, owner, innerInputs, innerMasks, sources, collected, replaced),
  };
  const given = kind.forward(layer, context);
  const passed = kind.passesMask === true ? masks[0] : undefined;
  return {
    outputs: Array.isArray(given) ? (given as readonly Node[]) : [given as Node],
    mask: kind.outputMask === undefined ? passed : kind.outputMask(layer, context),
  };
}

/** Adds a model to a graph: layers in order, then the penalties of weights. */
export function forward(plan: ModelPlan, sources: ForwardSources): ForwardResult {
  const collected: Collected = { penalties: [], watched: [], moved: new Map(), keysAsked: new Map() };
  const values = new Map<number, Node>(sources.inputs.map((node, i) => [i, node]));
  const masks = new Map<number, Node>();
  for (const { layer: placed, occasion, inputs, outputs } of plan.calls) {
    const { layer, name, weights } = placed;
    withLabel(`${layer.kind} '${name}'`, () => {
      const given = runLayer(
        layer,
        name,
        name,
        inputs.map((value) => values.get(value)!),
        inputs.map((value) => masks.get(value)),
        sources,
        collected,
      );
      for (const [i, value] of outputs.entries()) values.set(value, given.outputs[i]!);
      if (given.mask !== undefined) masks.set(outputs[0]!, given.mask);
      if (occasion > 0) return;
      for (const weight of weights) collected.penalties.push(...weightPenalties(weight, sources));
    });
  }
  const { penalties, watched, moved } = collected;
  const [first, ...rest] = penalties;
  const penalty = first === undefined ? undefined : rest.reduce((total, part) => add(total, part), first);
  return {
    outputs: plan.outputs.map(({ value }) => toFloat(values.get(value)!)),
    masks: plan.outputs.map(({ value }) => masks.get(value)),
    penalty,
    watched,
    moved,
    values,
  };
}

/** The penalty as a node in any case. */
export function penaltyOrZero(result: ForwardResult): Node {
  return result.penalty ?? scalar(0);
}

import { withLabel } from '../graph/label.ts';
import type { Node } from '../graph/node.ts';
import { add, multiply } from '../graph/ops/arithmetic.ts';
import { cast } from '../graph/ops/cast.ts';
import { absolute, square } from '../graph/ops/elementwise.ts';
import { sum } from '../graph/ops/reduce.ts';
import { scalar } from '../graph/ops/sources.ts';
import type { ModelPlan, PlacedWeight } from './plan.ts';

/** Where a forward pass takes its values from. */
export interface ForwardSources {
  /** Shape [batch, ...sample], of any number type. */
  readonly x: Node;
  readonly isTraining: boolean;
  weight(path: string): Node;
  knob(name: string): Node;
  /** Only asked for while training. */
  randomKey(layer: string): Node;
}

/** What a forward pass gives. */
export interface ForwardResult {
  readonly output: Node;
  /** Sum of all penalties; undefined without any. */
  readonly penalty: Node | undefined;
  /** Outputs of layers whose units can die. */
  readonly watched: readonly Node[];
  /** New values of weights that layers move themselves, by path. */
  readonly moved: ReadonlyMap<string, Node>;
}

function weightPenalties(weight: PlacedWeight, sources: ForwardSources): readonly Node[] {
  const { regularizer, path, isTrainable } = weight;
  if (!isTrainable) return [];
  const value = sources.weight(path);
  const parts: Node[] = [];
  if (regularizer?.l1 !== undefined) {
    parts.push(multiply(sources.knob(`${path}Regularizer.l1`), sum(absolute(value))));
  }
  if (regularizer?.l2 !== undefined) {
    parts.push(multiply(sources.knob(`${path}Regularizer.l2`), sum(square(value))));
  }
  return parts;
}

/** Adds a model to a graph: layers in order, then the penalties of weights. */
export function forward(plan: ModelPlan, sources: ForwardSources): ForwardResult {
  const penalties: Node[] = [];
  const watched: Node[] = [];
  const moved = new Map<string, Node>();
  const { x } = sources;
  let value = x.dtype === 'float32' ? x : cast(x, 'float32');
  for (const { layer, kind, name, weights } of plan.layers) {
    value = withLabel(`${layer.kind} '${name}'`, () => {
      const output = kind.forward(layer, {
        input: value,
        isTraining: sources.isTraining,
        weight: (weight) => sources.weight(`${name}.${weight}`),
        knob: (knob) => sources.knob(`${name}.${knob}`),
        randomKey: () => sources.randomKey(name),
        addPenalty: (penalty) => penalties.push(penalty),
        watchUnits: (output) => watched.push(output),
        moveWeight: (weight, value) => moved.set(`${name}.${weight}`, value),
      });
      for (const weight of weights) penalties.push(...weightPenalties(weight, sources));
      return output;
    });
  }
  const [first, ...rest] = penalties;
  const penalty = first === undefined ? undefined : rest.reduce((total, part) => add(total, part), first);
  return { output: value, penalty, watched, moved };
}

/** The penalty as a node in any case. */
export function penaltyOrZero(result: ForwardResult): Node {
  return result.penalty ?? scalar(0);
}

import { withLabel } from '../graph/label.ts';
import type { Node } from '../graph/node.ts';
import { add, multiply } from '../graph/ops/arithmetic.ts';
import { cast } from '../graph/ops/cast.ts';
import { scalar } from '../graph/ops/sources.ts';
import { penaltyTerms } from '../regularizers/penalty-terms.ts';
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
  const { regularizer = {}, path, isSwapped, isTrainable } = weight;
  if (!isTrainable) return [];
  return penaltyTerms(regularizer, sources.weight(path), isSwapped).map(([part, term]) =>
    multiply(sources.knob(`${path}Regularizer.${part}`), term),
  );
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

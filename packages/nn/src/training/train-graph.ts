import { gradient } from '../graph/gradient.ts';
import type { Graph, Node } from '../graph/node.ts';
import { add } from '../graph/ops/arithmetic.ts';
import { gather } from '../graph/ops/gather.ts';
import { scan } from '../graph/ops/scan.ts';
import { input } from '../graph/ops/sources.ts';
import { applyOptimizer } from '../optimizers/apply-optimizer.ts';
import { forward, penaltyOrZero } from './forward.ts';
import { type Judgement, judge, type Truth, truthInputs } from './judge.ts';
import { lazy } from './lazy.ts';
import { blend, type Mixing, mixedInput } from './mixing.ts';
import type { Task } from './task.ts';
import { names } from './tensor-names.ts';

/** Steps that the graph is written for; the runtime takes any number, as the axis is declared dynamic. */
const NOMINAL_STEPS = 2;

/** A training graph with what the trainer must know to feed it. */
export interface TrainGraph {
  readonly graph: Graph;
  /** The axes of steps. */
  readonly dynamicAxes: Readonly<Record<string, Readonly<Record<number, string>>>>;
  /** Names of the states, in order. */
  readonly states: readonly string[];
  /** Names of what is stacked over the steps. */
  readonly perStep: readonly string[];
  /** Layers that want a random key each step. */
  readonly keyed: readonly string[];
  /** Numbers of the optimizer that are fed for every step. */
  readonly stepNames: readonly string[];
  readonly knobs: readonly string[];
  /** Numbers of the mixing of samples that are fed for every step. */
  readonly mixes: readonly string[];
  /** Names of the metrics whose last sum is the weight of all rows. */
  readonly weighted: readonly string[];
}

/** States of a run in the order of the scan, with their shapes. */
export function stateShapes(task: Pick<Task, 'plan' | 'optimizer'>): ReadonlyMap<string, readonly number[]> {
  const { plan, optimizer } = task;
  return new Map([
    ...plan.weights.map(({ path, storedShape }) => [names.weight(path), storedShape] as const),
    ...optimizer.slots.flatMap((slot) =>
      plan.trainable.flatMap(({ path, storedShape }) => {
        const shape =
          optimizer.slotShape === undefined ? storedShape : optimizer.slotShape(slot, storedShape, path);
        return shape === undefined ? [] : [[names.slot(path, slot), shape] as const];
      }),
    ),
  ]);
}

function mapTruth({ targets, weights }: Truth, pick: (whole: Node) => Node): Truth {
  return { targets: targets.map(pick), weights: weights.map(pick) };
}

/**
 * Of mixed samples: real targets and weights are mixed as the samples are; labels cannot be, so that the losses
 * towards both are. Metrics are those towards mixed targets, or the sample's own label.
 */
function mixedJudgement(
  task: Task,
  judged: (truth: Truth) => Judgement,
  own: Truth,
  partner: Truth,
  share: Node,
): Judgement {
  const isLabel = (output: number): boolean => task.forms[output] === 'labels';
  const mixed = (owns: readonly Node[], partners: readonly Node[]): Node[] =>
    owns.map((node, i) => (isLabel(i) ? node : blend(node, partners[i]!, share)));
  const towardsOwn = {
    targets: mixed(own.targets, partner.targets),
    weights: mixed(own.weights, partner.weights),
  };
  const judgement = judged(towardsOwn);
  if (!task.forms.includes('labels')) return judgement;
  const swapped = (owns: readonly Node[], partners: readonly Node[]): Node[] =>
    owns.map((node, i) => (isLabel(i) ? partners[i]! : node));
  const other = judged({
    targets: swapped(towardsOwn.targets, partner.targets),
    weights: swapped(towardsOwn.weights, partner.weights),
  });
  return { ...judgement, loss: blend(judgement.loss, other.loss, share) };
}

/**
 * Many training steps as one graph: a scan whose states are weights and optimizer states.
 *
 * Inputs: `x/...`, `y/...` and maybe `sampleWeight/...` with all `rows` samples, the states, `rows` [steps, batch] int32, and by need `knob/...` [],
 * `step/...` [steps], `key/...` [steps] uint32, `mix/...` [steps] or [steps, batch]. Outputs: `next/...` for each state; per step `loss` (of the data, mean
 * over the batch), `penalty`, and `metric/...` (sums over the batch, [steps] or [steps, n]).
 */
export function trainGraph(task: Task, rows: number, batch: number, mixing?: Mixing['kind']): TrainGraph {
  const { plan, optimizer } = task;
  const xs = plan.inputs.map(({ shape }, i) => input(names.x(i), task.xTypes[i]!, [rows, ...shape]));
  const truth = truthInputs(task, rows);
  const knobs = lazy((name) => input(names.knob(name), 'float32', []));
  const keys = lazy((layer) => input(`element/${names.key(layer)}`, 'uint32', []));
  const steps = lazy((name) => input(`element/${names.step(name)}`, 'float32', []));
  const states = new Map(
    [...stateShapes(task)].map(([name, shape]) => [name, input(`state/${name}`, 'float32', shape)] as const),
  );
  const mixes = lazy((name) =>
    input(
      `element/${names.mix(name)}`,
      name === 'share' ? 'float32' : 'int32',
      name === 'partners' ? [batch] : [],
    ),
  );
  const index = input('element/rows', 'int32', [batch]);

  const own = (whole: Node): Node => gather(whole, index);
  const partner = (whole: Node): Node => gather(whole, mixes.get('partners'));
  const pass = forward(plan, {
    inputs: xs.map((x) =>
      mixing === undefined ? own(x) : mixedInput(mixing, own(x), partner(x), mixes.get),
    ),
    isTraining: true,
    weight: (path) => states.get(names.weight(path))!,
    knob: knobs.get,
    randomKey: keys.get,
  });
  const judged = (of: Truth): Judgement => judge(task, pass.outputs, of, knobs.get, pass.masks);
  const picked = mapTruth(truth, own);
  const judgement =
    mixing === undefined
      ? judged(picked)
      : mixedJudgement(task, judged, picked, mapTruth(truth, partner), mixes.get('share'));
  const { loss: dataLoss, metrics, weighted } = judgement;
  const total = pass.penalty === undefined ? dataLoss : add(dataLoss, pass.penalty);
  const weights = plan.trainable.map(({ path }) => states.get(names.weight(path))!);
  const gradients = gradient(total, weights);
  const nextStates = new Map<string, Node>();
  for (const { path, isTrainable } of plan.weights) {
    const name = names.weight(path);
    if (!isTrainable) nextStates.set(name, pass.moved.get(path) ?? states.get(name)!);
  }
  const parameters = plan.trainable.map((restraints, i) => ({
    path: restraints.path,
    restraints,
    weight: weights[i]!,
    gradient: gradients[i]!,
    slot: (slot: string): Node => states.get(names.slot(restraints.path, slot))!,
  }));
  const updates = applyOptimizer(optimizer, parameters, { knob: knobs.get, step: steps.get });
  updates.forEach(({ weight, slots }, i) => {
    const { path } = parameters[i]!;
    nextStates.set(names.weight(path), weight);
    for (const [slot, node] of Object.entries(slots)) nextStates.set(names.slot(path, slot), node);
  });
  const stateNames = [...states.keys()];
  const outputs: Record<string, Node> = {};
  for (const name of stateNames) outputs[names.next(name)] = nextStates.get(name)!;
  outputs[names.loss] = dataLoss;
  outputs[names.penalty] = penaltyOrZero(pass);
  Object.assign(outputs, metrics);

  const starts = stateNames.map((name) => input(name, 'float32', states.get(name)!.shape));
  const elements = [index, ...mixes.made.values(), ...keys.made.values(), ...steps.made.values()];
  const sequences = [
    input(names.rows, 'int32', [NOMINAL_STEPS, batch]),
    ...[...mixes.made].map(([name, { dtype, shape }]) =>
      input(names.mix(name), dtype, [NOMINAL_STEPS, ...shape]),
    ),
    ...[...keys.made.keys()].map((layer) => input(names.key(layer), 'uint32', [NOMINAL_STEPS])),
    ...[...steps.made.keys()].map((name) => input(names.step(name), 'float32', [NOMINAL_STEPS])),
  ];
  const results = scan({ inputs: [...states.values(), ...elements], outputs }, { states: starts, sequences });
  const perStep = Object.keys(outputs).slice(stateNames.length);
  const dynamic = [...sequences.map((node) => String(node.attributes.name)), ...perStep];
  return {
    graph: {
      inputs: [...xs, ...truth.targets, ...truth.weights, ...knobs.made.values(), ...starts, ...sequences],
      outputs: results,
    },
    dynamicAxes: Object.fromEntries(dynamic.map((name) => [name, { 0: 'steps' }])),
    states: stateNames,
    perStep,
    keyed: [...keys.made.keys()],
    stepNames: [...steps.made.keys()],
    knobs: [...knobs.made.keys()],
    mixes: [...mixes.made.keys()],
    weighted,
  };
}

import { LuthierError } from '@luthier/core';
import { gradient } from '../../graph/gradient.ts';
import type { Node } from '../../graph/node.ts';
import { add } from '../../graph/ops/arithmetic.ts';
import { cast } from '../../graph/ops/cast.ts';
import { greater, where } from '../../graph/ops/compare.ts';
import { gather } from '../../graph/ops/gather.ts';
import { swapAxes } from '../../graph/ops/linear-algebra.ts';
import { randomNormal, randomUniform } from '../../graph/ops/random.ts';
import { scan } from '../../graph/ops/scan.ts';
import { input } from '../../graph/ops/sources.ts';
import { applyOptimizer } from '../../optimizers/apply-optimizer.ts';
import type { Optimizer } from '../../optimizers/optimizer.ts';
import { type ForwardResult, forward } from '../forward.ts';
import { lazy } from '../lazy.ts';
import type { ModelPlan } from '../plan.ts';
import type { Table } from '../tables.ts';
import { names } from '../tensor-names.ts';
import { stateShapes, type TrainGraph } from '../train-graph.ts';
import type { StepContext, TrainStep } from './step-context.ts';

/** A network of a trainer; one without an optimizer is never moved. */
export interface TrainedNetwork {
  readonly name: string;
  readonly plan: ModelPlan;
  readonly optimizer: Optimizer | undefined;
}

/** A graph of custom steps with what the trainer must know to feed it. */
export interface CustomGraph extends Omit<TrainGraph, 'weighted' | 'mixes'> {
  /** How often each network is updated. */
  readonly everySteps: Readonly<Record<string, number>>;
  /** What the step returns, by name. */
  readonly measured: readonly string[];
}

/** Steps that the graph is written for; the axis is declared dynamic. */
const NOMINAL_STEPS = 2;

/** Names of a network's tensors begin with the network. */
export function ofNetwork(network: string, name: string): string {
  return `${network}/${name}`;
}

/** States of all networks in the order of the scan, with their shapes. */
export function networkStates(networks: readonly TrainedNetwork[]): ReadonlyMap<string, readonly number[]> {
  return new Map(
    networks.flatMap(({ name, plan, optimizer }) => {
      const shapes =
        optimizer === undefined
          ? plan.weights.map(({ path, storedShape }) => [names.weight(path), storedShape] as const)
          : [...stateShapes({ plan, optimizer })];
      return shapes.map(([state, shape]) => [ofNetwork(name, state), shape] as const);
    }),
  );
}

function misuse(message: string, fix: string): LuthierError {
  return new LuthierError('LU_TRAIN_STEP', `the train step ${message}`, { fix, where: 'step' });
}

/** Many custom steps as one graph: a scan whose states are the weights and optimizer states of all networks. */
export function customGraph(
  networks: readonly TrainedNetwork[],
  step: TrainStep,
  tables: Readonly<Record<string, Pick<Table, 'dtype' | 'sample'>>>,
  knobNames: readonly string[],
  rows: number,
  batch: number,
): CustomGraph {
  const byName = new Map(networks.map((network) => [network.name, network]));
  const networkOf = (name: string): TrainedNetwork => {
    const found = byName.get(name);
    if (found !== undefined) return found;
    throw misuse(`names no network '${name}'`, `Use one of ${[...byName.keys()].join(', ')}.`);
  };
  const data = Object.entries(tables).map(
    ([name, { dtype, sample }]) => [name, input(`data/${name}`, dtype, [rows, ...sample])] as const,
  );
  const knobs = lazy((name) => input(names.knob(name), 'float32', []));
  const keys = lazy((asking) => input(`element/${names.key(asking)}`, 'uint32', []));
  const steps = lazy((name) => input(`element/${names.step(name)}`, 'float32', []));
  const shapes = networkStates(networks);
  const starts = new Map(
    [...shapes].map(([name, shape]) => [name, input(`state/${name}`, 'float32', shape)]),
  );
  const index = input('element/rows', 'int32', [batch]);

  const now = new Map<string, Node>(starts);
  const lastRuns = new Map<string, ForwardResult>();
  const everySteps: Record<string, number> = {};
  let draws = 0;
  let runs = 0;
  const weightNow = (network: string, path: string): Node => now.get(ofNetwork(network, names.weight(path)))!;

  const pass = (network: string, inputs: readonly Node[], isTraining: boolean): ForwardResult => {
    const { plan } = networkOf(network);
    if (inputs.length !== plan.inputs.length) {
      throw misuse(
        `gives '${network}' ${inputs.length} inputs, not ${plan.inputs.length}`,
        `Give ${plan.inputs.map(({ name }) => name).join(', ')}.`,
      );
    }
    plan.inputs.forEach(({ shape }, i) => {
      if (inputs[i]!.shape.slice(1).join() === shape.join()) return;
      throw misuse(
        `gives '${network}' samples of [${inputs[i]!.shape.slice(1).join(', ')}], not [${shape.join(', ')}]`,
        'Give samples of the shape that the network takes.',
      );
    });
    runs += 1;
    const occasion = runs;
    const result = forward(plan, {
      inputs,
      isTraining,
      weight: (path) => weightNow(network, path),
      knob: (name) => knobs.get(ofNetwork(network, name)),
      randomKey: (asking) => keys.get(`${ofNetwork(network, asking)}@${occasion}`),
    });
    for (const [path, node] of result.moved) now.set(ofNetwork(network, names.weight(path)), node);
    lastRuns.set(network, result);
    return result;
  };

  const minimize: StepContext['minimize'] = (network, loss, { every = 1 } = {}) => {
    const { plan, optimizer } = networkOf(network);
    if (optimizer === undefined) {
      throw misuse(`minimizes '${network}', which has no optimizer`, 'Give it one in optimizers.');
    }
    if (network in everySteps) {
      throw misuse(`minimizes '${network}' twice`, 'Add the losses up, and minimize the sum.');
    }
    if (loss.shape.length !== 0) {
      throw misuse(`minimizes a loss of shape [${loss.shape.join(', ')}]`, 'Reduce it with ops.mean first.');
    }
    if (!Number.isInteger(every) || every < 1) {
      throw misuse(`updates '${network}' every ${every} steps`, 'Give every a whole number from 1.');
    }
    everySteps[network] = every;
    const penalty = lastRuns.get(network)?.penalty;
    const weights = plan.trainable.map(({ path }) => weightNow(network, path));
    const gradients = gradient(penalty === undefined ? loss : add(loss, penalty), weights);
    const parameters = plan.trainable.map((restraints, i) => ({
      path: restraints.path,
      restraints,
      weight: weights[i]!,
      gradient: gradients[i]!,
      slot: (slot: string): Node => now.get(ofNetwork(network, names.slot(restraints.path, slot)))!,
    }));
    const updates = applyOptimizer(optimizer, parameters, {
      knob: (name) => knobs.get(ofNetwork(network, name)),
      step: (name) => steps.get(ofNetwork(network, name)),
    });
    const isDue = every === 1 ? undefined : greater(steps.get(ofNetwork(network, 'isDue')), 0.5);
    const set = (name: string, value: Node): void => {
      const state = ofNetwork(network, name);
      now.set(state, isDue === undefined ? value : where(isDue, value, now.get(state)!));
    };
    updates.forEach(({ weight, slots }, i) => {
      const { path } = parameters[i]!;
      set(names.weight(path), weight);
      for (const [slot, node] of Object.entries(slots)) set(names.slot(path, slot), node);
    });
  };

  const toFloat = (node: Node): Node => (node.dtype === 'float32' ? node : cast(node, 'float32'));
  const key = (): Node => {
    draws += 1;
    return keys.get(`draw@${draws}`);
  };
  const measured = step({
    batchSize: batch,
    batch: Object.fromEntries(data.map(([name, node]) => [name, toFloat(gather(node, index))])),
    run: (network, ...inputs) => pass(network, inputs, true).outputs[0]!,
    runAll: (network, ...inputs) => pass(network, inputs, true).outputs,
    evaluate: (network, ...inputs) => pass(network, inputs, false).outputs[0]!,
    minimize,
    weight: (network, path) => {
      const { plan } = networkOf(network);
      const found = plan.weights.find((weight) => weight.path === path);
      if (found === undefined) {
        throw misuse(
          `asks '${network}' for the weight '${path}'`,
          `Use one of ${plan.weights.map((weight) => weight.path).join(', ')}.`,
        );
      }
      return found.isSwapped === true ? swapAxes(weightNow(network, path)) : weightNow(network, path);
    },
    normal: (shape) => randomNormal(key(), shape),
    uniform: (shape) => randomUniform(key(), shape),
    knob: (name) => {
      if (knobNames.includes(name)) return knobs.get(name);
      throw misuse(
        `asks for the scalar '${name}'`,
        `Declare it in knobs; there are ${knobNames.join(', ') || 'none'}.`,
      );
    },
  });
  const measuredNames = Object.keys(measured);
  const notScalar = measuredNames.find((name) => measured[name]!.shape.length !== 0);
  if (measuredNames.length === 0 || notScalar !== undefined) {
    throw misuse(
      notScalar === undefined ? 'measures nothing' : `measures '${notScalar}', which is no scalar`,
      'Return scalars by name, such as { loss }.',
    );
  }
  const stateNames = [...shapes.keys()];
  const outputs: Record<string, Node> = {};
  for (const name of stateNames) outputs[names.next(name)] = now.get(name)!;
  for (const name of measuredNames) outputs[names.metric(name)] = toFloat(measured[name]!);

  const finals = stateNames.map((name) => input(name, 'float32', shapes.get(name)!));
  const elements = [index, ...keys.made.values(), ...steps.made.values()];
  const sequences = [
    input(names.rows, 'int32', [NOMINAL_STEPS, batch]),
    ...[...keys.made.keys()].map((asking) => input(names.key(asking), 'uint32', [NOMINAL_STEPS])),
    ...[...steps.made.keys()].map((name) => input(names.step(name), 'float32', [NOMINAL_STEPS])),
  ];
  const results = scan({ inputs: [...starts.values(), ...elements], outputs }, { states: finals, sequences });
  const perStep = measuredNames.map((name) => names.metric(name));
  const dynamic = [...sequences.map((node) => String(node.attributes.name)), ...perStep];
  return {
    graph: {
      inputs: [...data.map(([, node]) => node), ...knobs.made.values(), ...finals, ...sequences],
      outputs: results,
    },
    dynamicAxes: Object.fromEntries(dynamic.map((name) => [name, { 0: 'steps' }])),
    states: stateNames,
    perStep,
    keyed: [...keys.made.keys()],
    stepNames: [...steps.made.keys()],
    knobs: [...knobs.made.keys()],
    everySteps,
    measured: measuredNames,
  };
}

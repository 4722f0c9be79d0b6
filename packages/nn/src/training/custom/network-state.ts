import { sizeOf } from '../../graph/tensor.ts';
import type { NamedArrays } from '../callback.ts';
import { weightsOf } from '../kept-weights.ts';
import type { Model } from '../model.ts';
import type { RunState } from '../run-state.ts';
import { toStored } from '../stored-weights.ts';
import { knobsInForce } from '../task.ts';
import { names } from '../tensor-names.ts';
import { networkStates, ofNetwork, type TrainedNetwork } from './custom-graph.ts';

/** What belongs to a network, under its own names. */
export function inside<T>(all: Readonly<Record<string, T>>, network: string): Readonly<Record<string, T>> {
  const prefix = `${network}/`;
  return Object.fromEntries(
    Object.entries(all)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );
}

/** Arrays of a network under the names that they have among those of all. */
export function outside(arrays: NamedArrays, network: string): NamedArrays {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [ofNetwork(network, name), array]));
}

/** The arrays of all networks as a run begins: weights as they are, optimizer states as the run before left them. */
export function startArrays(
  networks: readonly TrainedNetwork[],
  models: Readonly<Record<string, Model>>,
  before: NamedArrays = {},
): NamedArrays {
  const arrays: Record<string, Float32Array> = {};
  for (const [name, shape] of networkStates(networks)) {
    arrays[name] = before[name] ?? new Float32Array(sizeOf(shape));
  }
  for (const { name, plan } of networks) {
    const stored = toStored(plan, models[name]!.getWeights());
    for (const [path, array] of Object.entries(stored)) arrays[ofNetwork(name, names.weight(path))] = array;
  }
  return arrays;
}

/** The scalars of a network in a step, counted from 1. */
export function networkKnobs(
  { name, plan, optimizer }: TrainedNetwork,
  moved: Readonly<Record<string, number>>,
  step: number,
): Readonly<Record<string, number>> {
  const own = inside(moved, name);
  return optimizer === undefined
    ? { ...plan.knobs, ...own }
    : knobsInForce({ plan, optimizer, lossWeights: {} }, own, step);
}

/** The weights of a network to measure and to keep, as graphs hold them. */
export function keptOf({ name, plan, optimizer }: TrainedNetwork, state: RunState): NamedArrays {
  const arrays = inside(state.arrays, name);
  if (optimizer === undefined) {
    return Object.fromEntries(plan.weights.map(({ path }) => [path, arrays[names.weight(path)]!]));
  }
  const knobs = networkKnobs({ name, plan, optimizer }, state.moved, state.step + 1);
  return weightsOf({ plan, optimizer }, arrays, knobs);
}

import { philox, type RandomKey, randomKey } from '@luthier/core';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { RuntimeTensor } from '../runtime/contract.ts';
import { BOX, type MixingStep } from './mixing.ts';
import { names } from './tensor-names.ts';
import type { TrainGraph } from './train-graph.ts';

/** Keys of the random layers of a run, derived once. */
export type LayerKeys = ReadonlyMap<string, RandomKey>;

/** The keys of all that layers ask for, for a seed. */
export function layerKeys(seed: number, layers: readonly string[]): LayerKeys {
  return new Map(layers.map((layer) => [layer, randomKey(seed, 'layer', layer)]));
}

/** The numbers by which samples are mixed, one mixing for every step. */
function mixFeeds(
  wanted: readonly string[],
  mixed: readonly MixingStep[],
  batch: number,
  rows: Int32Array,
): Record<string, RuntimeTensor> {
  const feeds: Record<string, RuntimeTensor> = {};
  const steps = mixed.length;
  for (const name of wanted) {
    if (name === 'partners') {
      const data = Int32Array.from({ length: steps * batch }, (_, i) => {
        const step = Math.floor(i / batch);
        return rows[step * batch + mixed[step]!.partners[i % batch]!]!;
      });
      feeds[names.mix(name)] = { dtype: 'int32', shape: [steps, batch], data };
    } else if (name === 'share') {
      feeds[names.mix(name)] = {
        dtype: 'float32',
        shape: [steps],
        data: Float32Array.from(mixed, ({ share }) => share),
      };
    } else {
      const side = BOX.indexOf(name);
      feeds[names.mix(name)] = {
        dtype: 'int32',
        shape: [steps],
        data: Int32Array.from(mixed, ({ box }) => box[side]!),
      };
    }
  }
  return feeds;
}

/**
 * The inputs of a call that change with the step: which rows, random keys, and the numbers of the optimizer.
 *
 * `firstStep` counts updates from 0; all are pure functions of it, whatever the number of steps a call.
 */
export function stepFeeds(
  program: Pick<TrainGraph, 'keyed' | 'stepNames'> & Partial<Pick<TrainGraph, 'mixes'>>,
  optimizer: Pick<Optimizer, 'stepNumbers'>,
  knobs: Readonly<Record<string, number>>,
  keys: LayerKeys,
  firstStep: number,
  steps: number,
  batch: number,
  rows: Int32Array,
  mixed: readonly MixingStep[] = [],
): Record<string, RuntimeTensor> {
  const feeds: Record<string, RuntimeTensor> = {
    [names.rows]: { dtype: 'int32', shape: [steps, batch], data: rows },
  };
  const words = new Uint32Array(4);
  for (const layer of program.keyed) {
    const data = new Uint32Array(steps);
    for (let i = 0; i < steps; i++) {
      const step = firstStep + i;
      philox(keys.get(layer)!, step >>> 0, Math.floor(step / 0x1_0000_0000), 0, 0, words);
      data[i] = words[0]!;
    }
    feeds[names.key(layer)] = { dtype: 'uint32', shape: [steps], data };
  }
  Object.assign(feeds, mixFeeds(program.mixes ?? [], mixed, batch, rows));
  const numbers = program.stepNames.map((name) => [name, new Float32Array(steps)] as const);
  for (let i = 0; i < steps; i++) {
    const values = optimizer.stepNumbers(knobs, firstStep + i + 1);
    for (const [name, data] of numbers) data[i] = values[name]!;
  }
  for (const [name, data] of numbers) feeds[names.step(name)] = { dtype: 'float32', shape: [steps], data };
  return feeds;
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HyperParameters } from '@luthier/core';
import { layers, type Model, optimizers, sequential } from '@luthier/nn';
import type { TrialRecord } from '@luthier/search';
import { afterEach, describe, expect, it } from 'vitest';
import { packParts, unpackParts } from './packed-parts.ts';
import type { Tuner } from './tuner.ts';
import { type HyperbandOptions, hyperbandSearch } from './tuners.ts';

const open: Tuner[] = [];
afterEach(async () => {
  for (const tuner of open.splice(0)) await tuner.close();
});
function kept(tuner: Tuner): Tuner {
  open.push(tuner);
  return tuner;
}

// XOR, each point four times.
const x = Array.from({ length: 16 }, (_, i) => [i & 1, (i >> 1) & 1]);
const data = { x, y: x.map(([a, b]) => a! ^ b!) };
const search = { batchSize: 4, validationData: data };

function model(units: number, learningRate: number): Model {
  return sequential([
    layers.input({ shape: [2] }),
    layers.dense({ units, activation: 'tanh' }),
    layers.dense({ units: 1, activation: 'sigmoid' }),
  ]).compile({ optimizer: optimizers.adam({ learningRate }), loss: 'binaryCrossentropy' });
}
const build = (hp: HyperParameters): Model =>
  model(hp.int('units', { min: 2, max: 8 }), hp.float('learningRate', { min: 1e-3, max: 0.3, scale: 'log' }));

// 4@1 2@2 1@4 / 3@2 2@4 / 3@4: factor 2, B = 3.
const four: HyperbandOptions = { objective: 'valLoss', maxEpochs: 4, factor: 2, seed: 3 };
const stepsOf = ({ reports }: TrialRecord): number => reports.steps.at(-1) ?? 0;
const best = ({ reports }: TrialRecord, epochs: number): number =>
  Math.min(...reports.metrics.valLoss!.slice(0, epochs));

describe('hyperbandSearch', () => {
  it('[K1] goes through the brackets of its plan, the best of each round going on', async () => {
    const tuner = kept(hyperbandSearch(build, four));
    await tuner.search(data, search);
    const { trials } = tuner.history!;
    expect(trials).toHaveLength(10);
    const [first, second, third] = [trials.slice(0, 4), trials.slice(4, 7), trials.slice(7)];
    const lengths = (some: readonly TrialRecord[]): readonly number[] => some.map(stepsOf).sort();
    expect([lengths(first), lengths(second), lengths(third)]).toEqual([
      [1, 1, 2, 4],
      [2, 4, 4],
      [4, 4, 4],
    ]);
    for (const [bracket, rounds] of [
      [first, [1, 2]],
      [second, [2]],
    ] as const)
      for (const epochs of rounds) {
        const there = bracket.filter((trial) => stepsOf(trial) >= epochs);
        const stopped = there
          .filter((trial) => stepsOf(trial) === epochs)
          .map((trial) => best(trial, epochs));
        const promoted = there.filter((trial) => stepsOf(trial) > epochs).map((trial) => best(trial, epochs));
        expect(Math.max(...promoted)).toBeLessThanOrEqual(Math.min(...stopped));
      }
    for (const trial of trials) expect(trial.state).toBe(stepsOf(trial) === 4 ? 'complete' : 'pruned');
    const stopped = first.find((trial) => stepsOf(trial) === 1)!;
    expect(stopped.message).toMatch(/^rank [34] of 4 after 1 epochs, the best 2 go on$/);
    const [winner] = tuner.getBestTrials();
    const [trained] = await tuner.getBestModels();
    expect((await trained!.evaluate(data)).loss).toBeCloseTo(winner!.values![0]!, 6);
  });

  it('[K1] trains in stages what would be trained at once, to the last bit', async () => {
    const tuner = kept(hyperbandSearch(build, four));
    await tuner.search(data, search);
    const winner = tuner.history!.trials.slice(0, 4).find((trial) => stepsOf(trial) === 4)!;
    const { units, learningRate } = winner.params as { units: number; learningRate: number };
    const { epochs } = await model(units, learningRate).fit(data, {
      ...search,
      epochs: 4,
      seed: winner.seed,
    });
    expect(winner.reports.metrics.valLoss).toEqual(epochs.map(({ metrics }) => metrics.valLoss));
  });

  it('goes on in the middle of a round, as if it had never been interrupted', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'luthier-hyperband-'));
    try {
      const whole = kept(hyperbandSearch(build, four));
      await whole.search(data, search);
      const options = { ...four, directory, projectName: 'xor' };
      for (const after of [2, 5, 12]) {
        const stop = new AbortController();
        let epochs = 0;
        const tuner = kept(hyperbandSearch(build, options));
        const onEpoch = (): void => {
          epochs += 1;
          if (epochs === after) stop.abort(new Error('enough'));
        };
        await expect(tuner.search(data, { ...search, signal: stop.signal, onEpoch })).rejects.toThrow(
          'enough',
        );
        await tuner.close();
      }
      const last = kept(hyperbandSearch(build, options));
      await last.search(data, search);
      const told = (tuner: Tuner) =>
        tuner.history!.trials.map(({ state, params, values, reports }) => [
          state,
          params,
          values,
          reports.metrics.valLoss,
        ]);
      expect(told(last)).toEqual(told(whole));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('[K1] replaces what fails, and counts iterations and executions', async () => {
    let built = 0;
    const unlucky = (hp: HyperParameters): Model => {
      const made = build(hp);
      built += 1;
      // The first is that which discovers the space.
      if (built === 3) throw new Error('out of luck');
      return made;
    };
    const tuner = kept(
      hyperbandSearch(unlucky, {
        ...four,
        maxEpochs: 2,
        hyperbandIterations: 2,
        executionsPerTrial: 2,
      }),
    );
    await tuner.search(data, search);
    // 2@1 1@2 / 2@2, twice, and the one that failed.
    const counts = Object.groupBy(tuner.history!.trials, ({ state }) => state);
    expect(counts.failed).toHaveLength(1);
    expect(counts.pruned).toHaveLength(2);
    expect(counts.complete).toHaveLength(6);
    for (const { details, values } of counts.complete!) {
      const { executions } = details as { readonly executions: readonly number[] };
      expect(new Set(executions).size).toBe(2);
      expect(values![0]).toBeCloseTo((executions[0]! + executions[1]!) / 2, 12);
    }
  });

  it('ends when the trials are used up, and refuses epochs of its own and counts that are none', async () => {
    const few = kept(hyperbandSearch(build, { ...four, maxTrials: 5 }));
    await few.search(data, search);
    expect(few.history!.trials).toHaveLength(5);
    expect(few.history!.trials.every(({ state }) => state === 'complete' || state === 'pruned')).toBe(true);
    const refused = (code: string) => expect.objectContaining({ code });
    await expect(few.search(data, { ...search, epochs: 7 })).rejects.toThrow(refused('LU_OPTION'));
    expect(() => hyperbandSearch(build, { ...four, hyperbandIterations: 0 })).toThrow(refused('LU_OPTION'));
    const given = { maxepochs: 5 } as Record<never, never>;
    expect(() => hyperbandSearch(build, { ...four, ...given })).toThrow(
      "the tuner has no option 'maxepochs'; did you mean 'maxEpochs'?",
    );
    expect(() => hyperbandSearch(build, { ...four, factor: 1 })).toThrow(refused('LU_SCHEDULER_OPTION'));
  });
});

describe('packParts', () => {
  it('gives back what it was given, and notices missing bytes', () => {
    const parts = [Uint8Array.of(1, 2, 3), new Uint8Array(), Uint8Array.of(9)];
    expect(unpackParts(packParts(parts))).toEqual(parts);
    expect(unpackParts(packParts([]))).toEqual([]);
    for (const bytes of [packParts(parts).subarray(0, -1), Uint8Array.of(7, 0, 0), Uint8Array.of(7, 0, 0, 0)])
      expect(() => unpackParts(bytes)).toThrow(expect.objectContaining({ code: 'LU_BLOB_DAMAGED' }));
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HyperParameters } from '@luthier/core';
import { layers, type Model, optimizers, sequential } from '@luthier/nn';
import { afterEach, describe, expect, it } from 'vitest';
import { packWeights, unpackWeights } from './packed-weights.ts';
import type { Tuner } from './tuner.ts';
import { bayesianOptimization, gridSearch, randomSearch } from './tuners.ts';

const open: Tuner[] = [];
afterEach(async () => {
  for (const tuner of open.splice(0)) await tuner.close();
});
function kept(tuner: Tuner): Tuner {
  open.push(tuner);
  return tuner;
}

// XOR, each point eight times.
const x = Array.from({ length: 32 }, (_, i) => [i & 1, (i >> 1) & 1]);
const data = { x, y: x.map(([a, b]) => a! ^ b!) };
const search = { epochs: 3, batchSize: 8, validationData: data };

function build(hp: HyperParameters): Model {
  return sequential([
    layers.input({ shape: [2] }),
    layers.dense({ units: hp.int('units', { min: 4, max: 12, step: 4 }), activation: 'tanh' }),
    layers.dense({ units: 1, activation: 'sigmoid' }),
  ]).compile({
    optimizer: optimizers.adam({ learningRate: hp.choice('learningRate', [0.01, 0.1]) }),
    loss: 'binaryCrossentropy',
    metrics: ['accuracy'],
  });
}

describe('a tuner in the manner of Keras Tuner', () => {
  it('searches, and gives hyperparameters and models whose evaluation is their score', async () => {
    const tuner = kept(randomSearch(build, { objective: 'valAccuracy', maxTrials: 4 }));
    await tuner.search(data, search);
    expect(tuner.history!.trials).toHaveLength(4);
    const [best, second] = tuner.getBestTrials(2);
    expect(best!.values![0]).toBeGreaterThanOrEqual(second!.values![0]!);
    const [model] = await tuner.getBestModels();
    expect((await model!.evaluate(data)).accuracy).toBeCloseTo(best!.values![0]!, 6);
    const [hp] = tuner.getBestHyperParameters();
    expect(hp!.values).toEqual(best!.params);
    expect(hp!.get('units')).toBe(best!.params.units);
    expect(hp!.contains('momentum')).toBe(false);
    expect(build(hp!).countParams()).toBe(model!.countParams());
  });

  it('throws the reason of an aborted signal, and runs the interrupted trial again later', async () => {
    const tuner = kept(randomSearch(build, { objective: 'valLoss', maxTrials: 4, seed: 2 }));
    const stop = new AbortController();
    let epochs = 0;
    const onEpoch = (): void => {
      epochs += 1;
      if (epochs === 5) stop.abort(new Error('enough'));
    };
    await expect(tuner.search(data, { ...search, signal: stop.signal, onEpoch })).rejects.toThrow('enough');
    expect(epochs).toBe(5);
    expect(tuner.history!.trials.map(({ state }) => state)).toEqual(['complete', 'interrupted']);
    await expect(tuner.search(data, { ...search, signal: stop.signal })).rejects.toThrow('enough');
    expect(tuner.history!.trials).toHaveLength(2);
    await tuner.search(data, search);
    const whole = kept(randomSearch(build, { objective: 'valLoss', maxTrials: 4, seed: 2 }));
    await whole.search(data, search);
    const told = ({ history }: Tuner) => history!.trials.map(({ params, values }) => [params, values]);
    expect(told(tuner)).toEqual(told(whole));
  });

  it('[#85] knows the direction of its objective', () => {
    const of = (objective: string) => kept(randomSearch(build, { objective })).objective.direction;
    expect(of('valAccuracy')).toBe('maximize');
    expect(of('valLoss')).toBe('minimize');
    expect(of('loss')).toBe('minimize');
    expect(() => randomSearch(build, { objective: 'valAcuracy' })).toThrow(
      expect.objectContaining({ code: 'LU_OBJECTIVE_UNKNOWN' }),
    );
  });

  it('[K1] walks the grid in the order of Keras Tuner, and ends when it is exhausted', async () => {
    const tuner = kept(gridSearch(build, { objective: 'valLoss', maxTrials: 100 }));
    await tuner.search(data, { ...search, epochs: 1 });
    expect(tuner.history!.trials.map(({ params }) => [params.units, params.learningRate])).toEqual([
      [4, 0.01],
      [4, 0.1],
      [8, 0.01],
      [8, 0.1],
      [12, 0.01],
      [12, 0.1],
    ]);
  });

  it('averages executions, and keeps the scores of all', async () => {
    const tuner = kept(
      bayesianOptimization(build, { objective: 'valLoss', maxTrials: 2, executionsPerTrial: 3 }),
    );
    await tuner.search(data, { ...search, epochs: 2 });
    for (const { values, details } of tuner.history!.trials) {
      const { executions } = details as { readonly executions: readonly number[] };
      expect(executions).toHaveLength(3);
      expect(new Set(executions).size).toBe(3);
      expect(values![0]).toBeCloseTo(executions.reduce((a, b) => a + b) / 3, 12);
    }
  });

  it('fixes hyperparameters, and lets the fit have some', async () => {
    const fit = (hp: HyperParameters) => ({ batchSize: hp.choice('batchSize', [8, 16]), epochs: 1 });
    const tuner = kept(
      gridSearch({ build, fit }, { objective: 'valLoss', maxTrials: 9, fixed: { learningRate: 0.05 } }),
    );
    await tuner.search(data, { validationData: data });
    expect(tuner.history!.trials).toHaveLength(6);
    expect(tuner.history!.trials.every(({ params }) => params.learningRate === 0.05)).toBe(true);
    expect(tuner.searchSpaceSummary()).toBe(
      [
        '3 hyperparameters, 6 configurations',
        '  units: int 4 to 12 step 4',
        '  learningRate: fixed 0.05',
        '  batchSize: choice of 8, 16',
      ].join('\n'),
    );
    expect(tuner.resultsSummary(1)).toMatch(
      /^minimize valLoss, best first\ntrial \d: valLoss [\d.]+\n {2}units: \d+/,
    );
  });

  it('goes on with a project, models included, and begins anew on request', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'luthier-tuner-'));
    try {
      const options = { objective: 'valLoss', directory, projectName: 'xor' };
      const first = kept(randomSearch(build, { ...options, maxTrials: 2 }));
      await first.search(data, { ...search, epochs: 1 });
      await first.close();
      const again = kept(randomSearch(build, { ...options, maxTrials: 3 }));
      await again.search(data, { ...search, epochs: 1 });
      expect(again.history!.trials).toHaveLength(3);
      const [best] = again.getBestTrials();
      const [model] = await again.getBestModels();
      expect((await model!.evaluate(data)).loss).toBeCloseTo(best!.values![0]!, 5);
      await again.close();
      const anew = kept(randomSearch(build, { ...options, maxTrials: 1, overwrite: true }));
      await anew.search(data, { ...search, epochs: 1 });
      expect(anew.history!.trials).toHaveLength(1);
      await anew.close();
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('ends after three failures in a row, which it recorded', async () => {
    let builds = 0;
    const failing = (hp: HyperParameters) => {
      builds += 1;
      if (builds > 1) throw new Error('out of luck');
      return build(hp);
    };
    const tuner = kept(randomSearch(failing, { objective: 'valLoss' }));
    await expect(tuner.search(data, search)).rejects.toMatchObject({
      code: 'LU_TUNER_FAILURES',
      message: expect.stringContaining('out of luck'),
    });
    expect(tuner.history!.trials.map(({ state }) => state)).toEqual(['failed', 'failed', 'failed']);
    expect(() => tuner.getBestTrials()).toThrow(expect.objectContaining({ code: 'LU_TUNER_EMPTY' }));
  });

  it('refuses options that there are not, with the nearest name', () => {
    const given = { maxTrails: 5 } as Record<never, never>;
    for (const make of [randomSearch, gridSearch, bayesianOptimization])
      expect(() => make(build, { objective: 'valLoss', ...given })).toThrow(
        expect.objectContaining({
          code: 'LU_OPTION',
          message: "the tuner has no option 'maxTrails'; did you mean 'maxTrials'?",
        }),
      );
  });

  it('refuses counts that are none', () => {
    expect(() => randomSearch(build, { objective: 'valLoss', maxTrials: 0 })).toThrow(
      expect.objectContaining({ code: 'LU_OPTION' }),
    );
  });
});

describe('packed weights', () => {
  it('come back bit by bit, and are refused when cut', () => {
    const weights = {
      'a.kernel': Float32Array.of(1.5, -0, Number.NaN, 3e-39),
      'b.bias': new Float32Array(0),
    };
    const bytes = packWeights(weights);
    expect(unpackWeights(bytes)).toEqual(weights);
    expect(() => unpackWeights(bytes.subarray(0, -4))).toThrow(
      expect.objectContaining({ code: 'LU_BLOB_DAMAGED' }),
    );
  });
});

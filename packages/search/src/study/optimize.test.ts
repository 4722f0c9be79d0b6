import type { HyperParameters } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { random } from '../samplers/random.ts';
import { tpe } from '../samplers/tpe/tpe.ts';
import { float, space } from '../space/define.ts';
import { memoryLog } from './memory-log.ts';
import { optimize } from './optimize.ts';

describe('[#70] a function that asks for its hyperparameters', () => {
  it('is minimised, its first trial at the defaults', async () => {
    const { params, value, study } = await optimize(
      (hp) => {
        const x = hp.float('x', { min: -5, max: 5, default: 0 });
        const kind = hp.choice('kind', ['near', 'far']);
        return (x - 2) ** 2 + (kind === 'near' ? 0 : 3);
      },
      { trials: 40 },
    );
    expect(study.history.trials[0]!.params).toEqual({ x: 0, kind: 'near' });
    expect(study.history.space.parameters.map(({ name }) => name)).toEqual(['x', 'kind']);
    expect(params!.x).toBeCloseTo(2, 0);
    expect(value).toBeLessThan(0.3);
  });

  it('may ask in Optuna’s words, with branches by plain control flow', async () => {
    const { study, params } = await optimize(
      (_, trial) => {
        const kind = trial.suggestCategorical('kind', ['svc', 'forest']);
        if (kind === 'svc')
          return Math.abs(Math.log10(trial.suggestFloat('c', 1e-4, 1e4, { log: true })) - 1);
        return 2 + trial.suggestInt('depth', 2, 32) / 32;
      },
      { trials: 40, sampler: tpe() },
    );
    expect(params!.kind).toBe('svc');
    expect(study.history.space.parameters.map(({ name }) => name)).toEqual(['kind', 'c', 'depth']);
    for (const { params: asked } of study.history.trials)
      expect(Object.keys(asked)).toEqual(asked.kind === 'svc' ? ['kind', 'c'] : ['kind', 'depth']);
  });

  it('keeps rules and bounds that it declares', async () => {
    const { study } = await optimize(
      (hp) => {
        const a = hp.int('a', { min: 1, max: 8 });
        const b = hp.int('b', { min: 1, max: 8, atMost: 'a' });
        hp.require('a + b <= 9');
        return -a - b;
      },
      { trials: 30, sampler: random() },
    );
    for (const { params } of study.history.trials) {
      expect(Number(params.b)).toBeLessThanOrEqual(Number(params.a));
      expect(Number(params.a) + Number(params.b)).toBeLessThanOrEqual(9);
    }
  });

  it('ends with the error of a range that makes no sense', async () => {
    await expect(optimize((hp) => hp.float('x', { min: 1, max: 0 }), { trials: 3 })).rejects.toMatchObject({
      code: 'LU_SPACE_RANGE',
    });
    let calls = 0;
    const moving = (hp: { float(name: string, range: { min: number; max: number }): number }) => {
      calls += 1;
      return hp.float('x', { min: 0, max: calls });
    };
    await expect(optimize(moving, { trials: 3 })).rejects.toMatchObject({ code: 'LU_SPACE_DUPLICATE' });
    expect(calls).toBe(2);
  });

  it('that asks for nothing runs once', async () => {
    expect((await optimize(() => 1, { trials: 9 })).study.history.trials).toHaveLength(1);
  });
});

describe('a function that waits', () => {
  it('runs several times at once, each trial once', async () => {
    let running = 0;
    let most = 0;
    const objective = async ({ x }: { readonly x: number }): Promise<number> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return x;
    };
    const { study } = await optimize(objective, {
      space: space({ x: float(0, 1) }),
      trials: 20,
      parallel: 4,
      sampler: random(),
    });
    expect(most).toBe(4);
    expect(study.history.trials.map(({ state }) => state)).toEqual(Array(20).fill('complete'));
    const bad = optimize(objective, { space: space({ x: float(0, 1) }), trials: 1, parallel: 0 });
    await expect(bad).rejects.toMatchObject({ code: 'LU_OPTION' });
  });
  it('lets the others end before it passes on what one of them threw', async () => {
    let started = 0;
    let ended = 0;
    const objective = async (): Promise<number> => {
      started += 1;
      await new Promise((resolve) => setImmediate(resolve));
      ended += 1;
      return ended === 2 ? (undefined as unknown as number) : 1;
    };
    const run = optimize(objective, {
      space: space({ x: float(0, 1) }),
      trials: 9,
      parallel: 3,
      sampler: random(),
    });
    await expect(run).rejects.toMatchObject({ code: 'LU_OBJECTIVE_VALUE' });
    expect(ended).toBe(started);
    expect(ended).toBeLessThan(9);
  });
});

describe('a search that goes on', () => {
  const line = space({ x: float(0, 1) });
  const square = ({ x }: { readonly x: number }): number => x ** 2;

  it('[#65] has the same trials as one that was never interrupted, what was left behind first', async () => {
    const whole = await optimize(square, { space: line, trials: 12, sampler: random(), seed: 4 });
    const log = memoryLog();
    const first = await optimize(square, { space: line, trials: 5, sampler: random(), seed: 4, log });
    const asked = await first.study.setBudget({ trials: 6 }).then(() => first.study.ask());
    expect(asked.kind).toBe('trial');
    const rest = await optimize(square, { space: line, trials: 12, sampler: random(), log, resume: true });
    const shown = ({ study }: typeof whole) =>
      study.history.trials.map(({ params, values }) => [params, values]);
    expect(shown(rest)).toEqual(shown(whole));
  });
  it('must have the direction that it had, and is refused without resume', async () => {
    const log = memoryLog();
    await optimize(square, { space: line, trials: 2, log });
    await expect(optimize(square, { space: line, trials: 4, log })).rejects.toMatchObject({
      code: 'LU_STUDY_EXISTS',
    });
    const other = optimize(square, { space: line, trials: 4, log, resume: true, direction: 'maximize' });
    await expect(other).rejects.toMatchObject({ code: 'LU_STUDY_OBJECTIVE' });
  });
  it('knows what a function asked for before', async () => {
    const log = memoryLog();
    const ask = (hp: HyperParameters) => hp.float('x', { min: 0, max: 1 });
    await optimize(ask, { trials: 3, log });
    const { study } = await optimize(ask, { trials: 6, log, resume: true });
    expect(study.history.trials).toHaveLength(6);
    expect(study.history.space.parameters).toHaveLength(1);
  });
});

import type { Params } from '@luthier/core';
import { createFolder, float, type History, maximize, type NewEvent, space } from '@luthier/search';
import { expect, test } from 'vitest';
import { chooseFinalists, judgeFinalists, missingRepeats, repeatSeed } from './finalists.ts';

interface Made {
  readonly params: Params;
  readonly value: number;
  readonly of?: number;
  readonly seed?: number;
}

function historyOf(trials: readonly Made[]): History {
  const folder = createFolder();
  let sequence = 0;
  const add = (event: NewEvent): void => folder.apply({ ...event, sequence: ++sequence, at: 0 });
  add({
    type: 'study-created',
    space: space({ lr: float(0, 1) }),
    objectives: [maximize('valAccuracy')],
    seed: 5,
    budget: {},
    sampler: 'random',
    scheduler: 'none',
  });
  trials.forEach((made, trial) => {
    const why = { text: '', sampler: 'test' };
    const repeat = made.of === undefined ? {} : { purpose: 'repeat' as const, of: made.of };
    add({ type: 'trial-asked', trial, params: made.params, why, seed: made.seed ?? trial, ...repeat });
    add({ type: 'trial-started', trial, attempt: 1, runner: 'test' });
    add({ type: 'trial-finished', trial, attempt: 1, outcome: 'complete', values: [made.value] });
  });
  const history = folder.snapshot();
  if (history === undefined) throw new Error('no history');
  return history;
}

test('finalists are the best trials with different configurations', () => {
  const history = historyOf([
    { params: { lr: 0.1 }, value: 0.9 },
    { params: { lr: 0.2 }, value: 0.97 },
    { params: { lr: 0.2 }, value: 0.96 },
    { params: { lr: 0.3 }, value: 0.95 },
  ]);
  expect(chooseFinalists(history, 2).map((trial) => trial.number)).toEqual([1, 3]);
});

test('every finalist is repeated on the same seeds, and only what is missing is asked for', () => {
  const seeds = [0, 1, 2].map((index) => repeatSeed(5, index));
  expect(new Set(seeds).size).toBe(3);
  const search: Made[] = [
    { params: { lr: 0.1 }, value: 0.9 },
    { params: { lr: 0.2 }, value: 0.8 },
  ];
  const made: Made = { params: { lr: 0.2 }, value: 0.7, of: 1, seed: seeds[0] ?? 0 };
  const history = historyOf([...search, made]);
  const missing = missingRepeats(history, chooseFinalists(history, 2), 3);
  expect(missing).toEqual([
    { of: 0, seed: seeds[0] },
    { of: 0, seed: seeds[1] },
    { of: 1, seed: seeds[1] },
    { of: 0, seed: seeds[2] },
    { of: 1, seed: seeds[2] },
  ]);
});

test('the winner is the better mean over seeds, not the luckier search trial', () => {
  const history = historyOf([
    { params: { lr: 0.1 }, value: 0.99 },
    { params: { lr: 0.2 }, value: 0.98 },
    { params: { lr: 0.1 }, value: 0.96, of: 0 },
    { params: { lr: 0.1 }, value: 0.98, of: 0 },
    { params: { lr: 0.2 }, value: 0.975, of: 1 },
    { params: { lr: 0.2 }, value: 0.977, of: 1 },
  ]);
  const judged = judgeFinalists(history, chooseFinalists(history, 2));
  expect(judged.map((finalist) => finalist.trial.number)).toEqual([1, 0]);
  expect(judged[0]?.mean).toBeCloseTo(0.976, 12);
  expect(judged[1]?.deviation).toBeCloseTo(0.01 * Math.SQRT2, 12);
});

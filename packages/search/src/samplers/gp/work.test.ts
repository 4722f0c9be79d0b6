import type * as core from '@luthier/core';
import { generator, randomKey } from '@luthier/core';
import { expect, it, vi } from 'vitest';
import { float, space } from '../../space/define.ts';
import type { TrialRecord } from '../../study/history.ts';
import type { Suggestion } from '../contract.ts';
import { testHistory } from '../fixtures/test-search.ts';
import { gp } from './gp.ts';

/** What a suggestion costs, in the unit that does not depend on the machine: n³ and n² linear algebra, counted. */
const work = vi.hoisted(() => ({ factorizations: 0, batches: 0, rows: 0 }));

vi.mock('@luthier/core', async (original) => {
  const real = await original<typeof core>();
  return {
    ...real,
    choleskyInPlace: (...args: Parameters<typeof core.choleskyInPlace>) => {
      work.factorizations += 1;
      return real.choleskyInPlace(...args);
    },
    solveLowerRows: (...args: Parameters<typeof core.solveLowerRows>) => {
      work.batches += 1;
      work.rows += args[3];
      return real.solveLowerRows(...args);
    },
  };
});

const DIMENSIONS = 10;
const of = space(Object.fromEntries(Array.from({ length: DIMENSIONS }, (_, k) => [`x${k}`, float(0, 1)])));

function trialOf(number: number, params: TrialRecord['params']): TrialRecord {
  const loss = Object.values(params).reduce<number>((sum, x, k) => sum + (Number(x) - 0.1 * k) ** 2, 0);
  return {
    number,
    state: 'complete',
    params,
    why: { text: '', sampler: 'test' },
    purpose: 'search',
    seed: number,
    attempt: 1,
    reports: { steps: [], seconds: [], metrics: {} },
    artifacts: {},
    values: [loss],
    askedSequence: 2 * number + 1,
    finishedSequence: 2 * number + 2,
  };
}

it('at 200 trials and 10 dimensions a suggestion makes few fits, warm-started, and few batched predictions', () => {
  const random = generator(randomKey(1, 'points'));
  const trials = Array.from({ length: 200 }, (_, i) =>
    trialOf(i, Object.fromEntries(of.parameters.map(({ name }) => [name, random.uniform()]))),
  );
  const ask = (memo: Extract<Suggestion, { kind: 'params' }>['memo']) => {
    Object.assign(work, { factorizations: 0, batches: 0, rows: 0 });
    const trial = trials.length;
    const found = gp().suggest({
      history: testHistory(of, 1, [...trials]),
      memo,
      space: of,
      random: generator(randomKey(1, trial)),
      trial,
      budget: { trials: 300 },
    });
    if (found.kind !== 'params') throw new Error('the space is not used up');
    trials.push(trialOf(trial, found.params));
    return { ...work, memo: found.memo };
  };
  const first = ask(undefined);
  // Nothing is known yet: every transform and start of the model is tried, each for a few steps of L-BFGS.
  expect(first.factorizations).toBeGreaterThan(1);
  expect(first.factorizations).toBeLessThan(250);
  let { memo } = first;
  const counts: number[] = [];
  for (let n = 0; n < 10; n++) {
    const next = ask(memo);
    memo = next.memo;
    counts.push(next.factorizations);
    // Keras Tuner makes 3,738 to 10,483 predictions for a suggestion, each by itself.
    expect(next.rows).toBeGreaterThan(0);
    expect(next.rows).toBeLessThan(1000);
    expect(next.batches).toBeLessThan(60);
  }
  // A fit begins at what was learned before, and is left out while that holds: then one factorization, for the belief itself.
  expect(Math.max(...counts)).toBeLessThan(40);
  expect(counts.filter((count) => count === 1).length).toBeGreaterThan(5);
});

import { generator, mean, type Params, randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { choice, int, space } from '../space/define.ts';
import type { Space } from '../space/parameter.ts';
import { memoryLog } from '../study/memory-log.ts';
import { createStudy } from '../study/open.ts';
import type { Study } from '../study/study.ts';
import { parseSampler } from './registry.ts';

const LEVELS = space({ level: int(0, 7) });
const NAMES = space({ name: choice(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) });

/** A bowl with its bottom at level 5; of names 'f' is 1 better than the others. */
function regret({ level, name }: Params): number {
  return level === undefined ? Number(name !== 'f') : 0.1 * (Number(level) - 5) ** 2;
}

async function searched(of: Space, sampler: string, trials: number, seed: number): Promise<Study> {
  const study = await createStudy({
    log: memoryLog(),
    name: sampler,
    space: of,
    objectives: [{ metric: 'loss', direction: 'minimize' }],
    sampler: parseSampler(sampler),
    repeats: true,
    seed,
  });
  for (let number = 0; number < trials; number++) {
    const asked = await study.ask();
    if (asked.kind !== 'trial') throw new Error(asked.text);
    await study.tell(number, 0, {
      outcome: 'complete',
      values: [regret(asked.trial.params) + 0.5 * generator(randomKey('noise', number)).normal()],
    });
  }
  return study;
}

describe('a study that allows repeats', () => {
  // Of a table of probabilities alone CMA-ES learns too slowly for so few trials.
  const searches = [
    ...['tpe', 'gp', 'cmaes', 'de', 'auto'].map((name) => [name, 'levels', LEVELS, 0.75] as const),
    ...['tpe', 'gp', 'de', 'auto'].map((name) => [name, 'names', NAMES, 0.875] as const),
  ];
  it.each(searches)('lets %s come back to the best of 8 noisy %s', async (name, _, of, byChance) => {
    const later: number[] = [];
    for (let seed = 0; seed < 5; seed++) {
      const { history } = await searched(of, name, 64, seed);
      later.push(...history.trials.slice(32).map(({ params }) => regret(params)));
    }
    expect(mean(later)).toBeLessThan(0.6 * byChance);
  });

  it('has the Gaussian process say which trial it measures again', async () => {
    const { history } = await searched(LEVELS, 'gp', 30, 0);
    const again = history.trials.flatMap(({ number, params, why }) => {
      const of = /; trial (\d+) once more$/.exec(why.text)?.[1];
      return of === undefined ? [] : [{ number, params, of: Number(of) }];
    });
    expect(again.length).toBeGreaterThan(10);
    for (const { number, params, of } of again) {
      expect(of).toBeLessThan(number);
      expect(history.trials[of]!.params).toEqual(params);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { random } from '../samplers/random.ts';
import { float, space } from '../space/define.ts';
import { keepReady } from './keep-ready.ts';
import { memoryLog } from './memory-log.ts';
import { createStudy } from './open.ts';
import { minimize } from './results.ts';
import type { Asked, Study } from './study.ts';

function study(trials: number): Promise<Study> {
  const log = memoryLog({ clock: () => 0 });
  const objectives = [minimize('loss')];
  const searched = space({ x: float(0, 1) });
  return createStudy({ log, name: 's', space: searched, objectives, sampler: random(), budget: { trials } });
}

const numberOf = (asked: Asked): number | string =>
  asked.kind === 'trial' ? asked.trial.number : asked.kind;

describe('keepReady', () => {
  it('has the next trial in the log before it is wanted', async () => {
    const of = await study(10);
    const ready = keepReady(of, 2);
    expect(numberOf(await ready.next())).toBe(0);
    // Methods of a study run in turn: this waits for the trials that are asked for behind.
    await of.note('later');
    expect(of.history.trials.map(({ state }) => state)).toEqual(['asked', 'asked', 'asked']);
    const sequence = of.history.sequence;
    const second = await ready.next();
    expect(numberOf(second)).toBe(1);
    expect(second.kind === 'trial' && second.trial.askedSequence).toBeLessThan(sequence);
  });

  it('serves every trial of the budget once, in order, and then says that it is over', async () => {
    const ready = keepReady(await study(4), 3);
    const all: (number | string)[] = [];
    for (let i = 0; i < 6; i++) all.push(numberOf(await ready.next()));
    expect(all).toEqual([0, 1, 2, 3, 'budget', 'budget']);
  });

  it('without any ahead is asking', async () => {
    const of = await study(10);
    const ready = keepReady(of, 0);
    await ready.next();
    await of.note('later');
    expect(of.history.trials).toHaveLength(1);
  });

  it('hands a failure to the one who would have had the trial', async () => {
    const of = await study(10);
    let calls = 0;
    const broken = {
      ask: () => (calls++ === 1 ? Promise.reject(new Error('no more')) : of.ask()),
    } as unknown as Study;
    const ready = keepReady(broken, 1);
    expect(numberOf(await ready.next())).toBe(0);
    await expect(ready.next()).rejects.toThrow('no more');
    expect(numberOf(await ready.next())).toBe(1);
  });
});

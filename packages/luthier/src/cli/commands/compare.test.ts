import { describe, expect, it } from 'vitest';
import { overfitCurves, smallStudy } from '../fixtures/study-log.ts';
import { cli } from '../fixtures/test-context.ts';

const other = { learningRate: 0.01, dropout1: 0.1, kind: 'a' };
const pair = [{ value: 0.95 }, { value: 0.9, params: other, epochs: overfitCurves }];
const repeats = [0.95, 0.951, 0.949]
  .map((value) => ({ value, of: 0 }))
  .concat([0.9, 0.901, 0.899].map((value) => ({ value, of: 1 })));

describe('luthier compare', () => {
  it('[#73] of two trials shows only the parameters that differ, with results and verdicts', async () => {
    const log = await smallStudy(pair);
    const { code, out } = await cli('compare 0 #1', { log });
    expect(code).toBe(0);
    expect(out()).toMatch(/\n +#0 +#1\n/);
    expect(out()).toMatch(/valAccuracy +0\.9500 +0\.9000\n/);
    expect(out()).toMatch(/learningRate +1e-3 +0\.01\n/);
    expect(out()).toMatch(/verdict +good +overfit\n/);
    expect(out()).not.toContain('dropout1');
    expect(out()).toContain('without repeats of both on several seeds a lead may be luck');
    const json = JSON.parse((await cli('compare 0 1 --json', { log })).out());
    expect(json).toMatchObject({
      study: 'small',
      a: { trial: 0, value: 0.95, verdict: { verdict: 'good' } },
      b: { trial: 1, value: 0.9, verdict: { verdict: 'overfit' } },
      params: [{ name: 'learningRate', a: 0.001, b: 0.01 }],
      metrics: [{ name: 'valLoss' }],
    });
    expect(json.seeds).toBeUndefined();
  });

  it('of two trials that were repeated tests whether the lead is luck', async () => {
    const log = await smallStudy([...pair, ...repeats]);
    const { out } = await cli('compare 0 1', { log });
    expect(out()).toMatch(/other seeds +0\.9500 0\.9510 0\.9490 +0\.9000 0\.9010 0\.8990/);
    expect(out()).toContain('#0 is better than #1 with probability 1.00');
    expect((await cli('compare 0 2', { log })).out()).toContain('the same configuration on other seeds');
  });

  it('of two studies shows settings, effort and best configurations', async () => {
    const log = await smallStudy([...pair, ...repeats]);
    await smallStudy([{ value: 0.97, params: other }], { log, name: 'wide', sampler: 'random' });
    const { code, out } = await cli('compare small wide', { log });
    expect(code).toBe(0);
    expect(out()).toMatch(/\n +small +wide\n/);
    expect(out()).toMatch(/best +0\.9500 +0\.9700\n/);
    expect(out()).toMatch(/sampler +gp +random\n/);
    expect(out()).toMatch(/best learningRate +1e-3 +0\.01\n/);
    expect(out()).toContain('without repeats on several seeds a lead may be luck');
    expect(JSON.parse((await cli('compare small wide --json', { log })).out())).toMatchObject({
      a: { study: 'small', trials: 2, complete: 2, best: 0, scores: [0.95, 0.951, 0.949] },
      b: { study: 'wide', value: 0.97, sampler: 'random' },
    });
  });

  it.each([
    ['compare 0', "missing required argument 'b'"],
    ['compare 0 wide', 'a trial and a study cannot be compared: 0 and wide'],
    ['compare 0 9', "study 'small' has no trial 9"],
    ['compare small smal', "no study 'smal' in runs/studies.db; did you mean 'small'?"],
    ['compare small small --study small', '--study is for comparing two trials'],
  ])('%s is refused', async (line, message) => {
    const { code, err, out } = await cli(line, { log: await smallStudy(pair) });
    expect([code, out()]).toEqual([2, '']);
    expect(err()).toContain(message);
  });
});

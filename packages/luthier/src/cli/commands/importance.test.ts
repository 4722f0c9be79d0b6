import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rateTrials, smallStudy } from '../fixtures/study-log.ts';
import { cli } from '../fixtures/test-context.ts';

describe('luthier importance', () => {
  it('[#69] ranks the parameter that decides first; shares add up to 1', async () => {
    const log = await smallStudy(rateTrials(60, -2));
    const found = JSON.parse((await cli('importance --json', { log })).out());
    expect(found).toMatchObject({ study: 'small', complete: 60, needed: 20 });
    const { importance } = found as { importance: { parameter: string; share: number }[] };
    expect(importance[0]!.parameter).toBe('learningRate');
    expect(importance[0]!.share).toBeGreaterThan(0.6);
    expect(importance.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
    const { code, out } = await cli('importance', { log });
    expect(code).toBe(0);
    expect(out()).toMatch(/parameter +share +trials\n {3}learningRate +\d\d\.\d % +█+ +60\n/);
  });

  it('[#69] writes a picture of the objective by each hyperparameter, its table as ever', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'luthier-'));
    try {
      const log = await smallStudy(rateTrials(60, -2));
      const file = join(folder, 'pictures', 'sensitivity.svg');
      const { code, out, err } = await cli(`importance --out ${file}`, { log });
      expect([code, err()]).toEqual([0, `wrote ${file}\n`]);
      expect(out()).toBe((await cli('importance', { log })).out());
      const svg = await readFile(file, 'utf8');
      expect(svg).toMatch(/^<svg .*small: valAccuracy \(higher is better\) by hyperparameter/s);
      expect(svg).toMatch(/learningRate \d+ %/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('says how many trials are missing', async () => {
    const log = await smallStudy(rateTrials(5, -2));
    const { code, out } = await cli('importance', { log });
    expect([code, out()]).toEqual([0, 'small has 5 complete trials; importance needs 20\n']);
    expect(JSON.parse((await cli('importance --json', { log })).out())).toMatchObject({
      importance: [],
      complete: 5,
    });
  });
});

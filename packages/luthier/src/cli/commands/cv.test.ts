import { describe, expect, it } from 'vitest';
import type { CvOptions, CvReport } from '../../tune/contract.ts';
import { cli } from '../fixtures/test-context.ts';

const run = (fold: number, value: number) => ({
  fold,
  repeat: 0,
  seed: 0,
  trainCount: 100,
  validationCount: 50,
  value,
  metrics: { valAccuracy: value, valLoss: 1 - value },
  epochs: 12,
  bestEpoch: 8,
  stopReason: 'earlyStopping',
});
const report: CvReport = {
  file: 'x.ts',
  seed: 3,
  params: { hidden1: 512 },
  folds: 3,
  repeats: 1,
  objective: { metric: 'valAccuracy', direction: 'maximize' },
  value: 0.94,
  metrics: { valAccuracy: 0.94, valLoss: 0.06 },
  spread: 0.0163,
  interval: [0.8903, 0.9897],
  runs: [run(0, 0.92), run(1, 0.94), run(2, 0.96)],
  reports: { steps: [1], seconds: [1], metrics: { valAccuracy: [0.94] } },
  seconds: 7,
  verdict: { verdict: 'healthy', text: 'Nothing to mend.' },
  next: [{ command: 'npx luthier tune x.ts --folds 3 --study x-cv', what: 'search' }],
};

describe('luthier cv', () => {
  it('[#90] prints mean, spread, interval and a line for every fold', async () => {
    const seen: CvOptions[] = [];
    const { code, out, err } = await cli('cv x.ts --folds 3 --repeats 1 --seed 3 --set hidden1=512', {
      engine: {
        crossValidate: async (options, observer) => {
          seen.push(options);
          observer.onStart?.({ file: 'x.ts', seed: 3, params: { hidden1: 512 }, epochs: 20 });
          observer.onReport?.(report.reports);
          return { kind: 'report', report };
        },
      },
    });
    expect(code).toBe(0);
    expect(seen[0]).toMatchObject({ folds: 3, repeats: 1, seed: 3, set: { hidden1: '512' } });
    expect(err()).toBe('x.ts · seed 3 · hidden1 512\nepoch 1/20  valAccuracy 0.9400  1.0s\n');
    expect(out()).toContain('valAccuracy 0.9400 ± 0.0163  3 folds in 7.0s');
    expect(out()).toMatch(/1 +100 +50 +0\.9200 +0\.0800 +12\n/);
    expect(out()).toMatch(/3 +100 +50 +0\.9600 +0\.0400 +12\n/);
    expect(out()).toContain('95 % interval of the mean 0.8903 to 0.9897');
    expect(out()).toContain('npx luthier tune x.ts --folds 3');
  });

  it('prints one JSON document with --json', async () => {
    const engine = { crossValidate: async () => ({ kind: 'report', report }) as const };
    const { out, err } = await cli('cv x.ts --json -q', { engine });
    expect(JSON.parse(out())).toMatchObject({ value: 0.94, folds: 3, runs: [{ fold: 0 }, {}, {}] });
    expect(err()).toBe('');
  });

  it('ends with 3 when a fold fails, and refuses one fold', async () => {
    const failed = { kind: 'failed', reason: 'diverged', message: 'fold 2: loss is NaN' } as const;
    const { code, err } = await cli('cv x.ts', { engine: { crossValidate: async () => failed } });
    expect([code, err()]).toEqual([3, 'a training failed (diverged): fold 2: loss is NaN\n']);
    const bad = await cli('cv x.ts --folds 1');
    expect(bad.code).toBe(2);
    expect(bad.err()).toContain('--folds takes a whole number of at least 2');
  });
});

import { describe, expect, it } from 'vitest';
import type { LrScanFileOptions, LrScanReport } from '../../tune/contract.ts';
import { cli } from '../fixtures/test-context.ts';

const rates = [1e-4, 1e-3, 1e-2, 1e-1];
const report: LrScanReport = {
  file: 'x.ts',
  seed: 3,
  params: { hidden1: 512 },
  scan: {
    min: 1e-4,
    max: 1e-1,
    batchSize: 64,
    rates,
    losses: [2, 1.5, 0.5, 3],
    low: [2, 1.5, 0.5, 3],
    high: [2, 1.5, 0.5, 3],
    curves: [{ seed: 3, rates, losses: [2, 1.5, 0.5, 3], divergedAt: 0.1 }],
    suggestions: { valley: 0.0031, minimum: 0.001 },
    suggestion: 0.0018,
    spread: 0.5,
    divergence: 0.1,
    text: 'try 0.0018 (the rules agree); the loss runs away at about 0.1',
  },
  seconds: 2,
  files: [{ path: 'runs/lr-scan.svg', what: 'the scan as a picture' }],
  next: [{ command: 'npx luthier train x.ts --set learningRate=0.0018', what: 'train with that rate' }],
};

describe('luthier lr-scan', () => {
  it('[#15] prints the suggestion, every rule, the rate of divergence and the picture', async () => {
    const seen: LrScanFileOptions[] = [];
    const { code, out, err } = await cli('lr-scan x.ts --min 1e-5 --max 1 --steps 50 --seeds 1 --seed 3', {
      engine: {
        lrScan: async (options, observer) => {
          seen.push(options);
          observer.onStart?.({ file: 'x.ts', seed: 3, params: { hidden1: 512 } });
          return { kind: 'report', report };
        },
      },
    });
    expect(code).toBe(0);
    expect(seen[0]).toMatchObject({
      min: 1e-5,
      max: 1,
      steps: 50,
      seeds: 1,
      seed: 3,
      out: 'runs/lr-scan.svg',
    });
    expect(err()).toBe('x.ts · seed 3 · hidden1 512\n');
    expect(out()).toContain('learning rate 0.0018  1 run, batches of 64, in 2.0s');
    expect(out()).toMatch(/valley +0\.0031 +middle of the longest fall/);
    expect(out()).toMatch(/minimum +0\.001 /);
    expect(out()).not.toContain('steep ');
    expect(out()).toMatch(/runs away 0\.1/);
    expect(out()).toContain('runs/lr-scan.svg');
    expect(out()).toContain('npx luthier train x.ts --set learningRate=0.0018');
  });

  it('leaves the range to the scan unless told, and prints one JSON document with --json', async () => {
    const seen: LrScanFileOptions[] = [];
    const { out, err } = await cli('lr-scan x.ts --json -q', {
      engine: {
        lrScan: async (options) => {
          seen.push(options);
          return { kind: 'report', report };
        },
      },
    });
    expect(seen[0]).not.toHaveProperty('min');
    expect(JSON.parse(out())).toMatchObject({
      scan: { suggestion: 0.0018, suggestions: { valley: 0.0031 } },
    });
    expect(err()).toBe('');
  });

  it('ends with 3 when the scan fails, and refuses too few steps', async () => {
    const failed = { kind: 'failed', reason: 'error', message: 'the loss is not finite' } as const;
    const { code, err } = await cli('lr-scan x.ts', { engine: { lrScan: async () => failed } });
    expect([code, err()]).toEqual([3, 'the scan failed (error): the loss is not finite\n']);
    expect((await cli('lr-scan x.ts --steps 3')).code).toBe(2);
  });
});

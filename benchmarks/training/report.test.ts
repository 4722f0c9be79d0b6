import { expect, test } from 'vitest';
import { median, pairedRatio } from './ratios.ts';
import { report } from './report.ts';
import { type NetworkResult, verdict } from './verdict.ts';

test('the median of an even number of values is the mean of the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([3, 1, 2])).toBe(2);
});

test('load that hits both sides of a round leaves the paired ratio as it is', () => {
  expect(pairedRatio([1, 10, 1], [2, 20, 2])).toBe(0.5);
});

const network: NetworkResult = {
  network: 'mlp',
  title: 'A network',
  parameters: 250_000,
  installedTarget: 0.6,
  compileTarget: 150,
  load: [0.1, 1],
  outcomes: [
    {
      setting: { optimizer: 'adam', batch: 32 },
      rounds: {
        luthier: [{ ms: 3, cpu: 2 }],
        torch: [{ ms: 6, cpu: 4 }],
        keras: [{ ms: 30, cpu: 20 }],
        torchFused: [{ ms: 2, cpu: 1 }],
        browser: [{ ms: 6 }],
        floor: [{ ms: 1.5, cpu: 1.5 }],
      },
      compile: { first: 300, later: 40 },
      profile: { steps: 1, step: 3, floor: { products: 1, update: 0.5 }, ops: [] },
    },
  ],
  memory: { luthier: 2 ** 28, torch: 2 ** 29 },
  parallel: [1.7, 1.9, 1.9].map((wall) => ({ wall, processor: 1.95 })),
};

test('each figure is held against the fastest of its group', () => {
  const line = verdict(network);
  expect(line).toContain('as installed at most 0.6: holds (at worst 0.50, of CPU times 0.50)');
  expect(line).toContain(
    'at its best at most 1.25: fails for Adam, batch 32 (at worst 1.50, of CPU times 2.00)',
  );
  expect(line).toContain('floor at least 0.6: fails for Adam, batch 32 (at worst 0.50, of CPU times 0.75)');
  expect(line).toContain('browser over native at most 2.5: holds (at worst 2.00)');
  expect(line).toContain('compile in at most 150 ms: fails (slowest 40 ms, in a new process 300 ms)');
  expect(line).toContain("memory at most PyTorch's: holds (0.50 of it)");
  expect(line).toContain('two at once at least 1.8 x: holds (1.90 x, of CPU times 1.95 x)');
});

test('the report names what was left out, and leaves processor times empty where a side has none', () => {
  const text = report({
    date: '2026-01-01',
    machine: 'a machine',
    versions: ['Luthier'],
    absent: ['PyTorch: not installed'],
    rounds: 1,
    milliseconds: 500,
    networks: [network],
  });
  expect(text).toContain('Load of the machine before and after: 0.1 and 1.0.');
  expect(text).toContain('Left out: PyTorch: not installed.');
  expect(text).toContain('| PyTorch as installed | 6.00 | 6.00 | 4.00 | 0.50 | 0.50 |');
  expect(text).toContain('| between the kernels | 3.000 | 100.0 % |  |  |');
  expect(text).toContain('| Luthier in a browser (wasm) | 6.00 | 6.00 |  | 0.50 |  |');
});

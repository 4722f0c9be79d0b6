import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { constraints, losses, metrics, optimizers, regularizers, schedules } from './index.ts';

const here = dirname(fileURLToPath(import.meta.url));

/** The comments of a folder's sources, each from its beginning to its end. */
function comments(folder: string): string {
  const files = globSync(join(here, folder, '*.ts')).filter((file) => !file.endsWith('.test.ts'));
  const texts = files.map((file) => readFileSync(file, 'utf8'));
  return texts.flatMap((text) => text.match(/\/\*\*[\s\S]*?\*\//g) ?? []).join('\n');
}

describe('[#38] what limits complexity and what makes training converge are rooms of their own', () => {
  it.each([
    ['regularizers', regularizers, ['l1', 'l1l2', 'l2', 'orthogonal', 'proximalL1']],
    ['constraints', constraints, ['maxNorm', 'minMaxNorm', 'nonNeg', 'unitNorm']],
    [
      'optimizers',
      optimizers,
      [
        ...['adadelta', 'adafactor', 'adagrad', 'adam', 'adamW', 'adamax', 'ftrl', 'lamb', 'lion', 'muon'],
        ...['nadam', 'rmsprop', 'scheduleFreeAdamW', 'sgd'],
      ],
    ],
  ] as const)('%s holds all that there are, each explained in the comments', (folder, room, expected) => {
    expect(Object.keys(room).sort()).toEqual([...expected].sort());
    const text = comments(folder);
    for (const name of expected) expect(text).toMatch(new RegExp(`\\b${name}\\b`));
    expect(text).toContain('@example');
    expect(text).toContain('Reference:');
  });

  it.each([
    ['schedules', schedules],
    ['losses', losses],
    ['metrics', metrics],
  ] as const)('so are %s', (folder, room) => {
    const text = comments(folder);
    for (const name of Object.keys(room)) expect(text).toMatch(new RegExp(`\\b${name}\\b`));
  });
});

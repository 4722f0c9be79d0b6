import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LuthierError } from '@luthier/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkDefinition, loadTuning } from './load-tuning.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'luthier-load-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const good = {
  name: 'digits',
  data: () => ({}),
  build: () => ({}),
  fit: () => ({ epochs: 1, batchSize: 1 }),
  objective: { metric: 'valAccuracy', direction: 'maximize' },
};

async function refusal(name: string, text?: string): Promise<LuthierError> {
  if (text !== undefined) await writeFile(join(folder, name), text);
  try {
    await loadTuning(name, folder);
  } catch (error) {
    if (error instanceof LuthierError) return error;
    throw error;
  }
  throw new Error(`${name} was accepted`);
}

function fieldRefusal(definition: unknown): LuthierError {
  try {
    checkDefinition(definition, 'tune.ts');
  } catch (error) {
    if (error instanceof LuthierError) return error;
    throw error;
  }
  throw new Error('the definition was accepted');
}

describe('a tuning file', () => {
  test('that is missing is refused by its path', async () => {
    const error = await refusal('nowhere.ts');
    expect(error.code).toBe('LU_TUNING_MISSING');
    expect(error.message).toContain('nowhere.ts');
  });

  test('that throws while it loads is refused with file and line', async () => {
    const error = await refusal('throws.mjs', "\n\nthrow new Error('no such data');\n");
    expect(error.code).toBe('LU_TUNING_IMPORT');
    expect(error.where).toBe('throws.mjs:3');
    expect(error.message).toContain('no such data');
  });

  test('names a device of this machine, or is refused with what to install', async () => {
    const withDevice = (device: string): string =>
      `export default { name: 'd', data: () => ({}), build: () => ({}), fit: () => ({ epochs: 1, batchSize: 1 }),
        objective: { metric: 'valAccuracy', direction: 'maximize' }, device: '${device}' };`;
    await writeFile(join(folder, 'cpu.mjs'), withDevice('cpu'));
    expect((await loadTuning('cpu.mjs', folder)).definition.device).toBe('cpu');
    const other = process.platform === 'darwin' ? 'dml' : 'coreml';
    const missing = await refusal('other.mjs', withDevice(other));
    expect(missing.code).toBe('LU_DEVICE_MISSING');
    expect(missing.fix).toMatch(/^It takes /);
    const unknown = await refusal('unknown.mjs', withDevice('gpu'));
    expect(unknown.code).toBe('LU_DEVICE_UNKNOWN');
  });

  test('without a default export is refused', async () => {
    const error = await refusal('named.mjs', 'export const tuning = {};\n');
    expect(error.code).toBe('LU_TUNING_NO_DEFAULT');
    expect(error.fix).toContain('export default defineTuning');
  });

  test('may export an object, a promise or a function', async () => {
    const body =
      "{ name: 'a', data: () => 0, build: () => 0, fit: () => 0, objective: { metric: 'valLoss', direction: 'minimize' } }";
    for (const [name, text] of [
      ['object.mjs', `export default ${body};`],
      ['promise.mjs', `export default Promise.resolve(${body});`],
      ['function.mjs', `export default () => (${body});`],
    ] as const) {
      await writeFile(join(folder, name), text);
      const loaded = await loadTuning(name, folder);
      expect(loaded.definition.name).toBe('a');
      expect(loaded.shown).toBe(name);
    }
  });
});

describe('a definition', () => {
  test('that is whole is accepted', () => {
    expect(checkDefinition(good, 'tune.ts')).toBe(good);
  });

  test('that lacks a field is refused by its name', () => {
    const { build: _, ...rest } = good;
    expect(fieldRefusal(rest).message).toContain("'build'");
  });

  test('with an unknown field gets the nearest known one', () => {
    expect(fieldRefusal({ ...good, shceduler: 'asha' }).message).toContain("did you mean 'scheduler'?");
    expect(fieldRefusal({ ...good, budget: { trial: 3 } }).message).toContain("did you mean 'trials'?");
  });

  test('with an unknown sampler gets the nearest known one', () => {
    const error = fieldRefusal({ ...good, sampler: 'randon' });
    expect(error.code).toBe('LU_SAMPLER_UNKNOWN');
    expect(error.message).toContain('random');
  });

  test.each([
    ['trials', { budget: { trials: 0 } }],
    ['minutes', { budget: { minutes: -1 } }],
    ['seed', { seed: 1.5 }],
    ['objective', { objective: 'valAccuracy' }],
    ['name', { name: 'a/b' }],
    ['data', { data: [] }],
    ['folds', { folds: 1 }],
    ['folds', { folds: 'five' }],
    ['repeats', { repeats: 0 }],
    ['retrain', { retrain: 'yes' }],
    ['prepare', { prepare: [] }],
    ["'x'", { prepare: { xs: [] } }],
  ])('with a wrong %s is refused by that name', (field, change) => {
    const error = fieldRefusal({ ...good, ...change });
    expect(error.code).toBe('LU_TUNING_FIELD');
    expect(error.message).toContain(field);
    expect(error.where).toBe('tune.ts');
  });

  test('that is no object is no definition', () => {
    expect(fieldRefusal(7).code).toBe('LU_TUNING_NO_DEFAULT');
  });
});

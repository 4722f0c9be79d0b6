import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixture, luthier, type Run } from './luthier-process.ts';

const modules = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'node_modules');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'luthier-bad-'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await symlink(modules, join(folder, 'node_modules'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Pieces {
  readonly build?: string;
  readonly data?: string;
  readonly more?: string;
}

const HEAD = `import { defineTuning, maximize } from 'luthier';
import { digits, layers, mnist, optimizers, sequential } from '@luthier/nn';
`;

/** A tuning file with some pieces replaced. */
async function tuningFile(name: string, pieces: Pieces): Promise<void> {
  const build =
    pieces.build ??
    `(hp) => sequential([
      layers.input({ shape: [64] }),
      layers.dense({ units: hp.int('units', { min: 8, max: 16, step: 8 }), activation: 'relu' }),
      layers.dense({ units: 10, activation: 'softmax' }),
    ]).compile({ optimizer: optimizers.adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] })`;
  await writeFile(
    join(folder, name),
    `${HEAD}
export default defineTuning({
  name: 'bad',
  data: () => ${pieces.data ?? 'digits()'},
  build: ${build},
  fit: () => ({ epochs: 1, batchSize: 64 }),
  objective: maximize('valAccuracy'),
  budget: { trials: 1 },
  finalists: 0,
  ${pieces.more ?? ''}
});
`,
  );
}

/** The model of `tuningFile` with other layers. */
const model = (layers: string): string =>
  `(hp) => sequential([${layers}]).compile({ optimizer: optimizers.adam(), loss: 'categoricalCrossentropy', metrics: ['accuracy'] })`;

function expectRefusal(run: Run, code: string, ...words: readonly string[]): void {
  expect(run.code, run.stderr).toBe(2);
  expect(run.stderr).toContain(code);
  for (const word of words) expect(run.stderr).toContain(word);
  expect(run.stderr, 'a mend is given').toMatch(/fix:/);
  expect(run.stderr, 'no stack trace').not.toMatch(/\n\s+at .*:\d+:\d+/);
  expect(run.stdout).toBe('');
}

describe('a tuning file is refused before anything is stored when', () => {
  test('it is missing', async () => {
    expectRefusal(await luthier(['tune', 'nowhere.ts'], folder), 'LU_TUNING_MISSING', 'nowhere.ts');
  });

  test('its syntax is wrong, naming the file', async () => {
    await writeFile(join(folder, 'syntax.ts'), 'export default {\n  name: \n};\n');
    expectRefusal(await luthier(['tune', 'syntax.ts'], folder), 'LU_TUNING_SYNTAX', 'syntax.ts');
  });

  test('it has no default export', async () => {
    await writeFile(join(folder, 'named.ts'), 'export const tuning = 1;\n');
    expectRefusal(await luthier(['tune', 'named.ts'], folder), 'LU_TUNING_NO_DEFAULT', 'named.ts');
  });

  test('the sampler is unknown, with the nearest name', async () => {
    await tuningFile('good.ts', {});
    const run = await luthier(['tune', 'good.ts', '--sampler', 'randon'], folder);
    expectRefusal(run, 'LU_SAMPLER_UNKNOWN', "did you mean 'random'");
  });

  test('a range has its maximum below its minimum', async () => {
    await tuningFile('range.ts', {
      build: model(
        "layers.input({ shape: [64] }), layers.dense({ units: hp.int('units', { min: 16, max: 8 }) })",
      ),
    });
    expectRefusal(await luthier(['tune', 'range.ts'], folder), 'LU_SPACE_RANGE', 'units', '16', '8');
  });

  test('a step does not fit its range', async () => {
    await tuningFile('step.ts', {
      build: model(
        "layers.input({ shape: [64] }), layers.dropout({ rate: hp.float('rate', { min: 0.1, max: 0.5, step: 0.15 }) }), layers.dense({ units: 10 })",
      ),
    });
    expectRefusal(await luthier(['tune', 'step.ts'], folder), 'LU_SPACE_STEP', 'rate', '0.15');
  });

  test('an option of a hyperparameter or a setting of fit is misspelled, with the nearest name', async () => {
    await tuningFile('option.ts', {
      build: model(
        "layers.input({ shape: [64] }), layers.dense({ units: hp.int('units', { min: 8, max: 64, stpe: 8 }) })",
      ),
    });
    expectRefusal(
      await luthier(['tune', 'option.ts'], folder),
      'LU_SPACE_OPTION',
      'units',
      "did you mean 'step'",
    );
    await tuningFile('fit.ts', { more: 'fit: () => ({ epochs: 1, batchsize: 64 }),' });
    expectRefusal(await luthier(['tune', 'fit.ts'], folder), 'LU_TUNING_FIELD', "did you mean 'batchSize'");
  });

  test('a parameter comes twice with another range', async () => {
    await tuningFile('twice.ts', {
      build: model(
        "layers.input({ shape: [64] }), layers.dense({ units: hp.int('units', { min: 8, max: 16 }) }), layers.dense({ units: hp.int('units', { min: 8, max: 32 }) })",
      ),
    });
    expectRefusal(await luthier(['tune', 'twice.ts'], folder), 'LU_SPACE_DUPLICATE', 'units');
  });

  test('the objective is not measured, with those that are', async () => {
    await writeFile(
      join(folder, 'objective.ts'),
      (await readFile(join(folder, 'good.ts'), 'utf8')).replace('valAccuracy', 'valAuc'),
    );
    expectRefusal(
      await luthier(['tune', 'objective.ts'], folder),
      'LU_OBJECTIVE_UNKNOWN',
      'valAuc',
      'valAccuracy',
    );
  });

  test('the number of a flag makes no sense', async () => {
    expectRefusal(await luthier(['tune', 'good.ts', '--trials', '-3'], folder), 'LU_CLI', '--trials');
  });
});

describe('data are refused when', () => {
  test('an IDX file is truncated or no IDX file at all, naming it', async () => {
    const idx = join(folder, 'idx');
    await mkdir(idx, { recursive: true });
    const header = Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3]);
    const labels = Buffer.from([0, 0, 8, 1, 0, 0, 0, 2, 0, 1]);
    for (const set of ['train', 't10k']) {
      await writeFile(join(idx, `${set}-images-idx3-ubyte.gz`), gzipSync(header));
      await writeFile(join(idx, `${set}-labels-idx1-ubyte`), labels);
    }
    await tuningFile('idx.ts', { data: "mnist({ folder: 'idx' })" });
    expectRefusal(await luthier(['tune', 'idx.ts'], folder), 'LU_IDX', 'train-images-idx3-ubyte.gz');
    await writeFile(join(idx, 'train-images-idx3-ubyte.gz'), 'these are not pixels, nor is it gzip');
    expectRefusal(await luthier(['tune', 'idx.ts'], folder), 'LU_IDX', 'train-images-idx3-ubyte.gz');
  });

  test('the model expects another shape, naming the layer and both shapes', async () => {
    await tuningFile('shape.ts', {
      build: model("layers.input({ shape: [100] }), layers.dense({ units: 10, activation: 'softmax' })"),
    });
    expectRefusal(await luthier(['tune', 'shape.ts'], folder), 'LU_', '100', '64');
  });
});

describe('a store is refused, and left as it is, when', () => {
  const digest = async (path: string): Promise<string> =>
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex');

  test('it is some other file, or some other database', async () => {
    await tuningFile('good.ts', {});
    const text = join(folder, 'notes.db');
    await writeFile(text, 'shopping list: eggs');
    const other = join(folder, 'other.db');
    const database = new DatabaseSync(other);
    database.exec('CREATE TABLE recipes (name TEXT)');
    database.close();
    for (const path of [text, other]) {
      const before = await digest(path);
      expectRefusal(await luthier(['tune', 'good.ts', '--store', path], folder), 'LU_STORE_FOREIGN', path);
      expect(await digest(path)).toBe(before);
    }
  });

  test('another process has locked it', async () => {
    await tuningFile('good.ts', {});
    expect((await luthier(['tune', 'good.ts', '--store', 'locked.db'], folder)).code).toBe(0);
    const holder = new DatabaseSync(join(folder, 'locked.db'));
    holder.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    try {
      const run = await luthier(['tune', 'good.ts', '--store', 'locked.db', '--resume'], folder);
      expectRefusal(run, 'LU_STORE_LOCKED', 'locked.db');
    } finally {
      holder.exec('ROLLBACK');
      holder.close();
    }
    const after = await luthier(['trials', '--store', 'locked.db', '--json'], folder);
    expect(after.code, after.stderr).toBe(0);
  });

  test('it cannot be written', async () => {
    // A folder of the kernel in which nobody, root included, can make a file.
    const run = await luthier(['tune', 'good.ts', '--store', '/proc/studies.db'], folder);
    expectRefusal(run, 'LU_STORE', '/proc/studies.db');
  });

  test('it holds a study of that name with another space, or one that exists without --resume', async () => {
    await tuningFile('good.ts', {});
    const store = ['--store', 'space.db'];
    expect((await luthier(['tune', 'good.ts', ...store], folder)).code).toBe(0);
    const before = await luthier(['trials', ...store, '--json'], folder);
    expectRefusal(await luthier(['tune', 'good.ts', ...store], folder), 'LU_STUDY_EXISTS', 'bad', '--resume');
    await writeFile(
      join(folder, 'wider.ts'),
      (await readFile(join(folder, 'good.ts'), 'utf8')).replace('max: 16', 'max: 32'),
    );
    const run = await luthier(['tune', 'wider.ts', ...store, '--resume'], folder);
    expectRefusal(run, 'LU_STUDY_SPACE', 'units', '16', '32');
    expect((await luthier(['trials', ...store, '--json'], folder)).stdout).toBe(before.stdout);
  });
});

test('--debug shows the stack', async () => {
  const run = await luthier(['tune', 'nowhere.ts', '--debug'], folder);
  expect(run.code).toBe(2);
  expect(run.stderr).toMatch(/\n\s+at .*:\d+:\d+/);
});

test('the fixture of the chaos test is a good tuning file', async () => {
  const run = await luthier(['train', fixture('small-tune.ts'), '--set', 'nothing=1'], folder);
  expectRefusal(run, 'LU_SET_UNKNOWN', 'nothing', 'units');
});

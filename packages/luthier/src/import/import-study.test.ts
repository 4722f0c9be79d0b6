import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bestTrial, describeParameter, memoryLog, openStudy } from '@luthier/search';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli } from '../cli/fixtures/test-context.ts';
import { loadSqlite } from '../stores/sqlite-module.ts';
import { importStudy, readForeignStudy } from './import-study.ts';

// Both fixtures are the same 8 trials, written by Optuna 5.0.0: one pruned, one that threw, one with NaN.
const fixture = (name: string) => new URL(`./fixtures/${name}`, import.meta.url).pathname;

let folder: string;
let database: string;
let project: string;

/** A project of Keras Tuner 1.4 as its state files have it. */
async function writeProject(): Promise<void> {
  const space = [
    {
      class_name: 'Int',
      config: {
        name: 'units',
        default: null,
        conditions: [],
        min_value: 32,
        max_value: 512,
        step: 32,
        sampling: 'linear',
      },
    },
    {
      class_name: 'Float',
      config: {
        name: 'dropout',
        default: 0.2,
        conditions: [],
        min_value: 0,
        max_value: 0.5,
        step: 0.1,
        sampling: 'linear',
      },
    },
    {
      class_name: 'Choice',
      config: { name: 'optimizer', default: 'sgd', conditions: [], values: ['sgd', 'adam'], ordered: false },
    },
    {
      class_name: 'Float',
      config: {
        name: 'momentum',
        default: 0,
        conditions: [{ class_name: 'Parent', config: { name: 'optimizer', values: ['sgd'] } }],
        min_value: 0,
        max_value: 0.99,
        step: null,
        sampling: 'linear',
      },
    },
    {
      class_name: 'Float',
      config: {
        name: 'lr',
        default: 1e-4,
        conditions: [],
        min_value: 1e-4,
        max_value: 0.1,
        step: null,
        sampling: 'log',
      },
    },
    { class_name: 'Boolean', config: { name: 'bias', default: true, conditions: [] } },
    { class_name: 'Fixed', config: { name: 'width', value: 784, conditions: [] } },
  ];
  const base = {
    units: 64,
    dropout: 0.30000000000000004,
    lr: 0.01,
    bias: true,
    width: 784,
    'tuner/epochs': 3,
  };
  const trial = (score: number | null, status: string, values: object) => ({
    trial_id: '00',
    hyperparameters: { space, values },
    metrics: {
      metrics: {
        loss: { direction: 'min', observations: [{ value: [0.7], step: 1 }] },
        ...(score === null
          ? {}
          : { val_accuracy: { direction: 'max', observations: [{ value: [score], step: 1 }] } }),
      },
    },
    score,
    best_step: 1,
    status,
  });
  const trials = [
    trial(0.8, 'COMPLETED', { ...base, optimizer: 'sgd', momentum: 0.9 }),
    trial(0.95, 'COMPLETED', { ...base, optimizer: 'adam' }),
    trial(null, 'INVALID', { ...base, optimizer: 'adam', units: 512 }),
    trial(null, 'RUNNING', { ...base, optimizer: 'adam', units: 96 }),
  ];
  for (const [i, each] of trials.entries()) {
    await mkdir(join(project, `trial_${i}`), { recursive: true });
    await writeFile(join(project, `trial_${i}`, 'trial.json'), JSON.stringify(each));
  }
  await writeFile(
    join(project, 'oracle.json'),
    JSON.stringify({ ongoing_trials: {}, hyperparameters: { space, values: base } }),
  );
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'luthier-import-'));
  database = join(folder, 'optuna.db');
  project = join(folder, 'my_project');
  const { DatabaseSync } = await loadSqlite();
  const made = new DatabaseSync(database);
  made.exec(await readFile(fixture('optuna-5.sql'), 'utf8'));
  made.close();
  await writeProject();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('[#70] a study of Optuna', () => {
  it('is the same from the SQLite file and from the journal', async () => {
    const fromDatabase = await readForeignStudy(database, 'demo');
    const fromJournal = await readForeignStudy(fixture('optuna-5.journal'));
    // SQLite keeps the last report of a pruned trial as its value, too.
    const bare = (trials: typeof fromJournal.trials) =>
      trials.map(({ values, ...rest }) => (rest.outcome === 'complete' ? { ...rest, values } : rest));
    expect(bare(fromDatabase.trials)).toEqual(bare(fromJournal.trials));
    expect(fromDatabase.space).toEqual(fromJournal.space);
  });

  it('has its ranges, conditions read off the trials, and the best values as defaults', async () => {
    const { space, objectives, trials } = await readForeignStudy(database, 'demo');
    expect(objectives).toEqual([{ metric: 'value', direction: 'minimize' }]);
    expect(
      space.parameters.map((each) => `${each.name}: ${describeParameter(each, { conditions: true })}`),
    ).toEqual([
      "optimizer: choice of 'sgd', 'adam'",
      'lr: float 0.00001 to 0.1 log',
      'layers: int 1 to 3',
      'dropout: float 0.1 to 0.5 step 0.1',
      "momentum: float 0 to 0.99 when optimizer is 'sgd'",
    ]);
    expect(space.parameters[1]).toMatchObject({ default: trials[0]!.params.lr });
    expect(trials.map(({ outcome }) => outcome)).toEqual([
      'complete',
      'complete',
      'complete',
      'complete',
      'pruned',
      'failed',
      'failed',
      'complete',
    ]);
  });

  it('becomes a study that goes on', async () => {
    const log = memoryLog();
    const imported = await importStudy(log, await readForeignStudy(database, 'demo'), 'demo');
    expect([imported.added, imported.leftOut, imported.unfinished]).toEqual([8, 0, 0]);
    const study = await openStudy({ log, name: 'demo' });
    expect(bestTrial(study.history)).toMatchObject({
      number: 0,
      values: [1.0010539860510485e-5],
      source: 'Optuna',
    });
    // 0.30000000000000004 there, 0.3 here.
    expect(study.history.trials[1]!.params.dropout).toBe(0.3);
    expect(study.history.trials[1]!.reports.steps).toEqual([0, 1, 2]);
    expect((await study.ask()).kind).toBe('trial');
  });

  it('of several must be named, and one with two objectives keeps both', async () => {
    await expect(readForeignStudy(database)).rejects.toMatchObject({
      code: 'LU_IMPORT',
      message: '2 studies are in this file: choose one of demo, other with --from',
    });
    await expect(readForeignStudy(database, 'dema')).rejects.toMatchObject({
      message: expect.stringContaining("did you mean 'demo'"),
    });
    expect((await readForeignStudy(database, 'other')).objectives).toEqual([
      { metric: 'value0', direction: 'minimize' },
      { metric: 'value1', direction: 'maximize' },
    ]);
  });

  it('survives a journal that was cut off, and NaN and infinity in it', async () => {
    const text = await readFile(fixture('optuna-5.journal'), 'utf8');
    const file = join(folder, 'cut.journal');
    const odd = text.replace(
      '"step":2,"intermediate_value":0.2773780555112316',
      '"step":2,"intermediate_value":NaN',
    );
    await writeFile(
      file,
      `${odd.replace('"values":[0.2707482201578223]', '"values":[-Infinity]')}{"op_code":6,"tri`,
    );
    const { trials } = await readForeignStudy(file);
    expect(trials[6]!.reports!.values[2]).toBeNaN();
    expect(trials[7]!.values).toEqual([Number.NEGATIVE_INFINITY]);
  });
});

describe('[#70] a project of Keras Tuner', () => {
  it('has its ranges in exact decimals, with the maximum that Keras Tuner reaches, and its conditions', async () => {
    const { space, objectives, trials, unfinished } = await readForeignStudy(project);
    expect(objectives).toEqual([{ metric: 'valAccuracy', direction: 'maximize' }]);
    expect(
      space.parameters.map((each) => `${each.name}: ${describeParameter(each, { conditions: true })}`),
    ).toEqual([
      'units: int 32 to 512 step 32',
      'dropout: float 0 to 0.5 step 0.1',
      "optimizer: choice of 'sgd', 'adam'",
      "momentum: float 0 to 0.99 when optimizer is 'sgd'",
      'lr: float 0.0001 to 0.1 log',
      'bias: true or false',
      'width: fixed 784',
    ]);
    expect(unfinished).toBe(1);
    expect(trials.map(({ outcome, values }) => [outcome, values?.[0]])).toEqual([
      ['complete', 0.8],
      ['complete', 0.95],
      ['failed', undefined],
    ]);
  });

  it('becomes a study', async () => {
    const log = memoryLog();
    const { study, added } = await importStudy(log, await readForeignStudy(project), 'p');
    expect(added).toBe(3);
    expect(study.best?.params).toEqual({
      units: 64,
      dropout: 0.3,
      optimizer: 'adam',
      lr: 0.01,
      bias: true,
      width: 784,
    });
  });
});

describe('luthier import', () => {
  it('says what it brought in, and refuses a name that is taken', async () => {
    const log = memoryLog();
    const { code, out } = await cli(`import ${database} --from demo`, { log });
    expect([code, out()]).toEqual([0, 'demo: 8 trials of Optuna\n']);
    const json = await cli(`import ${project} --study kt --json`, { log });
    expect(JSON.parse(json.out())).toEqual({
      study: 'kt',
      tuner: 'Keras Tuner',
      added: 3,
      leftOut: 0,
      unfinished: 1,
    });
    const again = await cli(`import ${database} --from demo`, { log });
    expect(again.code).toBe(2);
    expect(again.err()).toContain("there is a study 'demo' already");
  });

  it.each([
    ['nothing.db', 'there is no file or folder'],
    ['text', 'line 1 is not an entry'],
    ['sqlite', 'not a storage of Optuna 3 or later'],
    ['empty', 'not a file of Keras Tuner'],
  ])('refuses %s', async (name, message) => {
    const path = join(folder, name);
    if (name === 'text') await writeFile(path, 'hello\nworld\n');
    if (name === 'empty') await mkdir(path, { recursive: true });
    if (name === 'sqlite') {
      const { DatabaseSync } = await loadSqlite();
      const made = new DatabaseSync(path);
      made.exec('CREATE TABLE IF NOT EXISTS t (a)');
      made.close();
    }
    const { code, err } = await cli(`import ${path}`, { log: memoryLog() });
    expect(code).toBe(2);
    expect(err()).toContain(message);
  });
});

import { LuthierError } from '@luthier/core';
import { memoryLog, type NewEvent, type StudyLog } from '@luthier/search';
import { describe, expect, it } from 'vitest';
import type { TuneEnd, TuneObserver, TuneOptions } from '../tune/contract.ts';
import { useColor } from './color.ts';
import { digitsHistory, digitsReport, digitsSpace, digitsStart } from './fixtures/digits-study.ts';
import { type TestContext, testContext, textSink } from './fixtures/test-context.ts';
import { commands, runCli } from './main.ts';

type Given = NonNullable<Parameters<typeof testContext>[0]>;

async function cli(line: string, given: Given = {}): Promise<TestContext & { code: number }> {
  const test = testContext(given);
  const code = await runCli(line === '' ? [] : line.split(' '), test.context);
  return { ...test, code };
}

/** A study of three trials: 0 complete 0.97, 1 complete 0.98, 2 failed. */
async function digitsLog(names: readonly string[] = ['digits']): Promise<StudyLog> {
  const log = memoryLog({ clock: () => Date.UTC(2026, 0, 2, 12) });
  const params = { hidden1: 32, dropout1: 0.1, hidden2: 16, dropout2: 0.1, learningRate: 0.001 };
  const asked = (trial: number, hidden1: number): NewEvent => ({
    type: 'trial-asked',
    trial,
    params: { ...params, hidden1 },
    why: { text: 'the defaults', sampler: 'baseline', mode: 'baseline' },
    seed: trial,
  });
  const run = (trial: number, value: number): readonly NewEvent[] => [
    { type: 'trial-started', trial, attempt: 1, runner: 'test' },
    {
      type: 'trial-reported',
      trial,
      attempt: 1,
      block: { steps: [1, 2], seconds: [1, 2], metrics: { valAccuracy: [value - 0.1, value] } },
    },
  ];
  for (const name of names) {
    const done = await log.append(name, [
      {
        type: 'study-created',
        space: digitsSpace,
        objectives: [{ metric: 'valAccuracy', direction: 'maximize' }],
        seed: 7,
        budget: { trials: 30 },
        sampler: { name: 'gp' },
        scheduler: { name: 'asha' },
      },
      asked(0, 64),
      asked(1, 512),
      asked(2, 128),
      ...run(0, 0.97),
      ...run(1, 0.98),
      ...run(2, Number.NaN),
      { type: 'trial-finished', trial: 0, attempt: 1, outcome: 'complete', values: [0.97] },
      { type: 'trial-finished', trial: 1, attempt: 1, outcome: 'complete', values: [0.98] },
      {
        type: 'trial-finished',
        trial: 2,
        attempt: 1,
        outcome: 'failed',
        reason: 'diverged',
        message: 'loss is NaN',
      },
    ]);
    expect(done.accepted).toBe(true);
  }
  return log;
}

const report: TuneEnd = { kind: 'report', report: digitsReport() };

function engine(end: TuneEnd | ((options: TuneOptions, observer: TuneObserver) => Promise<TuneEnd>)): Given {
  return {
    engine: {
      tune: async (options, observer) => {
        if (typeof end === 'function') return end(options, observer);
        observer.onStart?.(digitsStart, digitsHistory([]));
        return end;
      },
    },
  };
}

describe('help', () => {
  it('shows examples before options, for the program and every command', async () => {
    const { code, out } = await cli('');
    expect(code).toBe(0);
    expect(out()).toMatch(
      /^\nLuthier tunes[\s\S]*Examples\n {2}luthier tune tune.ts[\s\S]*Commands\n {2}tune /,
    );
    for (const { name } of commands) {
      const help = await cli(`${name} --help`);
      expect(help.code).toBe(0);
      expect(help.out()).toMatch(/Examples\n[\s\S]*Usage\n[\s\S]*Options\n[\s\S]*--json/);
    }
    expect((await cli('--help')).out()).toBe(out());
  });

  it('prints the version', async () => {
    expect((await cli('--version')).out()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('bad command lines', () => {
  it.each([
    ['tun x.ts', "error LU_CLI_USAGE: unknown command 'tun'\n  fix: Did you mean tune?"],
    ['tune x.ts --trails 3', "unknown option '--trails'\n  fix: Did you mean --trials?"],
    ['tune', "missing required argument 'file'\n  fix: See luthier tune --help."],
    ['tune a.ts b.ts', 'too many arguments'],
    ['tune x.ts --trials -3', "error LU_CLI_VALUE: --trials takes a whole number of at least 1, not '-3'"],
    ['tune x.ts --trials=-3', '--trials takes a whole number of at least 1'],
    ['tune x.ts --trials 2.5', "not '2.5'"],
    ['tune x.ts --workers many', "--workers takes a whole number of at least 1, not 'many'"],
    ['tune x.ts --minutes 0', '--minutes takes a number of at least 0.01'],
    ['tune x.ts --seed 1e400', '--seed takes a whole number'],
    ['tune x.ts --store=', '--store takes a text'],
    ['train x.ts --set hidden1', "--set takes name=value, not 'hidden1'"],
    ['trials --sort hiden1', "--sort knows no 'hiden1'; did you mean 'hidden1'?"],
    ['trials --state prunned', "--state knows no 'prunned'; did you mean 'pruned'?"],
    ['show 17', "study 'digits' has no trial 17\n  fix: Use a number from 0 to 2."],
    ['best --study digit', "no study 'digit' in runs/studies.db; did you mean 'digits'?"],
  ])('%s is refused, naming what is wrong', async (line, message) => {
    const { code, err, out } = await cli(line, { log: await digitsLog() });
    expect(code).toBe(2);
    expect(err()).toContain(message);
    expect(err()).toMatch(/\n {2}fix: \S/);
    expect(err()).not.toMatch(/\n {4}at /);
    expect(out()).toBe('');
  });
});

describe('errors', () => {
  const failing = (error: unknown): Given =>
    engine(async () => {
      throw error;
    });

  it('say code, place and mend, and the stack only with --debug', async () => {
    const error = new LuthierError('LU_TUNE_FILE', 'x.ts: no default export', {
      where: 'x.ts',
      fix: 'Export defineTuning({...}) as default.',
    });
    const { code, err } = await cli('tune x.ts', failing(error));
    expect(code).toBe(2);
    expect(err()).toBe(
      'error LU_TUNE_FILE: x.ts: no default export\n  where: x.ts\n  fix: Export defineTuning({...}) as default.\n',
    );
    expect((await cli('tune x.ts --debug', failing(error))).err()).toMatch(/\n {4}at /);
  });

  it('that nobody expected end with exit code 1 and a hint', async () => {
    const { code, err } = await cli('tune x.ts', failing(new TypeError('x is not a function\nmore')));
    expect(code).toBe(1);
    expect(err()).toBe(
      'error LU_UNEXPECTED: x is not a function\n' +
        '  fix: Run the same command with --debug for the stack trace; nothing stored was lost.\n',
    );
  });

  it.each([
    ['LU_STORE_FOREIGN', 2, 5],
    ['LU_STORE_READ_ONLY', 2, 5],
    ['LU_STORE_LOCKED', 2, 5],
    ['LU_STORE_DAMAGED', 5, 5],
    ['LU_SAMPLER_UNKNOWN', 2, 2],
  ] as const)('%s ends with %i at the start and %i while running', async (code, atStart, later) => {
    const error = new LuthierError(code, 'no', { fix: 'Mend it.' });
    expect((await cli('tune x.ts', failing(error))).code).toBe(atStart);
    const running = engine(async (_, observer) => {
      observer.onStart?.(digitsStart, digitsHistory([]));
      throw error;
    });
    expect((await cli('tune x.ts', running)).code).toBe(later);
    const reading = await cli('best', {
      openStore: async () => {
        throw error;
      },
    });
    expect(reading.code).toBe(atStart);
  });
});

describe('luthier tune', () => {
  it('runs the file with what the command line says and prints the report on stdout', async () => {
    let asked: TuneOptions | undefined;
    const given = engine(async (options) => {
      asked = options;
      return report;
    });
    const line =
      'tune dir/x.ts --trials 12 --minutes 1.5 --sampler random --scheduler asha --workers 3 --ahead 1 --seed 0 --resume';
    const { code, out } = await cli(`${line} --study again --finalist-seeds 1 --trial-timeout 9`, given);
    expect(code).toBe(0);
    expect(asked).toMatchObject({
      file: 'dir/x.ts',
      cwd: '/home/me',
      store: 'runs/studies.db',
      study: 'again',
      trials: 12,
      minutes: 1.5,
      sampler: 'random',
      scheduler: 'asha',
      workers: 3,
      ahead: 1,
      seed: 0,
      resume: true,
      finalistSeeds: 1,
      trialTimeoutSeconds: 9,
    });
    expect(out()).toContain('const best = {');
  });

  it('takes the store from the flag, then the environment, then the default', async () => {
    const stores: string[] = [];
    const given = engine(async ({ store }) => {
      stores.push(store);
      return report;
    });
    await cli('tune x.ts', given);
    await cli('tune x.ts', { ...given, env: { LUTHIER_STORE: 'e.db' } });
    await cli('tune x.ts --store f.db', { ...given, env: { LUTHIER_STORE: 'e.db' } });
    expect(stores).toEqual(['runs/studies.db', 'e.db', 'f.db']);
  });

  it('prints exactly one JSON document with --json', async () => {
    const { out, err } = await cli('tune x.ts --json --quiet', engine(report));
    expect(JSON.parse(out())).toMatchObject({ study: 'digits', best: { number: 22 } });
    expect(err()).toBe('');
  });

  it('ends with 3 when no trial completed', async () => {
    const { code, err, out } = await cli(
      'tune x.ts -q',
      engine({ kind: 'nothingCompleted', message: 'trial 0: out of memory' }),
    );
    expect([code, out()]).toEqual([3, '']);
    expect(err()).toBe('no trial completed: trial 0: out of memory\n');
  });

  it('ends with 4 when the target is not reached', async () => {
    // The model of the report scores 0.9841.
    expect((await cli('tune x.ts --fail-below 0.99', engine(report))).code).toBe(4);
    expect((await cli('tune x.ts --fail-below 0.9841', engine(report))).code).toBe(0);
    expect((await cli('tune x.ts --fail-below 0.98', engine(report))).code).toBe(0);
  });

  it('asks before a search that takes long, on a terminal only', async () => {
    const cost = { trainingSeconds: 7200, seconds: 7200, combinations: 80, text: '80 configurations = 2 h' };
    const asking = engine(async (_options, observer) =>
      (await observer.confirm!(cost)) ? report : { kind: 'declined', cost },
    );
    const declined = await cli('tune x.ts', asking);
    expect(declined.code).toBe(2);
    expect(declined.err()).toContain('not begun: 80 configurations = 2 h. Begin with --yes');
    const agreed = await cli('tune x.ts', { ...asking, terminal: { columns: 100 }, answer: true });
    expect(agreed.code).toBe(0);
    expect((await cli('tune x.ts', { ...asking, terminal: { columns: 100 }, answer: false })).code).toBe(2);
    expect((await cli('tune x.ts', { ...asking, answer: true })).code).toBe(2);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'drains at the first %s, kills at the second and prints the resume command',
    async (name, expected) => {
      const seen: string[] = [];
      let test: TestContext | undefined;
      const given = engine(async ({ drain, kill }, observer) => {
        observer.onStart?.(digitsStart, digitsHistory([]));
        const look = (): void => void seen.push(`${drain.aborted} ${kill.aborted}`);
        test!.signal(name);
        look();
        test!.signal(name);
        look();
        test!.time.advance(1000);
        test!.signal(name);
        look();
        return { kind: 'interrupted', resumeCommand: 'npx luthier tune x.ts --resume' };
      });
      test = testContext(given);
      expect(await runCli(['tune', 'x.ts'], test.context)).toBe(expected);
      // The second came within the echo of the first and counts as the same.
      expect(seen).toEqual(['true false', 'true false', 'true true']);
      expect(test.err()).toMatch(
        /stopped; nothing is lost\. Go on with:\n {2}npx luthier tune x\.ts --resume\n$/,
      );
    },
  );
});

describe('luthier train', () => {
  it('trains one configuration and shows epochs on stderr, the result on stdout', async () => {
    const { code, out, err } = await cli('train x.ts --set hidden1=512 --set note=a=b', {
      engine: {
        train: async (options, observer) => {
          expect(options.set).toEqual({ hidden1: '512', note: 'a=b' });
          observer.onStart?.({ file: 'x.ts', seed: 0, params: { hidden1: 512 }, epochs: 2 });
          observer.onReport?.({
            steps: [1],
            seconds: [1.5],
            metrics: { valLoss: [0.5], valAccuracy: [0.9] },
          });
          return {
            kind: 'report',
            report: {
              file: 'x.ts',
              seed: 0,
              params: { hidden1: 512 },
              metrics: { valAccuracy: 0.95 },
              objective: { metric: 'valAccuracy', direction: 'maximize' },
              value: 0.95,
              reports: { steps: [1, 2], seconds: [1.5, 3], metrics: { valAccuracy: [0.9, 0.95] } },
              seconds: 3.2,
              verdict: { verdict: 'healthy', text: 'Nothing to mend.' },
              files: [],
              next: [{ command: 'npx luthier tune x.ts', what: 'search' }],
            },
          };
        },
      },
    });
    expect(code).toBe(0);
    expect(err()).toBe('x.ts · seed 0 · hidden1 512\nepoch 1/2  valLoss 0.5000  valAccuracy 0.9000  1.5s\n');
    expect(out()).toContain('valAccuracy 0.9500  2 epochs in 3.2s');
    expect(out()).toContain('npx luthier tune x.ts');
  });

  it('ends with 3 when the training fails', async () => {
    const failed = { kind: 'failed', reason: 'diverged', message: 'loss is NaN' } as const;
    const { code, err } = await cli('train x.ts', { engine: { train: async () => failed } });
    expect(code).toBe(3);
    expect(err()).toBe('the training failed (diverged): loss is NaN\n');
  });
});

describe('reading a study', () => {
  it('best prints TypeScript to paste, or JSON', async () => {
    const log = await digitsLog();
    const { out, opened } = await cli('best', { log });
    expect(opened).toEqual(['read /home/me/runs/studies.db']);
    expect(out()).toBe(
      '// digits: trial #1, valAccuracy 0.9800\nconst best = {\n  hidden1: 512,\n  dropout1: 0.1,\n  hidden2: 16,\n' +
        '  dropout2: 0.1,\n  learningRate: 0.001,\n} as const;\n',
    );
    expect(JSON.parse((await cli('best --json', { log })).out())).toMatchObject({
      study: 'digits',
      trial: 1,
      value: 0.98,
      params: { hidden1: 512, learningRate: 0.001 },
    });
  });

  it('best prefers the configuration whose repeats are better over the better single run', async () => {
    const log = await digitsLog();
    const repeat = async (trial: number, of: number, value: number): Promise<void> => {
      await log.append('digits', [
        {
          type: 'trial-asked',
          trial,
          of,
          purpose: 'repeat',
          params: { hidden1: 64 },
          why: { text: 'repeat', sampler: 'repeat' },
          seed: trial,
        },
        { type: 'trial-started', trial, attempt: 1, runner: 'test' },
        { type: 'trial-finished', trial, attempt: 1, outcome: 'complete', values: [value] },
      ]);
    };
    await repeat(3, 0, 0.975);
    await repeat(4, 1, 0.96);
    expect(JSON.parse((await cli('best --json', { log })).out())).toMatchObject({
      trial: 0,
      scores: [0.975],
    });
  });

  it('trials lists, sorts and filters', async () => {
    const log = await digitsLog();
    const numbers = async (line: string): Promise<readonly number[]> =>
      JSON.parse((await cli(`${line} --json`, { log })).out()).trials.map(
        (trial: { number: number }) => trial.number,
      );
    expect(await numbers('trials')).toEqual([0, 1, 2]);
    expect(await numbers('trials --sort value')).toEqual([1, 0, 2]);
    expect(await numbers('trials --sort hidden1 --reverse')).toEqual([1, 2, 0]);
    expect(await numbers('trials --sort value --top 1')).toEqual([1]);
    expect(await numbers('trials --state failed')).toEqual([2]);
    const text = (await cli('trials', { log })).out();
    expect(text).toMatch(/ #2 +failed +diverged +2 /);
    expect(text).toMatch(/\n3 trials\n$/);
  });

  it('show shows a study or a trial', async () => {
    const log = await digitsLog();
    expect((await cli('show', { log })).out()).toContain('3 trials: 2 complete · 1 failed');
    expect((await cli('show digits', { log })).out()).toContain('digits  maximize valAccuracy');
    expect((await cli('show 0', { log })).out()).toContain(' Trial #0  valAccuracy 0.9700');
    expect(JSON.parse((await cli('show 2 --json', { log })).out()).trial).toMatchObject({
      number: 2,
      reason: 'diverged',
      reports: { metrics: { valAccuracy: [{ $number: 'NaN' }, { $number: 'NaN' }] } },
    });
  });

  it('needs a name only when there are several studies', async () => {
    const log = await digitsLog(['a', 'b']);
    const { code, err } = await cli('best', { log });
    expect(code).toBe(2);
    expect(err()).toContain('holds 2 studies: a, b\n  fix: Choose one, such as --study a.');
    expect((await cli('best --study b', { log })).code).toBe(0);
    expect((await cli('studies', { log })).out()).toContain('valAccuracy 0.9800 (#1)');
    expect((await cli('best', { log: memoryLog() })).err()).toContain('no study in runs/studies.db');
  });

  it('rm deletes one study after asking', async () => {
    const log = await digitsLog(['a', 'b']);
    const left = async (): Promise<readonly string[]> => (await log.studies()).map(({ study }) => study);
    expect((await cli('rm a', { log })).code).toBe(2);
    expect((await cli('rm a', { log, terminal: { columns: 80 } })).err()).toBe('nothing was deleted\n');
    expect(await left()).toEqual(['a', 'b']);
    expect((await cli('rm c --yes', { log })).code).toBe(2);
    const done = await cli('rm a -y', { log });
    expect([done.code, done.opened]).toEqual([0, ['write /home/me/runs/studies.db']]);
    expect(await left()).toEqual(['b']);
  });
});

describe('colour', () => {
  it('follows --no-color, FORCE_COLOR, NO_COLOR and the terminal, in this order', () => {
    const terminal = textSink({ columns: 80 });
    expect(useColor(terminal, {}, false)).toBe(true);
    expect(useColor(textSink(), {}, false)).toBe(false);
    expect(useColor(terminal, { NO_COLOR: '1' }, false)).toBe(false);
    expect(useColor(terminal, { NO_COLOR: '' }, false)).toBe(true);
    expect(useColor(textSink(), { FORCE_COLOR: '1', NO_COLOR: '1' }, false)).toBe(true);
    expect(useColor(terminal, { FORCE_COLOR: '0' }, false)).toBe(false);
    expect(useColor(terminal, { FORCE_COLOR: '1' }, true)).toBe(false);
    expect(useColor(terminal, { TERM: 'dumb' }, false)).toBe(false);
  });
});

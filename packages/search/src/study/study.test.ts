import { beforeEach, describe, expect, it } from 'vitest';
import type { Sampler } from '../samplers/contract.ts';
import { random } from '../samplers/random.ts';
import { asha } from '../schedulers/asha.ts';
import { choice, float, int, space, when } from '../space/define.ts';
import type { StudyLog } from './contracts.ts';
import type { StudyEvent } from './events.ts';
import { memoryLog } from './memory-log.ts';
import { type CreateStudyOptions, createStudy, openStudy } from './open.ts';
import { optimize } from './optimize.ts';
import { maximize, minimize } from './results.ts';
import type { Study } from './study.ts';

const plane = space({ x: float(0, 1, { default: 0.5 }), n: int(1, 3) });
const small = space({ n: int(1, 3), o: choice(['a', 'b']) });

let log: StudyLog;
beforeEach(() => {
  log = memoryLog();
});

function create(options: Partial<CreateStudyOptions> = {}): Promise<Study> {
  return createStudy({
    log,
    name: 's',
    space: plane,
    objectives: [minimize('loss')],
    sampler: random(),
    ...options,
  });
}

async function next(study: Study): Promise<number> {
  const asked = await study.ask();
  if (asked.kind !== 'trial') throw new Error(asked.text);
  return asked.trial.number;
}

const row = (step: number, loss: number) => ({ steps: [step], seconds: [step], metrics: { loss: [loss] } });

describe('ask', () => {
  it('[#68] begins with the baseline: all defaults', async () => {
    const study = await create();
    const asked = await study.ask();
    expect(asked).toMatchObject({ kind: 'trial', trial: { number: 0, params: { x: 0.5, n: 1 } } });
    expect(asked.kind === 'trial' && asked.trial.why.mode).toBe('baseline');
  });
  it('serves the queue first, fills in defaults, and takes each entry once', async () => {
    const study = await create();
    await study.enqueue({ x: 0.25 });
    await expect(study.enqueue({ x: 2 })).rejects.toMatchObject({ code: 'LU_STUDY_PARAMS' });
    await expect(study.enqueue({ y: 2 })).rejects.toMatchObject({ code: 'LU_STUDY_PARAMS' });
    const asked = await study.ask();
    expect(asked).toMatchObject({ kind: 'trial', trial: { params: { x: 0.25, n: 1 } } });
    expect(study.history.queue).toEqual([{ id: 0, params: { x: 0.25, n: 1 }, taken: true }]);
    expect((await study.ask()).kind).toBe('trial');
    expect(study.history.trials[1]!.params).not.toEqual({ x: 0.25, n: 1 });
  });
  it('ends with the budget of trials, which can be raised, repeats not counted', async () => {
    const study = await create({ budget: { trials: 2 } });
    const first = await next(study);
    await study.tell(first, 0, { outcome: 'complete', values: [1] });
    await study.repeat(first);
    await next(study);
    expect((await study.ask()).kind).toBe('budget');
    await study.setBudget({ trials: 3 });
    expect((await study.ask()).kind).toBe('trial');
  });
  it('ends with the budget of minutes since it was opened', async () => {
    let now = 0;
    const study = await create({ budget: { minutes: 1 }, clock: () => now });
    await next(study);
    now = 60_000;
    expect((await study.ask()).kind).toBe('budget');
    const resumed = await openStudy({ log, name: 's', clock: () => now });
    expect((await resumed.ask()).kind).toBe('trial');
  });
  it('never asks twice in a finite space, whatever the sampler says, and ends when it is exhausted', async () => {
    const stubborn: Sampler = {
      name: 'stubborn',
      spec: { name: 'stubborn' },
      suggest: () => ({
        kind: 'params',
        params: { n: 2, o: 'a' },
        why: { text: 'always', sampler: 'stubborn' },
      }),
    };
    const study = await create({ space: small, sampler: stubborn });
    for (let i = 0; i < 6; i++) await next(study);
    expect(new Set(study.history.trials.map(({ params }) => JSON.stringify(params))).size).toBe(6);
    expect((await study.ask()).kind).toBe('exhausted');
  });
  it('refuses a sampler that leaves the space', async () => {
    const wild: Sampler = {
      name: 'wild',
      spec: { name: 'wild' },
      suggest: () => ({ kind: 'params', params: { x: 7, n: 1 }, why: { text: '', sampler: 'wild' } }),
    };
    const study = await create({ sampler: wild });
    await next(study);
    await expect(study.ask()).rejects.toMatchObject({ code: 'LU_STUDY_SUGGESTION' });
  });
  it('gives every trial a 32-bit seed of its own, with study seed 0 too', async () => {
    const seeds = async (name: string, seed: number) => {
      const study = await create({ name, seed });
      for (let i = 0; i < 5; i++) await next(study);
      return study.history.trials.map((trial) => trial.seed);
    };
    const zero = await seeds('a', 0);
    expect(zero).toEqual(await seeds('b', 0));
    expect(zero).not.toEqual(await seeds('c', 1));
    expect(new Set(zero).size).toBe(5);
    expect(zero.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)).toBe(true);
  });
  it('numbers trials without gaps when four processes ask at once', async () => {
    const studies = [await create()];
    for (let i = 0; i < 3; i++) studies.push(await openStudy({ log, name: 's' }));
    await Promise.all(studies.flatMap((study) => Array.from({ length: 5 }, () => study.ask())));
    const history = await studies[0]!.refresh();
    expect(history.trials.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });
});

describe('attempts', () => {
  it('record reports, checkpoints and the end', async () => {
    const study = await create();
    const trial = await next(study);
    const attempt = await study.start(trial, 'host');
    await study.report(trial, attempt, row(1, 0.5));
    await study.checkpointed(trial, attempt, { step: 1, blob: 'b', bytes: 3 });
    await study.artifact({ trial, name: 'm', blob: 'c', bytes: 4 });
    await study.tell(trial, attempt, { outcome: 'complete', metrics: { loss: 0.25, accuracy: 0.9 } });
    expect(study.history.trials[trial]).toMatchObject({
      state: 'complete',
      values: [0.25],
      metrics: { accuracy: 0.9 },
      checkpoint: { step: 1 },
      artifacts: { m: { bytes: 4 } },
    });
    expect(study.best?.number).toBe(trial);
  });
  it('never make a score of NaN or Infinity', async () => {
    const study = await create({ objectives: [maximize('accuracy')] });
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const record = await study.tell(await next(study), 0, { outcome: 'complete', values: [value] });
      expect(record).toMatchObject({ state: 'failed', reason: 'diverged' });
      expect(record.values).toBeUndefined();
    }
    expect(study.best).toBeUndefined();
  });
  it('need one value an objective', async () => {
    const study = await create();
    const trial = await next(study);
    await expect(study.tell(trial, 0, { outcome: 'complete' })).rejects.toMatchObject({
      code: 'LU_STUDY_VALUES',
    });
    await expect(study.tell(trial, 0, { outcome: 'complete', values: [1, 2] })).rejects.toMatchObject({
      code: 'LU_STUDY_VALUES',
    });
  });
  it('refuse every late word of a fenced-off attempt, and its end in a race', async () => {
    const slow = await create();
    const trial = await next(slow);
    const first = await slow.start(trial, 'slow');
    const other = await openStudy({ log, name: 's' });
    const second = await other.start(trial, 'fast');
    expect([first, second]).toEqual([1, 2]);
    const late = { code: 'LU_STUDY_FENCED' };
    await expect(slow.report(trial, first, row(1, 1))).rejects.toMatchObject(late);
    await expect(slow.checkpointed(trial, first, { step: 1, blob: 'b', bytes: 1 })).rejects.toMatchObject(
      late,
    );
    await expect(slow.tell(trial, first, { outcome: 'complete', values: [0] })).rejects.toMatchObject(late);
    await other.tell(trial, second, { outcome: 'complete', values: [3] });
    const history = await slow.refresh();
    expect(history.trials[trial]).toMatchObject({ state: 'complete', values: [3], attempt: 2 });
    expect(history.trials[trial]!.reports.steps).toEqual([]);
  });
  it('end once when two processes end the same attempt at once', async () => {
    const a = await create();
    const trial = await next(a);
    const attempt = await a.start(trial, 'r');
    const b = await openStudy({ log, name: 's' });
    const ends = await Promise.allSettled([
      a.tell(trial, attempt, { outcome: 'complete', values: [1] }),
      b.tell(trial, attempt, { outcome: 'interrupted', reason: 'lost' }),
    ]);
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await a.refresh()).toEqual(await b.refresh());
  });
  it('of an interrupted trial may start again; a final one may not', async () => {
    const study = await create();
    const trial = await next(study);
    const first = await study.start(trial, 'r');
    await study.tell(trial, first, { outcome: 'interrupted', reason: 'stopped' });
    expect(study.unfinished().map(({ number }) => number)).toEqual([trial]);
    const second = await study.start(trial, 'r');
    await study.tell(trial, second, { outcome: 'pruned', message: 'hopeless' });
    expect(study.unfinished()).toEqual([]);
    await expect(study.start(trial, 'r')).rejects.toMatchObject({ code: 'LU_STUDY_FENCED' });
    await expect(study.tell(trial, second, { outcome: 'failed' })).rejects.toMatchObject({
      code: 'LU_STUDY_FENCED',
    });
  });
  it('refuse columns of different length', async () => {
    const study = await create();
    const trial = await next(study);
    const attempt = await study.start(trial, 'r');
    const block = { steps: [1, 2], seconds: [1, 2], metrics: { loss: [1] } };
    await expect(study.report(trial, attempt, block)).rejects.toMatchObject({ code: 'LU_STUDY_REPORT' });
  });
});

describe('repeats', () => {
  it('run a configuration again with another seed, outside of the search', async () => {
    const study = await create();
    const trial = await next(study);
    await study.tell(trial, 0, { outcome: 'complete', values: [2] });
    const repeat = await study.repeat(trial, 77);
    await study.tell(repeat.number, 0, { outcome: 'complete', values: [1] });
    expect(repeat).toMatchObject({ purpose: 'repeat', of: trial, seed: 77, params: { x: 0.5, n: 1 } });
    expect(study.best?.number).toBe(trial);
    expect((await study.repeat(trial)).seed).not.toBe(study.history.trials[trial]!.seed);
  });
});

describe('the scheduler', () => {
  it('is asked after every report, and row by row within a block', async () => {
    const study = await create({ scheduler: asha({ eta: 2 }) });
    for (const loss of [1, 2, 3]) {
      const trial = await next(study);
      const attempt = await study.start(trial, 'r');
      const block = { steps: [1, 2, 3], seconds: [1, 2, 3], metrics: { loss: [loss, loss, loss] } };
      const decision = await study.report(trial, attempt, block);
      expect(decision.action).toBe(loss === 3 ? 'stop' : 'continue');
      await study.tell(trial, attempt, { outcome: loss === 3 ? 'pruned' : 'complete', metrics: { loss } });
    }
  });
});

describe('the space of a study', () => {
  it('grows by parameters that a trial meets, once', async () => {
    const study = await create();
    const added = space({ n: int(1, 3), extra: when('n', [2], float(0, 1)) }).parameters;
    await study.extendSpace(added);
    await study.extendSpace(added);
    expect(study.history.space.parameters.map(({ name }) => name)).toEqual(['x', 'n', 'extra']);
    expect(study.history.sequence).toBe(2);
    await expect(study.extendSpace(space({ n: int(1, 4) }).parameters)).rejects.toMatchObject({
      code: 'LU_SPACE_DUPLICATE',
    });
    expect((await openStudy({ log, name: 's', space: plane })).history.space.parameters).toHaveLength(3);
  });
  it('is compared when it is opened, every difference named', async () => {
    await create();
    const other = space({ x: float(0, 2, { default: 0.5 }), n: int(1, 3) });
    await expect(openStudy({ log, name: 's', space: other })).rejects.toMatchObject({
      code: 'LU_STUDY_SPACE',
      message: "the study 's' is about another space: x: float 0 to 1 became float 0 to 2",
    });
  });
});

describe('studies', () => {
  it('refuse a name that is taken or unknown', async () => {
    await create();
    await expect(create()).rejects.toMatchObject({ code: 'LU_STUDY_EXISTS' });
    await expect(openStudy({ log, name: 't' })).rejects.toMatchObject({ code: 'LU_STUDY_UNKNOWN' });
    await expect(create({ name: 'u', objectives: [] })).rejects.toMatchObject({ code: 'LU_STUDY_OBJECTIVE' });
  });
  it('tell their listeners every event in order', async () => {
    const study = await create();
    const seen: StudyEvent[] = [];
    const stop = study.subscribe((event) => seen.push(event));
    await next(study);
    await study.note('hello');
    stop();
    await study.note('unheard');
    expect(seen.map(({ type }) => type)).toEqual(['trial-asked', 'note']);
  });
  it('replay to the same history with snapshots in between', async () => {
    const study = await create();
    for (let i = 0; i < 400; i++) {
      const trial = await next(study);
      await study.tell(trial, 0, { outcome: 'complete', values: [i] });
    }
    expect((await log.snapshot('s'))!.sequence).toBeGreaterThan(1000);
    expect((await openStudy({ log, name: 's' })).history).toEqual(study.history);
  });
});

describe('optimize', () => {
  it('finds the minimum of a parabola and survives a function that throws', async () => {
    const result = await optimize(
      ({ x }, { number }) => {
        if (number === 3) throw new Error('out of luck');
        return (x - 2) ** 2;
      },
      { space: space({ x: float(-5, 5) }), trials: 30 },
    );
    expect(result.params!.x).toBeCloseTo(2, 1);
    expect(result.study.history.trials[3]).toMatchObject({
      state: 'failed',
      reason: 'error',
      message: 'out of luck',
    });
  });
  it('prunes when the scheduler says so', async () => {
    const result = await optimize(
      async ({ x }, trial) => {
        for (let step = 1; step <= 9; step++) if (!(await trial.report(step, x + 1 / step))) break;
        return x;
      },
      { space: space({ x: float(0, 1) }), trials: 30, sampler: random(), scheduler: asha() },
    );
    const states = result.study.history.trials.map(({ state }) => state);
    expect(states.filter((state) => state === 'pruned').length).toBeGreaterThan(5);
    expect(result.best?.state).toBe('complete');
  });
});

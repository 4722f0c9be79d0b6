import { beforeEach, describe, expect, it } from 'vitest';
import { random } from '../samplers/random.ts';
import { parseSampler } from '../samplers/registry.ts';
import { choice, float, int, space } from '../space/define.ts';
import { narrowAround, withChoices, withParameters, withRange } from '../space/edit.ts';
import type { StudyLog } from './contracts.ts';
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
  const objectives = [minimize('loss')];
  return createStudy({ log, name: 's', space: plane, objectives, sampler: random(), ...options });
}

async function run(
  study: Study,
  trials: number,
  value: (params: Readonly<Record<string, unknown>>) => number,
) {
  for (let i = 0; i < trials; i++) {
    const asked = await study.ask();
    if (asked.kind !== 'trial') return asked;
    await study.tell(asked.trial.number, 0, { outcome: 'complete', values: [value(asked.trial.params)] });
  }
  return undefined;
}

describe('the queue', () => {
  it('refuses what was tried or waits already, unless a repeat is asked for', async () => {
    const study = await create();
    await study.enqueue({ x: 0.25 });
    await expect(study.enqueue({ x: 0.25, n: 1 })).rejects.toMatchObject({ code: 'LU_STUDY_DUPLICATE' });
    await run(study, 1, () => 1);
    await expect(study.enqueue({ x: 0.25 })).rejects.toMatchObject({ code: 'LU_STUDY_DUPLICATE' });
    expect(await study.enqueue({ x: 0.25 }, { repeat: true })).toBe(1);
    await run(study, 1, () => 1);
    expect(study.history.trials.map(({ params }) => params)).toEqual([
      { x: 0.25, n: 1 },
      { x: 0.25, n: 1 },
    ]);
    expect(study.history.trials[1]!.queued).toBe(1);
  });
  it('serves a thousand entries in order', async () => {
    const study = await create();
    for (let i = 0; i < 1000; i++) await study.enqueue({ x: i / 1000 });
    await run(study, 1000, () => 1);
    expect(study.history.trials.map(({ params }) => params.x)).toEqual(
      Array.from({ length: 1000 }, (_, i) => i / 1000),
    );
    expect(study.history.queue.every(({ taken }) => taken)).toBe(true);
  });
});

describe('trials from elsewhere', () => {
  it('are learned from, found best, and not counted by the budget', async () => {
    const study = await create({ budget: { trials: 2 } });
    const added = await study.addTrial({
      params: { x: 0.1 },
      values: [0.01],
      source: 'a notebook',
      reports: { steps: [1, 2], seconds: [1, 2], metrics: { loss: [1, 0.01] } },
    });
    expect(added).toMatchObject({
      number: 0,
      state: 'complete',
      params: { x: 0.1, n: 1 },
      values: [0.01],
      source: 'a notebook',
      why: { text: 'run elsewhere: a notebook' },
      reports: { steps: [1, 2] },
    });
    expect(study.best?.number).toBe(0);
    expect(await run(study, 5, () => 1)).toMatchObject({ kind: 'budget' });
    expect(study.history.trials).toHaveLength(3);
    expect((await openStudy({ log, name: 's' })).history).toEqual(study.history);
  });
  it('may have failed, and must be points of the space with numbers as values', async () => {
    const study = await create();
    expect(
      await study.addTrial({ params: {}, outcome: 'failed', reason: 'crashed', source: 'b' }),
    ).toMatchObject({
      state: 'failed',
      reason: 'crashed',
    });
    expect(await study.addTrial({ params: { x: 1 }, values: [Number.NaN], source: 'b' })).toMatchObject({
      state: 'failed',
      reason: 'diverged',
    });
    await expect(study.addTrial({ params: { x: 2 }, values: [1], source: 'b' })).rejects.toMatchObject({
      code: 'LU_STUDY_PARAMS',
    });
    await expect(study.addTrial({ params: {}, source: 'b' })).rejects.toMatchObject({
      code: 'LU_STUDY_VALUES',
    });
  });
});

describe('duplicates', () => {
  const stubborn = {
    name: 'stubborn',
    spec: { name: 'stubborn' },
    suggest: () => ({
      kind: 'params' as const,
      params: { x: 0.5, n: 2 },
      why: { text: 'always', sampler: 'stubborn' },
    }),
  };
  it('never come in a continuous space either', async () => {
    const study = await create({ sampler: stubborn });
    await run(study, 20, () => 1);
    expect(new Set(study.history.trials.map(({ params }) => JSON.stringify(params))).size).toBe(20);
  });
  it('come when the study allows repeats', async () => {
    const study = await create({ sampler: stubborn, repeats: true });
    await run(study, 4, () => 1);
    expect(study.history.trials.slice(1).map(({ params }) => params)).toEqual(
      Array(3).fill({ x: 0.5, n: 2 }),
    );
    const finite = await create({ name: 'f', space: small, repeats: true });
    expect(await run(finite, 30, () => 1)).toBeUndefined();
    expect((await openStudy({ log, name: 'f' })).history.repeats).toBe(true);
  });
  it.each(['random', 'sobol', 'tpe', 'gp', 'cmaes', 'de', 'auto'])(
    '%s goes on in a finite space when the study allows repeats',
    async (name) => {
      const study = await create({ space: small, sampler: parseSampler(name), repeats: true });
      expect(await run(study, 15, ({ n }) => Number(n))).toBeUndefined();
    },
  );
  it.each(['grid', 'oneAtATime'])('%s ends with its list nevertheless', async (name) => {
    const study = await create({ space: small, sampler: parseSampler(name), repeats: true });
    expect(await run(study, 15, ({ n }) => Number(n))).toMatchObject({ kind: 'exhausted' });
    expect(study.history.trials).toHaveLength(6);
  });
  it.each(['random', 'sobol', 'grid', 'tpe', 'gp', 'cmaes', 'de', 'oneAtATime', 'auto'])(
    '%s ends when a finite space is exhausted',
    async (name) => {
      const study = await create({ space: small, sampler: parseSampler(name) });
      const end = await run(study, 10, ({ n }) => Number(n));
      expect(end).toMatchObject({ kind: 'exhausted', text: expect.stringContaining('6 configurations') });
      expect(study.history.trials).toHaveLength(6);
    },
  );
});

describe('a budget', () => {
  it('of epochs ends when the last steps of all trials add up to it', async () => {
    const study = await create({ budget: { epochs: 10 } });
    for (const steps of [[1, 2, 3], [1, 4], [2]]) {
      const asked = await study.ask();
      if (asked.kind !== 'trial') throw new Error(asked.text);
      const attempt = await study.start(asked.trial.number, 'r');
      const loss = steps.map(() => 1);
      await study.report(asked.trial.number, attempt, { steps, seconds: steps, metrics: { loss } });
      await study.tell(asked.trial.number, attempt, { outcome: 'complete', values: [1] });
    }
    expect((await study.ask()).kind).toBe('trial');
    await study.setBudget({ epochs: 9 });
    expect(await study.ask()).toEqual({ kind: 'budget', text: '9 epochs were run, the budget is 9' });
  });
  it('with a target ends when a trial reaches it, in either direction', async () => {
    const study = await create({ budget: { target: 0.5, trials: 10 } });
    expect(await run(study, 10, ({ n }) => (n === 1 ? 0.5 : 1))).toEqual({
      kind: 'budget',
      text: 'trial 0 reached the target 0.5: loss 0.5',
    });
    const up = await create({ name: 'u', objectives: [maximize('accuracy')], budget: { target: 0.875 } });
    let accuracy = 0.5;
    const end = await run(up, 10, () => {
      accuracy += 0.125;
      return accuracy;
    });
    expect(end).toMatchObject({ kind: 'budget', text: expect.stringContaining('reached the target 0.875') });
    expect(up.history.trials).toHaveLength(3);
  });
  it.each([
    [{ trials: -1 }],
    [{ trials: 1.5 }],
    [{ trials: Number.NaN }],
    [{ minutes: Number.POSITIVE_INFINITY }],
    [{ target: Number.NaN }],
    [{ epochs: '5' as unknown as number }],
    [{ trails: 5 } as unknown as { trials: number }],
  ])('%j is refused, at the beginning and later', async (budget) => {
    await expect(create({ budget })).rejects.toMatchObject({ code: 'LU_STUDY_BUDGET' });
    const study = await create();
    await expect(study.setBudget(budget)).rejects.toMatchObject({ code: 'LU_STUDY_BUDGET' });
  });
  it('of a function may be any of them, but must be one', async () => {
    const searched = space({ x: float(0, 1) });
    const found = await optimize(({ x }) => x, {
      space: searched,
      budget: { target: 0.5 },
      sampler: random(),
    });
    expect(found.value).toBeLessThanOrEqual(0.5);
    expect(found.text).toContain('reached the target');
    await expect(optimize(({ x }) => x, { space: searched })).rejects.toMatchObject({
      code: 'LU_STUDY_BUDGET',
    });
  });
});

describe('a space that changes in the middle of a study', () => {
  const value = ({ x, n, y }: Readonly<Record<string, unknown>>) =>
    (Number(x) - 1.5) ** 2 + Number(n) + (y === undefined ? 0 : Number(y));

  it.each(['random', 'sobol', 'tpe', 'gp', 'cmaes', 'de', 'oneAtATime', 'auto'])(
    'goes on with %s through a wider range, another choice, a new parameter and a narrower range',
    async (name) => {
      const begun = space({ x: float(0, 1), n: int(1, 3), o: choice(['a', 'b']) });
      const study = await create({ space: begun, sampler: parseSampler(name) });
      await run(study, 14, value);
      await study.changeSpace(withRange(study.space, 'x', { max: 2 }));
      await run(study, 6, value);
      await study.changeSpace(withChoices(study.space, 'o', ['a', 'b', 'c']));
      await study.changeSpace(withParameters(study.space, { y: float(0, 1) }));
      await run(study, 8, value);
      await study.changeSpace(narrowAround(study.space, study.best!.params));
      const { max } = study.space.parameters[0] as { max: number };
      await run(study, 6, value);
      expect(study.history.trials).toHaveLength(34);
      expect(study.history.trials.slice(20).every(({ params }) => params.y !== undefined)).toBe(true);
      expect(study.history.trials.slice(28).every(({ params }) => Number(params.x) <= max)).toBe(true);
      expect((await openStudy({ log, name: 's' })).history).toEqual(study.history);
    },
  );
  it('is changed when it is opened with another one, on request', async () => {
    const study = await create();
    await run(study, 3, () => 1);
    const wider = space({ x: float(0, 9, { default: 0.5 }), n: int(1, 3) });
    await expect(openStudy({ log, name: 's', space: wider })).rejects.toMatchObject({
      code: 'LU_STUDY_SPACE',
    });
    const opened = await openStudy({ log, name: 's', space: wider, changeSpace: true });
    expect(opened.history.space).toEqual(wider);
    expect(opened.history.trials).toHaveLength(3);
  });
  it('does not strand what waits in the queue', async () => {
    const study = await create();
    await study.enqueue({ x: 0.9 });
    await expect(study.changeSpace(withRange(plane, 'x', { max: 0.6 }))).rejects.toMatchObject({
      code: 'LU_STUDY_QUEUE',
    });
    await run(study, 1, () => 1);
    await study.changeSpace(withRange(plane, 'x', { max: 0.6 }));
    expect(study.best?.params.x).toBe(0.9);
  });
});

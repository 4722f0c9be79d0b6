import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fmin, Trials } from '../facades/fmin.ts';
import { hyperopt } from '../facades/hyperopt-space.ts';
import type { Sampler } from '../samplers/contract.ts';
import { gp } from '../samplers/gp/gp.ts';
import { grid } from '../samplers/grid.ts';
import { random } from '../samplers/random.ts';
import { parseSampler } from '../samplers/registry.ts';
import { asha } from '../schedulers/asha.ts';
import { hyperbandPlan } from '../schedulers/hyperband-plan.ts';
import { median } from '../schedulers/median.ts';
import { parseScheduler } from '../schedulers/registry.ts';
import { boolean, branch, choice, float, int, type Spec, space, when } from '../space/define.ts';
import { withRange } from '../space/edit.ts';
import { parseSpace } from '../space/json.ts';
import type { Space } from '../space/parameter.ts';
import { fold } from './fold.ts';
import { memoryLog } from './memory-log.ts';
import { type CreateStudyOptions, createStudy, openStudy } from './open.ts';
import { optimize } from './optimize.ts';
import { minimize } from './results.ts';
import type { Study } from './study.ts';
import type { TrialEnd } from './trial-end.ts';

const page = readFileSync(new URL('../../../../docs/bad-input.md', import.meta.url), 'utf8');
const rows = new Map(
  [...page.matchAll(/^\| (.+?) \| (.+?) \|$/gm)].map((match): [string, string] => [match[1]!, match[2]!]),
);
rows.delete('Input');

const line = space({ x: float(0, 1) });
// What a program without types may hand over.
const unknown = (options: object): Record<never, never> => options;
const nothing = undefined as unknown as number;

function create(options: Partial<CreateStudyOptions> = {}): Promise<Study> {
  const objectives = [minimize('loss')];
  return createStudy({ log: memoryLog(), name: 's', space: line, objectives, sampler: random(), ...options });
}

async function running(options: Partial<CreateStudyOptions> = {}): Promise<Study> {
  const study = await create(options);
  await study.ask();
  return study;
}

async function told(end: unknown): Promise<unknown> {
  const study = await running();
  return study.tell(0, 0, end as TrialEnd);
}

const complete = (values: unknown): unknown => ({ outcome: 'complete', values });
const suggesting = (params: Readonly<Record<string, number>>): Sampler => ({
  name: 'odd',
  spec: { name: 'odd' },
  suggest: () => ({ kind: 'params', params, why: { text: 'odd', sampler: 'odd' } }),
});

async function states(value: unknown): Promise<unknown> {
  const study = await create();
  const objective = typeof value === 'function' ? value : () => value;
  const log = memoryLog();
  const searched = space({ x: float(0, 1) });
  const run = optimize(objective as () => number, { space: searched, trials: 2, log, sampler: random() });
  await run.catch(() => undefined);
  const { history } = await openStudy({ log, name: 'optimize' });
  expect(study.history.trials).toEqual([]);
  return history.trials.map(({ state, reason }) => [state, reason]);
}

type Attempt = () => unknown;
/** Inputs that are refused, each with the code that its row names. */
const REFUSED: Readonly<Record<string, readonly Attempt[]>> = {
  'a bound of a range that is NaN, infinite or undefined': [
    () => space({ x: float(Number.NaN, 1) }),
    () => space({ x: int(0, Number.POSITIVE_INFINITY) }),
    () => space({ x: float(0, nothing) }),
  ],
  'min above max': [() => space({ x: float(1, 0) }), () => space({ x: int(3, 1) })],
  'a log scale that reaches 0': [() => space({ x: float(0, 1, { log: true }) })],
  'a step that is 0, negative, NaN, or does not end at the maximum': [
    () => space({ x: float(0, 1, { step: 0 }) }),
    () => space({ x: int(0, 4, { step: -1 }) }),
    () => space({ x: float(0, 1, { step: Number.NaN }) }),
    () => space({ x: float(0, 1, { step: 0.3 }) }),
  ],
  'a default outside of the range or between two steps': [
    () => space({ x: float(0, 1, { default: 2 }) }),
    () => space({ x: float(0, 1, { step: 0.5, default: 0.3 }) }),
    () => space({ x: choice(['a'], { default: 'b' as 'a' }) }),
  ],
  'no choices, one choice twice, a choice that is NaN': [
    () => space({ x: choice([]) }),
    () => space({ x: choice([1, 1]) }),
    () => space({ x: choice([Number.NaN]) }),
  ],
  'a prior outside of the range, without a width, or with weights that do not fit': [
    () => space({ x: float(0, 1, { prior: { about: 2 } }) }),
    () => space({ x: float(0, 1, { prior: { about: 1, spread: 0 } }) }),
    () => space({ x: boolean({ prior: { weights: [1, 2, 3] } }) }),
  ],
  'a parameter that is a plain value or a list of them': [
    () => space({ x: 3 as unknown as Spec<number> }),
    () => space({ x: [1, 2] as unknown as Spec<number> }),
    () => space({ x: undefined as unknown as Spec<number> }),
    () => space({ body: branch({ cnn: { filters: 8 as unknown as Spec<number> } }) }),
  ],
  'an option there is not, such as a misspelled one': [
    () => space({ x: float(1e-3, 1, unknown({ lgo: true })) }),
    () => space({ x: int(0, 4, unknown({ stpe: 2 })) }),
    () => space({ x: int(0, 4, unknown({ max: 8 })) }),
    () => space({ y: int(0, 4), x: int(0, 4, { atMost: { parameter: 'y', ...unknown({ time: 2 }) } }) }),
    () => space({ x: choice([1, 2], unknown({ order: true })) }),
    () => space({ x: boolean(unknown({ standard: true })) }),
    () => space({ x: float(0, 1) }, unknown({ constraint: ['x < 1'] })),
    () => optimize((hp) => hp.float('x', { min: 0, max: 1, ...unknown({ lgo: true }) }), { trials: 1 }),
    () => optimize((hp) => Number(hp.boolean('x', unknown({ standard: true }))), { trials: 1 }),
    () => optimize((_, trial) => trial.suggestInt('x', 1, 9, unknown({ lgo: true })), { trials: 1 }),
    () => optimize((_, trial) => trial.suggestCategorical('x', [1], unknown({ bet: 1 })), { trials: 1 }),
  ],
  'a prior with a field there is not': [
    () => space({ x: float(0, 1, { prior: { about: 0.5, ...unknown({ sure: 'very' }) } }) }),
    () => space({ x: choice(['a', 'b'], { prior: { about: 'a', ...unknown({ spread: 0.1 }) } }) }),
    () => space({ x: boolean({ prior: { weights: [1, 2], ...unknown({ certainty: 'very' }) } }) }),
  ],
  'a condition on a parameter that is unknown, later or continuous, or on a value that it does not have': [
    () => space({ x: when('y', [1], int(0, 1)) }),
    () => space({ x: when('y', [1], int(0, 1)), y: int(0, 1) }),
    () => space({ y: float(0, 1), x: when('y', [1], int(0, 1)) }),
    () => space({ y: int(0, 1), x: when('y', [2], int(0, 1)) }),
  ],
  'contradictory conditions, so that a parameter would never be active': [
    () => space({ y: int(0, 1), x: when('y', [0], when('y', [1], int(0, 1))) }),
    () =>
      space({ y: int(0, 1), z: when('y', [0], boolean()), x: when('z', [true], when('y', [1], int(0, 1))) }),
  ],
  'a bound by a parameter that is unknown, later or no number, or that leaves no value': [
    () => space({ x: int(0, 4, { atMost: 'y' }) }),
    () => space({ x: int(0, 4, { atMost: 'y' }), y: int(0, 4) }),
    () => space({ y: choice(['a']), x: int(0, 4, { atMost: 'y' }) }),
    () => space({ y: int(0, 4), x: int(2, 4, { atMost: 'y' }) }),
  ],
  'a rule that cannot be read or names a parameter there is not': [
    () => space({ x: float(0, 1) }, { constraints: ['x <'] }),
    () => space({ x: float(0, 1) }, { constraints: ['y < 1'] }),
  ],
  'a rule that throws, or answers neither true nor false': [
    () => create({ space: space({ x: float(0, 1) }, { constraints: ['x + 1'] }) }),
    () =>
      create({
        space: space(
          { x: float(0, 1) },
          { constraints: [{ name: 'r', test: () => Number('x').toFixed(-1) === '' }] },
        ),
      }),
  ],
  'a rule that is never true': [
    () => create({ space: space({ x: float(0, 1) }, { constraints: ['x > 1'] }) }),
    () => create({ space: space({ x: float(0, 1) }, { constraints: [{ name: 'no', test: () => false }] }) }),
  ],
  'a space with no point: ranges that the rules leave empty': [
    () => create({ space: space({ a: int(0, 2), b: int(3, 4) }, { constraints: ['a == b'] }) }),
  ],
  'a rule that is code, opened by a program without it': [
    async () => {
      const log = memoryLog();
      const coded = space({ x: float(0, 1) }, { constraints: [{ name: 'r', test: ({ x }) => x < 0.5 }] });
      await create({ log, space: coded });
      return (await openStudy({ log, name: 's' })).ask();
    },
  ],
  'a name used twice, or for two ranges': [
    () => parseSpace({ parameters: [1, 2].map(() => ({ name: 'x', kind: 'fixed', value: 1 })) }),
    async () => (await create()).extendSpace(space({ x: float(0, 2) }).parameters),
  ],
  'a stored space that is damaged': [
    () => parseSpace(null),
    () => parseSpace({ parameters: [{ name: 'x', kind: 'float', min: 0, max: '1', scale: 'linear' }] }),
  ],
  'tell undefined, or complete without values': [
    () => told(complete([undefined])),
    () => told({ outcome: 'complete' }),
    () => told(complete([])),
  ],
  'tell values of the wrong type: texts, null, a number instead of a list': [
    () => told(complete(['0.5'])),
    () => told(complete([null])),
    () => told(complete(0.5)),
    () => told({ outcome: 'complete', metrics: { loss: '0.5' } }),
  ],
  'tell values of the wrong number': [() => told(complete([1, 2]))],
  'tell a field there is not': [
    () => told({ outcome: 'complete', values: [1], metric: { loss: 1 } }),
    () => told({ outcome: 'failed', trial: 3 }),
    async () =>
      (await create()).addTrial({ params: { x: 1 }, values: [1], source: 'e', ...unknown({ seed: 1 }) }),
  ],
  'tell an outcome there is not': [() => told({ outcome: 'done', values: [1] }), () => told({})],
  'tell for an unknown trial': [
    async () => (await running()).tell(1, 0, { outcome: 'failed' }),
    async () => (await running()).tell(Number.NaN, 0, { outcome: 'failed' }),
  ],
  'tell for a finished trial': [
    async () => {
      const study = await running();
      await study.tell(0, 0, { outcome: 'complete', values: [1] });
      await study.tell(0, 0, { outcome: 'complete', values: [2] });
    },
  ],
  'tell or report for an attempt that another process took over': [
    async () => {
      const study = await running();
      await study.start(0, 'a');
      await study.start(0, 'b');
      await study.tell(0, 1, { outcome: 'failed' });
    },
    async () => {
      const study = await running();
      await study.start(0, 'a');
      await study.start(0, 'b');
      await study.report(0, 1, { steps: [1], seconds: [1], metrics: {} });
    },
  ],
  'report columns of unequal length, of texts, or steps that do not grow': [
    { steps: [1, 2], seconds: [1, 2], metrics: { loss: [1] } },
    { steps: [1], seconds: [1], metrics: { loss: ['1' as unknown as number] } },
    { steps: [2, 1], seconds: [1, 2], metrics: {} },
    { steps: [Number.NaN], seconds: [1], metrics: {} },
  ].map((block) => async () => {
    const study = await running();
    await study.report(0, await study.start(0, 'r'), block);
  }),
  'no objective': [() => create({ objectives: [] })],
  "a direction that is neither 'minimize' nor 'maximize'": [
    () => create({ objectives: [{ metric: 'loss', direction: 'min' as 'minimize' }] }),
    () => optimize(() => 1, { space: line, trials: 1, direction: 'min' as 'minimize' }),
  ],
  'a name that is taken': [
    async () => {
      const log = memoryLog();
      await create({ log });
      await create({ log });
    },
  ],
  'a name that is unknown': [() => openStudy({ log: memoryLog(), name: 'other' })],
  'opened with another space': [
    async () => {
      const log = memoryLog();
      await create({ log });
      await openStudy({ log, name: 's', space: space({ x: float(0, 2) }) });
    },
  ],
  'a budget that is negative, NaN, infinite, no number or no limit there is': [
    { trials: -1 },
    { minutes: Number.NaN },
    { epochs: Number.POSITIVE_INFINITY },
    { target: '1' as unknown as number },
    { trails: 1 } as unknown as { trials: number },
  ].map((budget) => () => create({ budget })),
  'a function without a budget, so that nothing would end the search': [
    () => optimize(() => 1, { space: line }),
  ],
  'a queued configuration outside of the space': [
    async () => (await create()).enqueue({ x: 2 }),
    async () => (await create()).enqueue({ y: 1 }),
    async () => (await create()).enqueue({ x: Number.NaN }),
  ],
  'a queued configuration that was tried or waits already': [
    async () => {
      const study = await create();
      await study.enqueue({ x: 1 });
      await study.enqueue({ x: 1 });
    },
  ],
  'a trial from elsewhere outside of the space': [
    async () => (await create()).addTrial({ params: { x: 2 }, values: [1], source: 'e' }),
  ],
  'a past study of which no trial fits': [
    async () => {
      const past = await running();
      await (await create()).warmStart(past.history, { name: 'past' });
    },
  ],
  'a changed space in which a queued configuration does not fit': [
    async () => {
      const study = await create();
      await study.enqueue({ x: 1 });
      await study.changeSpace(withRange(line, 'x', { max: 0.5 }));
    },
  ],
  'a sampler that leaves the space': [
    async () => (await running({ sampler: suggesting({ x: 2 }) })).ask(),
    async () => (await running({ sampler: suggesting({ x: Number.NaN }) })).ask(),
  ],
  'an option there is not, of a study, a search by `optimize`, a queued configuration or a warm start': [
    () => create(unknown({ sede: 1 })),
    () => openStudy({ log: memoryLog(), name: 's', ...unknown({ changespace: true }) }),
    () => optimize(() => 1, { space: line, trials: 1, ...unknown({ jobs: 2 }) }),
    () => optimize(() => 1, { space: line, trials: 1, ...unknown({ objectives: [] }) }),
    async () => (await create()).enqueue({ x: 1 }, unknown({ repeats: true })),
    async () =>
      (await create()).warmStart((await running()).history, { name: 'p', ...unknown({ count: 2 }) }),
  ],
  'an option there is not, of fmin or its trials': [
    () => fmin(() => 1, hyperopt.uniform('x', 0, 1), { maxEvals: 1, ...unknown({ rstate: 1 }) }),
    () => new Trials(unknown({ file: 'x' })),
  ],
  'an option there is not, of a sampler': [
    () => gp(unknown({ costaware: true })),
    () => grid(unknown({ level: 3 })),
    () => parseSampler({ name: 'grid', level: 3 }),
    () => parseSampler({ name: 'tpe', multivariate: true }),
  ],
  'an option there is not, of a scheduler': [
    () => asha(unknown({ eat: 3 })),
    () => median(unknown({ warmUp: 3 })),
    () => hyperbandPlan(unknown({ epochs: 3 })),
    () => parseScheduler({ name: 'asha', eat: 3 }),
    () => parseScheduler({ name: 'median', warmUp: 3 }),
    () => parseScheduler({ name: 'none', eta: 3 }),
  ],
  'a sampler or scheduler that is unknown': [() => parseSampler('bayse'), () => parseScheduler('ahsa')],
  'a log that does not begin with the creation of its study': [
    () => fold(undefined, { type: 'note', text: 'n', sequence: 1, at: 0 }),
  ],
};

/** Inputs with another outcome. */
const OTHERWISE: Readonly<Record<string, () => unknown>> = {
  'a space without parameters': async () => {
    const study = await create({ space: { parameters: [] } satisfies Space });
    expect(await study.ask()).toMatchObject({ kind: 'trial', trial: { params: {} } });
    expect((await study.ask()).kind).toBe('exhausted');
  },
  'tell NaN': async () =>
    expect(await told(complete([Number.NaN]))).toMatchObject({ state: 'failed', reason: 'diverged' }),
  'tell infinity, positive or negative': async () => {
    for (const value of [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      expect(await told(complete([value]))).toMatchObject({ state: 'failed', reason: 'diverged' });
  },
  'report NaN or infinity': async () => {
    const study = await running();
    const loss = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    await study.report(0, await study.start(0, 'r'), {
      steps: [1, 2, 3],
      seconds: [1, 2, 3],
      metrics: { loss },
    });
    expect(study.history.trials[0]!.reports.metrics.loss).toEqual(loss);
  },
  'an objective function that throws': async () => {
    const throwing = () => {
      throw new Error('no');
    };
    expect(await states(throwing)).toEqual([
      ['failed', 'error'],
      ['failed', 'error'],
    ]);
  },
  'an objective function that gives NaN or infinity': async () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(await states(value)).toEqual([
        ['failed', 'diverged'],
        ['failed', 'diverged'],
      ]);
  },
  'an objective function that gives undefined, a text or null': async () => {
    for (const value of [undefined, '1', null]) {
      expect(await states(value)).toEqual([['failed', 'error']]);
      const objective = () => value as unknown as number;
      await expect(optimize(objective, { space: line, trials: 2 })).rejects.toMatchObject({
        code: 'LU_OBJECTIVE_VALUE',
      });
    }
  },
  'an objective function of fmin that throws': async () => {
    const throwing = () => {
      throw new Error('no');
    };
    await expect(fmin(throwing, hyperopt.uniform('x', 0, 1), { maxEvals: 2 })).rejects.toThrow('no');
  },
  'all trials fail': async () => {
    const { best, params, value } = await optimize(() => Number.NaN, { space: line, trials: 3 });
    expect([best, params, value]).toEqual([undefined, undefined, undefined]);
  },
  'a sampler that breaks a rule': async () => {
    const ruled = space({ x: float(0, 1) }, { constraints: ['x <= 0.5'] });
    const study = await running({ space: ruled, sampler: suggesting({ x: 0.75 }) });
    const asked = await study.ask();
    expect(asked).toMatchObject({ trial: { why: { text: "odd; moved until the rule 'x <= 0.5' held" } } });
    expect(asked.kind === 'trial' && Number(asked.trial.params.x)).toBeLessThanOrEqual(0.5);
  },
  'a sampler that repeats a configuration': async () => {
    const study = await running({ sampler: suggesting({ x: 0 }) });
    const asked = await study.ask();
    expect(asked.kind === 'trial' && asked.trial.params.x).not.toBe(0);
    expect(asked).toMatchObject({ trial: { why: { text: expect.stringContaining('already tried') } } });
  },
};

describe('the table of bad input', () => {
  it('has a test for every row, and a row for every test', () => {
    const tested = [...Object.keys(REFUSED), ...Object.keys(OTHERWISE)];
    expect([...rows.keys()].sort()).toEqual(tested.sort());
  });

  it.each(Object.entries(REFUSED))('%s is refused with the code of its row', async (input, attempts) => {
    const codes = [...rows.get(input)!.matchAll(/`(LU_\w+)`/g)].map((match) => match[1]!);
    expect(rows.get(input)).toMatch(/^refused: /);
    for (const attempt of attempts) {
      const error: unknown = await Promise.resolve()
        .then(attempt)
        .then(
          () => 'nothing was thrown',
          (thrown: unknown) => thrown,
        );
      expect(codes).toContain((error as { code?: string }).code);
      expect((error as { fix: string }).fix.length).toBeGreaterThan(0);
    }
  });

  it.each(Object.entries(OTHERWISE))('%s', async (_, check) => {
    await check();
  });
});

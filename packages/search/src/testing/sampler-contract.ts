import { decodeJson, encodeJson, generator, randomKey } from '@luthier/core';
import type { History, Sampler, Space, StudyLog, TrialRecord } from '@luthier/search';
import {
  boolean,
  canonicalKey,
  choice,
  createStudy,
  fixed,
  float,
  int,
  memoryLog,
  minimize,
  misfit,
  openStudy,
  size,
  space,
  when,
} from '@luthier/search';
import { describe, expect, it } from 'vitest';

const mixed = space({
  rate: float(1e-4, 1e-1, { log: true }),
  dropout: float(0.1, 0.5, { step: 0.1 }),
  units: int(8, 512, { log: true }),
  optimizer: choice(['sgd', 'adam']),
  momentum: when('optimizer', ['sgd'], float(0, 0.99)),
  nesterov: when('optimizer', ['sgd'], boolean()),
  width: fixed(784),
});

const small = space({
  units: int(1, 3),
  optimizer: choice(['sgd', 'adam']),
  momentum: when('optimizer', ['sgd'], choice([0, 0.9])),
});

const numeric = space({ x: float(0, 1), y: float(0, 1) });

const ruled = space(
  {
    units1: int(16, 64, { step: 16 }),
    units2: int(16, 64, { step: 16, atMost: 'units1' }),
    rate: float(1e-4, 1, { log: true, prior: { about: 1e-2, certainty: 'fairly' } }),
    decay: float(0, 1),
    optimizer: choice(['sgd', 'adam'], { prior: { about: 'adam' } }),
  },
  { constraints: ['rate + decay <= 1.2', 'units1 + units2 >= 48'] },
);

/** Freezes everything below a value. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) frozen(part);
  return value;
}

/** What a test does with a trial; by default it tells a smooth function of the parameters. */
type Play = (trial: TrialRecord) => number | 'pending';

function smooth({ params }: TrialRecord): number {
  return Object.values(params).reduce<number>(
    (sum, value) => sum + (typeof value === 'number' ? Math.log1p(value) : String(value).length / 10),
    0,
  );
}

async function run(
  sampler: Sampler,
  searched: Space,
  trials: number,
  options: { readonly play?: Play; readonly log?: StudyLog; readonly seed?: number } = {},
): Promise<History> {
  const { play = smooth, log = memoryLog({ clock: () => 0 }), seed = 0 } = options;
  const objectives = [minimize('loss')];
  const study = await createStudy({ log, name: 's', space: searched, objectives, sampler, seed });
  await go(study, trials, play);
  return study.history;
}

async function go(study: Awaited<ReturnType<typeof openStudy>>, trials: number, play: Play): Promise<void> {
  while (study.history.trials.length < trials) {
    const asked = await study.ask();
    if (asked.kind !== 'trial') return;
    const value = play(asked.trial);
    const attempt = await study.start(asked.trial.number, 'test');
    if (value !== 'pending')
      await study.tell(asked.trial.number, attempt, { outcome: 'complete', values: [value] });
  }
}

export interface SamplerContractOptions {
  /** How many trials the longer tests run; fewer for slow samplers. Default 40. */
  readonly trials?: number;
  /** The sampler enumerates and needs finite spaces: pass options that make it finite in the factory. Default false. */
  readonly finiteOnly?: boolean;
  /** Studies of different seeds differ. Default true. */
  readonly seeded?: boolean;
}

/**
 * The test suite that every sampler passes: call it in a test file of your sampler.
 *
 * `createSampler` gives a new sampler each time, with no memory of the one before.
 *
 * @example
 * samplerContract('random', () => random());
 */
export function samplerContract(
  name: string,
  createSampler: () => Sampler,
  options: SamplerContractOptions = {},
): void {
  const { trials = 40, finiteOnly = false, seeded = true } = options;
  describe(`${name} keeps the contract of a sampler`, () => {
    it('stays inside bounds, steps, logs, choices and conditions', async () => {
      const history = await run(createSampler(), mixed, trials);
      expect(history.trials.length).toBeGreaterThan(1);
      for (const { params } of history.trials) expect(misfit(mixed, params)).toBeUndefined();
    });

    it('keeps bounds, rules and priors of the user', async () => {
      const history = await run(createSampler(), ruled, Math.min(trials, 25));
      expect(history.trials.length).toBeGreaterThan(1);
      for (const { params } of history.trials) expect(misfit(ruled, params)).toBeUndefined();
    });

    it('changes nothing that it is given', async () => {
      const { trials: past, ...rest } = await run(createSampler(), mixed, 12);
      const history = frozen({ ...rest, space: mixed, trials: past });
      const { seed, memo, budget } = history;
      const random = generator(randomKey(seed, 'sampler', 12));
      const request = { history, memo, space: history.space, random, trial: 12, budget };
      expect(createSampler().suggest(request).kind).toBe('params');
    });

    it('copes with trials that were stopped, failed, lost, or lie outside of the present space', async () => {
      const { trials: past, ...rest } = await run(createSampler(), mixed, 12);
      const reports = { steps: [1, 2], seconds: [1, 2], metrics: { loss: [3, 2] } };
      const odd = past.map((trial): TrialRecord => {
        const { values: _, ...ended } = trial;
        if (trial.number % 5 === 1) return { ...ended, state: 'pruned', reports };
        if (trial.number % 5 === 2) return { ...ended, state: 'failed', reason: 'outOfMemory' };
        if (trial.number % 5 === 3) return { ...ended, state: 'failed', reason: 'lost' };
        return trial.number % 5 === 4 ? { ...trial, params: { rate: 7 } } : trial;
      });
      const { seed, memo, budget } = rest;
      const random = generator(randomKey(seed, 'sampler', 12));
      const history: History = { ...rest, trials: odd };
      const suggestion = createSampler().suggest({ history, memo, space: mixed, random, trial: 12, budget });
      if (suggestion.kind !== 'params') throw new Error('exhausted');
      expect(misfit(mixed, suggestion.params)).toBeUndefined();
    });

    it('says why', async () => {
      for (const { why } of (await run(createSampler(), mixed, 5)).trials) {
        expect(why.text.length).toBeGreaterThan(0);
        expect(why.sampler.length).toBeGreaterThan(0);
      }
    });

    it('never asks twice for the same configuration of a finite space, and exhausts it', async () => {
      const history = await run(createSampler(), small, 100);
      const keys = history.trials.map(({ params }) => canonicalKey(small, params));
      expect(new Set(keys).size).toBe(keys.length);
      expect(keys).toHaveLength(size(small));
    });

    it('copes with a space of one point, and of none', async () => {
      expect((await run(createSampler(), space({ x: fixed(1) }), 5)).trials).toHaveLength(1);
      expect(
        (await run(createSampler(), space({ x: float(2, 2), y: choice(['a']) }), 5)).trials,
      ).toHaveLength(1);
      expect((await run(createSampler(), { parameters: [] }, 5)).trials).toHaveLength(1);
    });

    it('copes with NaN and infinite results', async () => {
      const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      const play: Play = (trial) => odd[trial.number % 5] ?? smooth(trial);
      const history = await run(createSampler(), mixed, Math.min(trials, 20), { play });
      expect(history.trials.filter(({ state }) => state === 'failed').length).toBeGreaterThan(0);
      const failing = await run(createSampler(), mixed, 8, { play: () => Number.NaN });
      expect(failing.trials).toHaveLength(8);
    });

    it('copes with a constant objective and with huge and tiny values', async () => {
      for (const value of [0, 1e300, -1e-300])
        expect((await run(createSampler(), mixed, 12, { play: () => value })).trials).toHaveLength(12);
      const spread: Play = ({ number }) => (number % 2 === 0 ? 1e150 : -1e-150);
      expect((await run(createSampler(), mixed, 12, { play: spread })).trials).toHaveLength(12);
    });

    it('proposes something new while trials are pending', async () => {
      const play: Play = (trial) => (trial.number < 6 ? smooth(trial) : 'pending');
      const history = await run(createSampler(), mixed, 14, { play });
      const keys = history.trials.map(({ params }) => canonicalKey(mixed, params));
      expect(new Set(keys).size).toBe(14);
    });

    it('is a pure function of the log: same seed, same suggestions', async () => {
      const once = await run(createSampler(), mixed, Math.min(trials, 20), { seed: 5 });
      const twice = await run(createSampler(), mixed, Math.min(trials, 20), { seed: 5 });
      expect(twice).toEqual(once);
    });

    it('goes on after a restart as if nothing had happened', async () => {
      const undisturbed = await run(createSampler(), mixed, 34, { seed: 9 });
      const log = memoryLog({ clock: () => 0 });
      await run(createSampler(), mixed, 23, { seed: 9, log });
      const resumed = await openStudy({ log, name: 's', sampler: createSampler() });
      await go(resumed, 34, smooth);
      expect(resumed.history.trials).toEqual(undisturbed.trials);
    });

    it('has a specification and a memo that survive JSON', async () => {
      const sampler = createSampler();
      expect(decodeJson(encodeJson(sampler.spec))).toEqual(sampler.spec);
      expect((sampler.spec as { readonly name: string }).name).toBe(sampler.name);
      const { memo } = await run(sampler, mixed, 12);
      expect(decodeJson(encodeJson(memo ?? null))).toEqual(memo ?? null);
    });

    it('tells seeds apart', async () => {
      if (finiteOnly || !seeded) return;
      const a = await run(createSampler(), numeric, 4, { seed: 0 });
      const b = await run(createSampler(), numeric, 4, { seed: 1 });
      expect(a.trials.slice(1).map(({ params }) => params)).not.toEqual(
        b.trials.slice(1).map(({ params }) => params),
      );
    });

    it('answers with 10,000 trials behind it', async () => {
      const start = await run(createSampler(), numeric, 2);
      const model = start.trials[1] ?? start.trials[0]!;
      const past = Array.from({ length: 10_000 }, (_, number): TrialRecord => {
        const params = { x: (number % 100) / 99, y: Math.floor(number / 100) / 99 };
        return { ...model, number, state: 'complete', params, values: [params.x + params.y] };
      });
      const log = memoryLog({ clock: () => 0 });
      const study = await createStudy({
        log,
        name: 's',
        space: numeric,
        objectives: [minimize('loss')],
        sampler: createSampler(),
      });
      const history: History = { ...study.history, trials: past };
      await log.saveSnapshot('s', { sequence: history.sequence, history });
      const resumed = await openStudy({ log, name: 's', sampler: createSampler() });
      for (let i = 0; i < 3; i++) expect(['trial', 'exhausted']).toContain((await resumed.ask()).kind);
    });
  });
}

import { describe, expect, it } from 'vitest';
import { random } from '../samplers/random.ts';
import { choice, float, space, when } from '../space/define.ts';
import { hasPriors, logPrior } from '../space/prior.ts';
import type { History } from './history.ts';
import { memoryLog } from './memory-log.ts';
import { createStudy, openStudy } from './open.ts';
import { minimize } from './results.ts';
import type { Study } from './study.ts';
import { warmSpace, warmVerdict } from './warm-start.ts';

const searched = space({
  rate: float(1e-5, 1, { log: true }),
  optimizer: choice(['sgd', 'adam']),
  momentum: when('optimizer', ['sgd'], float(0, 1)),
});

type P = Readonly<Record<string, unknown>>;
const near = (rate: number, optimizer: string) => (params: P) =>
  Math.log10(Number(params.rate) / rate) ** 2 + (params.optimizer === optimizer ? 0 : 1);

async function study(seed: number): Promise<Study> {
  const log = memoryLog({ clock: () => 0 });
  return createStudy({
    log,
    name: 's',
    space: searched,
    objectives: [minimize('loss')],
    sampler: random(),
    seed,
  });
}

async function run(on: Study, trials: number, value: (params: P) => number): Promise<void> {
  for (let i = 0; i < trials; i++) {
    const asked = await on.ask();
    if (asked.kind !== 'trial') return;
    await on.tell(asked.trial.number, 0, { outcome: 'complete', values: [value(asked.trial.params)] });
  }
}

async function past(): Promise<History> {
  const one = await study(1);
  await run(one, 60, near(1e-3, 'adam'));
  return one.history;
}

describe('a warm start', () => {
  it('tries the best past configuration first, others that lie apart, and says where they come from', async () => {
    const history = await past();
    const now = await study(2);
    await now.warmStart(history, { name: 'yesterday' });
    await run(now, 3, near(1e-3, 'adam'));
    const trials = now.history.trials;
    const best = [...history.trials].sort((a, b) => a.values![0]! - b.values![0]!)[0]!;
    expect(trials[0]!.params).toEqual(best.params);
    expect(trials[0]!.why.text).toBe('from yesterday, where it was as good as 100 % of the trials or better');
    expect(new Set(trials.map(({ params }) => JSON.stringify(params))).size).toBe(3);
  });

  it('makes priors of what the best have in common once they proved good here', async () => {
    const now = await study(2);
    await now.warmStart(await past(), { name: 'yesterday' });
    await run(now, 5, near(2e-3, 'adam'));
    const [warm] = now.history.warmStarts!;
    expect(warmVerdict(now.history, warm!).holds).toBeUndefined();
    expect(warmSpace(now.history, now.space)).toBe(now.space);
    await run(now, 1, near(2e-3, 'adam'));
    expect(warmVerdict(now.history, warm!)).toMatchObject({
      holds: true,
      text: expect.stringContaining('yesterday is believed: its best won'),
    });
    const taught = warmSpace(now.history, now.space);
    expect(hasPriors(taught)).toBe(true);
    expect(warmSpace(now.history, now.space)).toBe(taught);
    expect(logPrior(taught, { rate: 1e-3, optimizer: 'adam' })).toBeGreaterThan(1);
    expect(logPrior(taught, { rate: 0.9, optimizer: 'adam' })).toBeLessThan(-1);
    // Random draws follow what was learned.
    await run(now, 40, near(2e-3, 'adam'));
    const rates = now.history.trials.slice(6).map(({ params }) => Number(params.rate));
    expect(rates.filter((rate) => rate > 1e-4 && rate < 1e-2).length).toBeGreaterThan(28);
  });

  it('believes nothing of a past study that misleads', async () => {
    const now = await study(2);
    await now.warmStart(await past(), { name: 'yesterday' });
    const otherwise = (params: P) => -near(1e-3, 'adam')(params);
    await run(now, 12, otherwise);
    const [warm] = now.history.warmStarts!;
    expect(warmVerdict(now.history, warm!)).toMatchObject({
      holds: false,
      text: expect.stringContaining('yesterday misleads'),
    });
    expect(hasPriors(warmSpace(now.history, now.space))).toBe(false);
  });

  it('leaves the beliefs of the user alone', async () => {
    const log = memoryLog();
    const own = space({
      rate: float(1e-5, 1, { log: true, prior: { about: 0.1 } }),
      optimizer: choice(['sgd', 'adam']),
    });
    const now = await createStudy({
      log,
      name: 's',
      space: own,
      objectives: [minimize('loss')],
      sampler: random(),
    });
    await now.warmStart(await past(), { name: 'yesterday' });
    await run(now, 12, near(1e-3, 'adam'));
    expect(warmSpace(now.history, now.space).parameters[0]).toBe(now.space.parameters[0]);
    expect(warmSpace(now.history, now.space).parameters[1]).toHaveProperty('prior');
  });

  it('is part of the log', async () => {
    const log = memoryLog({ clock: () => 0 });
    const now = await createStudy({
      log,
      name: 's',
      space: searched,
      objectives: [minimize('loss')],
      sampler: random(),
    });
    await now.warmStart(await past(), { name: 'yesterday' });
    await run(now, 10, near(1e-3, 'adam'));
    const again = await openStudy({ log, name: 's' });
    expect(again.history).toEqual(now.history);
    // The space that is taught anew from the log leads to the same suggestion.
    expect(warmSpace(again.history, again.space)).toEqual(warmSpace(now.history, now.space));
  });

  it('needs a past trial that is a point of the space', async () => {
    const now = await study(2);
    const empty = await study(3);
    await expect(now.warmStart(empty.history, { name: 'e' })).rejects.toMatchObject({
      code: 'LU_STUDY_WARM_START',
    });
    const history = await past();
    const other = await createStudy({
      log: memoryLog(),
      name: 's',
      space: space({ rate: float(2, 3) }),
      objectives: [minimize('loss')],
    });
    await expect(other.warmStart(history, { name: 'y' })).rejects.toMatchObject({
      code: 'LU_STUDY_WARM_START',
      message: 'none of its 60 complete trials is a point of this space',
    });
  });
});

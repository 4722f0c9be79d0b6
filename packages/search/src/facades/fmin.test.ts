import { describe, expect, expectTypeOf, it } from 'vitest';
import { random } from '../samplers/random.ts';
import { size } from '../space/enumerate.ts';
import { memoryLog } from '../study/memory-log.ts';
import { fmin, Trials } from './fmin.ts';
import { type Evaluated, hyperopt, hyperoptSpace, spaceEval } from './hyperopt-space.ts';

const searched = {
  rate: hyperopt.loguniform('rate', Math.log(1e-5), Math.log(1e-1)),
  model: hyperopt.choice('model', [
    { kind: 'forest', trees: hyperopt.quniform('trees', 10, 100, 10) },
    { kind: 'net', layers: [hyperopt.uniformint('units1', 1, 4), hyperopt.randint('units2', 3)] },
    { kind: 'line' },
  ]),
  constant: 7,
};

describe('[#70] fmin', () => {
  it('finds the minimum of a parabola, and gives values by label', async () => {
    const best = await fmin((x) => (x - 2) ** 2, hyperopt.uniform('x', -5, 5), { maxEvals: 40 });
    expect(Object.keys(best)).toEqual(['x']);
    expect(best.x).toBeCloseTo(2, 1);
  });

  it('hands over the structure with exact types, choices as their options', async () => {
    type Given = Evaluated<typeof searched>;
    expectTypeOf<Given['rate']>().toEqualTypeOf<number>();
    const kinds = new Set<string>();
    const trials = new Trials();
    const best = await fmin(
      (given) => {
        expectTypeOf(given).toEqualTypeOf<Given>();
        kinds.add(given.model.kind);
        if (given.model.kind === 'forest') expect(given.model.trees % 10).toBe(0);
        if (given.model.kind === 'net') expect(given.model.layers[1]).toBeLessThan(3);
        expect(given.constant).toBe(7);
        return Math.abs(Math.log10(given.rate) + 3) + (given.model.kind === 'line' ? 0 : 1);
      },
      searched,
      { maxEvals: 60, trials, algo: 'tpe' },
    );
    expect([...kinds].sort()).toEqual(['forest', 'line', 'net']);
    expect(best.model).toBe(2);
    expect(spaceEval(searched, best)).toMatchObject({ model: { kind: 'line' }, constant: 7 });
    expect(trials.trials.every(({ vals }) => 'trees' in vals === (vals.model === 0))).toBe(true);
  });

  it('reports its trials in Hyperopt’s words, and goes on with them', async () => {
    const trials = new Trials();
    const x = hyperopt.uniform('x', -1, 1);
    const loss = (value: number) => ({ loss: value ** 2, status: 'ok' as const, note: 'n' });
    const first = await fmin(loss, x, { maxEvals: 5, trials, algo: random() });
    expect(trials).toHaveLength(5);
    expect(trials.losses()).toHaveLength(5);
    expect(trials.results[0]).toEqual({ loss: trials.losses()[0], status: 'ok', note: 'n' });
    expect(trials.bestTrial?.loss).toBe(Math.min(...(trials.losses() as number[])));
    expect(trials.argmin).toEqual(first);
    expect(trials.vals.x).toHaveLength(5);
    await fmin(loss, x, { maxEvals: 9, trials, algo: random() });
    expect(trials).toHaveLength(9);
    expect(trials.statuses()).toEqual(Array(9).fill('ok'));
  });

  it('starts with the points it is given, then the middle of every range', async () => {
    const trials = new Trials();
    await fmin((x) => x, hyperopt.uniform('x', -4, 10), {
      maxEvals: 2,
      trials,
      pointsToEvaluate: [{ x: 5 }],
    });
    expect(trials.vals.x![0]).toBe(5);
    const middle = new Trials();
    await fmin((x) => x, hyperopt.loguniform('x', 0, 4), { maxEvals: 1, trials: middle });
    expect(middle.vals.x![0]).toBeCloseTo(Math.exp(2), 10);
  });

  it('outlives the program in a log', async () => {
    const log = memoryLog();
    const x = hyperopt.uniform('x', 0, 1);
    await fmin((value) => value, x, { maxEvals: 4, trials: new Trials({ log }) });
    const later = new Trials({ log });
    await fmin((value) => value, x, { maxEvals: 6, trials: later });
    expect(later).toHaveLength(6);
  });

  it('ends at a loss, when it is told to stop, and when a finite space is exhausted', async () => {
    const x = hyperopt.uniform('x', 0, 1);
    const good = new Trials();
    await fmin((value) => value, x, { lossThreshold: 0.2, trials: good, algo: 'random' });
    expect(good.bestTrial!.loss).toBeLessThanOrEqual(0.2);
    const stopped = new Trials();
    await fmin((value) => value, x, { earlyStop: ({ length }) => length >= 3, trials: stopped });
    expect(stopped).toHaveLength(3);
    const finite = new Trials();
    await fmin((value) => value, hyperopt.randint('n', 4), { maxEvals: 100, trials: finite });
    expect(finite.vals.n!.toSorted()).toEqual([0, 1, 2, 3]);
  });

  it('records failures, and throws what the function throws unless told otherwise', async () => {
    const x = hyperopt.uniform('x', 0, 1);
    const trials = new Trials();
    const odd = (value: number) => {
      if (trials.length % 3 === 0) throw new Error('odd');
      return trials.length % 3 === 1 ? { status: 'fail' as const } : value;
    };
    await fmin(odd, x, { maxEvals: 9, trials, catchEvalExceptions: true });
    expect(trials.statuses().filter((status) => status === 'ok')).toHaveLength(3);
    await expect(
      fmin(
        () => {
          throw new Error('out of luck');
        },
        x,
        { maxEvals: 3 },
      ),
    ).rejects.toThrow('out of luck');
    await expect(fmin(() => Number.NaN, x, { maxEvals: 3 })).rejects.toMatchObject({
      code: 'LU_FMIN_FAILED',
    });
    await expect(fmin(() => undefined as unknown as number, x, { maxEvals: 3 })).rejects.toMatchObject({
      code: 'LU_OBJECTIVE_VALUE',
    });
    await expect(fmin((value) => value, x)).rejects.toMatchObject({ code: 'LU_FMIN_LIMIT' });
  });
});

describe('the spaces of Hyperopt', () => {
  it('have the ranges that its documentation gives', () => {
    const of = (node: Parameters<typeof hyperoptSpace>[0]) => hyperoptSpace(node).parameters[0];
    expect(of(hyperopt.quniform('q', 1.2, 9.9, 2))).toMatchObject({ min: 2, max: 10, step: 2 });
    expect(of(hyperopt.uniformint('i', 2, 5))).toMatchObject({ kind: 'int', min: 2, max: 5 });
    expect(of(hyperopt.randint('r', 2, 5))).toMatchObject({ kind: 'int', min: 2, max: 4 });
    expect(of(hyperopt.normal('n', 1, 0.5))).toMatchObject({
      min: -1,
      max: 3,
      prior: { about: 1, spread: 0.125 },
    });
    const lognormal = of(hyperopt.lognormal('l', 0, 1)) as { min: number; max: number; scale: string };
    expect(lognormal).toMatchObject({ min: Math.exp(-4), max: Math.exp(4), scale: 'log' });
    expect(
      of(
        hyperopt.pchoice('p', [
          [0.25, 'a'],
          [0.75, 'b'],
        ]),
      ),
    ).toMatchObject({
      default: 1,
      prior: { weights: [0.25, 0.75] },
    });
    expect(size(hyperoptSpace({ a: hyperopt.randint('a', 3), b: hyperopt.choice('b', ['x', 'y']) }))).toBe(6);
  });
  it('round to multiples of q', () => {
    const node = hyperopt.qloguniform('q', 0, 5, 5);
    expect(spaceEval(node, { q: 13 })).toBe(15);
    expect(spaceEval(hyperopt.qnormal('q', 0, 1, 0.1), { q: 0.26 })).toBe(0.3);
  });
  it.each([
    ['LU_SPACE_DUPLICATE', () => hyperoptSpace([hyperopt.uniform('x', 0, 1), hyperopt.uniform('x', 0, 2)])],
    ['LU_SPACE_RANGE', () => hyperopt.uniform('x', 1, 0)],
    ['LU_SPACE_RANGE', () => hyperopt.choice('x', [])],
    ['LU_SPACE_RANGE', () => hyperopt.normal('x', 0, 0)],
    [
      'LU_SPACE_PRIOR',
      () =>
        hyperopt.pchoice('x', [
          [0, 'a'],
          [1, 'b'],
        ]),
    ],
    ['LU_SPACE_VALUE', () => spaceEval(hyperopt.uniform('x', 0, 1), {})],
  ])('refuse with %s what makes no sense (%#)', (code, work) => {
    expect(work).toThrow(expect.objectContaining({ code }));
  });
  it('let one variable stand in two places', () => {
    const shared = hyperopt.uniform('x', 0, 1);
    const both = hyperoptSpace(hyperopt.choice('o', [{ a: shared }, { b: shared }]));
    expect(both.parameters.map(({ name }) => name)).toEqual(['o', 'x']);
  });
});

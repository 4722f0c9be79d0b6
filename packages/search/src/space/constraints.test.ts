import { generator, randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { baseline } from '../samplers/baseline.ts';
import { parseSampler, samplerNames } from '../samplers/registry.ts';
import { memoryLog } from '../study/memory-log.ts';
import { createStudy, openStudy } from '../study/open.ts';
import { minimize } from '../study/results.ts';
import { misfit } from './canonical.ts';
import { spaceDifferences } from './compare.ts';
import { isFeasible } from './constraints.ts';
import { choice, float, int, space, when } from './define.ts';
import { discoverSpace } from './discover.ts';
import { drawParams, nearestFeasible } from './draw.ts';
import { points, size } from './enumerate.ts';
import { parseSpace } from './json.ts';

const disc = space(
  { x: float(-1, 1), y: float(-1, 1), n: int(1, 4) },
  { constraints: ['x ** 2 + y ** 2 <= 0.25', { name: 'n below 4', test: ({ n }) => n < 4 }] },
);

describe('constraints', () => {
  it('hold for draws, and the first broken one is named', () => {
    const random = generator(randomKey(1));
    for (let i = 0; i < 200; i++) expect(misfit(disc, drawParams(disc, random))).toBeUndefined();
    expect(misfit(disc, { x: 1, y: 0, n: 1 })).toBe("it breaks the rule 'x ** 2 + y ** 2 <= 0.25'");
    expect(misfit(disc, { x: 0, y: 0, n: 4 })).toBe("it breaks the rule 'n below 4'");
  });
  it('do not bind a configuration without a parameter that they name', () => {
    const tree = space(
      { o: choice(['a', 'b']), m: when('o', ['a'], float(0, 1)) },
      { constraints: ['m <= 0.5'] },
    );
    expect(isFeasible(tree, { o: 'b' })).toBe(true);
    expect(isFeasible(tree, { o: 'a', m: 0.6 })).toBe(false);
  });
  it('are counted in a finite space: 6 of the 16 pairs of 1..4 have a < b', () => {
    const pairs = space({ a: int(1, 4), b: int(1, 4) }, { constraints: ['a < b'] });
    expect(size(pairs)).toBe(6);
    expect([...points(pairs)]).toHaveLength(6);
    expect([...points(pairs)].every(({ a, b }) => a! < b!)).toBe(true);
  });
  it('move a baseline that breaks them to a configuration next to it', () => {
    const ring = space({ x: float(0, 1), y: float(0, 1) }, { constraints: ['x + y >= 0.5'] });
    const { params, why } = baseline(ring);
    expect(isFeasible(ring, params)).toBe(true);
    expect((params.x! as number) + (params.y! as number)).toBeLessThan(0.6);
    expect(why.text).toContain('next to the defaults');
  });
  it('repair what breaks them, and leave alone what does not', () => {
    const random = generator(randomKey(2));
    const near = nearestFeasible(disc, { x: 0.9, y: 0, n: 2 }, random);
    expect(misfit(disc, near)).toBeUndefined();
    expect(near.n).toBe(2);
    expect(near.x).toBeGreaterThan(0.3);
    expect(nearestFeasible(disc, { x: 0.1, y: 0.1, n: 1 }, random)).toEqual({ x: 0.1, y: 0.1, n: 1 });
  });
  it('survive JSON: expressions whole, predicates by name', () => {
    const read = parseSpace(JSON.parse(JSON.stringify(disc)));
    expect(read.constraints).toEqual([
      { text: 'x ** 2 + y ** 2 <= 0.25' },
      { text: 'n below 4', isCode: true },
    ]);
    expect(spaceDifferences(disc, read)).toEqual([]);
    expect(
      spaceDifferences(space({ x: float(-1, 1) }), space({ x: float(-1, 1) }, { constraints: ['x < 0'] })),
    ).toEqual(["the rule 'x < 0' is new"]);
  });
  it('that are code must be given again when a study is opened', async () => {
    const log = memoryLog();
    const objectives = [minimize('loss')];
    await createStudy({ log, name: 's', space: disc, objectives, sampler: parseSampler('random') });
    const without = await openStudy({ log, name: 's' });
    await expect(without.ask()).rejects.toMatchObject({ code: 'LU_SPACE_PREDICATE' });
    const study = await openStudy({ log, name: 's', space: disc });
    expect((await study.ask()).kind).toBe('trial');
  });
  it('come from a model builder with hp.require', () => {
    const { space: found } = discoverSpace((hp) => {
      hp.int('a', { min: 1, max: 4 });
      hp.int('b', { min: 1, max: 4 });
      hp.require('a <= b');
    });
    expect(size(found)).toBe(10);
    expect(() => discoverSpace((hp) => hp.require('a <= b'))).toThrow(
      expect.objectContaining({ code: 'LU_SPACE_CONSTRAINT' }),
    );
  });
  it.each(samplerNames().map((name) => [name]))('hold for every suggestion of %s', async (name) => {
    const half = space(
      { a: int(1, 6), b: int(1, 6, { atMost: 'a' }), c: choice(['x', 'y']) },
      { constraints: ['a + b <= 7'] },
    );
    const log = memoryLog();
    const study = await createStudy({
      log,
      name: 's',
      space: half,
      objectives: [minimize('loss')],
      sampler: parseSampler(name),
    });
    for (;;) {
      const asked = await study.ask();
      if (asked.kind !== 'trial') break;
      const { number, params } = asked.trial;
      expect(misfit(half, params)).toBeUndefined();
      await study.tell(number, 0, { outcome: 'complete', values: [Number(params.a) * Number(params.b)] });
    }
    // a + b <= 7 and b <= a: 1 + 2 + 3 + 3 + 2 + 1 pairs, twice.
    expect(study.history.trials).toHaveLength(24);
    expect(size(half)).toBe(24);
  });
});

describe('a rule that no configuration keeps', () => {
  const create = (searched: ReturnType<typeof space>) =>
    createStudy({ log: memoryLog(), name: 's', space: searched, objectives: [minimize('loss')] });
  it('is refused before the study is created, finite or not', async () => {
    await expect(create(space({ a: int(1, 4) }, { constraints: ['a > 4'] }))).rejects.toMatchObject({
      code: 'LU_SPACE_EMPTY',
    });
    await expect(create(space({ x: float(0, 1) }, { constraints: ['x < 0'] }))).rejects.toMatchObject({
      code: 'LU_SPACE_EMPTY',
      message: expect.stringContaining("the rule 'x < 0'"),
    });
  });
  it.each([
    ['a <', 'column'],
    ['a <= c', "names 'c'"],
    ['sqr(a) < 2', "did you mean 'sqrt'"],
    ['a # 2', 'not understood'],
    ['a < 2 3', 'one too many'],
    ['(a < 2', ') is missing'],
  ])('%s is refused at its definition', (text, message) => {
    expect(() => space({ a: int(1, 4) }, { constraints: [text] })).toThrow(
      expect.objectContaining({ code: 'LU_SPACE_CONSTRAINT', message: expect.stringContaining(message) }),
    );
  });
  it('must answer true or false, and must not throw', () => {
    const random = generator(randomKey(0));
    const wrong = [
      space({ a: int(1, 4) }, { constraints: ['a + 1'] }),
      space({ a: choice(['x', 'y']) }, { constraints: ['a * 2 > 1'] }),
      space({ a: int(1, 4) }, { constraints: [{ name: 'number', test: () => 1 as unknown as boolean }] }),
      space(
        { a: int(1, 4) },
        {
          constraints: [
            {
              name: 'throws',
              test: () => {
                throw new Error('no');
              },
            },
          ],
        },
      ),
    ];
    for (const each of wrong)
      expect(() => drawParams(each, random)).toThrow(
        expect.objectContaining({ code: 'LU_SPACE_CONSTRAINT' }),
      );
  });
});

import { generator, randomKey } from '@luthier/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalKey, contains, defaults, keepBounds, misfit } from './canonical.ts';
import { spaceDifferences } from './compare.ts';
import { choice, fixed, float, int, space, when } from './define.ts';
import { drawParams, fromUniform } from './draw.ts';
import { decode, dimensions } from './encode.ts';
import { points, size } from './enumerate.ts';
import { parseSpace } from './json.ts';

/** A pyramid: no layer is wider than the one below, and the rates keep their order. */
const pyramid = space({
  units1: int(16, 64, { step: 16 }),
  units2: int(16, 64, { step: 16, atMost: 'units1', default: 64 }),
  low: float(1e-4, 1e-1, { log: true }),
  high: float(1e-4, 1e-1, { log: true, atLeast: 'low' }),
  half: float(0, 64, { atMost: { parameter: 'units1', times: 0.5, plus: 1 } }),
});

describe('bounds that depend on another parameter', () => {
  it('hold for the baseline: a default beyond them moves to the nearest value', () => {
    expect(defaults(pyramid)).toEqual({ units1: 16, units2: 16, low: 1e-4, high: 1e-4, half: 0 });
  });
  it('say what is wrong with a configuration outside of them', () => {
    const fine = { units1: 32, units2: 32, low: 1e-3, high: 1e-2, half: 17 };
    expect(misfit(pyramid, fine)).toBeUndefined();
    expect(misfit(pyramid, { ...fine, units2: 48 })).toBe('units2 cannot be 48: here its range is 16 to 32');
    expect(misfit(pyramid, { ...fine, high: 5e-4 })).toContain('0.001 to 0.1');
    expect(misfit(pyramid, { ...fine, half: 17.01 })).toContain('0 to 17');
  });
  it('hold for every draw and every point of the cube', () => {
    const count = dimensions(pyramid).length;
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: count, maxLength: count }),
        (u) => {
          expect(misfit(pyramid, decode(pyramid, u))).toBeUndefined();
          expect(misfit(pyramid, fromUniform(pyramid, u))).toBeUndefined();
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });
  it('draws evenly between the bounds: a quarter of the draws in each quarter', () => {
    const line = space({ top: float(1, 2), x: float(0, 2, { atMost: 'top' }) });
    const random = generator(randomKey(3));
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 4000; i++) {
      const { top, x } = drawParams(line, random) as { top: number; x: number };
      counts[Math.min(3, Math.floor((4 * x) / top))]! += 1;
    }
    // Four standard errors of a share of 1/4.
    for (const each of counts) expect(Math.abs(each - 1000)).toBeLessThan(4 * Math.sqrt(750));
  });
  it('count: pairs a >= b of 1..4 are 10', () => {
    const pairs = space({ a: int(1, 4), b: int(1, 4, { atMost: 'a' }), c: when('b', [4], int(1, 3)) });
    expect(size(pairs)).toBe(9 + 3);
    const all = [...points(pairs)];
    expect(all.every((params) => contains(pairs, params))).toBe(true);
    expect(new Set(all.map((params) => canonicalKey(pairs, params))).size).toBe(12);
  });
  it('do not bind while the parameter that sets them is inactive', () => {
    const tree = space({
      o: choice(['a', 'b']),
      top: when('o', ['a'], float(0, 1)),
      x: float(0, 1, { atMost: 'top' }),
    });
    expect(misfit(tree, { o: 'b', x: 1 })).toBeUndefined();
    expect(misfit(tree, { o: 'a', top: 0.5, x: 1 })).toContain('x cannot be 1');
    expect(keepBounds(tree, { o: 'a', top: 0.5, x: 1 })).toEqual({ o: 'a', top: 0.5, x: 0.5 });
  });
  it('survive JSON and show among the differences', () => {
    expect(parseSpace(JSON.parse(JSON.stringify(pyramid)))).toEqual(pyramid);
    const a = space({ a: int(1, 4), b: int(1, 4) });
    const b = space({ a: int(1, 4), b: int(1, 4, { atMost: { parameter: 'a', times: 2, plus: 1 } }) });
    expect(spaceDifferences(a, b)).toEqual(['b: int 1 to 4 became int 1 to 4 at most 2 * a + 1']);
  });
  it.each([
    ['names nothing there is', () => space({ x: float(0, 1, { atMost: 'y' }) })],
    ['names a later one', () => space({ x: float(0, 1, { atMost: 'y' }), y: float(0, 1) })],
    ['names a text', () => space({ y: choice(['a']), x: float(0, 1, { atMost: 'y' }) })],
    ['leaves nothing', () => space({ y: int(1, 9), x: int(4, 9, { atMost: 'y' }) })],
    [
      'crosses',
      () =>
        space({ y: float(0, 1), x: float(0, 1, { atLeast: 'y', atMost: { parameter: 'y', plus: -0.1 } }) }),
    ],
    [
      'may fall between two steps',
      () => space({ y: float(0, 1), x: int(0, 9, { atLeast: 'y', atMost: { parameter: 'y', plus: 0.5 } }) }),
    ],
    [
      'is not a number',
      () => space({ y: fixed(1), x: float(0, 1, { atMost: { parameter: 'y', times: Number.NaN } }) }),
    ],
  ])('that %s is refused', (_, work) => {
    expect(work).toThrow(expect.objectContaining({ code: 'LU_SPACE_BOUND' }));
  });
  it('may both move with the same parameter as long as a value is left', () => {
    const band = space({
      y: int(1, 5),
      x: int(0, 20, { atLeast: 'y', atMost: { parameter: 'y', times: 2 } }),
    });
    expect(size(band)).toBe(2 + 3 + 4 + 5 + 6);
  });
});

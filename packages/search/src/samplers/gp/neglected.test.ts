import { generator, type Params, randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { branch, choice, float, int, space, when } from '../../space/define.ts';
import { decode, encode } from '../../space/encode.ts';
import type { Space } from '../../space/parameter.ts';
import type { Evidence } from './evidence.ts';
import { geometry } from './geometry.ts';
import { type Neglected, neglectedPoint } from './neglected.ts';

const kernels = space({
  cost: float(0, 1),
  kernel: branch({
    linear: {},
    radial: { gamma: float(0, 1) },
    poly: { degree: int(2, 5), shift: float(0, 1) },
  }),
});

function pointOf(of: Space, params: Params): Float64Array {
  const { point } = encode(of, params);
  geometry(of).snap(point);
  return point;
}

/** Trials with values, greater is better, in the order in which they ended. */
function evidenceOf(
  of: Space,
  results: readonly (readonly [Params, number])[],
  more: { readonly failed?: readonly Params[]; readonly pending?: readonly Params[] } = {},
): Evidence {
  const observations = results.map(([params, value], number) => ({
    number,
    ended: number,
    point: pointOf(of, params),
    value,
    repeats: 1,
    uncertainty: 0,
    complete: true,
  }));
  const failed = (more.failed ?? []).map((params) => ({ point: pointOf(of, params), label: -1 as const }));
  return {
    observations,
    labels: [...observations.map(({ point }) => ({ point, label: 1 as const })), ...failed],
    pending: (more.pending ?? []).map((params) => pointOf(of, params)),
    total: observations.length + failed.length,
  };
}

const linear = (cost: number): Params => ({ cost, kernel: 'linear' });
const radial = (gamma: number): Params => ({ cost: 0.5, kernel: 'radial', gamma });
const poly = (shift: number): Params => ({ cost: 0.5, kernel: 'poly', degree: 3, shift });

/** Each better than the one before. */
const rising = (all: readonly Params[]): readonly (readonly [Params, number])[] =>
  all.map((params, i) => [params, i]);

function look(
  of: Space,
  evidence: Evidence,
  best: Params,
  {
    seed = 1,
    isAllowed = (): boolean => true,
  }: { seed?: number; isAllowed?: (point: Float64Array) => boolean } = {},
): Neglected | undefined {
  const random = generator(randomKey(seed, 'neglected'));
  return neglectedPoint(geometry(of), evidence, pointOf(of, best), random, isAllowed);
}

describe('neglectedPoint', () => {
  it('finds nothing in a space without conditions', () => {
    const flat = space({ x: float(0, 1), c: choice(['a', 'b']) });
    const best = { x: 0.5, c: 'a' };
    expect(look(flat, evidenceOf(flat, [[best, 1]]), best)).toBeUndefined();
  });

  it('looks into the part with the fewest trials for its size, beside the best, for 20 seeds', () => {
    // Of poly 1 of 12 trials, of radial 1 of 8.
    const best = linear(0.3);
    const evidence = evidenceOf(kernels, rising([poly(0.5), radial(0.5), best]));
    for (let seed = 0; seed < 20; seed++) {
      const found = look(kernels, evidence, best, { seed })!;
      expect(found).toMatchObject({ name: "'degree', 'shift'", trials: 1 });
      const params = decode(kernels, found.point);
      expect(params).toMatchObject({ kernel: 'poly' });
      expect(params.cost).toBeCloseTo(0.3, 12);
    }
  });

  it('lies far from the trials of the part: of one number with trials at 0 and 1 near the middle', () => {
    const best = linear(0.3);
    const polys = [0, 0.2, 0.4, 0.6, 0.8, 1].map(poly);
    const evidence = evidenceOf(kernels, rising([radial(0), radial(1), ...polys, best]));
    const found = look(kernels, evidence, best)!;
    expect(found.name).toBe("'gamma'");
    expect(Math.abs(Number(decode(kernels, found.point).gamma) - 0.5)).toBeLessThan(0.1);
  });

  it('gives each part 2 trials for each parameter and 2 more, twice as many without progress', () => {
    const best = linear(0.3);
    const radials = (count: number): Params[] => Array.from({ length: count }, (_, i) => radial(i / 8));
    const polys = (count: number): Params[] => Array.from({ length: count }, (_, i) => poly(i / 12));
    const all = (r: number, p: number): Params[] => [...radials(r), ...polys(p), best];
    expect(look(kernels, evidenceOf(kernels, rising(all(3, 6))), best)?.name).toBe("'gamma'");
    expect(look(kernels, evidenceOf(kernels, rising(all(4, 5))), best)?.name).toBe("'degree', 'shift'");
    expect(look(kernels, evidenceOf(kernels, rising(all(4, 6))), best)).toBeUndefined();
    // The best came first, and the last six are no better.
    const stalled = (r: number, p: number): Evidence =>
      evidenceOf(kernels, [[best, 100], ...rising([linear(0.7), ...radials(r), ...polys(p)])]);
    expect(look(kernels, stalled(4, 6), best)).toBeDefined();
    expect(look(kernels, stalled(7, 12), best)?.name).toBe("'gamma'");
    expect(look(kernels, stalled(8, 11), best)?.name).toBe("'degree', 'shift'");
    expect(look(kernels, stalled(8, 12), best)).toBeUndefined();
  });

  it('counts trials that failed or still run', () => {
    const best = linear(0.3);
    const known = [...[0, 0.2, 0.4, 0.6, 0.8, 1].map(poly), radial(0.1), best];
    expect(look(kernels, evidenceOf(kernels, rising(known)), best)).toMatchObject({ trials: 1 });
    const more = { failed: [radial(0.9), radial(0.6)], pending: [radial(0.4)] };
    expect(look(kernels, evidenceOf(kernels, rising(known), more), best)).toBeUndefined();
  });

  it('looks at a choice that brings no parameters, and leaves what the best has to the model', () => {
    const best = radial(0.5);
    const polys = [0, 0.2, 0.4, 0.6, 0.8, 1].map(poly);
    const found = look(kernels, evidenceOf(kernels, rising([...polys, best])), best)!;
    expect(found).toMatchObject({ name: `'kernel' "linear"`, trials: 0 });
    expect(decode(kernels, found.point)).toEqual({ cost: 0.5, kernel: 'linear' });
    const enough = rising([...polys, linear(0.2), linear(0.9), best]);
    expect(look(kernels, evidenceOf(kernels, enough), best)).toBeUndefined();
  });

  it('reaches parts below parts, for 20 seeds', () => {
    const deep = space({
      a: choice(['x', 'y']),
      b: when('a', ['y'], choice(['x', 'y'])),
      c: when('b', ['y'], choice(['x', 'y'])),
      d: when('c', ['y'], float(0, 1)),
    });
    const best = { a: 'x' };
    const upper: readonly Params[] = [0, 1, 2, 3].flatMap(() => [
      { a: 'y', b: 'x' },
      { a: 'y', b: 'y', c: 'x' },
    ]);
    for (let seed = 0; seed < 20; seed++) {
      const found = look(deep, evidenceOf(deep, rising([...upper, best])), best, { seed })!;
      expect(found).toMatchObject({ name: "'d'", trials: 0 });
      expect(decode(deep, found.point)).toMatchObject({ a: 'y', b: 'y', c: 'y' });
    }
  });

  it('keeps the rules of the space, and passes over a part in which no draw does', () => {
    const best = linear(0.3);
    const evidence = evidenceOf(kernels, rising([poly(0.5), radial(0.5), best]));
    const kernelOf = (point: Float64Array): unknown => decode(kernels, point).kernel;
    const isSmall = (point: Float64Array): boolean =>
      kernelOf(point) === 'poly' && Number(decode(kernels, point).shift) < 0.4;
    const shift = decode(kernels, look(kernels, evidence, best, { isAllowed: isSmall })!.point).shift;
    expect(Number(shift)).toBeLessThan(0.4);
    const noPoly = (point: Float64Array): boolean => kernelOf(point) !== 'poly';
    expect(look(kernels, evidence, best, { isAllowed: noPoly })?.name).toBe("'gamma'");
    expect(look(kernels, evidence, best, { isAllowed: () => false })).toBeUndefined();
  });
});

import { generator, randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { type Draw, drawOf, SHAPES, type Shape } from './bbob-functions.ts';
import { asymmetric, oscillated, rotation, sumOf, type Vector } from './bbob-maths.ts';

const DIMENSION = 5;
const drawn = (f: number): { readonly draw: Draw; readonly shape: Shape } => {
  const draw = drawOf(DIMENSION, generator(randomKey('test', f)));
  return { draw, shape: SHAPES[f - 1]![1](draw) };
};
const plus = (x: Vector, y: Vector): Vector => x.map((value, i) => value + y[i]!);
const unit = (at: number): Vector => Array.from({ length: DIMENSION }, (_, i) => (i === at ? 1 : 0));

describe('BBOB functions', () => {
  it.each(SHAPES.map(([name], i) => [i + 1, name] as const))('f%i %s is least at its optimum', (f) => {
    const { shape } = drawn(f);
    expect(Math.abs(shape.of(shape.optimum))).toBeLessThan(1e-10);
    const random = generator(randomKey('points', f));
    for (let i = 0; i < 200; i++)
      expect(shape.of(unit(0).map(() => 10 * random.uniform() - 5))).toBeGreaterThan(0);
    for (const value of shape.optimum) expect(Math.abs(value)).toBeLessThanOrEqual(5);
  });

  // T_osz and T_asy keep 0 and 1, so a step of 1 along an axis of the landscape has a closed form.
  it.each([
    [1, 0, 1],
    [2, 2, 1e3],
    [2, 4, 1e6],
    [3, 0, 1],
    [8, 4, 100],
  ])('f%i one step along axis %i is %d', (f, axis, value) => {
    const { shape } = drawn(f);
    expect(shape.of(plus(shape.optimum, unit(axis)))).toBeCloseTo(value, 6);
  });

  it.each([
    [10, 1, 10 ** 1.5],
    [10, 4, 1e6],
    [11, 0, 1e6],
    [11, 3, 1],
    [14, 2, 1],
  ])('f%i one step along turned axis %i is %d', (f, axis, value) => {
    const { draw, shape } = drawn(f);
    const reached = shape.of(plus(shape.optimum, draw.r[axis]!));
    expect(reached / value).toBeCloseTo(1, 6);
  });

  it('draws orthogonal rotations', () => {
    const rows = rotation(DIMENSION, generator(randomKey(3)));
    for (const [i, a] of rows.entries())
      for (const [j, b] of rows.entries())
        expect(sumOf(a, (value, k) => value * b[k]!)).toBeCloseTo(i === j ? 1 : 0, 12);
  });

  it('transforms as the report defines', () => {
    // By Python: exp(ln 2 + 0.049 (sin(10 ln 2) + sin(7.9 ln 2))) and -exp(ln 2 + 0.049 (sin(5.5 ln 2) + sin(3.1 ln 2))).
    expect(oscillated(2)).toBeCloseTo(1.988409243192105, 12);
    expect(oscillated(-2)).toBeCloseTo(-2.021283508671628, 12);
    expect(oscillated(1)).toBe(1);
    expect(oscillated(0)).toBe(0);
    expect(asymmetric(0.5, [4, -4])).toEqual([4, -4]);
    expect(asymmetric(0.5, [4, 4])[1]).toBeCloseTo(16, 12);
  });
});

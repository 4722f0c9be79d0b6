import { describe, expect, it } from 'vitest';
import { adaptParams } from './adapt.ts';
import { choice, float, int, space, when } from './define.ts';
import { narrowAround, withChoices, withParameters, withRange } from './edit.ts';
import { levels } from './levels.ts';
import type { ChoiceParameter } from './parameter.ts';

const start = space({
  rate: float(1e-4, 1e-2, { log: true, default: 1e-3 }),
  units: int(16, 128, { step: 16 }),
  optimizer: choice(['sgd', 'adam'], { prior: { weights: [1, 3] } }),
  momentum: when('optimizer', ['sgd'], float(0, 0.9)),
});

describe('changing a space', () => {
  it('widens and narrows a range, moving the default inside', () => {
    expect(withRange(start, 'rate', { max: 1 }).parameters[0]).toMatchObject({
      min: 1e-4,
      max: 1,
      default: 1e-3,
    });
    expect(withRange(start, 'rate', { min: 2e-3 }).parameters[0]).toMatchObject({ min: 2e-3, default: 2e-3 });
  });
  it('adds and removes choices, and shares out the belief', () => {
    const more = withChoices(start, 'optimizer', ['sgd', 'adam', 'lion']).parameters[2]!;
    expect(more).toMatchObject({ values: ['sgd', 'adam', 'lion'], default: 'sgd' });
    expect((more as ChoiceParameter).prior!.weights).toEqual([0.25 / 1.5, 0.75 / 1.5, 0.5 / 1.5]);
    expect(() => withChoices(start, 'optimizer', ['adam'])).toThrow(
      expect.objectContaining({ code: 'LU_SPACE_CONDITION' }),
    );
  });
  it('adds parameters, conditional ones too', () => {
    const added = withParameters(start, {
      decay: float(0, 0.1),
      beta: when('optimizer', ['adam'], float(0.9, 1)),
    });
    expect(added.parameters.map(({ name }) => name)).toEqual([
      'rate',
      'units',
      'optimizer',
      'momentum',
      'decay',
      'beta',
    ]);
    expect(() => withParameters(start, { rate: float(0, 1) })).toThrow(
      expect.objectContaining({ code: 'LU_SPACE_DUPLICATE' }),
    );
  });
  it('[#68] narrows around the best: half of every range on its own scale, steps kept', () => {
    const near = narrowAround(start, { rate: 1e-3, units: 112, optimizer: 'adam' });
    expect(near.parameters[0]).toMatchObject({ default: 1e-3 });
    const { min, max } = near.parameters[0] as { min: number; max: number };
    expect(min).toBeCloseTo(10 ** -3.5, 12);
    expect(max).toBeCloseTo(10 ** -2.5, 12);
    expect(levels(near.parameters[1]!)).toEqual([80, 96, 112, 128]);
    expect(near.parameters.slice(2)).toEqual(start.parameters.slice(2));
    expect(() => narrowAround(start, {}, 0)).toThrow(expect.objectContaining({ code: 'LU_SPACE_RANGE' }));
  });
  it.each([
    ['LU_SPACE_NAME', () => withRange(start, 'rates', { max: 1 })],
    ['LU_SPACE_RANGE', () => withRange(start, 'optimizer', { max: 1 })],
    ['LU_SPACE_CHOICES', () => withChoices(start, 'rate', [1])],
    ['LU_SPACE_CHOICES', () => withChoices(start, 'optimizer', [])],
  ])('refuses with %s what makes no sense (%#)', (code, work) => {
    expect(work).toThrow(expect.objectContaining({ code }));
  });
});

describe('a configuration of an earlier space', () => {
  it('takes the default of what is new, drops what is gone, and leaves when a value lies outside', () => {
    const later = space({ rate: float(1e-4, 1, { log: true }), decay: float(0, 1, { default: 0.5 }) });
    expect(adaptParams(later, { rate: 0.01, units: 16 })).toEqual({ rate: 0.01, decay: 0.5 });
    const fitting = { rate: 0.01, decay: 0.1 };
    expect(adaptParams(later, fitting)).toBe(fitting);
    expect(adaptParams(later, { rate: 2 })).toBeUndefined();
    expect(adaptParams(later, { rate: 'fast' as unknown as number })).toBeUndefined();
  });
});

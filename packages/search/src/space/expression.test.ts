import { describe, expect, it } from 'vitest';
import { parseExpression } from './expression.ts';

const params = { a: 2, b: 3, rate: 1e-3, optimizer: 'sgd', flag: true, 'my name': 5 };

describe('an expression', () => {
  it.each([
    ['a + b * 2', 8],
    ['(a + b) * 2', 10],
    ['-a ** 2', -4],
    ['2 ** 3 ** 2', 512],
    ['10 - 4 - 3', 3],
    ['12 / 3 / 2', 2],
    ['7 % 4', 3],
    ['max(a, b, 1) - min(a, b)', 1],
    ['log10(rate)', -3],
    ['1.5e-1 + .5', 0.65],
    ['`my name` + 1', 6],
    ['a < b && b < 4 || false', true],
    ['!(a < b)', false],
    ['!flag', false],
    ["optimizer == 'sgd'", true],
    ['optimizer != "sgd"', false],
    ['a === 2', true],
    ["a == '2'", false],
    ['a >= 2', true],
    ['flag == true', true],
  ])('%s is %s', (text, expected) => {
    const value = parseExpression(text).evaluate(params);
    if (typeof expected === 'number') expect(value).toBeCloseTo(expected, 12);
    else expect(value).toBe(expected);
  });
  it('knows the parameters that it names', () => {
    expect(parseExpression('a * `my name` + a < max(b, 1)').names).toEqual(['a', 'my name', 'b']);
  });
  it('never reaches beyond its parameters', () => {
    for (const text of ['constructor(1)', 'toString(1)', '__proto__(1)'])
      expect(() => parseExpression(text)).toThrow(expect.objectContaining({ code: 'LU_SPACE_CONSTRAINT' }));
  });
});

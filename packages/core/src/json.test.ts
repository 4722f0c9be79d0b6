import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJson, encodeJson } from './json.ts';

describe('encodeJson and decodeJson', () => {
  it('keep NaN, the infinities and negative zero, nested too', () => {
    const value = {
      loss: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1.5],
      text: 'NaN',
    };
    const back = decodeJson(encodeJson(value)) as typeof value;
    expect(back).toStrictEqual(value);
    expect(Object.is(back.loss[3], -0)).toBe(true);
  });

  it('write plain JSON where JSON can hold the value', () => {
    expect(encodeJson({ a: [1, 'x', null, true] })).toBe('{"a":[1,"x",null,true]}');
    expect(encodeJson(Number.NaN)).toBe('{"$number":"NaN"}');
  });

  it('bring every float64 back bit for bit', () => {
    fc.assert(
      fc.property(fc.array(fc.double()), (values) => {
        const back = decodeJson(encodeJson(values)) as number[];
        expect(back.every((x, i) => Object.is(x, values[i]))).toBe(true);
      }),
    );
  });

  it('refuse what is not JSON', () => {
    expect(() => decodeJson('{')).toThrow(SyntaxError);
  });
});

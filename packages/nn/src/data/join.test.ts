import { describe, expect, test } from 'vitest';
import { joinSamples } from './join.ts';

const part = (values: readonly number[], labels: readonly number[]) => ({
  x: { data: Float64Array.from(values), shape: [labels.length, 2] },
  y: { data: Int32Array.from(labels), shape: [labels.length] },
});

describe('joinSamples', () => {
  test('puts the second part behind the first and keeps the element types', () => {
    const joined = joinSamples(part([1, 2, 3, 4], [0, 1]), part([5, 6], [2]));
    expect(joined).toEqual(part([1, 2, 3, 4, 5, 6], [0, 1, 2]));
    expect(joined.y.data).toBeInstanceOf(Int32Array);
  });

  test('refuses parts of other types or widths', () => {
    const other = { ...part([1, 2], [0]), x: { data: Float32Array.from([1, 2]), shape: [1, 2] } };
    expect(() => joinSamples(part([1, 2], [0]), other)).toThrow(
      expect.objectContaining({ code: 'LU_DATA_SHAPE', where: 'x' }),
    );
    const wide = { ...part([1, 2], [0]), x: { data: Float64Array.from([1, 2, 3]), shape: [1, 3] } };
    expect(() => joinSamples(part([1, 2], [0]), wide)).toThrow(
      expect.objectContaining({ code: 'LU_DATA_SHAPE' }),
    );
  });
});

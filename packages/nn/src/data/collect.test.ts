import { describe, expect, test } from 'vitest';
import { collectSamples, createSamples } from './collect.ts';

describe('createSamples', () => {
  test('takes nested, flat and typed arrays and tensors, without copying the typed ones', () => {
    const samples = createSamples({
      x: [
        [1, 2],
        [3, 4],
      ],
      y: [0, 1],
    });
    expect(samples.x).toEqual({ data: Float64Array.of(1, 2, 3, 4), shape: [2, 2] });
    expect(samples.y.shape).toEqual([2]);
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6);
    const images = createSamples({ x: { data: bytes, shape: [2, 3] }, y: Int32Array.of(7, 8) });
    expect(images.x.data).toBe(bytes);
    expect(images.y.shape).toEqual([2]);
  });

  test('refuses rows of unequal lengths, unequal counts, and nothing', () => {
    expect(() => createSamples({ x: [[1, 2], [3]], y: [0, 1] })).toThrow(
      'row 1 has not the shape [2] of row 0',
    );
    expect(() => createSamples({ x: [[1], [2]], y: [0] })).toThrow('x has 2 samples, y has 1');
    expect(() => createSamples({ x: [], y: [] })).toThrow('x has no rows');
    expect(() => createSamples({ x: [1, Number.NaN], y: [0, 1] })).toThrow('is NaN');
  });
});

describe('collectSamples', () => {
  async function* squares(count: number, closed: () => void = () => {}) {
    try {
      for (let i = 0; i < count; i++) yield { x: [i, i * i], y: i % 2 };
    } finally {
      closed();
    }
  }

  test('gathers a stream into tensors, beyond the first storage', async () => {
    const { x, y } = await collectSamples(squares(1000));
    expect(x.shape).toEqual([1000, 2]);
    expect(y.shape).toEqual([1000]);
    expect(Array.from(x.data.subarray(1998))).toEqual([999, 998001]);
    expect(x.data.length).toBe(2000);
  });

  test('reads plain iterables and keeps the kind and shape of typed samples', async () => {
    const image = (value: number) => ({ data: Uint8Array.of(value, value, value, value), shape: [2, 2] });
    const { x, y } = await collectSamples([
      { x: image(1), y: 5 },
      { x: image(2), y: 6 },
    ]);
    expect(x).toEqual({ data: Uint8Array.of(1, 1, 1, 1, 2, 2, 2, 2), shape: [2, 2, 2] });
    expect(y).toEqual({ data: Float64Array.of(5, 6), shape: [2] });
  });

  test('stops at the limit and closes the source', async () => {
    let isClosed = false;
    const { y } = await collectSamples(
      squares(1e6, () => (isClosed = true)),
      { limit: 3 },
    );
    expect(y.shape).toEqual([3]);
    expect(isClosed).toBe(true);
  });

  test('refuses samples unlike the first, naming which, and an empty source', async () => {
    await expect(
      collectSamples([
        { x: [1, 2], y: 0 },
        { x: [1], y: 0 },
      ]),
    ).rejects.toThrow('x of sample 1 is Float64Array of shape [1], that of sample 0 was Float64Array of [2]');
    await expect(collectSamples([{ x: [1], y: Number.NaN }])).rejects.toThrow('y of sample 0');
    await expect(collectSamples([])).rejects.toThrow('the source gave no samples');
    await expect(collectSamples([], { limit: 0 })).rejects.toThrow('limit is 0');
  });
});

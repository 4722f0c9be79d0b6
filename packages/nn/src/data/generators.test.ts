import { describe, expect, test } from 'vitest';
import type { Samples } from './dataset.ts';
import { blobs, circles, linear, moons, polynomial, sine, spirals, xor } from './generators.ts';

const points = ({ x, y }: Samples): { a: number; b: number; label: number }[] =>
  Array.from(y.data, (label, i) => ({ a: x.data[2 * i]!, b: x.data[2 * i + 1]!, label }));
const counts = (samples: Samples): number[] => {
  const out: number[] = [];
  for (const label of samples.y.data) out[label] = (out[label] ?? 0) + 1;
  return out;
};

describe('generators', () => {
  test('moons lie on two half circles', () => {
    const samples = moons({ count: 101 });
    expect(counts(samples)).toEqual([50, 51]);
    for (const { a, b, label } of points(samples)) {
      const [u, v] = label === 0 ? [a, b] : [a - 1, 0.5 - b];
      expect(Math.hypot(u, v)).toBeCloseTo(1, 12);
      expect(v).toBeGreaterThan(-1e-12);
    }
  });

  test('circles have radius 1 and factor', () => {
    for (const { a, b, label } of points(circles({ count: 60, factor: 0.5 }))) {
      expect(Math.hypot(a, b)).toBeCloseTo(label === 0 ? 1 : 0.5, 12);
    }
  });

  test('spirals turn with the radius, each arm moved by its share of a turn', () => {
    const samples = spirals({ count: 90, classes: 3, turns: 2 });
    expect(counts(samples)).toEqual([30, 30, 30]);
    for (const { a, b, label } of points(samples)) {
      const radius = Math.hypot(a, b);
      const angle = 2 * Math.PI * (2 * radius + label / 3);
      expect(a).toBeCloseTo(radius * Math.cos(angle), 10);
      expect(b).toBeCloseTo(radius * Math.sin(angle), 10);
    }
  });

  // 2,000 values a cluster and axis: the mean has standard error 0.045, the deviation 0.032; five of each.
  test('blobs have the spread asked for around centres in the box', () => {
    const { x, y } = blobs({ count: 6000, classes: 3, spread: 2, box: 4, seed: 1 });
    expect(counts({ x, y })).toEqual([2000, 2000, 2000]);
    for (let label = 0; label < 3; label++) {
      const values = Array.from(y.data.keys())
        .filter((i) => y.data[i] === label)
        .map((i) => x.data[2 * i]!);
      const mean = values.reduce((a, b) => a + b) / 2000;
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2000);
      expect(Math.abs(mean)).toBeLessThan(4.25);
      expect(Math.abs(deviation - 2)).toBeLessThan(0.16);
    }
  });

  test('xor labels the quadrants', () => {
    for (const { a, b, label } of points(xor({ count: 300 }))) expect(label).toBe(a * b < 0 ? 1 : 0);
  });

  test('linear and polynomial targets follow their formulas', () => {
    const plane = linear({ count: 50, coefficients: [2, -3], bias: 1 });
    expect([plane.x.shape, plane.y.shape]).toEqual([
      [50, 2],
      [50, 1],
    ]);
    for (const { a, b, label } of points(plane)) expect(label).toBeCloseTo(1 + 2 * a - 3 * b, 12);
    const cubic = polynomial({ count: 50 });
    for (const [i, x] of cubic.x.data.entries()) expect(cubic.y.data[i]).toBeCloseTo(2 * x ** 3 - x, 12);
  });

  test('sine has whole waves', () => {
    const { time, values } = sine({ count: 100, cycles: 5, amplitude: 2 });
    expect(Array.from(time.subarray(0, 3))).toEqual([0, 1, 2]);
    expect(values[5]).toBeCloseTo(2, 12);
    expect(values[20]).toBeCloseTo(0, 12);
  });

  // 10,000 normal numbers: mean within 0.05 of 0 and deviation within 0.035 of 1 at five standard errors.
  test('noise is normal with the deviation asked for', () => {
    const clean = linear({ count: 10_000, seed: 2, noise: 0 });
    const noisy = linear({ count: 10_000, seed: 2, noise: 1 });
    expect(noisy.x).toEqual(clean.x);
    const errors = Array.from(noisy.y.data, (value, i) => value - clean.y.data[i]!);
    const mean = errors.reduce((a, b) => a + b) / errors.length;
    const variance = errors.reduce((sum, error) => sum + (error - mean) ** 2, 0) / errors.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(Math.sqrt(variance) - 1)).toBeLessThan(0.035);
  });

  test.each([moons, circles, spirals, blobs, xor, linear, polynomial])(
    '%o repeats with its seed',
    (generate) => {
      expect(generate({ count: 20, seed: 5 })).toEqual(generate({ count: 20, seed: 5 }));
      expect(generate({ count: 20, seed: 5 })).not.toEqual(generate({ count: 20, seed: 6 }));
    },
  );

  test('options that cannot be are refused', () => {
    expect(() => moons({ count: 0 })).toThrow('moons: count is 0');
    expect(() => moons({ noise: -1 })).toThrow('moons: noise is -1');
    expect(() => circles({ factor: 1 })).toThrow('circles: factor is 1');
    expect(() => spirals({ classes: 300 })).toThrow('spirals: classes is 300');
    expect(() => blobs({ noise: 1 } as object)).toThrow("blobs has no option 'noise'");
    expect(() => linear({ coefficients: [] })).toThrow('coefficients []');
    expect(() => sine({ waves: 2 } as object)).toThrow("sine has no option 'waves'");
  });
});

import { randomKey } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import { type Initializer, initialize, initializers, parseInitializer } from './initializer.ts';

const fans = { fanIn: 784, fanOut: 512 };
const SIZE = 784 * 512;

function draw(initializer: Initializer, seed = 1): Float32Array {
  return initialize(initializer, SIZE, fans, randomKey(seed, 'init', 'dense1.kernel'));
}

function moments(values: Float32Array): { mean: number; deviation: number; largest: number } {
  let sum = 0;
  let squares = 0;
  let largest = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
    largest = Math.max(largest, Math.abs(value));
  }
  const mean = sum / values.length;
  return { mean, deviation: Math.sqrt(squares / values.length - mean * mean), largest };
}

describe('[K4] initializers for a kernel of 784 x 512', () => {
  // The standard error of a deviation from 401,408 draws is 0.11 %, so 0.5 % is over four of them.
  it.each([
    ['glorotNormal', Math.sqrt(2 / 1296), 0.039283710065919304],
    ['heNormal', 0.050507627227610534, 0.050507627227610534 / 0.87962566103423978],
    ['lecunNormal', 0.03571428571428571, 0.03571428571428571 / 0.87962566103423978],
  ] as const)(
    '[#32] %s realizes its deviation and is cut at two nominal ones',
    (name, deviation, nominal) => {
      const found = moments(draw(initializers[name]()));
      expect(Math.abs(found.mean)).toBeLessThan(deviation * 0.008);
      expect(Math.abs(found.deviation / deviation - 1)).toBeLessThan(0.005);
      const limit = name === 'glorotNormal' ? (2 * nominal) / 0.87962566103423978 : 2 * nominal;
      expect(found.largest).toBeLessThanOrEqual(limit + 1e-7);
    },
  );

  it.each([
    ['glorotUniform', 0.06804138174397717],
    ['heUniform', 0.08748177652797065],
    ['lecunUniform', 0.06185895741317419],
  ] as const)('[#32] %s fills its published limits', (name, limit) => {
    const { mean, deviation, largest } = moments(draw(initializers[name]()));
    expect(largest).toBeLessThanOrEqual(limit + 1e-7);
    expect(largest).toBeGreaterThan(limit * 0.9999);
    expect(Math.abs(mean)).toBeLessThan(limit * 0.005);
    expect(deviation / (limit / Math.sqrt(3))).toBeCloseTo(1, 2);
  });

  it('gives the unscaled distributions their options', () => {
    expect(moments(draw(initializers.randomNormal({ mean: 1, stddev: 0.2 }))).mean).toBeCloseTo(1, 2);
    expect(moments(draw(initializers.randomNormal())).deviation).toBeCloseTo(0.05, 3);
    expect(moments(draw(initializers.randomUniform())).largest).toBeLessThanOrEqual(0.05);
    expect(moments(draw(initializers.truncatedNormal())).largest).toBeLessThanOrEqual(0.1 + 1e-8);
    expect(new Set(draw(initializers.constant(0.25)))).toEqual(new Set([0.25]));
    expect(new Set(draw(initializers.zeros()))).toEqual(new Set([0]));
    expect(new Set(draw(initializers.ones()))).toEqual(new Set([1]));
  });

  it('gives the same key the same values and another seed others', () => {
    expect(draw(initializers.heNormal(), 3)).toEqual(draw(initializers.heNormal(), 3));
    expect(draw(initializers.heNormal(), 3)[0]).not.toBe(draw(initializers.heNormal(), 4)[0]);
  });

  it.each([
    [3, 3],
    [7, 3],
    [3, 12],
    [1, 4],
  ])("draws orthogonal matrices of %i x %i: W'W or WW' is the identity", (rows, columns) => {
    const w = initialize(
      initializers.orthogonal({ gain: 2 }),
      rows * columns,
      { fanIn: rows, fanOut: columns },
      randomKey(5, 'init', 'lstm1.recurrentKernel'),
    );
    const isTall = rows >= columns;
    const at = (i: number, k: number): number => (isTall ? w[k * columns + i]! : w[i * columns + k]!);
    for (let i = 0; i < Math.min(rows, columns); i++) {
      for (let j = 0; j < Math.min(rows, columns); j++) {
        let product = 0;
        for (let k = 0; k < Math.max(rows, columns); k++) product += at(i, k) * at(j, k);
        expect(product).toBeCloseTo(i === j ? 4 : 0, 5);
      }
    }
  });

  it('draws orthogonal matrices evenly: the first element of 2 x 2 rotations is a cosine of mean 0 and variance 1/2', () => {
    const firsts = Array.from(
      { length: 4000 },
      (_, i) =>
        initialize(initializers.orthogonal(), 4, { fanIn: 2, fanOut: 2 }, randomKey(i, 'init', 'w'))[0]!,
    );
    const mean = firsts.reduce((a, b) => a + b, 0) / firsts.length;
    const square = firsts.reduce((a, b) => a + b * b, 0) / firsts.length;
    // Standard errors 0.011 and 0.0056; four of each.
    expect(Math.abs(mean)).toBeLessThan(0.045);
    expect(Math.abs(square - 0.5)).toBeLessThan(0.023);
  });

  it('refuses an orthogonal vector', () => {
    const draw = (): Float32Array =>
      initialize(initializers.orthogonal(), 3, { fanIn: 2, fanOut: 2 }, randomKey(1, 'init', 'b'));
    expect(draw).toThrow(/needs a matrix/);
  });

  it('refuses unknown names, options and negative deviations', () => {
    expect(() => parseInitializer('dense', 'heNormall' as 'heNormal')).toThrow(/did you mean 'heNormal'/);
    expect(() => initializers.randomNormal({ stddev: -1 })).toThrow(/stddev is -1/);
    expect(() => initializers.randomUniform({ minval: 1, maxval: 0 })).toThrow(/minval 1 is above maxval 0/);
    expect(() => initializers.randomNormal({ sd: 1 } as object)).toThrow(/no option 'sd'/);
  });
});

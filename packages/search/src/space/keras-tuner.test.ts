import { describe, expect, it } from 'vitest';
import { grid } from '../samplers/grid.ts';
import { memoryLog } from '../study/memory-log.ts';
import { createStudy } from '../study/open.ts';
import { minimize } from '../study/results.ts';
import { boolean, choice, float, int, space } from './define.ts';
import { decodeValue, encodeValue } from './encode.ts';
import { levels } from './levels.ts';

// Numbers of Keras Tuner's own tests (hp_types and tuners, Apache-2.0), and the formulas of its documentation.

const of = (definition: Parameters<typeof space>[0][string]) => space({ x: definition }).parameters[0]!;

describe('[K1] probabilities of Keras Tuner', () => {
  it('Float(1, 11): 4.5 is at 0.35', () => {
    const parameter = of(float(1, 11));
    expect(encodeValue(parameter, 4.5)).toBeCloseTo(0.35, 12);
    expect(decodeValue(parameter, 0.35)).toBeCloseTo(4.5, 12);
  });
  it('Float(0.01, 100, step 10, log): five values, 0.1 at 0.3', () => {
    const parameter = of(float(0.01, 100, { step: 10, log: true }));
    expect(levels(parameter)).toEqual([0.01, 0.1, 1, 10, 100]);
    expect(encodeValue(parameter, 0.1)).toBeCloseTo(0.3, 12);
    expect(decodeValue(parameter, 0.3)).toBe(0.1);
  });
  it('Float(2, 2): always 2, at 0.5', () => {
    const parameter = of(float(2, 2));
    for (const u of [0, 0.3, 1]) expect(decodeValue(parameter, u)).toBe(2);
    expect(encodeValue(parameter, 2)).toBe(0.5);
  });
  it('Float(1e-3, 1e3, log): 0, 0.5 and 1 are the ends and 1', () => {
    const parameter = of(float(1e-3, 1e3, { log: true }));
    expect([0, 0.5, 1].map((u) => decodeValue(parameter, u))).toEqual([1e-3, expect.closeTo(1, 12), 1e3]);
    expect([1e-3, 1, 1e3].map((x) => encodeValue(parameter, x))).toEqual([0, expect.closeTo(0.5, 12), 1]);
  });
  it('linear p is min + p (max - min), log p is min (max / min)^p', () => {
    for (const p of [0.1, 0.42, 0.9]) {
      expect(decodeValue(of(float(3, 7)), p)).toBeCloseTo(3 + 4 * p, 12);
      expect(decodeValue(of(float(0.5, 8, { log: true })), p)).toBeCloseTo(0.5 * 16 ** p, 12);
    }
  });
  it('n values with a step: index floor(p n), and back (i + 0.5) / n', () => {
    const parameter = of(int(10, 50, { step: 10 }));
    for (let i = 0; i < 5; i++) {
      expect(encodeValue(parameter, 10 * (i + 1))).toBeCloseTo((i + 0.5) / 5, 12);
      expect(decodeValue(parameter, (i + 0.01) / 5)).toBe(10 * (i + 1));
      expect(decodeValue(parameter, (i + 0.99) / 5)).toBe(10 * (i + 1));
    }
  });
  it('a boolean is true from 0.5 on', () => {
    const parameter = of(boolean());
    expect([0, 0.49, 0.5, 0.99].map((u) => decodeValue(parameter, u))).toEqual([false, false, true, true]);
  });
});

describe('the grid order of Keras Tuner', () => {
  it('[#61] begins with all defaults, the last parameter moves first, its default leading the list', async () => {
    const searched = space({
      units: int(1, 3, { default: 2 }),
      optimizer: choice(['sgd', 'adam'], { default: 'adam' }),
      rate: choice([0.1, 0.2, 0.3], { default: 0.3 }),
    });
    const study = await createStudy({
      log: memoryLog(),
      name: 's',
      space: searched,
      objectives: [minimize('loss')],
      sampler: grid(),
    });
    for (;;) {
      const asked = await study.ask();
      if (asked.kind !== 'trial') break;
    }
    const order = study.history.trials.map(({ params }) => Object.values(params));
    expect(order.slice(0, 7)).toEqual([
      [2, 'adam', 0.3],
      [2, 'adam', 0.1],
      [2, 'adam', 0.2],
      [2, 'sgd', 0.3],
      [2, 'sgd', 0.1],
      [2, 'sgd', 0.2],
      [1, 'adam', 0.3],
    ]);
    expect(order).toHaveLength(18);
  });
});

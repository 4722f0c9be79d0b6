import { describe, expect, test } from 'vitest';
import { checkDataset } from './check-samples.ts';
import { breastCancer, diabetes, iris, wine } from './small-sets.ts';
import { sunspots } from './time-series.ts';

const whole = { validation: 0, test: 0 };

describe('bundled sets', () => {
  // Sizes, class counts and column means as in the documentation of scikit-learn's loaders and of the UCI repository.
  test.each([
    ['iris', iris, [150, 4], [50, 50, 50], 5.843333],
    ['wine', wine, [178, 13], [59, 71, 48], 13.000618],
    ['breastCancer', breastCancer, [569, 30], [212, 357], 14.127292],
  ] as const)(
    '%s has its published size, class counts and first mean',
    async (_, load, shape, counts, mean) => {
      const { train, classes } = await load(whole);
      expect(train.x.shape).toEqual(shape);
      expect(classes?.length).toBe(counts.length);
      expect(counts.map((_, label) => train.y.data.filter((value) => value === label).length)).toEqual(
        counts,
      );
      let sum = 0;
      for (let row = 0; row < shape[0]; row++) sum += train.x.data[row * shape[1]]!;
      expect(sum / shape[0]).toBeCloseTo(mean, 5);
      checkDataset(await load());
    },
  );

  test('diabetes has 442 patients and targets from 25 to 346 with mean 152.133', async () => {
    const { train, classes } = await diabetes(whole);
    expect(train.x.shape).toEqual([442, 10]);
    expect(train.y.shape).toEqual([442, 1]);
    expect(classes).toBeUndefined();
    const targets = Array.from(train.y.data);
    expect([Math.min(...targets), Math.max(...targets)]).toEqual([25, 346]);
    expect(targets.reduce((a, b) => a + b) / 442).toBeCloseTo(152.133484, 5);
    checkDataset(await diabetes());
  });

  test('divide by shares of the whole, each class in proportion', async () => {
    const { train, validation, test: held } = await iris({ validation: 0.2, test: 0.2, seed: 3 });
    for (const [part, size] of [
      [train, 30],
      [validation!, 10],
      [held!, 10],
    ] as const) {
      expect([0, 1, 2].map((label) => part.y.data.filter((value) => value === label).length)).toEqual([
        size,
        size,
        size,
      ]);
    }
    expect((await iris({ seed: 3 })).train).toEqual(train);
    expect((await iris({ seed: 4 })).train).not.toEqual(train);
    expect((await wine({ validation: 0 })).validation).toBeUndefined();
    await expect(iris({ validation: 0.7, test: 0.3 })).rejects.toThrow(
      'iris: validation 0.7 and test 0.3 leave nothing',
    );
    await expect(iris({ share: 1 } as object)).rejects.toThrow("iris has no option 'share'");
  });

  // The series of R's sunspot.year and of statsmodels: 5 in 1700, 190.2 in 1957 (the highest), 2.9 in 2008.
  test('sunspots cover 1700 to 2008', async () => {
    const { time, values } = await sunspots();
    expect([time.length, time[0], time.at(-1)]).toEqual([309, 1700, 2008]);
    expect([values[0], values.at(-1)]).toEqual([5, 2.9]);
    expect(time[values.indexOf(Math.max(...values))]).toBe(1957);
    expect(Math.max(...values)).toBe(190.2);
  });
});

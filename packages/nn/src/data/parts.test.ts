import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Samples, sampleCount } from './dataset.ts';
import { kFold, stratifiedKFold } from './k-fold.ts';
import { trainTestSplit, trainValTest } from './parts.ts';
import { splitIndices, trainValidationSplit } from './split.ts';

/** Samples whose value is their number, labelled by `label(number)`. */
function numbered(count: number, label: (row: number) => number = (row) => row % 3): Samples {
  return {
    x: { data: Float64Array.from({ length: count }, (_, row) => row), shape: [count, 1] },
    y: { data: Int32Array.from({ length: count }, (_, row) => label(row)), shape: [count] },
  };
}

const numbers = (samples: Samples): number[] => Array.from(samples.x.data);
const range = (start: number, end: number): number[] =>
  Array.from({ length: end - start }, (_, i) => start + i);
const ascending = (a: number, b: number): number => a - b;

describe('trainTestSplit', () => {
  // Sizes of scikit-learn 1.9.1's train_test_split.
  test.each([
    [10, {}, 7, 3],
    [150, {}, 112, 38],
    [11, { test: 0.33 }, 7, 4],
    [11, { train: 0.5 }, 5, 6],
    [13, { test: 0.3, train: 0.3 }, 3, 4],
    [13, { test: 3 }, 10, 3],
  ])('[#87] of %i samples with %o gives parts of %i and %i', (count, options, train, test) => {
    const parts = trainTestSplit(numbered(count), options);
    expect([sampleCount(parts.train), sampleCount(parts.test)]).toEqual([train, test]);
  });

  test('[#87] draws by default, keeps the order when told, and repeats with the seed', () => {
    const all = numbered(40);
    const drawn = numbers(trainTestSplit(all).test);
    expect(drawn).not.toEqual(range(30, 40));
    expect(numbers(trainTestSplit(all, { seed: 0 }).test)).toEqual(drawn);
    expect(numbers(trainTestSplit(all, { seed: 1 }).test)).not.toEqual(drawn);
    const ordered = trainTestSplit(all, { shuffle: false });
    expect(numbers(ordered.train)).toEqual(range(0, 30));
    expect(ordered.test.x.data.buffer).toBe(all.x.data.buffer);
  });

  test('refuses empty parts, too many samples and sizes that are none', () => {
    const all = numbered(10);
    expect(() => trainTestSplit(all, { test: 10 })).toThrow('the train part of 10 samples would be empty');
    expect(() => trainTestSplit(all, { test: 6, train: 6 })).toThrow(
      'train 6, test 6 together exceed 10 samples',
    );
    expect(() => trainTestSplit(all, { test: 1.5 })).toThrow('test is 1.5, neither a share nor a number');
    expect(() => trainTestSplit(numbered(1))).toThrow('would be empty');
    expect(() => trainTestSplit(all, { tests: 2 } as object)).toThrow("did you mean 'test'?");
  });
});

describe('trainValTest', () => {
  test('[#87] in order the first train, the next validate, the last test, as views', () => {
    const all = numbered(70);
    const parts = trainValTest(all, { validation: 10, test: 10, shuffle: false });
    expect(numbers(parts.train)).toEqual(range(0, 50));
    expect(numbers(parts.validation)).toEqual(range(50, 60));
    expect(numbers(parts.test)).toEqual(range(60, 70));
    for (const part of Object.values(parts)) expect(part.x.data.buffer).toBe(all.x.data.buffer);
  });

  test('[#87] drawn in any way the parts are disjoint, together the whole, and each sample keeps its label', () => {
    const variants = fc.record({
      count: fc.integer({ min: 15, max: 120 }),
      seed: fc.nat(),
      variant: fc.constantFrom('ordered', 'shuffled', 'stratified', 'grouped'),
    });
    fc.assert(
      fc.property(variants, ({ count, seed, variant }) => {
        const all = numbered(count);
        const groups = range(0, count).map((row) => `g${row % 7}`);
        const parts = trainValTest(all, {
          seed,
          shuffle: variant !== 'ordered',
          stratify: variant === 'stratified',
          ...(variant === 'grouped' ? { groups } : {}),
        });
        const each = Object.values(parts).map(numbers);
        expect(each.flat().sort(ascending)).toEqual(range(0, count));
        for (const part of Object.values(parts)) {
          expect(sampleCount(part)).toBeGreaterThan(0);
          expect(Array.from(part.y.data)).toEqual(numbers(part).map((row) => row % 3));
        }
        if (variant !== 'grouped') {
          expect(each[1]!.length).toBe(Math.round(count * 0.2));
          expect(each[2]!.length).toBe(Math.round(count * 0.2));
          return;
        }
        const found = each.map((rows) => new Set(rows.map((row) => groups[row])));
        expect(found.reduce((sum, names) => sum + names.size, 0)).toBe(7);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  test('[#87] stratified parts hold each class in its share', () => {
    const all = numbered(100, (row) => (row < 70 ? 0 : row < 90 ? 1 : 2));
    for (const part of Object.values(trainValTest(all, { stratify: true, seed: 4 }))) {
      const share = (label: number): number =>
        Array.from(part.y.data).filter((value) => value === label).length / sampleCount(part);
      expect([share(0), share(1), share(2)]).toEqual([0.7, 0.2, 0.1]);
    }
  });

  test('refuses a class that not every part can have, naming it', () => {
    const all = numbered(20, (row) => (row < 2 ? 1 : 0));
    expect(() => trainValTest(all, { stratify: true })).toThrow(
      'class 1 has 2 members for 3 stratified parts',
    );
    expect(() =>
      trainTestSplit(
        numbered(20, (row) => (row === 0 ? 1 : 0)),
        { stratify: true },
      ),
    ).toThrow('class 1 has 1 member for 2 stratified parts');
  });

  test('refuses parts that together exceed the samples', () => {
    expect(() => trainValTest(numbered(10), { validation: 0.5, test: 0.5 })).toThrow(
      'the train part of 10 samples would be empty',
    );
    expect(() => trainValTest(numbered(10), { validation: -1 })).toThrow('validation is -1');
  });
});

describe('groups', () => {
  test('are never divided, and the part comes as near to its size as whole groups allow', () => {
    const groups = ['a', 'a', 'a', 'b', 'b', 'c', 'c', 'c', 'c', 'd'];
    const all = numbered(10);
    for (let seed = 0; seed < 50; seed++) {
      const { train, validation } = splitIndices(all, { validation: 0.3, groups, seed });
      const names = (rows: Int32Array): Set<string> => new Set(Array.from(rows, (row) => groups[row]!));
      expect([...names(train)].filter((name) => names(validation).has(name))).toEqual([]);
      expect(train.length + validation.length).toBe(10);
      expect(validation.length).toBeGreaterThanOrEqual(2);
      expect(validation.length).toBeLessThanOrEqual(4);
    }
  });

  test('leave both parts with a group, however large', () => {
    const all = numbered(10);
    const two = splitIndices(all, { trainCount: 1, groups: range(0, 10).map((row) => Math.floor(row / 5)) });
    expect([two.train.length, two.validation.length]).toEqual([5, 5]);
    const large = splitIndices(all, {
      trainCount: 9,
      groups: range(0, 10).map((row) => (row < 6 ? 'a' : 'b')),
    });
    expect(large.validation.length).toBe(4);
  });

  test('are refused when there is one, when some are missing, and beside stratify', () => {
    const all = numbered(4);
    const split =
      (groups: readonly string[], more: object = {}) =>
      () =>
        trainValidationSplit(all, { validation: 0.5, groups, ...more });
    expect(split(['a', 'a', 'a', 'a'])).toThrow('all samples are of one group');
    expect(split(['a', 'b'])).toThrow('2 groups for 4 samples');
    expect(split(['a', 'b', 'a', 'b'], { stratify: true })).toThrow('groups and stratify');
  });
});

test('inputs and targets of unequal lengths are refused by every split and fold', () => {
  const broken: Samples = { x: numbered(6).x, y: numbered(5).y };
  const message = 'x has 6 samples, y has 5';
  expect(() => trainTestSplit(broken)).toThrow(message);
  expect(() => trainValTest(broken)).toThrow(message);
  expect(() => trainValidationSplit(broken, { validation: 0.5 })).toThrow(message);
  expect(() => splitIndices(broken, { validation: 0.5, shuffle: true })).toThrow(message);
  expect(() => kFold({ k: 2 }).split(broken)).toThrow(message);
  expect(() => stratifiedKFold({ k: 2 }).split(broken)).toThrow(message);
});

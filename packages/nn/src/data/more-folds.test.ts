import { describe, expect, test } from 'vitest';
import type { Samples } from './dataset.ts';
import { leavePGroupsOut, leavePOut, predefinedSplit } from './leave-out.ts';
import { shuffleSplit } from './resampling.ts';
import type { SplitIndices } from './split.ts';
import { stratifiedGroupKFold } from './stratified-group-k-fold.ts';

const held = (folds: readonly SplitIndices[]): number[][] =>
  folds.map(({ validation }) => Array.from(validation));

function labelled(labels: readonly number[]): Samples {
  return {
    x: { data: new Float32Array(labels.length), shape: [labels.length, 1] },
    y: { data: Int32Array.from(labels), shape: [labels.length] },
  };
}

// Expected folds: scikit-learn 1.9.1.
describe('leavePOut', () => {
  test('[K3] holds out every choice once', () => {
    const folds = leavePOut({ p: 2 }).split(4);
    expect(held(folds)).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 2],
      [1, 3],
      [2, 3],
    ]);
    expect(Array.from(folds[1]!.train)).toEqual([1, 3]);
  });

  test('refuses to leave nothing to train on, and more folds than memory holds', () => {
    expect(() => leavePOut({ p: 3 }).split(3)).toThrow('p + 1 is 4, but there are only 3 samples');
    expect(() => leavePOut({ p: 4 }).split(1000)).toThrow('there would be 41417124750 folds of 1000 samples');
    expect(() => leavePOut({ p: 0 })).toThrow('p is 0');
  });
});

describe('leavePGroupsOut', () => {
  const groups = ['b', 'a', 'b', 'c', 'c', 'a'];

  test('[K3] holds out each group, or every choice of two, in the order of their names', () => {
    expect(held(leavePGroupsOut({ groups }).split(6))).toEqual([
      [1, 5],
      [0, 2],
      [3, 4],
    ]);
    expect(held(leavePGroupsOut({ groups, p: 2 }).split(6))).toEqual([
      [0, 1, 2, 5],
      [1, 3, 4, 5],
      [0, 2, 3, 4],
    ]);
  });

  test('refuses as many groups as there are, and groups of other samples', () => {
    expect(() => leavePGroupsOut({ groups, p: 3 }).split(6)).toThrow('there are only 3 groups');
    expect(() => leavePGroupsOut({ groups }).split(5)).toThrow('6 groups for 5 samples');
  });
});

describe('predefinedSplit', () => {
  test('[K3] holds out what it is told, in ascending order of the folds', () => {
    const folds = predefinedSplit({ fold: [1, -1, 0, 1, 0, 5] }).split(6);
    expect(held(folds)).toEqual([[2, 4], [0, 3], [5]]);
    expect(folds.map(({ train }) => Array.from(train))).toEqual([
      [0, 1, 3, 5],
      [1, 2, 4, 5],
      [0, 1, 2, 3, 4],
    ]);
  });

  test('refuses what is no fold, no folds, and folds of other samples', () => {
    expect(() => predefinedSplit({ fold: [0, -2] })).toThrow('the fold of sample 1 is -2');
    expect(() => predefinedSplit({ fold: [-1, -1] })).toThrow('no sample validates');
    expect(() => predefinedSplit({ fold: [0, 1] }).split(3)).toThrow('2 folds for 3 samples');
  });
});

describe('stratifiedGroupKFold', () => {
  test('[K3] keeps groups whole and classes even', () => {
    const labels = [0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const groups = [1, 1, 2, 2, 3, 3, 3, 4, 5, 5, 5, 5, 6, 6, 7, 8, 8];
    expect(held(stratifiedGroupKFold({ k: 3, groups }).split(labelled(labels)))).toEqual([
      [4, 5, 6, 12, 13, 14],
      [0, 1, 2, 3, 15, 16],
      [7, 8, 9, 10, 11],
    ]);
    const three = labelled([...new Array(6).fill(0), ...new Array(6).fill(1), ...new Array(4).fill(2)]);
    const letters = [...'edcbaabbcdeeffgh'];
    expect(held(stratifiedGroupKFold({ k: 4, groups: letters }).split(three))).toEqual([
      [2, 8, 12, 13],
      [3, 6, 7, 14],
      [0, 10, 11, 15],
      [1, 4, 5, 9],
    ]);
  });

  test('shuffled is set by the seed and never divides a group', () => {
    const groups = Array.from({ length: 40 }, (_, row) => row % 13);
    const samples = labelled(groups.map((_, row) => (row % 3 === 0 ? 1 : 0)));
    const folds = (seed: number): number[][] =>
      held(stratifiedGroupKFold({ k: 4, groups, shuffle: true, seed }).split(samples));
    expect(folds(1)).toEqual(folds(1));
    expect(folds(1)).not.toEqual(folds(2));
    for (const rows of folds(1)) {
      const own = new Set(rows.map((row) => groups[row]));
      for (const [row, group] of groups.entries()) expect(rows.includes(row)).toBe(own.has(group));
    }
  });

  test('refuses a class or groups fewer than folds, and counts without labels', () => {
    const samples = labelled([0, 0, 0, 1]);
    expect(() => stratifiedGroupKFold({ k: 2, groups: [1, 2, 3, 4] }).split(samples)).toThrow(
      'class 1 has 1 of the 2 members',
    );
    expect(() => stratifiedGroupKFold({ k: 3, groups: [1, 1, 2, 2] }).split(samples)).toThrow(
      'only 2 groups',
    );
    expect(() => stratifiedGroupKFold({ k: 2, groups: [1, 2] }).split(2)).toThrow('needs one label a sample');
  });
});

describe('shuffleSplit', () => {
  // StratifiedShuffleSplit(test_size=0.3) of 10, 6 and 4 samples holds out 3, 2 and 1.
  test('stratified holds the classes in their shares in both parts', () => {
    const labels = [...new Array(10).fill(0), ...new Array(6).fill(1), ...new Array(4).fill(2)];
    const folds = shuffleSplit({ splits: 4, validation: 0.3, stratify: true }).split(labelled(labels));
    const counts = (rows: Int32Array): number[] =>
      [0, 1, 2].map((label) => rows.filter((row) => labels[row] === label).length);
    for (const { train, validation } of folds) {
      expect(counts(validation)).toEqual([3, 2, 1]);
      expect(counts(train)).toEqual([7, 4, 3]);
    }
    expect(held(folds)[0]).not.toEqual(held(folds)[1]);
    const [small] = shuffleSplit({ validation: 0.3, train: 0.5, stratify: true }).split(labelled(labels));
    expect(counts(small!.train)).toEqual([5, 3, 2]);
    expect([...small!.train].some((row) => small!.validation.includes(row))).toBe(false);
  });

  // GroupShuffleSplit(test_size=0.34) of 8 groups holds out 3 of them.
  test('of groups counts groups and divides none', () => {
    const groups = [1, 1, 2, 2, 3, 3, 3, 4, 5, 5, 5, 5, 6, 6, 7, 8, 8];
    for (const { train, validation } of shuffleSplit({ splits: 5, validation: 0.34, groups }).split(17)) {
      const names = (rows: Int32Array): Set<number> => new Set(Array.from(rows, (row) => groups[row]!));
      expect(names(validation).size).toBe(3);
      expect(names(train).size).toBe(5);
      expect(train.length + validation.length).toBe(17);
    }
  });

  test('refuses both, a class of one, and more groups than there are', () => {
    expect(() => shuffleSplit({ stratify: true, groups: [1] })).toThrow('groups and stratify');
    expect(() => shuffleSplit({ stratify: true }).split(labelled([0, 0, 1]))).toThrow(
      'class 1 has one member',
    );
    expect(() => shuffleSplit({ validation: 2, groups: [1, 1, 2] }).split(3)).toThrow(
      '2 groups to validate and 0 to train do not fit 2 groups',
    );
  });
});

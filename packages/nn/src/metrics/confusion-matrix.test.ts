import { describe, expect, it } from 'vitest';
import { confusionMatrix } from './confusion-matrix.ts';

const row = (choice: number): number[] => [0, 1, 2].map((i) => (i === choice ? 0.6 : 0.2));

describe('confusionMatrix', () => {
  it('counts true classes in rows and found ones in columns', () => {
    // The example of sklearn.metrics.confusion_matrix (scikit-learn 1.9).
    const found = [0, 0, 2, 2, 0, 2];
    const truth = [2, 0, 2, 2, 0, 1];
    const expected = [
      [2, 0, 0],
      [0, 0, 1],
      [1, 0, 2],
    ];
    expect(confusionMatrix(found.map(row), truth)).toEqual(expected);
    expect(confusionMatrix(found.map(row), truth.map(row))).toEqual(expected);
    const data = Float32Array.from(found.flatMap(row));
    expect(confusionMatrix({ data, shape: [6, 3] }, Int32Array.from(truth))).toEqual(expected);
  });

  it('takes single outputs for yes above the threshold', () => {
    const outputs = [0.9, 0.4, 0.6, 0.1];
    expect(confusionMatrix(outputs, [1, 1, 0, 0])).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(
      confusionMatrix(
        outputs.map((value) => [value]),
        [1, 1, 0, 0],
        { threshold: 0.3 },
      ),
    ).toEqual([
      [1, 1],
      [0, 2],
    ]);
  });

  it('refuses what has no classes', () => {
    const code = (name: string): object => expect.objectContaining({ code: name });
    expect(() => confusionMatrix([row(0)], [3])).toThrow(code('LU_DATA_LABEL'));
    expect(() => confusionMatrix([row(0)], [0, 1])).toThrow(code('LU_DATA_LENGTH'));
    expect(() => confusionMatrix([row(0)], [[0, 1]])).toThrow(code('LU_DATA_TARGET'));
    expect(() => confusionMatrix([[Number.NaN, 1]], [0])).toThrow(code('LU_DATA_NAN'));
    expect(() => confusionMatrix([[[1, 2]]], [0])).toThrow(code('LU_DATA_SHAPE'));
    expect(() => confusionMatrix([0.5], [0], { treshold: 1 } as object)).toThrow(/did you mean 'threshold'/);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layers } from '../layers/layers.ts';
import { crossValidate } from '../training/cross-validate.ts';
import { sequential } from '../training/sequential.ts';
import { pca } from '../unsupervised/pca.ts';
import { columnwise } from './columnwise.ts';
import type { Samples, Tensor } from './dataset.ts';
import { oneHot } from './encoding.ts';
import type { Folds } from './fold.ts';
import { impute } from './impute.ts';
import { groupKFold, kFold, repeatedKFold, stratifiedKFold } from './k-fold.ts';
import { fitPreparation, type Preparation, type Preprocessor, prepareDataset } from './preprocessor.ts';
import { shuffleSplit, timeSeriesSplit } from './resampling.ts';
import { minMax, standardize } from './scaling.ts';
import { take } from './split.ts';
import { countVectorizer } from './text/count-vectorizer.ts';
import { documents, vectorize } from './text/documents.ts';
import { sequenceVectorizer } from './text/sequence-vectorizer.ts';
import { tfidfVectorizer } from './text/tfidf-vectorizer.ts';

const COUNT = 24;

/** Two columns of numbers, one of categories, and gaps. */
function numbers(value: (row: number, column: number) => number): Samples {
  const data = Float64Array.from({ length: 3 * COUNT }, (_, i) => value(Math.floor(i / 3), i % 3));
  const y = Int32Array.from({ length: COUNT }, (_, row) => row % 2);
  return { x: { data, shape: [COUNT, 3] }, y: { data: y, shape: [COUNT] } };
}

const PREPARATIONS: Readonly<Record<string, readonly Preprocessor[]>> = {
  standardize: [impute(), standardize()],
  minMax: [impute({ by: 'median' }), minMax()],
  oneHot: [impute({ by: 'mostFrequent' }), oneHot({ unknown: 'zeros' })],
  columnwise: [
    columnwise([
      { columns: [0, 1], steps: [impute(), standardize()] },
      { columns: [2], steps: [impute({ by: 0 }), oneHot({ unknown: 'zeros' })] },
    ]),
  ],
  pca: [impute(), pca({ components: 2 })],
};

const FOLDS: Readonly<Record<string, Folds>> = {
  kFold: kFold({ k: 4, shuffle: true }),
  stratifiedKFold: stratifiedKFold({ k: 4 }),
  groupKFold: groupKFold({ k: 3, groups: Array.from({ length: COUNT }, (_, row) => row % 6) }),
  repeatedKFold: repeatedKFold({ k: 3, repeats: 2 }),
  shuffleSplit: shuffleSplit({ splits: 3 }),
  timeSeriesSplit: timeSeriesSplit({ splits: 3 }),
};

const value = (row: number, column: number): number =>
  column === 2 ? row % 3 : row % 7 === 3 ? Number.NaN : Math.sin(row * (column + 1));

/** The training part of every fold after a preparation that `prepare` makes of its rows. */
function trained(all: Samples, folds: Folds, preparation: Preparation): readonly Tensor[] {
  return folds.split(all).map(({ train }) => {
    const part = take(all, train);
    return fitPreparation(preparation, part)(part).x;
  });
}

describe('what validates leaves no trace in what trains', () => {
  for (const [name, steps] of Object.entries(PREPARATIONS)) {
    for (const [kind, folds] of Object.entries(FOLDS)) {
      test(`${name} within ${kind}`, () => {
        const before = numbers(value);
        for (const [fold, { train, validation }] of folds.split(before).entries()) {
          const isHeld = new Set(validation);
          const after = numbers((row, column) => (isHeld.has(row) ? 1e6 * (row + 1) : value(row, column)));
          expect(trained(after, folds, { x: steps })[fold]).toEqual(
            trained(before, folds, { x: steps })[fold],
          );
          expect([...train].some((row) => isHeld.has(row))).toBe(false);
        }
      });
    }
  }

  // The check itself must be able to fail: a step that has seen all rows changes with those held out.
  test('a step fitted on all rows is found out', () => {
    const folds = FOLDS.kFold!;
    const leaky = (all: Samples): Preprocessor => {
      const filled = impute().fit(all.x);
      const fitted = standardize().fit(filled.transform(all.x));
      return { fit: () => ({ transform: (x) => fitted.transform(filled.transform(x)) }) };
    };
    const before = numbers(value);
    const [first] = folds.split(before);
    const isHeld = new Set(first!.validation);
    const after = numbers((row, column) => (isHeld.has(row) ? 1e6 : value(row, column)));
    const prepared = (all: Samples): Tensor => trained(all, folds, { x: [leaky(all)] })[0]!;
    expect(prepared(after)).not.toEqual(prepared(before));
  });

  test.each([
    ['countVectorizer', countVectorizer()],
    ['tfidfVectorizer', tfidfVectorizer()],
    ['sequenceVectorizer', sequenceVectorizer()],
  ])('%s learns no word from texts that validate', (_, vectorizer) => {
    const texts = Array.from({ length: COUNT }, (_, i) => `word${i % 5} other${i % 3} common`);
    const y = numbers(value).y;
    for (const { train, validation } of kFold({ k: 4 }).split(COUNT)) {
      const changed = texts.map((text, i) =>
        validation.includes(i) ? `secret${i} common common ${text}` : text,
      );
      const prepared = [texts, changed].map((all) => {
        const part = take({ x: documents(COUNT), y }, train);
        return fitPreparation({ x: [vectorize(all, vectorizer)] }, part)(part).x;
      });
      expect(prepared[1]).toEqual(prepared[0]);
    }
  });

  test('prepareDataset prepares training data the same whatever the other parts hold', () => {
    const part = (values: readonly number[]): Samples => ({
      x: { data: Float64Array.from(values), shape: [values.length, 1] },
      y: { data: new Int32Array(values.length), shape: [values.length] },
    });
    const finite = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(finite, finite, finite, (train, a, b) => {
        const prepared = [a, b].map(
          (other) =>
            prepareDataset(
              { name: 'set', train: part(train), validation: part(other), test: part(other) },
              { x: [standardize(), minMax()] },
            ).train,
        );
        expect(prepared[0]).toEqual(prepared[1]);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  test('crossValidate fits its preparation on the training part of each fold alone', async () => {
    const seen: Tensor[] = [];
    const spy: Preprocessor = {
      fit: (x) => {
        seen.push(x);
        return { transform: (given) => given };
      },
    };
    const all = numbers((row, column) => row + column / 10);
    const folds = kFold({ k: 3 });
    await crossValidate(
      () =>
        sequential([layers.input({ shape: [3] }), layers.dense({ units: 2, activation: 'softmax' })]).compile(
          { loss: 'sparseCategoricalCrossentropy' },
        ),
      all,
      { folds, prepare: { x: [spy] } },
    );
    const expected = folds.split(all).map(({ train }) => take(all, train).x);
    expect(seen).toEqual(expected);
  });
});

import { expect, test } from 'vitest';
import { trainTestSplit } from '../parts.ts';
import { prepareDataset } from '../preprocessor.ts';
import { take } from '../split.ts';
import { countVectorizer, type TextVectorizer } from './count-vectorizer.ts';
import { documents, vectorize } from './documents.ts';

const texts = ['red red', 'blue', 'red blue', 'green'];
const samples = { x: documents(4), y: { data: Int32Array.of(0, 1, 0, 1), shape: [4] } };

test('numbers of texts become vectors, with the words of the training texts', () => {
  const parts = trainTestSplit(samples, { test: 1, shuffle: false });
  const data = prepareDataset({ name: 'colours', ...parts }, { x: [vectorize(texts, countVectorizer())] });
  expect(data.train.x).toEqual({ data: Float32Array.of(0, 2, 1, 0, 1, 1), shape: [3, 2] });
  expect(Array.from(data.test!.x.data)).toEqual([0, 0]);
});

test('a number without a text is refused', () => {
  const step = vectorize(texts.slice(0, 2), countVectorizer());
  expect(() => step.fit(samples.x)).toThrow('sample 2 is text 2 of 2');
});

test('training texts are transformed once', () => {
  let calls = 0;
  const fitted = {
    vocabulary: [],
    transform: (given: readonly string[]) => {
      calls += 1;
      return documents(given.length);
    },
  };
  const counting: TextVectorizer = {
    kind: 'counting',
    fit: () => fitted,
    fitTransform: (train) => ({ fitted, x: documents(train.length) }),
  };
  prepareDataset(
    { name: 'set', train: samples, test: take(samples, [0]) },
    { x: [vectorize(texts, counting)] },
  );
  expect(calls).toBe(1);
});

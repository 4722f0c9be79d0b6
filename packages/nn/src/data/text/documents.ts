import { LuthierError } from '@luthier/core';
import type { Dataset, Tensor } from '../dataset.ts';
import type { Preprocessor } from '../preprocessor.ts';
import type { TextVectorizer } from './count-vectorizer.ts';

/** A data set whose inputs are numbers of texts. */
export interface TextDataset extends Dataset {
  /** All texts; x of every part holds their numbers. */
  readonly texts: readonly string[];
}

/**
 * The numbers 0 to count - 1 as inputs, one a text, which splits and folds divide; `vectorize` turns them into vectors.
 *
 * @example
 * const samples = { x: documents(texts.length), y: labels }; // x of shape [n]
 */
export function documents(count: number): Tensor {
  return { data: Int32Array.from({ length: count }, (_, i) => i), shape: [count] };
}

/**
 * A preparation of inputs that are numbers of texts (see `documents`): the vectorizer is fitted on the training texts alone,
 * in every fold anew.
 *
 * @throws LuthierError on fit and transform LU_TEXT_NUMBER for a number without a text, and those of the vectorizer.
 *
 * @example
 * await crossValidate(buildModel, { x: documents(texts.length), y }, {
 *   prepare: { x: [vectorize(texts, tfidfVectorizer({ maxFeatures: 1000 }))] },
 * });
 */
export function vectorize(texts: readonly string[], vectorizer: TextVectorizer): Preprocessor {
  const textsAt = ({ data }: Tensor): readonly string[] =>
    Array.from(data, (number, row) => {
      const text = texts[number];
      if (text !== undefined) return text;
      throw new LuthierError(
        'LU_TEXT_NUMBER',
        `vectorize: sample ${row} is text ${number} of ${texts.length}`,
        {
          fix: 'Give inputs made by documents(texts.length) and the same texts.',
          where: 'x',
        },
      );
    });
  return {
    fit: (train) => {
      const { fitted, x: trained } = vectorizer.fitTransform(textsAt(train));
      // A preparation transforms its training part once in the fit and once as data.
      let last = { x: train, result: trained };
      return {
        transform: (x) => {
          if (last.x !== x) last = { x, result: fitted.transform(textsAt(x)) };
          return last.result;
        },
      };
    },
  };
}

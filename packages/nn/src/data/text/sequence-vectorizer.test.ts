import { describe, expect, test } from 'vitest';
import { type SequenceVectorizerOptions, sequenceVectorizer } from './sequence-vectorizer.ts';

const TRAIN = ['The cat sat on the mat.', 'the dog ate THE cat!', 'a b'];
const NEW = ['the cat sat', 'emu dog, the cat! cat the dog', ''];

function sequences(options: SequenceVectorizerOptions) {
  const fitted = sequenceVectorizer(options).fit(TRAIN);
  const { data, shape } = fitted.transform(NEW);
  const [rows, steps] = shape as [number, number];
  const lists = Array.from({ length: rows }, (_, row) =>
    Array.from(data.subarray(row * steps, (row + 1) * steps)),
  );
  return { vocabulary: fitted.vocabulary, lists, fitted };
}

// All expected values: TextVectorization of Keras 3.15.1 on TensorFlow 2.21.0, padded to the length given here.
describe('sequenceVectorizer', () => {
  test('numbers tokens by falling frequency after padding and unknown', () => {
    const { vocabulary, lists } = sequences({ length: 7 });
    expect(vocabulary).toEqual(['', '[UNK]', 'the', 'cat', 'sat', 'on', 'mat', 'dog', 'b', 'ate', 'a']);
    expect(lists).toEqual([
      [2, 3, 4, 0, 0, 0, 0],
      [1, 7, 2, 3, 3, 2, 7],
      [0, 0, 0, 0, 0, 0, 0],
    ]);
  });

  test('keeps the most frequent tokens and cuts long texts at the end', () => {
    const { vocabulary, lists } = sequences({ maxTokens: 6, length: 4 });
    expect(vocabulary).toEqual(['', '[UNK]', 'the', 'cat', 'sat', 'on']);
    expect(lists).toEqual([
      [2, 3, 4, 0],
      [1, 1, 2, 3],
      [0, 0, 0, 0],
    ]);
  });

  test('splits into characters, and leaves texts as they are when told', () => {
    const characters = sequences({ split: 'character', length: 27 });
    expect(characters.vocabulary).toEqual([
      ...['', '[UNK]', ' ', 't', 'a', 'e', 'h', 'o', 'c', 's', 'n', 'm', 'g', 'd', 'b'],
    ]);
    expect(characters.lists[0]!.slice(0, 12)).toEqual([3, 6, 5, 2, 8, 4, 3, 2, 9, 4, 3, 0]);
    expect(characters.lists[1]).toEqual([
      ...[5, 11, 1, 2, 13, 7, 12, 2, 3, 6, 5, 2, 8, 4, 3, 2, 8, 4, 3, 2, 3, 6, 5, 2, 13, 7, 12],
    ]);
    const raw = sequences({ standardize: 'none', length: 7 });
    expect(raw.vocabulary).toEqual([
      ...['', '[UNK]', 'the', 'sat', 'on', 'mat.', 'dog', 'cat!', 'cat', 'b', 'ate', 'a', 'The', 'THE'],
    ]);
    expect(raw.lists).toEqual([
      [2, 8, 3, 0, 0, 0, 0],
      [1, 1, 2, 7, 8, 2, 6],
      [0, 0, 0, 0, 0, 0, 0],
    ]);
  });

  test('own functions standardize and split as the named ones do', () => {
    const named = sequences({ length: 7 });
    const own = sequences({
      length: 7,
      standardize: (text) => text.toLowerCase().replace(/[.,!]/g, ''),
      split: (text) => text.split(' ').filter((token) => token !== ''),
    });
    expect(own.lists).toEqual(named.lists);
    expect(sequences({ length: 7, split: (text) => text.match(/\S+/g) ?? [] }).lists).toEqual(named.lists);
  });

  test('strips punctuation within a word and keeps characters beyond the first plane', () => {
    const fitted = sequenceVectorizer().fit(["Don't 😀 𝒳-ray"]);
    expect(fitted.vocabulary).toEqual([
      '',
      '[UNK]',
      ...['𝒳ray', '😀', 'dont'].sort((a, b) => (a < b ? 1 : -1)),
    ]);
    expect(fitted.inverse(fitted.transform(['dont 𝒳ray owl']))).toEqual(['dont 𝒳ray [UNK]']);
  });

  test('is as long as the longest training text, whatever the texts to come', () => {
    const fitted = sequenceVectorizer().fit(TRAIN);
    expect(fitted.length).toBe(6);
    expect(fitted.transform(['a '.repeat(99)]).shape).toEqual([1, 6]);
  });

  test('takes a given vocabulary', () => {
    const fitted = sequenceVectorizer({ vocabulary: ['cat', 'dog'], length: 3 }).fit(['no']);
    expect(Array.from(fitted.transform(['dog cat emu']).data)).toEqual([3, 2, 1]);
  });

  test('refuses what it cannot use', () => {
    expect(() => sequenceVectorizer({ maxTokens: 2 })).toThrow('maxTokens is 2');
    expect(() => sequenceVectorizer({ length: 0 })).toThrow('length is 0');
    expect(() => sequenceVectorizer({ split: 'words' as 'whitespace' })).toThrow("unknown split 'words'");
    expect(() => sequenceVectorizer({ standardize: 'upper' as 'lower' })).toThrow(
      "unknown standardize 'upper'",
    );
    expect(() => sequenceVectorizer({ vocabulary: ['a', '[UNK]'] })).toThrow('token twice');
    expect(() => sequenceVectorizer().fit(['...', ''])).toThrow('the training texts have no words');
    expect(() => sequenceVectorizer().fit([])).toThrow('there are no texts');
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../dataset.ts';
import { type CountVectorizerOptions, countVectorizer } from './count-vectorizer.ts';
import { type TfidfVectorizerOptions, tfidfVectorizer } from './tfidf-vectorizer.ts';

const TEXTS = [
  'The cat sat on the mat.',
  'The dog ate my homework, the DOG!',
  'Ein Café in München: déjà-vu; naïve 2nd x y2 _z',
  "don't stop — can't 3.14 won't_stop",
];
const NEW = ['the cat ate the café', '', 'unknown words'];

const rowsOf = ({ data, shape: [rows, width] }: Tensor): number[][] =>
  Array.from({ length: rows! }, (_, row) => Array.from(data.subarray(row * width!, (row + 1) * width!)));

function bag(options: CountVectorizerOptions, texts: readonly string[] = TEXTS) {
  const fitted = countVectorizer(options).fit(texts);
  return { words: fitted.vocabulary.join(' '), rows: rowsOf(fitted.transform(texts)), fitted };
}

// All expected values: CountVectorizer and TfidfVectorizer of scikit-learn 1.9.1.
describe('countVectorizer', () => {
  test('counts words of two or more letters, digits or underscores of any script, in ascending order', () => {
    const { words, rows, fitted } = bag({});
    expect(words).toBe(
      '14 2nd _z ate café can cat dog don déjà ein homework in mat my münchen naïve on sat stop t_stop the vu won y2',
    );
    expect(rows).toEqual([
      [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 2, 0, 0, 0],
      [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0],
      [0, 1, 1, 0, 1, 0, 0, 0, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 1],
      [1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0],
    ]);
    const [known, empty, unknown] = rowsOf(fitted.transform(NEW));
    expect(known).toEqual([0, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]);
    expect([...empty!, ...unknown!].every((count) => count === 0)).toBe(true);
  });

  test('counts runs of words, the most frequent of them', () => {
    const { fitted, rows } = bag({ ngrams: [1, 2], maxFeatures: 3 });
    expect(fitted.vocabulary).toEqual(['dog', 'the', 'the dog']);
    expect(rows).toEqual([
      [0, 2, 0],
      [2, 2, 2],
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  test('takes accents off, leaves stop words out and counts each word once, as told', () => {
    const { words, rows } = bag({ stripAccents: true, binary: true, stopWords: ['the', 'in'] });
    expect(words).toBe(
      '14 2nd _z ate cafe can cat deja dog don ein homework mat munchen my naive on sat stop t_stop vu won y2',
    );
    expect(rows[1]).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test('keeps words by the number or share of texts that have them', () => {
    expect(bag({ minDf: 2 }).words).toBe('the');
    expect(bag({ minDf: 0.5 }).words).toBe('the');
    const { words, rows } = bag({ maxDf: 0.3, tokenPattern: /[\p{L}\p{N}_]+/u });
    expect(words).toBe(
      '14 2nd 3 _z ate café can cat dog don déjà ein homework in mat my münchen naïve on sat stop t t_stop vu won x y2',
    );
    expect(rows[3]).toEqual([
      1, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 1, 0, 1, 0, 0,
    ]);
  });

  test('counts runs of characters, across a text or within words', () => {
    const { fitted, rows } = bag({ analyzer: 'char', ngrams: [2, 2], maxFeatures: 5 });
    expect(fitted.vocabulary).toEqual(['at', 'e ', 'he', 't ', 'th']);
    expect(rows).toEqual([
      [3, 2, 2, 2, 2],
      [1, 3, 2, 0, 2],
      [0, 1, 1, 0, 0],
      [0, 0, 0, 2, 0],
    ]);
    const within = bag({ analyzer: 'charInWords', ngrams: [3, 3] });
    expect(within.fitted.vocabulary).toHaveLength(89);
    const totals = within.fitted.vocabulary.map(
      (run, c) => [run, within.rows.reduce((sum, row) => sum + row[c]!, 0)] as const,
    );
    expect(totals.filter(([, total]) => total >= 3)).toEqual([
      [' ca', 3],
      [' do', 3],
      [' th', 4],
      ['he ', 4],
      ["n't", 3],
      ['the', 4],
    ]);
  });

  test('counts a given vocabulary in its own order', () => {
    const { fitted, rows } = bag({ vocabulary: ['the', 'emu', 'cat'] });
    expect(fitted.vocabulary).toEqual(['the', 'emu', 'cat']);
    expect(rows).toEqual([
      [2, 0, 1],
      [2, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  test('reads words the same with the table of characters as with a pattern', () => {
    const pattern = /[\p{L}\p{N}_]{2,}/u;
    const text = fc.array(
      fc.constantFrom('a', 'Bß', 'é', '_', '9', '𝒳', '😀', '漢字', ' ', '-', '\n', '\ud83d'),
    );
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (parts) => {
        const texts = [...parts.map((part) => part.join('')), 'one word'];
        const fast = bag({}, texts);
        const slow = bag({ tokenPattern: pattern }, texts);
        expect(fast.fitted.vocabulary).toEqual(slow.fitted.vocabulary);
        expect(fast.rows).toEqual(slow.rows);
      }),
      { seed: 9, numRuns: 300 },
    );
  });

  test('keeps tens of thousands of words apart', () => {
    const texts = Array.from({ length: 50 }, (_, t) =>
      Array.from({ length: 1000 }, (_, i) => `w${(t * 1000 + i).toString(36)}`).join(' '),
    );
    const { offsets, columns, values, shape } = countVectorizer().fit(texts).transformSparse(texts);
    expect(shape).toEqual([50, 50_000]);
    expect(new Set(columns).size).toBe(50_000);
    expect(values.every((value) => value === 1)).toBe(true);
    expect(Array.from(offsets)).toEqual(Array.from({ length: 51 }, (_, i) => 1000 * i));
  });

  test('gives the training texts transformed with the fit, as it transforms them later', () => {
    const options = { maxDf: 0.4, minDf: 1, ngrams: [1, 2] } as const;
    for (const vectorizer of [countVectorizer(options), tfidfVectorizer(options), countVectorizer()]) {
      const { fitted, x } = vectorizer.fitTransformSparse(TEXTS);
      expect(x).toEqual(fitted.transformSparse(TEXTS));
      expect(vectorizer.fitTransform(TEXTS).x).toEqual(vectorizer.fit(TEXTS).transform(TEXTS));
    }
  });

  test('refuses what it cannot count, with the mend', () => {
    const cases: readonly (readonly [() => unknown, string])[] = [
      [() => countVectorizer({ ngramms: [1, 2] } as object), "did you mean 'ngrams'?"],
      [() => countVectorizer({ ngrams: [2, 1] }), 'ngrams [2, 1] do not ascend'],
      [() => countVectorizer({ minDf: 1.5 }), 'minDf is 1.5'],
      [() => countVectorizer({ analyzer: 'words' as 'word' }), "unknown analyzer 'words'"],
      [() => countVectorizer({ vocabulary: ['a', 'a'] }), 'has a token twice'],
      [() => countVectorizer().fit([]), 'there are no texts'],
      [() => countVectorizer().fit(['a b', undefined as unknown as string]), 'text 1 is undefined'],
      [() => countVectorizer().fit(['a', '!']), 'the training texts have no words'],
      [() => countVectorizer({ minDf: 3 }).fit(['one', 'two', 'one']), 'none of 2 tokens is in 3 to 3 of 3'],
    ];
    for (const [run, message] of cases) expect(run).toThrow(message);
  });

  test('refuses to write out more zeros than memory holds', () => {
    const texts = Array.from({ length: 50_000 }, (_, i) => `w${i} x`);
    const fitted = countVectorizer().fit(texts);
    expect(() => fitted.transform(texts)).toThrow('50000 texts by 50000 tokens would take 9 GB');
    expect(fitted.transformSparse(texts).columns.length).toBe(50_000);
  });
});

describe('tfidfVectorizer', () => {
  const texts = ['a b cat', 'cat dog dog', 'dog bird'];
  const weights = (options: TfidfVectorizerOptions) => {
    const fitted = tfidfVectorizer({ tokenPattern: /\w+/, ...options }).fit(texts);
    expect(fitted.vocabulary).toEqual(['a', 'b', 'bird', 'cat', 'dog']);
    return { rows: fitted.transformSparse(texts), next: fitted.transformSparse(['dog dog cat emu']) };
  };

  test.each<[string, TfidfVectorizerOptions, number[], number[]]>([
    [
      'defaults',
      {},
      [
        0.622766007833226, 0.622766007833226, 0.473629601033268, 0.447213595499958, 0.894427190999916,
        0.795960541568165, 0.605348508106292,
      ],
      [0.4472135954999579, 0.8944271909999159],
    ],
    [
      'sublinearTf',
      { sublinearTf: true },
      [
        0.622766007833226, 0.622766007833226, 0.473629601033268, 0.508542320378327, 0.861036995943976,
        0.795960541568165, 0.605348508106292,
      ],
      [0.5085423203783267, 0.8610369959439763],
    ],
    [
      'no norm',
      { norm: 'none' },
      [
        1.693147180559946, 1.693147180559946, 1.287682072451781, 1.287682072451781, 2.575364144903562,
        1.693147180559946, 1.287682072451781,
      ],
      [1.2876820724517808, 2.5753641449035616],
    ],
    [
      'no smoothing',
      { smoothIdf: false },
      [
        0.639070441396375, 0.639070441396375, 0.427992922683174, 0.447213595499958, 0.894427190999916,
        0.830880748357988, 0.556450520718662,
      ],
      [0.447213595499958, 0.894427190999916],
    ],
    [
      'norm l1',
      { norm: 'l1' },
      [
        0.362249832583368,
        0.362249832583368,
        0.275500334833264,
        1 / 3,
        2 / 3,
        0.568012132479326,
        0.431987867520674,
      ],
      [1 / 3, 2 / 3],
    ],
    [
      'no idf',
      { useIdf: false },
      [
        0.577350269189626,
        0.577350269189626,
        0.577350269189626,
        0.447213595499958,
        0.894427190999916,
        Math.SQRT1_2,
        Math.SQRT1_2,
      ],
      [0.4472135954999579, 0.8944271909999159],
    ],
  ])('weighs as scikit-learn with %s', (_, options, trained, next) => {
    const found = weights(options);
    expect(Array.from(found.rows.offsets)).toEqual([0, 3, 5, 7]);
    expect(Array.from(found.rows.columns)).toEqual([0, 1, 3, 3, 4, 2, 4]);
    for (const [e, value] of trained.entries()) expect(found.rows.values[e]).toBeCloseTo(value, 12);
    for (const [e, value] of next.entries()) expect(found.next.values[e]).toBeCloseTo(value, 12);
  });

  test('gives the weights of words: ln(5 / 2) + 1 for one text of four, ln(5 / 3) + 1 for two', () => {
    const { idf, vocabulary, transform } = tfidfVectorizer().fit(TEXTS);
    for (const [c, word] of vocabulary.entries()) {
      expect(idf[c]).toBeCloseTo(word === 'the' ? 1.5108256237659907 : 1.916290731874155, 12);
    }
    const { data, shape } = transform(NEW);
    expect(shape).toEqual([3, 25]);
    expect(Math.hypot(...data.subarray(0, 25))).toBeCloseTo(1, 6);
    expect(data.subarray(25).every((value) => value === 0)).toBe(true);
  });

  test('refuses an unknown norm, and a word without texts when nothing smooths', () => {
    expect(() => tfidfVectorizer({ norm: 'l3' as 'l2' })).toThrow("norm is 'l3'");
    expect(() => tfidfVectorizer({ vocabulary: ['cat', 'emu'], smoothIdf: false }).fit(texts)).toThrow(
      "no training text has 'emu'",
    );
  });
});

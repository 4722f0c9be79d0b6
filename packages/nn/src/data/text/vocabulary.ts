import { LuthierError } from '@luthier/core';
import { ranges, requireNumber } from '../../layers/options.ts';
import type { SparseRows } from './counts.ts';

/** Which tokens of the training texts are kept. */
export interface VocabularyOptions {
  /** Fewest training texts that have the token: a number from 1, or a share below 1. Default 1. */
  readonly minDf?: number;
  /** Most training texts that have the token: a number from 2, or a share of at most 1. Default 1, all. */
  readonly maxDf?: number;
  /** Most tokens, the most frequent ones (of equals the first in order). Default no limit. */
  readonly maxFeatures?: number;
}

/** Checked options, with what they mean for a number of texts. */
export interface VocabularyRule {
  readonly least: (texts: number) => number;
  readonly most: (texts: number) => number;
  readonly limit: number;
}

const CODE = 'LU_TEXT_OPTION';

/** Checks which tokens are to be kept. */
export function readVocabularyRule(where: string, options: VocabularyOptions): VocabularyRule {
  const minDf = requireNumber(CODE, where, 'minDf', options.minDf ?? 1, {
    text: '(0, 1) or the integers from 1',
    holds: (value) => (value > 0 && value < 1) || (Number.isInteger(value) && value >= 1),
  });
  const maxDf = requireNumber(CODE, where, 'maxDf', options.maxDf ?? 1, {
    text: '(0, 1] or the integers from 2',
    holds: (value) => (value > 0 && value <= 1) || (Number.isInteger(value) && value >= 2),
  });
  const limit =
    options.maxFeatures === undefined
      ? Number.POSITIVE_INFINITY
      : requireNumber(CODE, where, 'maxFeatures', options.maxFeatures, ranges.count);
  return {
    least: (texts) => (minDf < 1 ? minDf * texts : minDf),
    most: (texts) => (maxDf <= 1 ? maxDf * texts : maxDf),
    limit,
  };
}

/** The tokens to keep, in ascending order, of those counted in training texts. */
export function chooseTokens(
  where: string,
  counted: SparseRows,
  tokens: readonly string[],
  rule: VocabularyRule,
): readonly string[] {
  const [texts, width] = counted.shape;
  const documents = new Int32Array(width);
  const total = new Float64Array(width);
  for (let e = 0; e < counted.columns.length; e++) {
    documents[counted.columns[e]!]! += 1;
    total[counted.columns[e]!]! += counted.values[e]!;
  }
  const [least, most] = [rule.least(texts), rule.most(texts)];
  let kept: number[] = [];
  for (let c = 0; c < width; c++) if (documents[c]! >= least && documents[c]! <= most) kept.push(c);
  const byName = (a: number, b: number): number => (tokens[a]! < tokens[b]! ? -1 : 1);
  if (kept.length > rule.limit) {
    kept = kept.sort((a, b) => total[b]! - total[a]! || byName(a, b)).slice(0, rule.limit);
  }
  if (kept.length === 0) {
    throw new LuthierError(
      'LU_TEXT_VOCABULARY',
      width === 0
        ? `${where}: the training texts have no words`
        : `${where}: none of ${width} tokens is in ${least} to ${most} of ${texts} training texts`,
      { fix: 'Lower minDf, raise maxDf, or check stopWords and tokenPattern.', where },
    );
  }
  return kept.sort(byName).map((c) => tokens[c]!);
}

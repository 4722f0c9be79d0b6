import { mean, type ParamValue } from '@luthier/core';

/** One training of one candidate on one split. */
export interface FitRow {
  readonly candidate: number;
  readonly split: number;
  /** Higher is better; NaN for a training that failed. One number a score, by name. */
  readonly testScores: Readonly<Record<string, number>>;
  readonly trainScores?: Readonly<Record<string, number>>;
  readonly fitSeconds: number;
  readonly scoreSeconds: number;
}

/** Where a candidate of a halving search stood. */
export interface HalvingColumns {
  readonly iter: readonly number[];
  readonly nResources: readonly number[];
}

/**
 * The table of scikit-learn's `cv_results_`, a row a candidate, columns in camelCase.
 *
 * `meanFitTime`, `stdFitTime`, `meanScoreTime`, `stdScoreTime` in seconds; `paramLearningRate` for each parameter (undefined
 * where a candidate has none); `params`; `split0TestScore`, ..., `meanTestScore`, `stdTestScore` (population), `rankTestScore`
 * (1 is best); with train scores the same with `Train`, without a rank. With several scores `Score` is the name of each:
 * `meanTestAccuracy`. Halving adds `iter` and `nResources`.
 */
export interface SearchResults<P> {
  readonly params: readonly P[];
  readonly meanFitTime: readonly number[];
  readonly stdFitTime: readonly number[];
  readonly meanScoreTime: readonly number[];
  readonly stdScoreTime: readonly number[];
  readonly [column: string]: readonly unknown[];
}

export function capitalized(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** The column of a score: `meanTestScore`, or `meanTestAccuracy` when there are several. */
export function scoreColumn(kind: string, part: 'Test' | 'Train', score: string, scores: number): string {
  return `${kind}${part}${scores === 1 ? 'Score' : capitalized(score)}`;
}

function population(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length);
}

/** Ranks with 1 for the largest; equal values share the smallest, NaN comes last. */
export function ranks(values: readonly number[]): readonly number[] {
  const numbers = values.map((value) => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value));
  return numbers.map((value) => 1 + numbers.filter((other) => other > value).length);
}

/** The table of a search: `rows` hold every candidate on every split, in any order. */
export function resultTable<P extends object>(
  candidates: readonly P[],
  splits: number,
  rows: readonly FitRow[],
  scores: readonly string[],
  halving?: HalvingColumns,
): SearchResults<P> {
  const cells = candidates.map(() => new Array<FitRow>(splits));
  for (const row of rows) cells[row.candidate]![row.split] = row;
  const perCandidate = (pick: (row: FitRow) => number): readonly (readonly number[])[] =>
    cells.map((row) => row.map(pick));
  const fit = perCandidate((row) => row.fitSeconds);
  const score = perCandidate((row) => row.scoreSeconds);
  const names = [...new Set(candidates.flatMap((params) => Object.keys(params)))].sort();
  const columns: Record<string, readonly unknown[]> = {};
  for (const name of names) {
    columns[`param${capitalized(name)}`] = candidates.map(
      (params) => (params as Readonly<Record<string, ParamValue | undefined>>)[name],
    );
  }
  const addScores = (part: 'Test' | 'Train', name: string, values: readonly (readonly number[])[]): void => {
    const column = (kind: string): string => scoreColumn(kind, part, name, scores.length);
    for (let split = 0; split < splits; split++) {
      columns[column(`split${split}`)] = values.map((row) => row[split]!);
    }
    columns[column('mean')] = values.map(mean);
    columns[column('std')] = values.map(population);
    if (part === 'Test') columns[column('rank')] = ranks(values.map(mean));
  };
  for (const name of scores) {
    addScores(
      'Test',
      name,
      perCandidate((row) => row.testScores[name] ?? Number.NaN),
    );
    if (rows.some((row) => row.trainScores !== undefined)) {
      addScores(
        'Train',
        name,
        perCandidate((row) => row.trainScores?.[name] ?? Number.NaN),
      );
    }
  }
  return {
    ...(halving === undefined ? {} : { iter: halving.iter, nResources: halving.nResources }),
    meanFitTime: fit.map(mean),
    stdFitTime: fit.map(population),
    meanScoreTime: score.map(mean),
    stdScoreTime: score.map(population),
    ...columns,
    params: candidates,
  };
}

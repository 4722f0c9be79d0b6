import { didYouMean, LuthierError } from '@luthier/core';
import type { Model } from '@luthier/nn';
import type { Objective } from '@luthier/search';

/** What candidates are judged by: names of the loss or of metrics, whose direction the model knows, or objectives. */
export type Scoring = string | Objective | readonly (string | Objective)[];

/** One score: higher is better, so that what is to be small is negated. */
export interface Scorer {
  readonly metric: string;
  readonly sign: 1 | -1;
}

function scorerOf(wanted: string | Objective, model: Model): Scorer {
  const metric = typeof wanted === 'string' ? wanted : wanted.metric;
  const known = model.metricNames();
  if (!known.includes(metric)) {
    throw new LuthierError(
      'LU_SEARCH_CV_SCORING',
      `scoring: the model does not measure '${metric}'${didYouMean(metric, known)}`,
      { fix: `Use one of ${known.join(', ')}, or add it to the metrics of compile.`, where: 'scoring' },
    );
  }
  if (typeof wanted !== 'string') return { metric, sign: wanted.direction === 'maximize' ? 1 : -1 };
  const direction = model.direction(metric);
  if (direction !== undefined) return { metric, sign: direction === 'max' ? 1 : -1 };
  throw new LuthierError(
    'LU_SEARCH_CV_SCORING',
    `scoring: nobody says whether a larger ${metric} is better`,
    {
      fix: `Write maximize('${metric}') or minimize('${metric}').`,
      where: 'scoring',
    },
  );
}

/**
 * The scores that a search computes. Default: the first metric of the model, or its loss when it has none.
 *
 * Throws LU_SEARCH_CV_SCORING for what the model does not measure or whose direction nobody knows.
 */
export function readScoring(scoring: Scoring | undefined, model: Model): readonly Scorer[] {
  const wanted = scoring ?? model.metricNames()[1] ?? 'loss';
  const all = Array.isArray(wanted) ? (wanted as readonly (string | Objective)[]) : [wanted as string];
  if (all.length === 0) {
    throw new LuthierError('LU_SEARCH_CV_SCORING', 'scoring: the list is empty', {
      fix: "Name at least one score, such as 'accuracy'.",
      where: 'scoring',
    });
  }
  return all.map((one) => scorerOf(one, model));
}

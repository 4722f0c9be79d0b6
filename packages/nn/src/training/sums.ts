import { addSums, finishMetric, type Metric } from '../metrics/metric.ts';

/** Running sums of one epoch, in float64 and in the order of the steps; plain numbers, so a checkpoint can hold them. */
export interface EpochSums {
  readonly samples: number;
  readonly steps: number;
  /** Sums over samples. */
  readonly dataLoss: number;
  readonly penalty: number;
  readonly metrics: Readonly<Record<string, readonly number[]>>;
  /** Mean and sum of squared deviations of the data loss over steps (Welford 1962). */
  readonly stepMean: number;
  readonly stepSquares: number;
  /** Penalty of the last step. */
  readonly lastPenalty: number;
}

/** The sums before the first step. */
export function emptySums(metrics: readonly string[]): EpochSums {
  return {
    samples: 0,
    steps: 0,
    dataLoss: 0,
    penalty: 0,
    metrics: Object.fromEntries(metrics.map((name) => [name, []])),
    stepMean: 0,
    stepSquares: 0,
    lastPenalty: 0,
  };
}

/** Adds one step: mean losses of its batch and sums of its metrics. */
export function addStep(
  sums: EpochSums,
  batch: number,
  dataLoss: number,
  penalty: number,
  metrics: Readonly<Record<string, ArrayLike<number | bigint>>>,
): EpochSums {
  const steps = sums.steps + 1;
  const difference = dataLoss - sums.stepMean;
  const stepMean = sums.stepMean + difference / steps;
  return {
    samples: sums.samples + batch,
    steps,
    dataLoss: sums.dataLoss + dataLoss * batch,
    penalty: sums.penalty + penalty * batch,
    metrics: Object.fromEntries(
      Object.entries(sums.metrics).map(([name, totals]) => [name, addSums(totals, metrics[name]!)]),
    ),
    stepMean,
    stepSquares: sums.stepSquares + difference * (dataLoss - stepMean),
    lastPenalty: penalty,
  };
}

/** What the epoch so far gives: `loss` (data plus penalty, as Keras reports it) and the metrics, of which some are weighted. */
export function valuesOf(
  sums: EpochSums,
  metrics: readonly Metric[],
  weighted: readonly string[] = [],
): Readonly<Record<string, number>> {
  return {
    loss: (sums.dataLoss + sums.penalty) / sums.samples,
    ...Object.fromEntries(
      metrics.map((metric) => [
        metric.name,
        finishMetric(metric, sums.metrics[metric.name] ?? [], sums.samples, weighted.includes(metric.name)),
      ]),
    ),
  };
}

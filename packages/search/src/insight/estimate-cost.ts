/** What decides over the cost of a search. */
export interface CostInput {
  /** Configurations to try. */
  readonly combinations: number;
  /** Epochs of a full training. */
  readonly epochs: number;
  readonly secondsPerEpoch: number;
  /** Trainings a configuration: folds times seeds. Default 1. */
  readonly trainings?: number;
  /** Trainings at the same time. Default 1. */
  readonly workers?: number;
}

/** What a search will take when no trial is stopped early. */
export interface CostEstimate {
  /** Of training, and of waiting for it. */
  readonly trainingSeconds: number;
  readonly seconds: number;
  /** The sum as it is reckoned. */
  readonly text: string;
}

function duration(seconds: number): string {
  if (seconds < 1) return `${Number(seconds.toPrecision(2))} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Number((seconds / 3600).toPrecision(2))} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/**
 * The cost of a search before it begins: combinations x trainings x epochs x seconds an epoch, divided by the workers.
 *
 * Pruning and early stopping only make it cheaper; the slowest configuration can be dearer than the one measured.
 *
 * @example
 * estimateCost({ combinations: 8, epochs: 20, secondsPerEpoch: 1.5, trainings: 3 }).text
 * // '8 configurations x 3 trainings x 20 epochs x 1.5 s = 12 min'
 */
export function estimateCost(input: CostInput): CostEstimate {
  const { combinations, epochs, secondsPerEpoch, trainings = 1, workers = 1 } = input;
  const trainingSeconds = combinations * trainings * epochs * secondsPerEpoch;
  const seconds = trainingSeconds / Math.max(1, Math.min(workers, combinations));
  const factors = [
    `${combinations.toLocaleString('en-US')} ${combinations === 1 ? 'configuration' : 'configurations'}`,
    ...(trainings === 1 ? [] : [`${trainings} trainings`]),
    `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`,
    `${Number(secondsPerEpoch.toPrecision(2))} s`,
  ];
  const shared = seconds === trainingSeconds ? '' : `; ${duration(seconds)} on ${workers} workers`;
  return { trainingSeconds, seconds, text: `${factors.join(' x ')} = ${duration(trainingSeconds)}${shared}` };
}

/** Loss above which a scan counts as run away, as a multiple of the best so far. */
export const RUNAWAY = 4;
/** Steps over which the loss is averaged before it is judged. */
const WINDOW = 5;

/**
 * The index of the step at which a loss ran away: the mean over the last 5 steps is above 4 times the smallest such mean, or
 * a loss is not finite; undefined when neither happens.
 */
export function runawayIndex(losses: readonly number[]): number | undefined {
  let best = Number.POSITIVE_INFINITY;
  for (const [i, loss] of losses.entries()) {
    if (!Number.isFinite(loss)) return i;
    if (i < WINDOW - 1) continue;
    const mean = losses.slice(i - WINDOW + 1, i + 1).reduce((total, one) => total + one, 0) / WINDOW;
    if (mean < best) best = mean;
    else if (mean > RUNAWAY * best) return i;
  }
  return undefined;
}

/**
 * A curve without the noise between steps: each point is the mean of all, weighted by a Gauss bell of `width` steps around
 * it. A bell looks to both sides, so that minima and slopes stay where they are; a moving average shifts them to the right.
 */
export function smooth(values: readonly number[], width: number): readonly number[] {
  return values.map((_, at) => {
    let sum = 0;
    let weights = 0;
    for (const [i, value] of values.entries()) {
      const weight = Math.exp(-0.5 * ((i - at) / width) ** 2);
      sum += weight * value;
      weights += weight;
    }
    return sum / weights;
  });
}

import type { Why } from '../../study/events.ts';
import type { History } from '../../study/history.ts';
import type { CostModel } from './cost.ts';
import type { Evidence, Observation } from './evidence.ts';
import type { Geometry } from './geometry.ts';
import { featureRows, type Model } from './model.ts';
import type { Neglected } from './neglected.ts';

const NEIGHBOURS = 3;

function shown(value: number): string {
  return Number(value.toPrecision(4)).toString();
}

/** Mean and deviation of a prediction on the scale of the objective, turned by `sign`; the mean on the scale of the model, too. */
export function predict(
  model: Model,
  row: Float64Array,
  sign: number,
): { readonly mean: number; readonly deviation: number; readonly scaled: number } {
  const mean = new Float64Array(1);
  const deviation = new Float64Array(1);
  model.belief.predict(row, 1, mean, deviation);
  const { inverse } = model.transform;
  const half = 0.5 * (inverse(mean[0]! + deviation[0]!) - inverse(mean[0]! - deviation[0]!));
  return { mean: sign * inverse(mean[0]!), deviation: Math.abs(half), scaled: mean[0]! };
}

/** Numbers of the observations that tell most of a row, closest first. */
function neighboursOf(
  model: Model,
  observations: readonly Observation[],
  row: Float64Array,
): readonly number[] {
  const near = model.belief.covariances(row);
  return [...near.keys()]
    .sort((a, b) => near[b]! - near[a]! || a - b)
    .slice(0, NEIGHBOURS)
    .map((i) => observations[i]!.number);
}

function bestKnown(history: History, evidence: Evidence, sign: number): number | undefined {
  const complete = evidence.observations.filter((observation) => observation.complete);
  return complete.length === 0 || history.objectives.length === 0
    ? undefined
    : sign * Math.max(...complete.map(({ value }) => value));
}

/** Why the model suggests a point: what it expects there, against the best so far, and which trials it rests on. */
export function explained(
  history: History,
  shape: Geometry,
  model: Model,
  known: {
    readonly observations: readonly Observation[];
    readonly evidence: Evidence;
    readonly cost: CostModel | undefined;
    /** What the point was chosen for, where it was not for what the model expects. */
    readonly neglected: Neglected | undefined;
  },
  point: Float64Array,
): Why {
  const { observations, evidence, cost, neglected } = known;
  const sign = history.objectives[0]?.direction === 'maximize' ? 1 : -1;
  const row = featureRows(shape, [point]);
  const { mean, deviation, scaled } = predict(model, row, sign);
  const mode = neglected === undefined && scaled >= model.incumbent ? 'exploit' : 'explore';
  const best = bestKnown(history, evidence, sign);
  const reason =
    neglected !== undefined
      ? `too few trials had ${neglected.name} yet (${neglected.trials})`
      : mode === 'exploit'
        ? 'the model expects it to be better'
        : 'the model is unsure and it may be better';
  const metric = history.objectives[0]?.metric ?? 'value';
  const against = best === undefined ? '' : `, best so far ${shown(best)}`;
  const seconds = cost === undefined ? '' : `; about ${shown(Math.exp(cost.logSeconds(row, 1)[0]!))} s`;
  const same = observations.find(({ point: other }) => other.every((u, k) => u === point[k]));
  const again = same === undefined ? '' : `; trial ${same.number} once more`;
  return {
    text: `${metric} ${shown(mean)} ± ${shown(deviation)} expected${against}: ${reason}${seconds}${again}`,
    sampler: 'gp',
    predicted: { mean, deviation },
    neighbours: neighboursOf(model, observations, row),
    mode,
  };
}

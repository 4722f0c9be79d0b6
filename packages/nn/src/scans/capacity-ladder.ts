import { LuthierError } from '@luthier/core';
import type { Samples } from '../data/dataset.ts';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import type { FitOptions } from '../training/fit-options.ts';
import type { Model } from '../training/model.ts';

/** Size of a network: hidden layers and units in each. */
export interface Capacity {
  readonly layers: number;
  readonly units: number;
}

/** Options of `capacityLadder`. */
export interface CapacityLadderOptions {
  /** Options of every training. */
  readonly fit?: Omit<FitOptions, 'validationData' | 'validationSplit' | 'checkpoint' | 'resume' | 'seed'>;
  /** Default no hidden layer, and 8 units once there is one. */
  readonly start?: Capacity;
  /** Default 4. */
  readonly maxLayers?: number;
  /** Default 256. */
  readonly maxUnits?: number;
  /** `loss` or a metric of the model that decides. Default `loss`. */
  readonly metric?: string;
  /** Share of the score so far by which a step must be better. Default 0.02. */
  readonly minImprovement?: number;
  /** Steps without such an improvement from which the ladder still goes on, as some need both depth and width. Default 1. */
  readonly patience?: number;
  /** Trainings of every size, each with another seed. Default 1. */
  readonly seeds?: number;
  /** Default 0. */
  readonly seed?: number;
  /** After each size that was trained. */
  readonly onRung?: (rung: LadderRung) => void;
}

/** One size that was trained. */
export interface LadderRung extends Capacity {
  readonly change: 'start' | 'deeper' | 'wider';
  /** Validation score, mean over the seeds. */
  readonly score: number;
  /** The same of the training part. */
  readonly trainScore: number;
  readonly parameters: number;
  /** Whether it became the best size. */
  readonly accepted: boolean;
}

/** What a ladder found. */
export interface CapacityLadder {
  readonly best: LadderRung;
  /** Every size that was trained, in order. */
  readonly rungs: readonly LadderRung[];
  /** Why it ended. */
  readonly text: string;
}

const CODE = 'LU_SCAN_OPTION';
const WHERE = 'capacityLadder';

function readOptions(options: CapacityLadderOptions) {
  refuseUnknown(CODE, WHERE, options, [
    'fit',
    'start',
    'maxLayers',
    'maxUnits',
    'metric',
    'minImprovement',
    'patience',
    'seeds',
    'seed',
    'onRung',
  ]);
  const read = (name: string, value: number, range: keyof typeof ranges): number =>
    requireNumber(CODE, WHERE, name, value, ranges[range]);
  return {
    start: {
      layers: read('start.layers', options.start?.layers ?? 0, 'countFromZero'),
      units: read('start.units', options.start?.units ?? 8, 'count'),
    },
    maxLayers: read('maxLayers', options.maxLayers ?? 4, 'countFromZero'),
    maxUnits: read('maxUnits', options.maxUnits ?? 256, 'count'),
    minImprovement: read('minImprovement', options.minImprovement ?? 0.02, 'notNegative'),
    patience: read('patience', options.patience ?? 1, 'countFromZero'),
    seeds: read('seeds', options.seeds ?? 1, 'count'),
    seed: read('seed', options.seed ?? 0, 'finite'),
  };
}

/**
 * Starts with a simple network and makes it deeper or wider as long as the validation score improves.
 *
 * From each size one layer more and twice the units are tried, and the better of the two is the next size. The best size
 * moves when a score is better by `minImprovement`; after more than `patience` steps without that the ladder ends. Defaults: from no
 * hidden layer to 4 layers of up to 256 units, judged by the loss, 2 % improvement, patience 1. Throws LU_SCAN_OPTION, LU_SCAN_METRIC for what the model does not measure, and what `fit` throws.
 *
 * @example
 * const { best, rungs } = await capacityLadder(
 *   ({ layers: depth, units }) => buildModel(depth, units),
 *   { train, validation },
 *   { fit: { epochs: 30 } },
 * );
 */
export async function capacityLadder(
  build: (capacity: Capacity) => Model | Promise<Model>,
  data: { readonly train: Samples; readonly validation: Samples },
  options: CapacityLadderOptions = {},
): Promise<CapacityLadder> {
  const { start, maxLayers, maxUnits, minImprovement, patience, seeds, seed } = readOptions(options);
  const metric = options.metric ?? 'loss';
  let sign = 1;

  const climb = async (capacity: Capacity, change: LadderRung['change']): Promise<LadderRung> => {
    let [score, trainScore, parameters] = [0, 0, 0];
    for (let run = 0; run < seeds; run++) {
      const model = await build(capacity);
      const direction = model.metricNames().includes(metric) ? model.direction(metric) : undefined;
      if (direction === undefined) {
        throw new LuthierError('LU_SCAN_METRIC', `${WHERE}: the model does not measure '${metric}'`, {
          fix: `Use one of ${model.metricNames().join(', ')}.`,
          where: 'metric',
        });
      }
      sign = direction === 'max' ? 1 : -1;
      parameters = model.countParams();
      await model.fit(data.train, { ...options.fit, validationData: data.validation, seed: seed + run });
      score += (await model.evaluate(data.validation))[metric]! / seeds;
      trainScore += (await model.evaluate(data.train))[metric]! / seeds;
      model.dispose();
    }
    return { ...capacity, change, score, trainScore, parameters, accepted: change === 'start' };
  };
  const isBetter = (a: LadderRung, b: LadderRung, by: number): boolean =>
    Number.isFinite(a.score) && !(sign * (a.score - b.score) <= by * Math.abs(b.score));

  const rungs: LadderRung[] = [];
  const add = (rung: LadderRung): void => {
    rungs.push(rung);
    options.onRung?.(rung);
  };
  let best = await climb(start, 'start');
  let current = best;
  let stalled = 0;
  add(best);
  for (;;) {
    const { layers, units } = current;
    const tried: LadderRung[] = [];
    if (layers < maxLayers) tried.push(await climb({ layers: layers + 1, units }, 'deeper'));
    if (layers > 0 && units * 2 <= maxUnits) tried.push(await climb({ layers, units: units * 2 }, 'wider'));
    const [first, ...others] = tried;
    const next = others.reduce((better, rung) => (isBetter(rung, better!, 0) ? rung : better), first);
    const isStep = next !== undefined && isBetter(next, best, minImprovement);
    for (const rung of tried) add(rung === next && isStep ? { ...rung, accepted: true } : rung);
    if (isStep) best = { ...next, accepted: true };
    stalled = isStep ? 0 : stalled + 1;
    if (next === undefined || stalled > patience) {
      const size = best.layers === 0 ? 'no hidden layer' : `${best.layers} x ${best.units} units`;
      const why =
        next === undefined ? 'the largest size is reached' : 'neither deeper nor wider is better by enough';
      return { best, rungs, text: `${size}: ${why}` };
    }
    current = next;
  }
}

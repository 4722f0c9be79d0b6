import { LuthierError } from '@luthier/core';
import { multiply } from '../graph/ops/arithmetic.ts';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import type { Loss, LossName } from '../losses/loss.ts';
import { parseLoss } from '../losses/losses.ts';
import type { Metric, MetricName } from '../metrics/metric.ts';
import { parseMetrics } from '../metrics/metrics.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { type OptimizerName, parseOptimizer } from '../optimizers/optimizers.ts';
import type { ModelPlan, Port } from './plan.ts';
import type { Objective, PlacedMetric } from './task.ts';

/** One thing for each output, in their order or by their names. */
export type PerOutput<T> = readonly T[] | Readonly<Record<string, T>>;

type AnyLoss = LossName | Loss;
type AnyMetric = MetricName | Metric;

/** Options of `compile`. */
export interface CompileOptions {
  /** A name or data. Default `rmsprop`, as in Keras. */
  readonly optimizer?: OptimizerName | Optimizer;
  /** Of a model with several outputs: one for all, or one for each, in their order or by their names. */
  readonly loss: AnyLoss | PerOutput<AnyLoss>;
  /** How much the loss of each output counts; a scalar that can move while training. Default 1. */
  readonly lossWeights?: PerOutput<number>;
  /** Measured beside the loss, every sample counting alike: for every output, or by the names of outputs. Default none. */
  readonly metrics?: MetricsOption;
  /** The same, where weights of samples and classes count; give them names of their own. Default none. */
  readonly weightedMetrics?: MetricsOption;
}

type MetricsOption = readonly AnyMetric[] | Readonly<Record<string, readonly AnyMetric[]>>;

function outputNames(plan: ModelPlan): readonly string[] {
  return plan.outputs.map(({ name }) => name);
}

/** One of each for every output; undefined where a record names no such output. */
function spread<T>(what: string, plan: ModelPlan, given: PerOutput<T>): readonly (T | undefined)[] {
  const names = outputNames(plan);
  if (Array.isArray(given)) {
    if (given.length === names.length) return given as readonly T[];
    throw new LuthierError(
      'LU_COMPILE_OPTION',
      `compile: ${what} has ${given.length} entries for ${names.length} outputs`,
      { fix: `Give one for each of ${names.join(', ')}.`, where: what },
    );
  }
  const byName = given as Readonly<Record<string, T>>;
  refuseUnknown('LU_COMPILE_OPTION', `compile: ${what}`, byName, names);
  return names.map((name) => byName[name]);
}

function isLoss(given: CompileOptions['loss']): given is AnyLoss {
  return typeof given === 'string' || typeof (given as Loss).mean === 'function';
}

/** Refuses to tell classes apart by a single number: a loss of one class is the same whatever the model learns. */
function requireFits(loss: Loss, { shape, source }: Port): Loss {
  if (shape.at(-1) !== 1 || !loss.targets.includes('labels')) return loss;
  throw new LuthierError(
    'LU_COMPILE_LOSS',
    `compile: ${loss.name} compares classes, but ${source} gives a single number`,
    {
      fix: "Give it as many units as there are classes with softmax, or keep one unit with sigmoid and the loss 'binaryCrossentropy'.",
      where: 'loss',
    },
  );
}

function parseLosses(plan: ModelPlan, given: CompileOptions['loss']): readonly Loss[] {
  if (given === undefined) {
    throw new LuthierError('LU_COMPILE_LOSS', 'compile needs a loss', {
      fix: "Give one, such as 'meanSquaredError'.",
    });
  }
  const all: readonly (AnyLoss | undefined)[] = isLoss(given)
    ? plan.outputs.map(() => given)
    : spread('loss', plan, given);
  return all.map((loss, i) => {
    if (loss !== undefined) return requireFits(parseLoss(loss), plan.outputs[i]!);
    throw new LuthierError('LU_COMPILE_LOSS', `compile: output '${plan.outputs[i]!.name}' has no loss`, {
      fix: 'Give every output a loss.',
      where: 'loss',
    });
  });
}

function capitalized(name: string): string {
  return `${name[0]!.toUpperCase()}${name.slice(1)}`;
}

/** The loss of one of several outputs as a metric, so that the history has it. */
function lossMetric(output: number, name: string, loss: Loss): PlacedMetric {
  return {
    name: `${name}Loss`,
    direction: 'min',
    output,
    isWeighted: true,
    isLoss: true,
    ...(loss.structure === undefined ? {} : { structure: ['loss', loss.name, loss.structure] }),
    sum: (value, target, form) => multiply(loss.mean(value, target, form), value.shape[0]!),
  };
}

/** The metrics of every output. */
function perOutput(
  what: string,
  plan: ModelPlan,
  given: MetricsOption = [],
): readonly (readonly AnyMetric[])[] {
  if (Array.isArray(given)) return plan.outputs.map(() => given as readonly AnyMetric[]);
  const byName = given as Readonly<Record<string, readonly AnyMetric[]>>;
  return spread(what, plan, byName).map((list) => list ?? []);
}

function placeMetrics(
  plan: ModelPlan,
  losses: readonly Loss[],
  options: Pick<CompileOptions, 'metrics' | 'weightedMetrics'>,
): readonly PlacedMetric[] {
  const plain = perOutput('metrics', plan, options.metrics);
  const weighted = perOutput('weightedMetrics', plan, options.weightedMetrics);
  const isSingle = plan.outputs.length === 1;
  return plan.outputs.flatMap(({ name }, output) => {
    const parsed = parseMetrics([...plain[output]!, ...weighted[output]!], losses[output]!);
    const own = parsed.map((metric, i) => {
      const isWeighted = i >= plain[output]!.length;
      if (isWeighted) requireWeights(metric);
      return {
        ...metric,
        output,
        isWeighted,
        isLoss: false,
        name: isSingle ? metric.name : `${name}${capitalized(metric.name)}`,
      };
    });
    return isSingle ? own : [lossMetric(output, name, losses[output]!), ...own];
  });
}

function requireWeights(metric: Metric): void {
  if (metric.takesWeights === true) return;
  throw new LuthierError(
    'LU_METRIC_WEIGHTS',
    `compile: weightedMetrics has ${metric.name}, which takes no weights`,
    {
      fix: 'Set takesWeights and read the fourth argument of its sum, or move it to metrics.',
      where: metric.name,
    },
  );
}

function readLossWeights(plan: ModelPlan, given: PerOutput<number>): Readonly<Record<string, number>> {
  const all = spread('lossWeights', plan, given);
  return Object.fromEntries(
    all.flatMap((weight, i) => {
      if (weight === undefined) return [];
      const { name } = plan.outputs[i]!;
      return [
        [name, requireNumber('LU_COMPILE_OPTION', 'compile: lossWeights', name, weight, ranges.notNegative)],
      ];
    }),
  );
}

/** Reads what `compile` was given against the outputs of a model. */
export function parseObjective(plan: ModelPlan, options: CompileOptions): Objective {
  refuseUnknown('LU_COMPILE_OPTION', 'compile', options, [
    'optimizer',
    'loss',
    'lossWeights',
    'metrics',
    'weightedMetrics',
  ]);
  const losses = parseLosses(plan, options.loss);
  const optimizer = parseOptimizer(options.optimizer ?? 'rmsprop');
  optimizer.checkWeights?.(plan.weights.map(({ path }) => path));
  if (plan.outputs.length === 1 && options.lossWeights !== undefined) {
    throw new LuthierError('LU_COMPILE_OPTION', 'compile: lossWeights needs a model with several outputs', {
      fix: 'Leave lossWeights out.',
      where: 'lossWeights',
    });
  }
  return {
    optimizer,
    losses,
    lossWeights: readLossWeights(plan, options.lossWeights ?? {}),
    metrics: placeMetrics(plan, losses, options),
  };
}

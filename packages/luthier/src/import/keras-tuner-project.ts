import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ParamValue, Scale } from '@luthier/core';
import {
  createSpace,
  hasValue,
  levels,
  maximize,
  mergeParameters,
  minimize,
  type Parameter,
} from '@luthier/search';
import { type ForeignStudy, type ForeignTrial, refuseForeign } from './foreign-study.ts';

interface StoredParameter {
  readonly class_name: string;
  readonly config: {
    readonly name: string;
    readonly default?: ParamValue | null;
    readonly conditions?: readonly {
      readonly class_name: string;
      readonly config: { readonly name: string; readonly values: readonly ParamValue[] };
    }[];
    readonly min_value?: number;
    readonly max_value?: number;
    readonly step?: number | null;
    readonly sampling?: string | null;
    readonly values?: readonly ParamValue[];
    readonly value?: ParamValue;
    readonly ordered?: boolean;
  };
}

interface StoredTrial {
  readonly hyperparameters: {
    readonly space: readonly StoredParameter[];
    readonly values: Readonly<Record<string, ParamValue>>;
  };
  readonly metrics: {
    readonly metrics: Readonly<
      Record<
        string,
        {
          readonly direction: string;
          readonly observations: readonly { readonly value: readonly number[]; readonly step: number }[];
        }
      >
    >;
  };
  readonly score: number | null;
  readonly status: string;
}

const SCALES: Readonly<Record<string, Scale>> = {
  linear: 'linear',
  log: 'log',
  reverse_log: 'reverseLog',
};

/** The last value that Keras Tuner's step reaches: it drops a maximum that the step does not meet. */
function lastLevel(
  kind: 'float' | 'int',
  name: string,
  min: number,
  max: number,
  step: number,
  scale: Scale,
): number {
  if (scale === 'log' && !(kind === 'int' && step === 1)) {
    const steps = Math.floor(Math.log(max / min) / Math.log(step) + 1e-9);
    return Number((min * step ** steps).toPrecision(15));
  }
  const steps = Math.floor((max - min) / step + 1e-9);
  const long: Parameter = { kind: 'float', name, min, max: min, scale: 'linear', default: min, step };
  const value = Number((min + steps * step).toPrecision(12));
  return levels({ ...long, max: value })?.length === steps + 1 ? value : max;
}

function parameterOf({ class_name, config }: StoredParameter): Parameter {
  const { name, min_value: min, max_value: max } = config;
  const conditions = (config.conditions ?? []).map((condition) => ({
    parent: condition.config.name,
    values: condition.config.values,
  }));
  const base = { name, ...(conditions.length === 0 ? {} : { conditions }) };
  const kind = class_name.toLowerCase();
  if (kind === 'fixed') return { ...base, kind, value: config.value! };
  if (kind === 'boolean') return { ...base, kind, default: config.default === true };
  if (kind === 'choice') {
    const values = config.values ?? [];
    return { ...base, kind, values, ordered: config.ordered ?? false, default: config.default ?? values[0]! };
  }
  if ((kind !== 'int' && kind !== 'float') || min === undefined || max === undefined)
    return refuseForeign(name, `${name}: the hyperparameter ${class_name} is not known`);
  const scale = SCALES[config.sampling ?? 'linear'] ?? 'linear';
  const step = config.step ?? (kind === 'int' ? 1 : undefined);
  const last = step === undefined ? max : lastLevel(kind, name, min, max, step, scale);
  const range = { min, max: last, scale, ...(step === undefined ? {} : { step }) };
  const parameter = { ...base, kind, ...range, default: min } as Parameter;
  const wanted = config.default;
  const isDefault = wanted !== undefined && wanted !== null && hasValue(parameter, wanted);
  return (isDefault ? { ...parameter, default: wanted } : parameter) as Parameter;
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The metric whose best value is the score of the trials, with its direction. */
function objectiveOf(folder: string, trials: readonly StoredTrial[]): readonly [string, 'min' | 'max'] {
  const scored = trials.filter(({ score }) => typeof score === 'number');
  const [first] = scored;
  if (!first) return refuseForeign(folder, 'no trial of this project has a score');
  for (const [name, { direction }] of Object.entries(first.metrics.metrics)) {
    const isScore = scored.every(({ score, metrics }) =>
      metrics.metrics[name]?.observations.some(({ value }) =>
        value.some((each) => Math.abs(each - score!) <= 1e-6 * Math.max(1, Math.abs(each))),
      ),
    );
    if (isScore) return [name, direction === 'max' ? 'max' : 'min'];
  }
  // Scores are then averages, as over several executions.
  const validated = Object.entries(first.metrics.metrics).find(([name]) => name.startsWith('val_'));
  return [validated?.[0] ?? 'score', validated?.[1].direction === 'max' ? 'max' : 'min'];
}

/**
 * Reads a project folder of Keras Tuner (`oracle.json` and one `trial_...` folder a trial), without changing it.
 *
 * Throws LU_IMPORT when it is none, or no trial has a score.
 */
export async function readKerasTunerProject(folder: string): Promise<ForeignStudy> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('trial_')).sort();
  const read = async (file: string): Promise<unknown> => {
    try {
      return JSON.parse(await readFile(file, 'utf8'));
    } catch (error) {
      return refuseForeign(file, `this is not a file of Keras Tuner: ${String(error)}`);
    }
  };
  const stored = (await Promise.all(
    names.map((name) => read(join(folder, name, 'trial.json'))),
  )) as StoredTrial[];
  const oracle = (await read(join(folder, 'oracle.json'))) as {
    readonly hyperparameters?: { readonly space: readonly StoredParameter[] };
  };
  const spaces = [oracle.hyperparameters?.space ?? [], ...stored.map((trial) => trial.hyperparameters.space)];
  const parameters = spaces.reduce<readonly Parameter[]>(
    (known, space) => mergeParameters(known, space.map(parameterOf)),
    [],
  );
  const [metric, direction] = objectiveOf(folder, stored);
  const name = camelCase(metric);
  const ended = stored.filter(({ status }) => ['COMPLETED', 'INVALID', 'FAILED'].includes(status));
  const own = new Set(parameters.map((parameter) => parameter.name));
  const trials = ended.map(({ hyperparameters, score, status }): ForeignTrial => {
    const isComplete = status === 'COMPLETED' && typeof score === 'number';
    // Hyperband keeps its own notes among the values.
    const params = Object.entries(hyperparameters.values).filter(([key]) => own.has(key));
    return {
      params: Object.fromEntries(params),
      outcome: isComplete ? 'complete' : 'failed',
      ...(isComplete ? { values: [score] } : {}),
    };
  });
  return {
    tuner: 'Keras Tuner',
    name: basename(folder),
    objectives: [direction === 'max' ? maximize(name) : minimize(name)],
    space: createSpace(parameters),
    trials,
    unfinished: stored.length - ended.length,
  };
}

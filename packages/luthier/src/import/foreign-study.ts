import { LuthierError, type ParamValue } from '@luthier/core';
import {
  type Condition,
  createSpace,
  hasValue,
  isBetter,
  type Objective,
  type Parameter,
  type Space,
} from '@luthier/search';

/** A trial of another tuner. */
export interface ForeignTrial {
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly outcome: 'complete' | 'pruned' | 'failed';
  readonly values?: readonly number[];
  /** Values of the first objective by step. */
  readonly reports?: { readonly steps: readonly number[]; readonly values: readonly number[] };
}

/** A study of another tuner in the terms of this one. */
export interface ForeignStudy {
  /** Which tuner and version it came from, for people. */
  readonly tuner: string;
  readonly name: string;
  readonly objectives: readonly Objective[];
  readonly space: Space;
  readonly trials: readonly ForeignTrial[];
  /** Trials that had not ended. */
  readonly unfinished: number;
}

/** Refuses a file that is not what it seemed. */
export function refuseForeign(where: string, what: string): never {
  throw new LuthierError('LU_IMPORT', what, {
    fix: 'Give the SQLite file or journal of an Optuna study, or the project folder of Keras Tuner.',
    where,
  });
}

/**
 * The values of a parameter that go with those of an earlier one: when every trial with one of some values has it and no other has, it is
 * active only then.
 */
function conditionsOf(
  name: string,
  earlier: readonly Parameter[],
  trials: readonly ForeignTrial[],
): readonly Condition[] {
  const having = trials.filter(({ params }) => params[name] !== undefined);
  if (having.length === trials.length) return [];
  for (const parent of earlier) {
    if (parent.kind !== 'choice' && parent.kind !== 'boolean') continue;
    const values = new Set(having.map(({ params }) => params[parent.name]));
    if (values.has(undefined)) continue;
    const isTold = trials.every(
      ({ params }) => (params[name] !== undefined) === values.has(params[parent.name] ?? Number.NaN),
    );
    if (isTold) return [{ parent: parent.name, values: [...values] as ParamValue[] }];
  }
  return [];
}

/**
 * A space from parameters that say nothing of conditions: those are read off the trials. The best trial's values become the defaults.
 */
export function inferredSpace(
  parameters: readonly Parameter[],
  trials: readonly ForeignTrial[],
  objective: Objective,
): Space {
  let best: ForeignTrial | undefined;
  for (const trial of trials) {
    const value = trial.outcome === 'complete' ? trial.values?.[0] : undefined;
    if (value !== undefined && (!best || isBetter(objective, value, best.values![0]!))) best = trial;
  }
  // Those that all trials have come first, so that parents come before children.
  const share = (name: string): number => trials.filter(({ params }) => params[name] !== undefined).length;
  const ordered = [...parameters].sort((a, b) => share(b.name) - share(a.name));
  const done: Parameter[] = [];
  for (const parameter of ordered) {
    const wanted = best?.params[parameter.name];
    const isDefault = wanted !== undefined && parameter.kind !== 'fixed' && hasValue(parameter, wanted);
    const conditions = conditionsOf(parameter.name, done, trials);
    done.push({
      ...parameter,
      ...(isDefault ? { default: wanted } : {}),
      ...(conditions.length === 0 ? {} : { conditions }),
    } as Parameter);
  }
  return createSpace(done);
}

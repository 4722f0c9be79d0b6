import type { ParamValue } from '@luthier/core';
import { maximize, minimize, type Parameter } from '@luthier/search';
import { type ForeignStudy, type ForeignTrial, inferredSpace, refuseForeign } from './foreign-study.ts';

/** What Optuna's storages hold of a study, whatever their form. */
export interface OptunaStudy {
  readonly name: string;
  /** One an objective. */
  readonly directions: readonly ('minimize' | 'maximize')[];
  readonly trials: readonly OptunaTrial[];
}

/** A trial as Optuna stores it: categories by index. */
export interface OptunaTrial {
  readonly state: 'complete' | 'pruned' | 'failed' | 'unfinished';
  readonly params: Readonly<Record<string, { readonly value: number; readonly distribution: string }>>;
  readonly values?: readonly number[];
  readonly reports: readonly (readonly [step: number, value: number])[];
}

interface Distribution {
  readonly name: string;
  readonly attributes: {
    readonly low?: number;
    readonly high?: number;
    readonly step?: number | null;
    readonly q?: number;
    readonly log?: boolean;
    readonly choices?: readonly unknown[];
  };
}

/** What a choice of Python is here: None becomes 'None', and what is no text, number or boolean its JSON. */
function choiceValue(value: unknown): ParamValue {
  if (value === null) return 'None';
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : JSON.stringify(value);
}

/** A parameter of a distribution; those of Optuna before version 3 have names of their own. */
function parameterOf(name: string, text: string): Parameter {
  const { name: kind, attributes } = JSON.parse(text) as Distribution;
  const { low: min, high: max, choices } = attributes;
  if (choices !== undefined) {
    const values = choices.map(choiceValue);
    return { kind: 'choice', name, values, ordered: false, default: values[0]! };
  }
  if (typeof min !== 'number' || typeof max !== 'number')
    return refuseForeign(name, `${name}: the distribution ${kind} is not known`);
  const scale = attributes.log === true || kind.includes('Log') ? 'log' : 'linear';
  const step = attributes.step ?? attributes.q;
  if (kind.startsWith('Int')) return { kind: 'int', name, min, max, step: step ?? 1, scale, default: min };
  return { kind: 'float', name, min, max, ...(step == null ? {} : { step }), scale, default: min };
}

/** Ranges that changed within a study become the range that holds them all. */
function joined(a: Parameter, b: Parameter): Parameter {
  if ((a.kind === 'float' && b.kind === 'float') || (a.kind === 'int' && b.kind === 'int'))
    return { ...a, min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) } as Parameter;
  if (a.kind === 'choice' && b.kind === 'choice')
    return { ...a, values: [...new Set([...a.values, ...b.values])] };
  return refuseForeign(a.name, `${a.name} is a ${a.kind} in one trial and a ${b.kind} in another`);
}

/** A study of Optuna in the terms of this tuner. Throws LU_IMPORT for what cannot be understood. */
export function fromOptuna(study: OptunaStudy): ForeignStudy {
  const metrics = study.directions.length === 1 ? ['value'] : study.directions.map((_, i) => `value${i}`);
  const objectives = study.directions.map((direction, i) =>
    direction === 'maximize' ? maximize(metrics[i]!) : minimize(metrics[i]!),
  );
  const ended = study.trials.filter(({ state }) => state !== 'unfinished');
  const parameters = new Map<string, Parameter>();
  for (const { params } of ended)
    for (const [name, { distribution }] of Object.entries(params)) {
      const parameter = parameterOf(name, distribution);
      const before = parameters.get(name);
      parameters.set(name, before ? joined(before, parameter) : parameter);
    }
  const trials = ended.map(({ state, params, values, reports }): ForeignTrial => {
    const read = Object.entries(params).map(([name, { value, distribution }]): [string, ParamValue] => {
      const own = parameterOf(name, distribution);
      return [name, own.kind === 'choice' ? own.values[value]! : value];
    });
    const rows = [...reports].sort(([a], [b]) => a - b);
    return {
      params: Object.fromEntries(read),
      outcome: state as ForeignTrial['outcome'],
      ...(values === undefined ? {} : { values }),
      ...(rows.length === 0
        ? {}
        : { reports: { steps: rows.map(([step]) => step), values: rows.map(([, value]) => value) } }),
    };
  });
  return {
    tuner: 'Optuna',
    name: study.name,
    objectives,
    space: inferredSpace([...parameters.values()], trials, objectives[0]!),
    trials,
    unfinished: study.trials.length - ended.length,
  };
}

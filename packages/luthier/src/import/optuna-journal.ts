import { readFile } from 'node:fs/promises';
import { refuseForeign } from './foreign-study.ts';
import type { OptunaStudy, OptunaTrial } from './optuna.ts';
import { chosenName } from './optuna-sqlite.ts';

// Numbers of the journal's operations and states, as Optuna writes them.
const CREATE_STUDY = 0;
const DELETE_STUDY = 1;
const CREATE_TRIAL = 4;
const SET_PARAM = 5;
const SET_STATE = 6;
const SET_INTERMEDIATE = 7;
const STATES: Readonly<Record<number, OptunaTrial['state']>> = { 1: 'complete', 2: 'pruned', 3: 'failed' };

interface Line {
  readonly op_code: number;
  readonly study_name: string;
  readonly directions: readonly number[];
  readonly study_id: number;
  readonly trial_id: number;
  readonly param_name: string;
  readonly param_value_internal: number;
  readonly distribution: string;
  readonly state: number;
  readonly values: readonly number[] | null;
  readonly step: number;
  readonly intermediate_value: number;
}

type Draft = { -readonly [K in keyof OptunaTrial]: OptunaTrial[K] } & { readonly study: number };

/** A line of Python's JSON, which writes NaN and Infinity as bare words. */
function parseLine(text: string): Line {
  const words = /([[:,]\s*)(NaN|-?Infinity)(?=\s*[\],}])/g;
  const marked = text.replace(words, (_, before: string, word: string) => `${before}"\\u0000${word}"`);
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith('\u0000') ? Number(value.slice(1)) : value,
  ) as Line;
}

/**
 * Reads a study from Optuna's journal file; of several the one named. A last line that was cut off is left out.
 *
 * Throws LU_IMPORT when the file is no journal.
 */
export async function readOptunaJournal(file: string, wanted: string | undefined): Promise<OptunaStudy> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  const studies: ({ readonly name: string; readonly directions: readonly number[] } | undefined)[] = [];
  const trials: Draft[] = [];
  for (const [index, text] of lines.entries()) {
    let line: Line;
    try {
      line = parseLine(text);
    } catch {
      if (index === lines.length - 1 && index > 0) break;
      return refuseForeign(file, `line ${index + 1} is not an entry of Optuna's journal`);
    }
    if (typeof line.op_code !== 'number')
      return refuseForeign(file, `line ${index + 1} is not an entry of Optuna's journal`);
    const trial = trials[line.trial_id];
    if (line.op_code === CREATE_STUDY) studies.push({ name: line.study_name, directions: line.directions });
    else if (line.op_code === DELETE_STUDY) studies[line.study_id] = undefined;
    else if (line.op_code === CREATE_TRIAL)
      trials.push({ study: line.study_id, state: 'unfinished', params: {}, reports: [] });
    else if (line.op_code === SET_PARAM && trial)
      trial.params = {
        ...trial.params,
        [line.param_name]: { value: line.param_value_internal, distribution: line.distribution },
      };
    else if (line.op_code === SET_STATE && trial) {
      trial.state = STATES[line.state] ?? 'unfinished';
      if (line.values) trial.values = line.values;
    } else if (line.op_code === SET_INTERMEDIATE && trial)
      trial.reports = [...trial.reports, [line.step, line.intermediate_value]];
  }
  const names = studies.flatMap((study) => (study ? [study.name] : []));
  if (names.length === 0) return refuseForeign(file, 'the journal holds no study');
  const name = chosenName(file, names, wanted);
  const id = studies.findIndex((study) => study?.name === name);
  return {
    name,
    directions: studies[id]!.directions.map((direction) => (direction === 2 ? 'maximize' : 'minimize')),
    trials: trials.filter(({ study }) => study === id),
  };
}

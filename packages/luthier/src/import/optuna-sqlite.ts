import type { DatabaseSync } from 'node:sqlite';
import { didYouMean } from '@luthier/core';
import { loadSqlite } from '../stores/sqlite-module.ts';
import { refuseForeign } from './foreign-study.ts';
import type { OptunaStudy, OptunaTrial } from './optuna.ts';

const STATES: Readonly<Record<string, OptunaTrial['state']>> = {
  COMPLETE: 'complete',
  PRUNED: 'pruned',
  FAIL: 'failed',
};

/** Infinities and NaN stand in a column of their own; the number is empty then. */
function numberOf(value: unknown, type: unknown): number {
  if (type === 'INF_POS') return Number.POSITIVE_INFINITY;
  if (type === 'INF_NEG') return Number.NEGATIVE_INFINITY;
  return typeof value === 'number' ? value : Number.NaN;
}

function readStudy(database: DatabaseSync, id: number, name: string): OptunaStudy {
  const all = (sql: string, ...values: number[]) => database.prepare(sql).all(...values);
  const directions = all('SELECT direction FROM study_directions WHERE study_id = ? ORDER BY objective', id);
  const trials = all('SELECT trial_id, state FROM trials WHERE study_id = ? ORDER BY number', id);
  return {
    name,
    directions: directions.map(({ direction }) => (direction === 'MAXIMIZE' ? 'maximize' : 'minimize')),
    trials: trials.map(({ trial_id, state }): OptunaTrial => {
      const trial = Number(trial_id);
      const params = all(
        'SELECT param_name, param_value, distribution_json FROM trial_params WHERE trial_id = ? ORDER BY param_id',
        trial,
      );
      const values = all(
        'SELECT value, value_type FROM trial_values WHERE trial_id = ? ORDER BY objective',
        trial,
      );
      const reports = all(
        'SELECT step, intermediate_value, intermediate_value_type FROM trial_intermediate_values WHERE trial_id = ? ORDER BY step',
        trial,
      );
      return {
        state: STATES[String(state)] ?? 'unfinished',
        params: Object.fromEntries(
          params.map(({ param_name, param_value, distribution_json }) => [
            String(param_name),
            { value: Number(param_value), distribution: String(distribution_json) },
          ]),
        ),
        ...(values.length === 0
          ? {}
          : { values: values.map(({ value, value_type }) => numberOf(value, value_type)) }),
        reports: reports.map(({ step, intermediate_value, intermediate_value_type }) => [
          Number(step),
          numberOf(intermediate_value, intermediate_value_type),
        ]),
      };
    }),
  };
}

/** One of several studies of a file. Throws LU_IMPORT with their names. */
export function chosenName(file: string, names: readonly string[], wanted: string | undefined): string {
  if (wanted !== undefined && names.includes(wanted)) return wanted;
  if (wanted === undefined && names.length === 1) return names[0]!;
  const what =
    wanted === undefined
      ? `${names.length} studies are in this file`
      : `it holds no study '${wanted}'${didYouMean(wanted, names)}`;
  return refuseForeign(file, `${what}: choose one of ${names.join(', ')} with --from`);
}

/**
 * Reads a study from Optuna's SQLite storage, without changing it; of several the one named.
 *
 * Throws LU_IMPORT when the file is none of Optuna's, or is of a version before 3.
 */
export async function readOptunaSqlite(file: string, wanted: string | undefined): Promise<OptunaStudy> {
  const { DatabaseSync } = await loadSqlite();
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    const names = tables.map(({ name }) => name);
    const needed = ['studies', 'study_directions', 'trial_values', 'trial_intermediate_values'];
    if (!needed.every((name) => names.includes(name)))
      refuseForeign(file, 'this SQLite file is not a storage of Optuna 3 or later');
    const studies = database.prepare('SELECT study_id, study_name FROM studies').all();
    const chosen = chosenName(
      file,
      studies.map(({ study_name }) => String(study_name)),
      wanted,
    );
    const { study_id } = studies.find(({ study_name }) => study_name === chosen)!;
    return readStudy(database, Number(study_id), chosen);
  } finally {
    database.close();
  }
}

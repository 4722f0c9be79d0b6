import { open, stat } from 'node:fs/promises';
import { LuthierError } from '@luthier/core';
import { canonicalParams, createStudy, misfit, type Study, type StudyLog } from '@luthier/search';
import type { ForeignStudy } from './foreign-study.ts';
import { readKerasTunerProject } from './keras-tuner-project.ts';
import { fromOptuna } from './optuna.ts';
import { readOptunaJournal } from './optuna-journal.ts';
import { readOptunaSqlite } from './optuna-sqlite.ts';

const SQLITE = 'SQLite format 3\u0000';

async function beginning(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(SQLITE.length), 0, SQLITE.length, 0);
    return buffer.subarray(0, bytesRead).toString('latin1');
  } finally {
    await handle.close();
  }
}

/**
 * Reads a study of another tuner: Optuna's SQLite file or journal, or a project folder of Keras Tuner. `from` names one of several.
 *
 * Throws LU_IMPORT when the path holds neither.
 */
export async function readForeignStudy(path: string, from?: string): Promise<ForeignStudy> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch (error) {
    throw new LuthierError('LU_IMPORT', `there is no file or folder '${path}'`, {
      fix: 'Give the SQLite file or journal of an Optuna study, or the project folder of Keras Tuner.',
      where: path,
      cause: error,
    });
  }
  if (isFolder) return readKerasTunerProject(path);
  const isSqlite = (await beginning(path)) === SQLITE;
  return fromOptuna(await (isSqlite ? readOptunaSqlite(path, from) : readOptunaJournal(path, from)));
}

/** What became of an import. */
export interface Imported {
  readonly study: Study;
  readonly added: number;
  /** Trials that are no points of the space, such as those of ranges that Optuna changed. */
  readonly leftOut: number;
  readonly unfinished: number;
}

/**
 * Makes a study of a foreign one: its space, its objectives and all trials that ended, which samplers learn from and no budget counts.
 *
 * Throws LU_STUDY_EXISTS when the name is taken.
 *
 * @example
 * const { study } = await importStudy(store.log, await readForeignStudy('optuna.db'), 'digits');
 */
export async function importStudy(log: StudyLog, foreign: ForeignStudy, name: string): Promise<Imported> {
  const { space, objectives, trials, tuner } = foreign;
  const meta = { importedFrom: `${tuner}, study ${foreign.name}` };
  const study = await createStudy({ log, name, space, objectives, meta });
  let added = 0;
  for (const { params, outcome, values, reports } of trials) {
    const complete = canonicalParams(space, params);
    if (misfit(space, complete) !== undefined) continue;
    const block = reports && {
      steps: reports.steps,
      seconds: reports.steps.map(() => 0),
      metrics: { [objectives[0]!.metric]: reports.values },
    };
    await study.addTrial({
      params: complete,
      outcome,
      source: tuner,
      ...(outcome === 'failed' ? { reason: 'error' as const } : {}),
      ...(values === undefined ? {} : { values }),
      ...(block ? { reports: block } : {}),
    });
    added += 1;
  }
  return { study, added, leftOut: trials.length - added, unfinished: foreign.unfinished };
}

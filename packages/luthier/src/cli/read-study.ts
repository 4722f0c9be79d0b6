import { resolve } from 'node:path';
import { didYouMean, LuthierError } from '@luthier/core';
import type { History, StudyLog, StudySummary } from '@luthier/search';
import { readHistory } from '../stores/read-history.ts';
import type { CliContext } from './context.ts';

/** Where studies are kept unless something else is said, relative to the working directory. */
export const DEFAULT_STORE = 'runs/studies.db';

/** The store to use: the flag, then LUTHIER_STORE, then `runs/studies.db`; as written, not resolved. */
export function storeOf(flag: string | undefined, context: CliContext): string {
  return flag ?? (context.env.LUTHIER_STORE || DEFAULT_STORE);
}

/** A store as an absolute path; a URL stays as it is. */
export function resolveStore(store: string, cwd: string): string {
  return /^[a-z][a-z0-9+.-]+:/i.test(store) ? store : resolve(cwd, store);
}

/** The study wanted, or the only one of the store. Throws LU_STUDY_MISSING or LU_STUDY_AMBIGUOUS. */
export function chooseStudy(
  studies: readonly StudySummary[],
  wanted: string | undefined,
  store: string,
): string {
  const names = studies.map(({ study }) => study);
  const [only, ...others] = names;
  if (only === undefined) {
    throw new LuthierError('LU_STUDY_MISSING', `no study in ${store}`, {
      fix: 'Run luthier tune <file> first, or name another store with --store.',
    });
  }
  if (wanted !== undefined) {
    if (names.includes(wanted)) return wanted;
    throw new LuthierError(
      'LU_STUDY_MISSING',
      `no study '${wanted}' in ${store}${didYouMean(wanted, names)}`,
      {
        fix: `Use --study with one of: ${names.join(', ')}.`,
      },
    );
  }
  if (others.length > 0) {
    throw new LuthierError(
      'LU_STUDY_AMBIGUOUS',
      `${store} holds ${names.length} studies: ${names.join(', ')}`,
      {
        fix: `Choose one, such as --study ${only}.`,
      },
    );
  }
  return only;
}

/** Opens the store, lets `use` read from its log, and closes it in any case. */
export async function withLog<Result>(
  store: string,
  context: CliContext,
  access: 'read' | 'write',
  use: (log: StudyLog) => Promise<Result>,
): Promise<Result> {
  const opened = await context.openStore(resolveStore(store, context.cwd), access);
  try {
    return await use(opened.log);
  } finally {
    await opened.close();
  }
}

/** The history of the study named, or of the only one in the store. */
export async function readStudy(
  options: { readonly store: string | undefined; readonly study: string | undefined },
  context: CliContext,
): Promise<{ readonly study: string; readonly history: History }> {
  const store = storeOf(options.store, context);
  return withLog(store, context, 'read', async (log) => {
    const study = chooseStudy(await log.studies(), options.study, store);
    const history = await readHistory(log, study);
    if (history === undefined) {
      throw new LuthierError('LU_STUDY_MISSING', `study '${study}' in ${store} has no events`, {
        fix: `Remove it with luthier rm ${study}.`,
      });
    }
    return { study, history };
  });
}

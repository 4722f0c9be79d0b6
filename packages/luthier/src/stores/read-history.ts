import { didYouMean, LuthierError } from '@luthier/core';
import { createFolder, type History, type StudyLog } from '@luthier/search';

/**
 * The history of a study: its stored snapshot, and the events since. Throws LU_STUDY_UNKNOWN.
 *
 * @example
 * const history = await readHistory(store.log, 'digits');
 */
export async function readHistory(log: StudyLog, study: string): Promise<History> {
  const snapshot = await log.snapshot(study);
  const folder = createFolder(snapshot?.history);
  for await (const event of log.read(study, snapshot?.sequence ?? 0)) folder.apply(event);
  const history = folder.snapshot();
  if (history !== undefined) return history;
  const names = (await log.studies()).map((summary) => summary.study);
  const known = names.length === 0 ? 'the store is empty' : `it holds ${names.join(', ')}`;
  throw new LuthierError(
    'LU_STUDY_UNKNOWN',
    `study '${study}' is not in the store: ${known}${didYouMean(study, names)}`,
    {
      fix: "Give the name of a study that 'luthier studies' lists.",
    },
  );
}

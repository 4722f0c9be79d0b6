import { createFolder, type History, type StudyLog } from '@luthier/search';

/** The state of a study: its newest snapshot with the events after it; undefined when it has none. */
export async function readHistory(log: StudyLog, study: string): Promise<History | undefined> {
  const snapshot = await log.snapshot(study);
  const folder = createFolder(snapshot?.history);
  for await (const event of log.read(study, snapshot?.sequence ?? 0)) folder.apply(event);
  return folder.snapshot();
}

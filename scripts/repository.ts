import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceFile } from './syntax.ts';

/** The root folder of the repository. */
export const repositoryRoot: string = dirname(dirname(fileURLToPath(import.meta.url)));

/** The files of the repository that match one of the patterns, sorted by path; installed packages are left out. */
export function readFiles(patterns: readonly string[]): readonly SourceFile[] {
  return globSync([...patterns], { cwd: repositoryRoot, exclude: ['**/node_modules'] })
    .map((path) => path.replaceAll('\\', '/'))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((path) => ({ path, text: readFileSync(join(repositoryRoot, path), 'utf8') }));
}

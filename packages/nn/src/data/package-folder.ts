import { LuthierError } from '@luthier/core';

/**
 * The folder of an installed npm package, looked for from the working directory and from here.
 *
 * `set` is what errors call the data set that needs it, `fix` their mend.
 *
 * @throws LuthierError LU_DATA_MISSING.
 */
export async function packageFolder(set: string, name: string, fix: string): Promise<string> {
  const { createRequire } = await import('node:module');
  const { dirname, join } = await import('node:path');
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url]) {
    try {
      return dirname(createRequire(from).resolve(`${name}/package.json`));
    } catch {
      // Not installed beside this place; the next one may have it.
    }
  }
  throw new LuthierError('LU_DATA_MISSING', `${set}: the npm package '${name}' is not installed`, { fix });
}

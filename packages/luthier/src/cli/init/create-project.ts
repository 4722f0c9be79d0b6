import { constants } from 'node:fs';
import { access, copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LuthierError } from '@luthier/core';

/** What a new project consists of. */
export interface CreatedProject {
  /** Absolute path. */
  readonly folder: string;
  /** Names of the files written. */
  readonly files: readonly string[];
  /** Whether the packages were linked into the project, because they could not be found from it. */
  readonly linked: boolean;
}

const FILES = ['package.json', 'tune.ts', 'README.md'] as const;
const luthierRoot = fileURLToPath(new URL('../../../', import.meta.url));
const template = (name: string): string => join(luthierRoot, 'templates', 'digits', name);

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Folders of the packages that a tuning file imports, by name. */
function packageFolders(): Readonly<Record<string, string>> {
  const nn = createRequire(import.meta.url).resolve('@luthier/nn');
  return { luthier: resolve(luthierRoot), '@luthier/nn': dirname(dirname(nn)) };
}

function isFoundFrom(folder: string, name: string): boolean {
  try {
    createRequire(join(folder, 'package.json')).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** The links that `npm install` would make for `file:` dependencies, and the program itself. */
async function linkPackages(
  folder: string,
  packages: Readonly<Record<string, string>>,
  missing: readonly string[],
): Promise<void> {
  const modules = join(folder, 'node_modules');
  for (const name of missing) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(packages[name]!, join(modules, name), 'junction');
  }
  if (process.platform === 'win32' || !missing.includes('luthier')) return;
  await mkdir(join(modules, '.bin'), { recursive: true });
  await symlink('../luthier/bin/luthier.mjs', join(modules, '.bin', 'luthier'));
}

async function manifest(
  folder: string,
  packages: Readonly<Record<string, string>>,
  isLinked: boolean,
): Promise<string> {
  const { version } = JSON.parse(await readFile(join(luthierRoot, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const dependencies = Object.fromEntries(
    Object.entries(packages).map(([dependency, target]) => [
      dependency,
      isLinked ? `file:${relative(folder, target).split(sep).join('/')}` : version,
    ]),
  );
  const content = {
    name: name === '' ? 'tuning' : name,
    private: true,
    type: 'module',
    scripts: { tune: 'luthier tune tune.ts' },
    dependencies,
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/**
 * Writes a project that runs at once: `package.json`, `tune.ts` (the bundled digits) and `README.md`.
 *
 * When the packages cannot be found from the folder they are linked into its `node_modules`. Nothing is overwritten:
 * throws LU_INIT_EXISTS, naming the files in the way, before anything is written, and LU_INIT_FOLDER when the folder
 * cannot be made.
 */
export async function createProject(folder: string): Promise<CreatedProject> {
  const taken: string[] = [];
  for (const name of FILES) if (await exists(join(folder, name))) taken.push(name);
  if (taken.length > 0) {
    throw new LuthierError('LU_INIT_EXISTS', `${folder} holds ${taken.join(', ')} already`, {
      where: folder,
      fix: 'Choose another folder: luthier init my-tuning. Nothing was written.',
    });
  }
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new LuthierError('LU_INIT_FOLDER', `the folder ${folder} cannot be made`, {
      where: folder,
      fix: 'Choose a folder that can be written to.',
      cause,
    });
  }
  const packages = packageFolders();
  const missing = Object.keys(packages).filter((name) => !isFoundFrom(folder, name));
  const isLinked = missing.length > 0;
  await writeFile(join(folder, 'package.json'), await manifest(folder, packages, isLinked), { flag: 'wx' });
  for (const name of ['tune.ts', 'README.md'])
    await copyFile(template(name), join(folder, name), constants.COPYFILE_EXCL);
  if (isLinked) await linkPackages(folder, packages, missing);
  return { folder, files: FILES, linked: isLinked };
}

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const at = (path: string) => new URL(path, import.meta.url);

test('[#71] from scikit-learn: the code of the page is this program, and it runs', async () => {
  const program = await readFile(at('./scikit-learn.ts'), 'utf8');
  const page = await readFile(at('../../docs/migration/scikit-learn.md'), 'utf8');
  expect(/```ts\n(.*?)```/s.exec(page)?.[1]).toBe(program);
  const { stdout } = await promisify(execFile)(process.execPath, [at('./scikit-learn.ts').pathname]);
  expect(stdout).toMatch(/^fold +train +held out/);
  expect(stdout).toContain('25 fits; best {"batchSize":');
  expect(stdout).toMatch(/the search, refit included: 0\.\d{3}/);
});

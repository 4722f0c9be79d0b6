import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const at = (path: string) => new URL(path, import.meta.url);

test('the code of the page on data is this program, and it runs', async () => {
  const program = await readFile(at('./data-guide.ts'), 'utf8');
  const page = await readFile(at('../../docs/data.md'), 'utf8');
  expect(/```ts\n(.*?)```/s.exec(page)?.[1]).toBe(program);
  const { stdout } = await run(process.execPath, [at('./data-guide.ts').pathname]);
  const [, accuracy] = /^mean +\S+ +(\S+)$/m.exec(stdout) ?? [];
  expect(Number(accuracy)).toBeGreaterThan(0.85);
});

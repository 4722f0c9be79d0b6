import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const run = promisify(execFile);
const at = (path: string) => new URL(path, import.meta.url);

describe.each([
  ['optuna', /x: (1\.9|2\.0)/],
  ['hyperopt', /model: \{ kind: 'line' \}/],
  ['keras-tuner', /^maximize valAccuracy, best first\ntrial \d/],
])('[#70] from %s', (name, expected) => {
  test('the code of the page is this program, and it runs', async () => {
    const program = await readFile(at(`./${name}.ts`), 'utf8');
    const page = await readFile(at(`../../docs/migration/${name}.md`), 'utf8');
    expect(/```ts\n(.*?)```/s.exec(page)?.[1]).toBe(program);
    const { stdout } = await run(process.execPath, [at(`./${name}.ts`).pathname]);
    expect(stdout).toMatch(expected);
  });
});

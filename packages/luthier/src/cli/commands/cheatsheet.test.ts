import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cheatsheet, cheatsheetProgram } from '../cheatsheet/cheatsheet.ts';
import { cli } from '../fixtures/test-context.ts';

const run = promisify(execFile);
const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..', '..');
const compiler = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
let folder: string;
beforeAll(async () => {
  // Inside the repository, so that the packages resolve as they do in a project.
  folder = await mkdtemp(join(repository, 'packages', 'luthier', '.cheatsheet-'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const settings = { extends: '../../../tsconfig.all.json', include: ['*.ts'], exclude: [] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('luthier cheatsheet', () => {
  it('[#111] shows concept, purpose and code of everything there is to show', async () => {
    const { code, out } = await cli('cheatsheet');
    expect(code).toBe(0);
    for (const entry of cheatsheet) {
      expect(out()).toContain(`\n ${entry.concept}  ${entry.purpose}\n`);
      for (const line of entry.code.split('\n')) expect(out()).toContain(`   ${line}\n`);
    }
    const all = cheatsheet.map((entry) => entry.code).join('\n');
    const pieces = [
      'regularizers.l2(',
      'regularizers.l1(',
      'layers.dropout(',
      'adam({ learningRate: 0.001 })',
      'trainValidationSplit(',
      'earlyStopping({',
      'model.fit(train',
      'kFold({ k: 5',
      'kMeans({ k: 10 })',
      'constraints.maxNorm(',
    ];
    for (const piece of pieces) expect(all).toContain(piece);
  });

  it('prints JSON with --json', async () => {
    const { out } = await cli('cheatsheet --json');
    expect(JSON.parse(out())).toMatchObject({ entries: cheatsheet, program: cheatsheetProgram() });
  });

  it('[#111] prints a program that compiles under strict settings', async () => {
    const { out } = await cli('cheatsheet --code');
    await writeFile(join(folder, 'sheet.ts'), out());
    const { stdout } = await run(process.execPath, [compiler, '--noEmit', '-p', folder]).catch(
      (error: { stdout: string; message: string }) => ({ stdout: error.stdout || error.message }),
    );
    expect(stdout).toBe('');
  });

  it('[#111] prints a program that runs and reaches 90 % on digits never seen', async () => {
    const { out } = await cli('cheatsheet --code');
    const file = join(folder, 'run.ts');
    await writeFile(file, out());
    const { stdout } = await run(process.execPath, [file], { cwd: folder });
    const printed =
      /^epochs (\d+)\ncross-validated accuracy ([\d.]+)\nclusters (\d+)\ntest accuracy ([\d.]+)\n$/;
    const [, epochs, validated, clusters, accuracy] = printed.exec(stdout)!;
    expect(Number(epochs)).toBeGreaterThan(5);
    expect(Number(validated)).toBeGreaterThan(0.8);
    expect(clusters).toBe('10');
    expect(Number(accuracy)).toBeGreaterThan(0.9);
  });
});

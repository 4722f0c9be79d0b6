import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cardOf, decodeJson } from '@luthier/core';
import { discoverSpace } from '@luthier/search';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import template from '../../../templates/digits/tune.ts';
import { luthier } from '../../../test/luthier-process.ts';
import type { TuningReport } from '../../tune/contract.ts';
import { testContext } from '../fixtures/test-context.ts';
import { runCli } from '../main.ts';

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'luthier-init-')));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function init(args: readonly string[], cwd = folder) {
  const test = testContext();
  const code = await runCli(['init', ...args], { ...test.context, cwd });
  return { ...test, code };
}

describe('luthier init', () => {
  it('[#74] writes a project that luthier tune runs, far from the packages', async () => {
    const { code, out, err } = await init(['My Tuning']);
    expect([code, err()]).toEqual([0, '']);
    expect(out()).toContain("cd 'My Tuning'");
    expect(out()).toContain('npx luthier tune tune.ts');
    const project = join(folder, 'My Tuning');
    expect((await readdir(project)).sort()).toEqual(['README.md', 'node_modules', 'package.json', 'tune.ts']);
    const manifest = JSON.parse(await readFile(join(project, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ name: 'my-tuning', type: 'module', private: true });
    expect(Object.keys(manifest.dependencies)).toEqual(['luthier', '@luthier/nn']);

    const args = 'tune tune.ts --trials 2 --workers 1 --finalists 1 --finalist-seeds 1 --json'.split(' ');
    const run = await luthier(args, project);
    expect(run.code, run.stderr).toBe(0);
    const report = decodeJson(run.stdout) as TuningReport;
    expect(report.study).toBe('digits');
    expect(report.counts.complete).toBeGreaterThan(0);
    expect(report.best.number === 0 ? report.model.score : 1).toBeGreaterThan(0.9);
    expect(existsSync(join(project, 'runs', 'digits', 'best.onnx'))).toBe(true);
  });

  it('begins with the values that the cards recommend, inside their ranges', () => {
    const { space, complete } = discoverSpace((hp) => {
      template.build(hp);
      template.fit(hp);
    });
    expect(complete).toBe(true);
    expect(space.parameters.map(({ name }) => name)).toEqual([
      'units',
      'l2',
      'dropout',
      'learningRate',
      'batchSize',
    ]);
    for (const parameter of space.parameters) {
      const { range, default: start, scale } = cardOf(parameter.name);
      expect(parameter).toMatchObject({ default: start });
      if (range.kind !== 'choice') expect(parameter).toMatchObject({ min: range.min, max: range.max, scale });
    }
  });

  it('overwrites nothing and writes nothing when a file is in the way', async () => {
    const cwd = await mkdtemp(join(folder, 'taken-'));
    await writeFile(join(cwd, 'tune.ts'), 'mine');
    const { code, err, out } = await init([], cwd);
    expect([code, out()]).toEqual([2, '']);
    expect(err()).toMatch(/error LU_INIT_EXISTS: .* holds tune\.ts already/);
    expect(await readdir(cwd)).toEqual(['tune.ts']);
    expect(await readFile(join(cwd, 'tune.ts'), 'utf8')).toBe('mine');
  });

  it('says so when the folder cannot be made', async () => {
    await writeFile(join(folder, 'file'), '');
    const { code, err } = await init(['file/below']);
    expect(code).toBe(2);
    expect(err()).toContain('LU_INIT_FOLDER');
  });

  it('needs no links where the packages can be found', async () => {
    const inside = await mkdtemp(new URL('../../../.init-', import.meta.url).pathname);
    try {
      const { code, out } = await init(['--json'], inside);
      expect(code).toBe(0);
      expect(JSON.parse(out())).toMatchObject({
        folder: inside,
        files: ['package.json', 'tune.ts', 'README.md'],
        linked: false,
      });
      expect(existsSync(join(inside, 'node_modules'))).toBe(false);
      const manifest = JSON.parse(await readFile(join(inside, 'package.json'), 'utf8'));
      expect(manifest.dependencies.luthier).toMatch(/^\d+\.\d+\.\d+$/);
    } finally {
      await rm(inside, { recursive: true });
    }
  });
});

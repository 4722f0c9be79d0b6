import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const launcher = fileURLToPath(new URL('../../bin/luthier.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'luthier-launcher-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Arguments that make this Node say that it is an old one. */
const AGED = [
  '--import',
  `data:text/javascript,${encodeURIComponent("Object.defineProperty(process.versions, 'node', { value: '20.0.0' })")}`,
];

/** Older Nodes of this machine, beside the running one made old. */
function oldNodes(): readonly (readonly string[])[] {
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .map((path) => join(path, 'node'))
    .filter((program) => existsSync(program))
    .filter((program) => {
      const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
      const major = Number(/^v(\d+)/.exec(stdout)?.[1]);
      return major >= 20 && major < 22;
    });
  return [[process.execPath, ...AGED], ...new Set(found)].map((words) => [words].flat());
}

/** A copy of the launcher whose program does what `body` says; with or without a Node that came by npm. */
function installation(body: string, hasNode: boolean): string {
  const root = mkdtempSync(join(folder, 'installed-'));
  const manifest = join(root, 'node_modules', `node-${process.platform}-${process.arch}`);
  for (const path of [join(root, 'bin'), join(root, 'src', 'cli')]) mkdirSync(path, { recursive: true });
  copyFileSync(launcher, join(root, 'bin', 'luthier.mjs'));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  writeFileSync(
    join(root, 'src', 'cli', 'main.ts'),
    `export async function main(argv: readonly string[]): Promise<void> { ${body} }`,
  );
  if (hasNode) {
    mkdirSync(join(manifest, 'bin'), { recursive: true });
    writeFileSync(join(manifest, 'package.json'), '{}');
    symlinkSync(process.execPath, join(manifest, 'bin', 'node'));
  }
  return join(root, 'bin', 'luthier.mjs');
}

const [aged = []] = oldNodes();

describe('the launcher', () => {
  it.each(oldNodes())('runs the program under an old Node with the Node that came by npm: %#', (...words) => {
    const [program = '', ...rest] = words;
    const bin = installation("console.log(process.version, argv.join(' ')); process.exitCode = 4;", true);
    const { stdout, status } = spawnSync(program, [...rest, bin, 'tune', 'a b.ts', '--json'], {
      encoding: 'utf8',
    });
    expect(stdout).toBe(`${process.version} tune a b.ts --json\n`);
    expect(status).toBe(4);
  });

  it('says what to install where no Node comes by npm', () => {
    const bin = installation('', false);
    const [program = '', ...rest] = aged;
    const { stderr, status } = spawnSync(program, [...rest, bin], { encoding: 'utf8' });
    expect(stderr).toContain('Node 20.0.0 is too old');
    expect(stderr).toContain('fix: Install Node 22.18 or newer');
    expect(status).toBe(2);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('forwards %s exactly once and the exit code', async (signal) => {
    const bin = installation(
      `for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => console.log('got ' + name));
       console.log('ready');
       process.stdin.on('end', () => process.exit(7)).resume();`,
      true,
    );
    const [program = '', ...rest] = aged;
    const child = spawn(program, [...rest, bin], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (line === 'ready') child.kill(signal);
      else child.stdin.end();
    }
    const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
    expect(lines).toEqual(['ready', `got ${signal}`]);
    expect(code).toBe(7);
  });

  it('gives 128 and the signal when the program is killed', () => {
    const bin = installation("process.kill(process.pid, 'SIGKILL'); await new Promise(() => {});", true);
    const [program = '', ...rest] = aged;
    expect(spawnSync(program, [...rest, bin]).status).toBe(137);
  });

  it('starts the program itself under a Node that is new enough', () => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [launcher, 'best', '--help'], {
      encoding: 'utf8',
    });
    expect(stdout).toContain('Show the best configuration of a study');
    expect([stderr, status]).toEqual(['', 0]);
  });
});

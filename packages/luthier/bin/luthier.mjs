#!/usr/bin/env node
// Plain JavaScript that Node 20 understands: finds a Node that runs TypeScript, then hands over to the program.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as modules from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST = [22, 18];

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** The Node that came by npm beside this file, if one is served for this machine. */
function bundledNode() {
  const system = process.platform === 'win32' ? 'win' : process.platform;
  try {
    const manifest = modules
      .createRequire(import.meta.url)
      .resolve(`node-${system}-${process.arch}/package.json`);
    const program = join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(program) ? program : undefined;
  } catch {
    return undefined;
  }
}

/** Runs this file again under `program`, as if it had been started with it. */
function runAgain(program) {
  const child = spawn(program, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, LUTHIER_BUNDLED_NODE: '1' },
  });
  // A terminal sends Ctrl-C to the whole group, `kill` only to this process; the program counts copies of one
  // signal that arrive together once, so forwarding is right in both cases.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`luthier: ${program} could not be started: ${error.message}\n`);
    process.exit(2);
  });
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}

const program = isNewEnough(process.versions.node) ? undefined : bundledNode();

if (program !== undefined && process.env.LUTHIER_BUNDLED_NODE === undefined) {
  runAgain(program);
} else if (isNewEnough(process.versions.node)) {
  const warn = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    const text = typeof warning === 'string' ? warning : warning.message;
    if (!text.startsWith('SQLite is an experimental feature')) warn.call(process, warning, ...rest);
  };
  delete process.env.LUTHIER_BUNDLED_NODE;
  modules.enableCompileCache?.();
  const { main } = await import('../src/cli/main.ts');
  await main(process.argv.slice(2));
} else {
  process.stderr.write(
    `luthier: Node ${process.versions.node} is too old, and npm has no newer one for ` +
      `${process.platform} ${process.arch} here.\n  fix: Install Node ${OLDEST.join('.')} or newer ` +
      '(https://nodejs.org), then run the same command again.\n',
  );
  process.exit(2);
}

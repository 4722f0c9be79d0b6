// Runs on Node 20: plain JavaScript, no dependency. Installs what the lock file says, once, and finds the Node to run with.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root folder of the repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const OLDEST_BOOTSTRAP_MAJOR = 20;
const OLDEST_RUNTIME = [22, 18];

function fail(message) {
  process.stderr.write(`luthier: ${message}\n`);
  process.exit(2);
}

function lockDigest() {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', 'package.json']) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function npmCommand() {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith('.js')) return { command: process.execPath, args: [cli] };
  return { command: process.platform === 'win32' ? 'npm.cmd' : 'npm', args: [] };
}

/** Installs the locked packages when they are not there yet; says so on stderr. */
export function install() {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_BOOTSTRAP_MAJOR) {
    fail(`Node ${process.versions.node} is too old: install Node ${OLDEST_BOOTSTRAP_MAJOR} or newer.`);
  }
  const stamp = join(root, 'node_modules', '.luthier-installed');
  const digest = lockDigest();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  process.stderr.write('luthier: installing the locked packages (once; about half a minute) ...\n');
  const { command, args } = npmCommand();
  const result = spawnSync(command, [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    // onnxruntime-node would otherwise download GPU libraries that nothing here uses.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
  if (result.status !== 0) {
    fail('npm ci did not succeed; its message is above. Check the network and npm 11, then try again.');
  }
  writeFileSync(stamp, digest);
}

/** The Node to run with: the running one when new enough, else the one that came with the packages. */
export function runtime() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const newEnough = major > OLDEST_RUNTIME[0] || (major === OLDEST_RUNTIME[0] && minor >= OLDEST_RUNTIME[1]);
  const bundled = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  try {
    const folder = dirname(createRequire(join(root, 'package.json')).resolve(`${bundled}/package.json`));
    const program = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    if (existsSync(program)) return program;
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
  }
  if (newEnough) return process.execPath;
  return fail(
    `Node ${process.versions.node} is too old and none comes by npm for ${process.platform} ${process.arch}: ` +
      `install Node ${OLDEST_RUNTIME.join('.')} or newer.`,
  );
}

/** Runs a program to its end with this terminal as its own; resolves to its exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    // Ctrl-C reaches the whole group: the child decides what it means, this process only waits.
    const wait = () => {};
    const terminate = () => child.kill('SIGTERM');
    process.on('SIGINT', wait);
    process.on('SIGTERM', terminate);
    child.on('error', (error) => fail(`${command} could not be started: ${error.message}`));
    child.on('exit', (code, signal) => {
      process.off('SIGINT', wait);
      process.off('SIGTERM', terminate);
      resolve(code ?? (signal === 'SIGINT' ? 130 : signal === 'SIGTERM' ? 143 : 137));
    });
  });
}

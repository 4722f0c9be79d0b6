// What a stranger does, in a quick form: a copy of the project in an empty folder, `npm start`, and what it prints next.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from './setup.mjs';

const LEFT_OUT = new Set(['node_modules', 'runs', '.git', '.venv']);

function npm(folder, args) {
  const result = spawnSync('npm', args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { code: result.status, out: result.stdout ?? '' };
}

/** Runs the check in a folder below `work`; returns one boolean a fact, each also printed. */
export async function freshInstall(work) {
  const folder = join(work, 'project');
  cpSync(root, folder, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
  const facts = [];
  const fact = (what, ok) => {
    process.stdout.write(`${ok ? 'ok' : 'NOT OK'} - ${what}\n`);
    facts.push(ok);
  };

  const first = npm(folder, ['start', '--', '--trials', '3', '--minutes', '2', '--finalist-seeds', '1']);
  process.stdout.write(first.out);
  fact('npm start ends with exit code 0', first.code === 0);
  fact('it says that the space has 9,600 points', first.out.includes('9,600'));
  fact('it prints the best parameters', first.out.includes('hidden1') && first.out.includes('learningRate'));
  const results = join(folder, 'runs', 'digits');
  for (const file of ['best.onnx', 'history.svg', 'report.json']) {
    const path = join(results, file);
    fact(`it writes runs/digits/${file}`, existsSync(path) && statSync(path).size > 0);
  }

  const second = npm(folder, ['start', '--', '--trials', '3', '--minutes', '2', '--finalist-seeds', '1']);
  fact('a second npm start shows the same result', second.code === 0 && second.out.includes('learningRate'));

  const best = npm(folder, ['exec', '--', 'luthier', 'best', '--json']);
  let params;
  try {
    params = JSON.parse(best.out).params;
  } catch (error) {
    process.stdout.write(`${error.message}\n${best.out}\n`);
  }
  fact('luthier best --json gives the parameters', best.code === 0 && typeof params?.hidden1 === 'number');
  return facts;
}

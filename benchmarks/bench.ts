import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SUITE_NAMES } from './search/suites.ts';

/**
 * All benchmarks with all that they can measure, one after the other: npm run bench [-- NAME ...] [--python FILE]
 *
 * Names are the keys below; hours for all of them. Each replaces its committed table, so let nothing else run beside them.
 */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  training: ['training/training.ts', '--compiled', '--browser', '--parallel', '--save'],
  waiting: ['search/waiting.ts', '--save'],
  data: ['data/data.ts', '--save'],
  'main-job': ['main-job/main-job.ts', '--save'],
  throughput: ['study-throughput.ts'],
  ...Object.fromEntries(
    SUITE_NAMES.map((suite) => [
      suite,
      ['search/quality.ts', suite, '--samplers', 'auto,gp,tpe,cmaes', '--trials', '100', '--save'],
    ]),
  ),
};
/** Those that measure beside Python. */
const WITH_PYTHON = new Set(['training', 'waiting', 'data']);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { python: { type: 'string' } },
});
const unknown = positionals.find((name) => !(name in PROGRAMS));
if (unknown !== undefined) {
  console.error(`there is no benchmark '${unknown}': use ${Object.keys(PROGRAMS).join(', ')}`);
  process.exit(2);
}

function finished(command: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--expose-gc', ...command], { stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

const failed: string[] = [];
for (const name of positionals.length === 0 ? Object.keys(PROGRAMS) : positionals) {
  const [file, ...args] = PROGRAMS[name]!;
  const python = values.python !== undefined && WITH_PYTHON.has(name) ? ['--python', values.python] : [];
  console.error(`benchmark ${name}`);
  // One that fails, for want of data say, has told why; the others go on.
  if ((await finished([join(import.meta.dirname, file!), ...args, ...python])) !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}

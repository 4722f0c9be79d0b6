// npm test: everything that must hold, from a clean checkout. Arguments pick steps: npm test -- lint types unit start
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshInstall } from './fresh-install.mjs';
import { install, root, run, runtime } from './setup.mjs';

install();
const node = runtime();
const bin = (...path) => join(root, 'node_modules', ...path);
const work = await mkdtemp(join(tmpdir(), 'luthier-test-'));
const counts = { passed: 0, failed: 0, skipped: 0 };

function count(ok) {
  if (ok) counts.passed += 1;
  else counts.failed += 1;
}

async function unit() {
  const report = join(work, 'unit.json');
  const code = await run(node, [
    bin('vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  const result = JSON.parse(readFileSync(report, 'utf8'));
  counts.passed += result.numPassedTests;
  counts.failed += result.numFailedTests;
  counts.skipped += result.numPendingTests + result.numTodoTests;
  // A file that cannot be loaded, or an error outside a test, fails without a failed test.
  if (code !== 0 && result.numFailedTests === 0) counts.failed += 1;
  if (result.numPassedTests === 0) counts.failed += 1;
}

const steps = {
  lint: async () => count((await run(node, [bin('@biomejs', 'biome', 'bin', 'biome'), 'ci', '.'])) === 0),
  types: async () => {
    // The packages' own sources under the stricter rules of a library; then everything, tests and examples included.
    for (const project of ['tsconfig.json', 'tsconfig.all.json']) {
      count((await run(node, [bin('typescript', 'bin', 'tsc'), '--noEmit', '-p', project])) === 0);
    }
  },
  unit,
  start: async () => {
    for (const ok of await freshInstall(work)) count(ok);
  },
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !(name in steps));
if (unknown.length > 0) {
  process.stderr.write(`no such step: ${unknown.join(', ')}; there are ${Object.keys(steps).join(', ')}\n`);
  process.exit(2);
}
for (const [name, step] of Object.entries(steps)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const begun = Date.now();
  process.stdout.write(`\n== ${name}\n`);
  await step();
  process.stdout.write(`== ${name}: ${((Date.now() - begun) / 1000).toFixed(1)} s\n`);
}
await rm(work, { recursive: true, force: true });
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;

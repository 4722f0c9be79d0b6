// The main job as a stranger runs it, once a seed: wall time, best validation accuracy, test accuracy, memory of the
// trial processes. node scripts/run.mjs benchmarks/main-job/main-job.ts [--seeds 5] [--save]
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { decodeJson } from '@luthier/core';
import type { TuningReport } from 'luthier';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const { values: flags } = parseArgs({
  options: { seeds: { type: 'string', default: '5' }, save: { type: 'boolean', default: false } },
});

interface Row {
  readonly seed: number;
  readonly seconds: number;
  readonly best: number;
  readonly mean: number;
  readonly test: number;
  readonly complete: number;
  readonly pruned: number;
  readonly peakMegabytes: number;
}

/** Highest resident set of every trial process below `pid`, in MB, from the kernel's own high-water mark. */
function peakOfTrials(pid: number, peaks: Map<number, number>): void {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ');
      parents.set(Number(name), Number(fields?.[1]));
    } catch {
      // The process ended while the folder was read.
    }
  }
  const isBelow = (process: number): boolean => {
    for (let at: number | undefined = process; at !== undefined && at > 1; at = parents.get(at)) {
      if (at === pid) return true;
    }
    return false;
  };
  for (const process of parents.keys()) {
    if (!isBelow(process)) continue;
    try {
      if (!readFileSync(`/proc/${process}/cmdline`, 'utf8').includes('trial-main')) continue;
      const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${process}/status`, 'utf8'))?.[1];
      if (peak !== undefined) peaks.set(process, Number(peak) / 1024);
    } catch {
      // As above.
    }
  }
}

async function runSeed(seed: number): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'luthier-main-job-'));
  const store = join(folder, 'studies.db');
  const begun = performance.now();
  const child = spawn(
    process.execPath,
    [
      join(root, 'packages', 'luthier', 'bin', 'luthier.mjs'),
      'tune',
      join('examples', 'digits', 'tune.ts'),
      '--resume',
      '--store',
      store,
      '--seed',
      String(seed),
    ],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const peaks = new Map<number, number>();
  const timer = setInterval(() => peakOfTrials(child.pid ?? 0, peaks), 500);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(timer);
  const seconds = (performance.now() - begun) / 1000;
  if (code !== 0) throw new Error(`seed ${seed} ended with exit code ${code}`);
  const report = decodeJson(readFileSync(join(folder, 'digits', 'report.json'), 'utf8')) as TuningReport;
  rmSync(folder, { recursive: true });
  return {
    seed,
    seconds,
    best: report.model.score,
    mean: report.finalists[0]?.mean ?? Number.NaN,
    test: report.test?.value ?? Number.NaN,
    complete: report.counts.complete,
    pruned: report.counts.pruned,
    peakMegabytes: Math.max(...peaks.values()),
  };
}

const percent = (value: number): string => `${(value * 100).toFixed(2)} %`;
const rows: Row[] = [];
const before = loadavg()[0]!;
for (let seed = 1; seed <= Number(flags.seeds); seed++) {
  const row = await runSeed(seed);
  rows.push(row);
  process.stderr.write(`seed ${seed}: ${row.seconds.toFixed(0)} s, ${percent(row.best)}\n`);
}
const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
const text = [
  '# The main job: `npm start` after install',
  '',
  `${new Date().toISOString().slice(0, 10)} · ${cpus()[0]?.model} · ${cpus().length} cores · Node ${process.versions.node}`,
  '',
  `Load of the machine before: ${before.toFixed(1)}; the command itself makes 2.`,
  '',
  '| seed | seconds | best validation accuracy | winner, mean of 3 seeds | test accuracy | complete | pruned | largest trial process |',
  '|---|---|---|---|---|---|---|---|',
  ...rows.map(
    (row) =>
      `| ${row.seed} | ${row.seconds.toFixed(0)} | ${percent(row.best)} | ${percent(row.mean)} | ${percent(row.test)} | ` +
      `${row.complete} | ${row.pruned} | ${row.peakMegabytes.toFixed(0)} MB |`,
  ),
  '',
  `Median ${median(rows.map((row) => row.seconds)).toFixed(0)} s and ${percent(median(rows.map((row) => row.best)))}; ` +
    `98.2 % reached by ${rows.filter((row) => row.best >= 0.982).length} of ${rows.length} seeds.`,
  '',
].join('\n');
process.stdout.write(text);
if (flags.save) writeFileSync(join(here, 'results.md'), text);

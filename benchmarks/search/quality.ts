import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from '@luthier/core';
import {
  asOpponent,
  bestSingle,
  type Comparison,
  compareSides,
  medianAtTarget,
  mixed,
  type Opponent,
  opponentOf,
  type Scale,
  type Side,
} from './comparison.ts';
import type { Task } from './problem.ts';
import { type Results, report } from './report.ts';
import { runSearch } from './run-search.ts';
import { Runs, sourcesHash } from './runs.ts';
import { CHECKPOINTS, lossAt } from './statistics.ts';
import { openSuite, type Portion } from './suites.ts';
import { coverageOf, peersOf } from './tables.ts';

/**
 * How good our samplers are on a suite, against the committed tables of other libraries.
 *
 * node scripts/run.mjs benchmarks/search/quality.ts tabular [--samplers auto,gp] [--seeds 10] [--trials 100] [--long 5] [--only kc1,car]
 *   [--all] [--held] [--every 1] [--minutes 30] [--adopt HASH] [--save]
 *
 * `--long`: so many seeds, the first ones, search for 200 trials whatever `--trials` says. `--held`: tasks that were held back while
 * the samplers were made. The report goes to stdout, progress to stderr. Searches made with the present sources are kept in `runs/`, so
 * a stopped benchmark goes on where it was; `--adopt` takes those of other sources, named by their hash, once one search of every task and
 * sampler came out the same with the present ones. `--save` writes results/SUITE.md and .json, or SUITE-held.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    samplers: { type: 'string', default: 'auto' },
    seeds: { type: 'string', default: '10' },
    trials: { type: 'string', default: '100' },
    long: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
    every: { type: 'string', default: '1' },
    minutes: { type: 'string', default: 'Infinity' },
    all: { type: 'boolean', default: false },
    held: { type: 'boolean', default: false },
    adopt: { type: 'string', default: '' },
    save: { type: 'boolean', default: false },
  },
});
const suite = openSuite(positionals[0] ?? 'tabular');
const seeds = Number(values.seeds);
const trials = Number(values.trials);
const longest = Math.max(...CHECKPOINTS);
const trialsOf = (seed: number): number => (seed < Number(values.long) ? longest : trials);
const parts = values.only.split(',');
const portion: Portion = values.all ? 'tasks' : values.held ? 'held' : 'part';
const rules: Readonly<Record<Portion, string>> = {
  tasks: 'all tasks',
  held: `held back, beside ${suite.rule}`,
  part: suite.rule,
};
const tasks = suite[portion]
  .filter((_, index) => index % Number(values.every) === 0)
  .filter(({ name }) => parts.some((part) => name.includes(part)));
// Random search is always there: its regrets are the unit.
const samplers = [...new Set([...values.samplers.split(','), 'random'])];

const sources = sourcesHash();
const runs = new Runs(suite.name, sources);
const curves = new Map(samplers.map((name) => [name, new Map<string, Map<number, readonly number[]>>()]));
const asking = new Map<string, number[]>();

/** Seed by seed over all tasks; after the given minutes no search is begun any more, except those of the first seed. */
async function searchAll(): Promise<void> {
  const end = performance.now() + 60_000 * Number(values.minutes);
  const total = seeds * tasks.length * samplers.length;
  let done = 0;
  for (let seed = 0; seed < seeds; seed++)
    for (const task of tasks) {
      for (const sampler of samplers) {
        let run = runs.find(sampler, task.name, seed, trialsOf(seed));
        if (run === undefined) {
          if (seed > 0 && performance.now() > end) continue;
          const made = await runSearch(sampler, await task.problem(seed), trialsOf(seed), seed);
          // As it is kept: the tables have as many digits, and a difference in the last one must not decide.
          run = runs.add(sampler, task.name, seed, trialsOf(seed), made);
        }
        done += 1;
        if (done % 20 === 0 || done === total)
          console.error(`${done} of ${total} searches, now seed ${seed}, ${task.name}`);
        const byTask = curves.get(sampler)!;
        const bySeed = byTask.get(task.name) ?? new Map<number, readonly number[]>();
        byTask.set(task.name, bySeed.set(seed, run.losses));
        asking.set(sampler, [...(asking.get(sampler) ?? []), (1000 * run.askSeconds) / run.losses.length]);
      }
    }
}

function scaleOf(task: Task, opponents: readonly Opponent[]): Scale {
  const own = samplers.flatMap((name) => [...curves.get(name)!.get(task.name)!.values()]);
  const seen = [
    ...own.flatMap((curve) => [...curve]),
    ...opponents.flatMap(({ rows }) => [...(rows.get(task.name)?.values() ?? [])].flat()),
  ].filter(Number.isFinite);
  // Optima are known to some digits only: whoever finds less shows the better floor.
  const floor = seen.reduce(
    (least, loss) => Math.min(least, loss),
    task.hasOptimum ? 0 : Number.POSITIVE_INFINITY,
  );
  const random = [...curves.get('random')!.get(task.name)!.values()];
  return { floor, unit: median(random.map((curve) => lossAt(curve, CHECKPOINTS[0]))) - floor };
}

/** Tasks whose parameters are numbers and always there. */
async function numericTasks(): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const task of tasks) {
    const { space } = await task.problem(0);
    const isNumeric = space.parameters.every(
      (parameter) =>
        (parameter.conditions ?? []).length === 0 &&
        (parameter.kind === 'float' ||
          parameter.kind === 'int' ||
          (parameter.kind === 'choice' && parameter.ordered)),
    );
    if (isNumeric) found.add(task.name);
  }
  return found;
}

/** Optuna's samplers together: the best per task in hindsight, the best single one, and what its AutoSampler would do. */
function optunaTogether(opponents: readonly Opponent[], numeric: ReadonlySet<string>): readonly Opponent[] {
  const optuna = opponents.filter(({ label }) => /^optuna-(?!random)[a-z-]+$/.test(label));
  const named = (label: string): Opponent | undefined => optuna.find((opponent) => opponent.label === label);
  const [standard, gp] = [named('optuna-default'), named('optuna-gp')];
  if (!standard || !gp) return [];
  // Hindsight needs the Gaussian process, which was not run everywhere.
  const names = tasks.map(({ name }) => name).filter((name) => gp.rows.has(name));
  const hindsight = mixed("Optuna's best per task", names, (task) =>
    optuna.reduce((best, one) => (medianAtTarget(one, task) < medianAtTarget(best, task) ? one : best)),
  );
  const single = bestSingle(optuna, names)!;
  // Up to 200 trials AutoSampler uses the Gaussian process, and TPE where there are categories or conditions.
  const ruled = mixed("Optuna's AutoSampler rule", names, (task) => (numeric.has(task) ? gp : standard));
  return [hindsight, mixed(`Optuna's best single (${single.label})`, names, () => single), ruled];
}

/** Seeds of the least and the most searched task, in words. */
function seedsOf(byTask: ReadonlyMap<string, ReadonlyMap<number, unknown>>): string {
  const counts = [...byTask.values()].map((bySeed) => bySeed.size);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? String(least) : `${least} to ${most}`;
}

if (values.adopt !== '') {
  const byName = new Map(suite.tasks.map((task) => [task.name, task]));
  await runs.adopt(values.adopt, async ({ sampler, task, seed, trials }) =>
    runSearch(sampler, await byName.get(task)!.problem(seed), trials, seed),
  );
}
await searchAll();
const numeric = await numericTasks();
const peers = peersOf(suite.name);
const opponents = peers.map(opponentOf);
const scales = new Map(tasks.map((task) => [task.name, scaleOf(task, opponents)]));
const sides = samplers.map((label): Side => ({ label, trialsOf, curves: curves.get(label)! }));
const singles = sides.filter(({ label }) => label !== 'auto' && label !== 'random').map(asOpponent);
const comparisons = sides
  .filter(({ label }) => label !== 'random')
  .flatMap((side): readonly Comparison[] => {
    const others = side.label === 'auto' ? singles : [];
    const best =
      others.length < 2
        ? []
        : [
            mixed(
              'our best per task',
              tasks.map(({ name }) => name),
              (task) => others.reduce((a, b) => (medianAtTarget(b, task) < medianAtTarget(a, task) ? b : a)),
            ),
          ];
    return [...opponents, ...optunaTogether(opponents, numeric), ...others, ...best].flatMap((opponent) => {
      const found = compareSides(side, opponent, scales);
      return found ? [found] : [];
    });
  });

const results: Results = {
  suite: suite.name,
  rule: `${values.every === '1' ? '' : `one in ${values.every} of: `}${rules[portion]}`,
  tasks: tasks.length,
  allTasks: suite.tasks.length,
  seeds: seedsOf(curves.get(samplers[0]!)!),
  trials,
  long: Number(values.long),
  date: new Date().toISOString().slice(0, 10),
  machine: `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores`,
  node: process.versions.node,
  sources,
  peers: peers.map((peer) =>
    coverageOf(
      peer,
      tasks.map(({ name }) => name),
    ),
  ),
  comparisons,
  askMilliseconds: Object.fromEntries(
    [...asking].map(([name, times]) => [name, times.reduce((sum, ms) => sum + ms, 0) / times.length]),
  ),
};
const text = report(results);
console.log(text);
if (values.save) {
  const folder = join(dirname(fileURLToPath(import.meta.url)), 'results');
  mkdirSync(folder, { recursive: true });
  const name = portion === 'held' ? `${suite.name}-held` : suite.name;
  writeFileSync(join(folder, `${name}.md`), `${text}\n`);
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(results)}\n`);
}

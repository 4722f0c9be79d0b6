import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { generator, mean, type Params, quantile, randomKey } from '@luthier/core';
import {
  claims,
  createStudy,
  float,
  memoryLog,
  minimize,
  type NewEvent,
  openStudy,
  parseSampler,
  type Study,
  space,
} from '@luthier/search';
import { type PeerProcess, startPeer } from '../peer-process.ts';

/**
 * How long one waits for a suggestion of ten numbers after n finished trials, fits included; Optuna in turns with us in one run.
 *
 * flock FILE node scripts/run.mjs benchmarks/search/waiting.ts [--rounds 3] [--only gp,tpe] [--python .../python] [--save]
 *
 * Ours is the whole of `study.ask()`. Also: random trials a second in memory and bytes a trial.
 */
const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    python: { type: 'string', default: join(here, '../peers/.venv/bin/python') },
    save: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);

/** A sampler after so many trials; `asks` a round; the other side takes part unless that would take minutes. */
interface Setting {
  readonly sampler: string;
  readonly trials: number;
  readonly asks: number;
  readonly isPaired: boolean;
  /** Suggestions that the process made before, as one has that searched from the start; by default one, as after a resume. */
  readonly before?: number;
  /** Mean milliseconds that we want to reach. */
  readonly goal?: number;
}

const SETTINGS: readonly Setting[] = [
  { sampler: 'tpe', trials: 100, asks: 20, isPaired: true },
  { sampler: 'tpe', trials: 1000, asks: 20, isPaired: true, goal: 1 },
  { sampler: 'tpe', trials: 10_000, asks: 10, isPaired: true, goal: 3 },
  { sampler: 'tpe', trials: 100_000, asks: 10, isPaired: false },
  { sampler: 'tpe', trials: 1000, asks: 20, isPaired: true, before: 200, goal: 1 },
  { sampler: 'tpe', trials: 10_000, asks: 10, isPaired: true, before: 200, goal: 3 },
  { sampler: 'gp', trials: 100, asks: 20, isPaired: true, goal: 40 },
  { sampler: 'gp', trials: 300, asks: 20, isPaired: true, goal: 100 },
  { sampler: 'gp', trials: 1000, asks: 10, isPaired: false },
  { sampler: 'cmaes', trials: 1000, asks: 50, isPaired: true, goal: 0.1 },
  { sampler: 'cmaes', trials: 10_000, asks: 50, isPaired: false, goal: 0.1 },
  { sampler: 'auto', trials: 100, asks: 20, isPaired: false },
  { sampler: 'auto', trials: 300, asks: 20, isPaired: false },
  { sampler: 'auto', trials: 1000, asks: 10, isPaired: false },
  { sampler: 'auto', trials: 10_000, asks: 10, isPaired: false },
  { sampler: 'auto', trials: 100_000, asks: 10, isPaired: false },
];

const names = Array.from({ length: 10 }, (_, i) => `x${i}`);
const ten = space(Object.fromEntries(names.map((name) => [name, float(0, 1)])));

/** A noisy bowl. */
function bowl(params: Params, trial: number): number {
  const distance = names.reduce((sum, name, i) => sum + (Number(params[name]) - 0.3 - 0.05 * i) ** 2, 0);
  return distance + 0.02 * generator(randomKey('noise', trial)).normal();
}

/** Milliseconds of one suggestion, by the clock and of the processor, which a busy machine changes less. */
interface Time {
  readonly clock: number;
  readonly cpu: number;
}

/** The time of one suggestion; its trial is told. */
async function suggest(study: Study): Promise<Time> {
  const usage = process.cpuUsage();
  const began = performance.now();
  const asked = await study.ask();
  const clock = performance.now() - began;
  const { user, system } = process.cpuUsage(usage);
  if (asked.kind !== 'trial') throw new Error(asked.text);
  const { number, params } = asked.trial;
  await study.tell(number, 0, { outcome: 'complete', values: [bowl(params, number)] });
  return { clock, cpu: (user + system) / 1000 };
}

/** A study of random trials that goes on with a sampler; CMA-ES, which learns only from its own, makes them itself. */
async function filled(sampler: string, trials: number): Promise<Study> {
  const log = memoryLog();
  const name = 'waiting';
  const budget = { trials: 2 * trials + 1000 };
  const isOwn = sampler === 'cmaes';
  const study = await createStudy({
    log,
    name,
    space: ten,
    objectives: [minimize('value')],
    sampler: parseSampler(isOwn ? sampler : 'random'),
    budget,
  });
  if (isOwn) {
    for (let trial = 0; trial < trials; trial++) await suggest(study);
    return study;
  }
  for (let trial = 0; trial < trials; trial++) {
    const random = generator(randomKey('history', trial));
    const params = Object.fromEntries(names.map((key) => [key, random.uniform()]));
    const events: readonly NewEvent[] = [
      {
        type: 'trial-asked',
        trial,
        params,
        why: { text: 'random', sampler: 'random' },
        seed: trial,
        claim: claims.asked(trial),
      },
      { type: 'trial-started', trial, attempt: 1, runner: 'benchmark', claim: claims.started(trial, 1) },
      {
        type: 'trial-finished',
        trial,
        attempt: 1,
        outcome: 'complete',
        values: [bowl(params, trial)],
        claim: claims.ended(trial, 1),
      },
    ];
    await log.append(name, events);
  }
  return openStudy({ log, name, sampler: parseSampler(sampler) });
}

async function startOptuna(): Promise<PeerProcess | undefined> {
  if (!existsSync(values.python)) {
    console.error(`Optuna is left out: no ${values.python}; run sh benchmarks/peers/setup.sh`);
    return undefined;
  }
  const script = join(here, '../peers/search_waiting.py');
  return startPeer('Optuna', [values.python, script]);
}

function shown(milliseconds: number): string {
  return milliseconds.toFixed(milliseconds < 10 ? 2 : milliseconds < 100 ? 1 : 0);
}

const clockOf = (times: readonly Time[]): readonly number[] => times.map(({ clock }) => clock);
const cpuOf = (times: readonly Time[]): readonly number[] => times.map(({ cpu }) => cpu);

/** Mean of the processor, then mean and 99th percentile by the clock. */
function cells(times: readonly Time[]): string {
  if (times.length === 0) return ' |  | ';
  return [mean(cpuOf(times)), mean(clockOf(times)), quantile(clockOf(times), 0.99)].map(shown).join(' | ');
}

const optuna = await startOptuna();
const loadBefore = loadavg()[0]!;
const rows: string[] = [];
const only = values.only.split(',');
for (const setting of SETTINGS.filter(({ sampler }) => only.some((part) => sampler.includes(part)))) {
  const { sampler, trials, asks, isPaired, before = 1, goal } = setting;
  console.error(`${sampler} after ${trials} trials and ${before} suggestions`);
  const study = await filled(sampler, trials - before);
  const [ours, theirs]: [Time[], Time[]] = [[], []];
  // The first suggestion of each side compiles and imports; it is not counted.
  for (let ask = 0; ask < before; ask++) await suggest(study);
  if (isPaired) await optuna?.ask({ sampler, trials, asks: 1 });
  for (let round = 0; round < rounds; round++) {
    for (let ask = 0; ask < asks; ask++) ours.push(await suggest(study));
    if (!isPaired || !optuna) continue;
    const { ms, cpu } = (await optuna.ask({ sampler, trials, asks })) as Record<'ms' | 'cpu', number[]>;
    theirs.push(...ms.map((clock, i) => ({ clock, cpu: cpu[i]! })));
  }
  const ratio = theirs.length === 0 ? '' : (mean(cpuOf(ours)) / mean(cpuOf(theirs))).toPrecision(2);
  const asked = `${sampler}${before > 1 ? `, ${before} asked before` : ''}`;
  rows.push(`| ${asked} | ${trials} | ${cells(ours)} | ${goal ?? ''} | ${cells(theirs)} | ${ratio} |`);
  console.error(rows.at(-1));
}
optuna?.stop();

/** The whole search by the Gaussian process, for its slowest suggestions. */
async function slowest(trials: number): Promise<string> {
  const study = await createStudy({
    log: memoryLog(),
    name: 'slowest',
    space: ten,
    objectives: [minimize('value')],
    sampler: parseSampler('gp'),
    budget: { trials },
  });
  const times: Time[] = [];
  for (let trial = 0; trial < trials; trial++) times.push(await suggest(study));
  const late = clockOf(times.slice(10));
  const processor = cpuOf(times.slice(10));
  return `A search of ${trials} trials by the Gaussian process: mean ${shown(mean(late))}, 99th percentile ${shown(quantile(late, 0.99))}, slowest ${shown(Math.max(...late))} ms by the clock; ${shown(mean(processor))}, ${shown(quantile(processor, 0.99))} and ${shown(Math.max(...processor))} ms of the processor.`;
}

/** Random trials a second through a study in memory, and bytes of heap a trial. */
async function throughput(trials: number): Promise<string> {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  gc();
  const before = process.memoryUsage().heapUsed;
  const study = await createStudy({
    log: memoryLog(),
    name: 'throughput',
    space: ten,
    objectives: [minimize('value')],
    sampler: parseSampler('random'),
  });
  const usage = process.cpuUsage();
  const began = performance.now();
  for (let trial = 0; trial < trials; trial++) {
    const asked = await study.ask();
    if (asked.kind === 'trial')
      await study.tell(asked.trial.number, 0, { outcome: 'complete', values: [trial] });
  }
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(usage);
  gc();
  const bytes = (process.memoryUsage().heapUsed - before) / study.history.trials.length;
  const busy = (user + system) / 1e6;
  return `${trials} random trials of ten numbers in memory: ${Math.round(trials / seconds)} a second by the clock, ${Math.round(trials / busy)} by the processor (goal 20,000); ${Math.round(bytes)} bytes a trial, log and history together (goal 1,000).`;
}

const text = [
  '# Waiting for a suggestion',
  '',
  `${new Date().toISOString().slice(0, 10)}; ${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores; Node ${process.versions.node}; ${optuna?.hello.version ?? 'Optuna left out'}.`,
  `Load of the machine before and after: ${loadBefore.toFixed(1)} and ${loadavg()[0]!.toFixed(1)}; ${rounds} rounds in turns.`,
  'Ten float parameters, a noisy bowl; milliseconds of one suggestion, fits included, after n finished trials: mean of the processor,',
  'mean and 99th percentile by the clock. The goal is a mean on an idle machine; the ratio is one of processor times.',
  'Each row is the work of a study just opened, one suggestion made before, as after a resume, unless it says how many were asked before.',
  '',
  '| sampler | n | processor | clock | 99 % | goal | Optuna processor | clock | 99 % | ours / Optuna |',
  '|---|---|---|---|---|---|---|---|---|---|',
  ...rows,
  '',
  await slowest(300),
  await throughput(20_000),
].join('\n');
console.log(text);
if (values.save) {
  mkdirSync(join(here, 'results'), { recursive: true });
  writeFileSync(join(here, 'results/waiting.md'), `${text}\n`);
}

// Training steps of all networks: Luthier, PyTorch, Keras on TensorFlow and TensorFlow.js in turns, and the floor.
// node scripts/run.mjs benchmarks/training/training.ts [--network mlp,cnn] [--rounds 12] [--milliseconds 500] [--compiled]
// [--browser] [--parallel] [--cpu 1] [--python benchmarks/peers/.venv/bin/python] [--save]
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Contender, Round } from './contender.ts';
import { type Crew, createCrew, type Entry } from './crew.ts';
import { NETWORKS } from './networks/catalogue.ts';
import { median } from './ratios.ts';
import { type Results, report } from './report.ts';
import { type Setting, settingName, settingsOf } from './settings.ts';
import { SIDES, type Side } from './sides.ts';
import type { Gain, NetworkResult, Outcome } from './verdict.ts';

const here = dirname(fileURLToPath(import.meta.url));
const { values: flags } = parseArgs({
  options: {
    network: { type: 'string', default: Object.keys(NETWORKS).join(',') },
    rounds: { type: 'string', default: '12' },
    milliseconds: { type: 'string', default: '500' },
    compiled: { type: 'boolean', default: false },
    browser: { type: 'boolean', default: false },
    parallel: { type: 'boolean', default: false },
    cpu: { type: 'string' },
    python: { type: 'string', default: join(here, '..', 'peers', '.venv', 'bin', 'python') },
    save: { type: 'boolean', default: false },
  },
});
const rounds = Number(flags.rounds);
const milliseconds = Number(flags.milliseconds);
const names = flags.network.split(',');
const unknown = names.filter((name) => !(name in NETWORKS));
if (unknown.length > 0) {
  throw new Error(`No network ${unknown.join(', ')}; there are ${Object.keys(NETWORKS).join(', ')}`);
}
const crew: Crew = createCrew({
  python: flags.python,
  compiled: flags.compiled,
  browser: flags.browser,
  ...(flags.cpu === undefined ? {} : { cpu: flags.cpu }),
});

/** A side's steps in a round that lasts about as long as asked, after it has compiled and warmed up. */
async function stepsOf({ contender, form }: Entry, network: string, setting: Setting): Promise<number> {
  const most = Math.floor(NETWORKS[network]!.rows / setting.batch);
  const fitting = (ms: number, budget: number): number =>
    Math.max(3, Math.min(most, Math.round(budget / ms)));
  const request = { network, ...setting, form };
  const first = await contender.round({ ...request, steps: 3 });
  const warm = await contender.round({ ...request, steps: Math.min(50, fitting(first.ms, 300)) });
  const steps = fitting(warm.ms, milliseconds);
  // Keras compiles for a number of steps.
  await contender.round({ ...request, steps });
  return steps;
}

/** All sides in turns, every round in another order; a side's rounds last about equally long. */
async function compare(
  network: string,
  setting: Setting,
  entries: readonly Entry[],
): Promise<Outcome['rounds']> {
  const ready: { readonly entry: Entry; readonly steps: number; readonly found: Round[] }[] = [];
  for (const entry of entries) {
    try {
      ready.push({ entry, steps: await stepsOf(entry, network, setting), found: [] });
    } catch (error) {
      if (entry.side === 'luthier' || entry.side === 'floor') throw error;
      crew.leaveOut(
        `${SIDES[entry.side].label}, ${network}, ${settingName(setting)}: ${(error as Error).message.split('\n')[0]}`,
      );
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < ready.length; i++) {
      const { entry, steps, found } = ready[(i + round) % ready.length]!;
      found.push(await entry.contender.round({ network, ...setting, form: entry.form, steps }));
    }
    process.stderr.write(`${network}, ${settingName(setting)}: round ${round + 1} of ${rounds}\n`);
  }
  return Object.fromEntries(ready.map(({ entry, found }) => [entry.side, found]));
}

/** Compiles the training graph of a setting in a new process, then four more times. */
async function compileTimes(network: string, setting: Setting): Promise<Outcome['compile']> {
  const times: number[] = [];
  const contender = await crew.startLuthier();
  try {
    for (let i = 0; i < 5; i++) {
      const { ms } = await contender.round({ network, ...setting, form: 'compile', steps: 1 });
      times.push(ms);
    }
  } finally {
    await contender.stop();
  }
  return { first: times[0]!, later: median(times.slice(1)) };
}

/** The most memory of a new process of each side that makes some steps of this network and nothing else. */
async function memoryOf(network: string, setting: Setting): Promise<NetworkResult['memory']> {
  const found: [Side, number][] = [];
  for (const { side, form, start } of crew.forMemory) {
    const contender = await start();
    if (contender === undefined) continue;
    try {
      await contender.round({ network, ...setting, form, steps: 30 });
      const bytes = contender.peakMemory();
      if (bytes !== undefined) found.push([side, bytes]);
    } finally {
      await contender.stop();
    }
  }
  return Object.fromEntries(found);
}

/**
 * Steps of two processes at once over those of one, round by round. Each process is held against itself alone in the same
 * round: two of a kind differ for as long as they live, by where their memory lies.
 */
async function parallelGain(network: string, setting: Setting): Promise<readonly Gain[]> {
  const pair: readonly Contender[] = [await crew.startLuthier(), await crew.startLuthier()];
  try {
    const entries = pair.map((contender): Entry => ({ side: 'luthier', form: 'fit', contender }));
    const steps: number[] = [];
    for (const entry of entries) steps.push(await stepsOf(entry, network, setting));
    const request = { network, ...setting, form: 'fit', steps: 4 * Math.min(...steps) };
    const gains: Gain[] = [];
    for (let round = 0; round < rounds; round++) {
      const [first, second] = round % 2 === 0 ? [0, 1] : [1, 0];
      const alone: Round[] = [];
      alone[first] = await pair[first]!.round(request);
      const both = await Promise.all(pair.map((contender) => contender.round(request)));
      alone[second] = await pair[second]!.round(request);
      gains.push({
        wall: both.reduce((sum, { ms }, i) => sum + alone[i]!.ms / ms, 0),
        processor: both.reduce((sum, { cpu }, i) => sum + alone[i]!.cpu! / cpu!, 0),
      });
    }
    return gains;
  } finally {
    for (const contender of pair) await contender.stop();
  }
}

async function measure(network: string): Promise<NetworkResult> {
  const { title, build, installedTarget, compileTarget } = NETWORKS[network]!;
  const settings = settingsOf(network);
  const before = loadavg()[0]!;
  const memory = await memoryOf(network, settings[0]!);
  const outcomes: Outcome[] = [];
  const entries = await crew.start(network);
  try {
    for (const setting of settings) {
      const found = await compare(network, setting, entries);
      outcomes.push({
        setting,
        rounds: found,
        compile: await compileTimes(network, setting),
        profile: await crew.profile(network, setting),
      });
    }
  } finally {
    await crew.stop();
  }
  const parallel = flags.parallel ? await parallelGain(network, settings[0]!) : undefined;
  return {
    network,
    title,
    parameters: build().countParams(),
    installedTarget,
    ...(compileTarget === undefined ? {} : { compileTarget }),
    load: [before, loadavg()[0]!],
    outcomes,
    memory,
    ...(parallel === undefined ? {} : { parallel }),
  };
}

const networks: NetworkResult[] = [];
for (const name of names) {
  networks.push(await measure(name));
  const results: Results = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model.trim()}, ${cpus().length} logical CPUs, Node ${process.version}`,
    versions: crew.versions(),
    absent: crew.absent(),
    rounds,
    milliseconds,
    networks,
  };
  // After every network, so that a run cut short leaves what it found.
  if (flags.save) {
    writeFileSync(join(here, 'results.md'), report(results));
    writeFileSync(join(here, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
  }
  if (name === names.at(-1)) process.stdout.write(report(results));
}

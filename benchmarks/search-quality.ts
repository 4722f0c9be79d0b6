import { bootstrap, generator, median, randomKey } from '@luthier/core';
import { parseSampler, type Sampler } from '@luthier/search';
import { bestTruths, type Problem, runSearch } from './search-harness.ts';
import { functions, tabular } from './search-problems.ts';

/**
 * How good the best of 25, 50 and 100 trials is, by sampler and problem: median regret over paired seeds with a 95 % bootstrap
 * interval, divided by the median regret of random search after 25 trials (1 = no better than 25 random trials).
 *
 * node benchmarks/search-quality.ts [--seeds 20] [--trials 100] [--samplers gp,random,sobol] [--only branin,hpolib]
 */
const argument = (name: string, fallback: string): string => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback);
};
const seeds = Number(argument('seeds', '20'));
const budget = Number(argument('trials', '100'));
const names = argument('samplers', 'gp,random,sobol').split(',');
const only = argument('only', '').split(',');
const checkpoints = [25, 50, 100, 200].filter((count) => count <= budget);

const data = process.env.LUTHIER_BENCH_DATA;
if (data === undefined) console.error('LUTHIER_BENCH_DATA is not set: the tabular surfaces are left out');
const problems: readonly Problem[] = [...functions, ...(data === undefined ? [] : tabular(data))].filter(
  ({ name }) => only.some((part) => name.includes(part)),
);

console.log(
  `| problem | sampler | ${checkpoints.map((count) => `${count} trials`).join(' | ')} | ms a suggestion |`,
);
console.log(`|---|---|${checkpoints.map(() => '---|').join('')}---|`);
for (const problem of problems) {
  const regrets = new Map<string, readonly (readonly number[])[]>();
  const times = new Map<string, number>();
  const sign = problem.direction === 'maximize' ? 1 : -1;
  const run = (sampler: Sampler): void => {
    const spent: number[] = [];
    const perSeed = Array.from({ length: seeds }, (_, seed) => {
      const { trials, milliseconds } = runSearch(sampler, problem, budget, seed);
      spent.push(...milliseconds);
      const best = bestTruths(problem, trials);
      return checkpoints.map((count) => sign * (problem.best - best[Math.min(count, best.length) - 1]!));
    });
    regrets.set(sampler.name, perSeed);
    times.set(sampler.name, spent.reduce((sum, one) => sum + one, 0) / spent.length);
  };
  for (const name of names) run(parseSampler(name));
  const reference = regrets.get('random');
  const unit = reference === undefined ? 1 : median(reference.map((regret) => regret[0]!)) || 1;
  for (const [name, perSeed] of regrets) {
    const cells = checkpoints.map((_, c) => {
      const { estimate, low, high } = bootstrap(
        perSeed.map((regret) => regret[c]! / unit),
        median,
        generator(randomKey(problem.name, name, c)),
      );
      return `${estimate.toPrecision(3)} (${low.toPrecision(3)} - ${high.toPrecision(3)})`;
    });
    console.log(`| ${problem.name} | ${name} | ${cells.join(' | ')} | ${times.get(name)!.toFixed(1)} |`);
  }
}

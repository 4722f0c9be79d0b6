import { type Comparison, countOf, type TaskComparison } from './comparison.ts';
import { CHECKPOINTS } from './statistics.ts';

/** All that a report of one suite says. */
export interface Results {
  readonly suite: string;
  readonly rule: string;
  /** How many tasks of the suite were searched, and how many it has. */
  readonly tasks: number;
  readonly allTasks: number;
  readonly seeds: string;
  readonly trials: number;
  /** The first so many seeds searched for 200 trials. */
  readonly long: number;
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  readonly sources: string;
  /** What the tables of other libraries hold. */
  readonly peers: readonly string[];
  readonly comparisons: readonly Comparison[];
  /** Mean milliseconds of asking once, by sampler of ours. */
  readonly askMilliseconds: Readonly<Record<string, number>>;
}

function count(trials: number, limit: number): string {
  return Number.isFinite(trials) ? String(Math.round(trials)) : `> ${limit}`;
}

function shown(value: number): string {
  if (Number.isNaN(value)) return '';
  if (value === 0) return '0';
  return Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5 ? value.toExponential(1) : value.toPrecision(3);
}

function summaryRow(comparison: Comparison, limit: number): string {
  const { ours, theirs, tasks, trials } = comparison;
  const { estimate, low, high } = trials;
  const seeds = Math.min(...tasks.map((task) => task.seeds));
  const cells = CHECKPOINTS.map((_, i) => {
    const open = tasks.length - countOf(comparison, i, 'saturated') - countOf(comparison, i, 'absent');
    if (countOf(comparison, i, 'absent') === tasks.length) return '';
    const fewer = Math.min(...tasks.map((task) => task.seedsAt[i]!).filter((count) => count > 0));
    const note = fewer < seeds ? ` (${fewer} seeds)` : '';
    return `${countOf(comparison, i, 'worse')} / ${countOf(comparison, i, 'better')} of ${open}${note}`;
  });
  const reach = `${count(estimate, limit)} (${count(low, limit)} - ${count(high, limit)})`;
  return `| ${ours} | ${theirs} | ${tasks.length} | ${seeds} | ${reach} | ${cells.join(' | ')} |`;
}

function taskRow(task: TaskComparison, limit: number): string {
  const pairs = CHECKPOINTS.map((_, i) => {
    const mark = { better: ' +', worse: ' -', saturated: ' =', undecided: '', absent: '' }[task.verdicts[i]!];
    const theirs = shown(task.theirs[i]!);
    return `${shown(task.ours[i]!)}${theirs === '' ? '' : ` / ${theirs}`}${mark}`;
  });
  return `| ${task.task} | ${pairs.join(' | ')} | ${count(task.trials, limit)} |`;
}

function section(comparison: Comparison, limit: number): readonly string[] {
  return [
    `### ${comparison.ours} against ${comparison.theirs}`,
    '',
    `| task | ${CHECKPOINTS.map((trials) => `${trials} trials`).join(' | ')} | trials to their 100 |`,
    `|---|${CHECKPOINTS.map(() => '---|').join('')}---|`,
    ...comparison.tasks.map((task) => taskRow(task, limit)),
    '',
  ];
}

/** Whether a pair is shown task by task: against defaults, and against the best in hindsight. */
function isShown({ theirs }: Comparison): boolean {
  return /default$|per task$/.test(theirs);
}

/** The results as Markdown. */
export function report(results: Results): string {
  const { suite, rule, tasks, allTasks, seeds, trials, long, comparisons, askMilliseconds } = results;
  const further = long === 0 ? '' : ` (the first ${long} seeds 200)`;
  const times = Object.entries(askMilliseconds).map(([name, ms]) => `${name} ${ms.toPrecision(2)} ms`);
  return [
    `# Search: ${suite}`,
    '',
    `${results.date}; ${results.machine}; Node ${results.node}; sources ${results.sources} of packages/search and packages/core.`,
    `${tasks} of ${allTasks} tasks (${rule}), ${seeds} seeds, ${trials} trials${further}. Pairs have the same instance, first trial and noise.`,
    `Tables of other libraries: ${results.peers.length === 0 ? 'none' : results.peers.join('; ')}.`,
    `Mean time of asking, under the load of the day: ${times.join(', ')}.`,
    '',
    'Trials: how many we need until our median loss reaches theirs after 100 trials; median over tasks with a 95 % bootstrap',
    'interval. Then on how many tasks that are not saturated we are significantly worse / better (Mann and Whitney, two-sided',
    'level 0.05: by chance alone 2.5 % each). Saturated: both medians within a thousandth of the regret of 25 random trials.',
    '',
    `| ours | against | tasks | seeds | trials to their 100 | ${CHECKPOINTS.join(' | ')} |`,
    `|---|---|---|---|---|${CHECKPOINTS.map(() => '---|').join('')}`,
    ...comparisons.map((comparison) => summaryRow(comparison, trials)),
    '',
    '## By task',
    '',
    'Median regret, ours / theirs; + and - significantly better and worse, = saturated. The other pairs are in the JSON file.',
    '',
    ...comparisons.filter(isShown).flatMap((comparison) => section(comparison, trials)),
  ].join('\n');
}

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantile } from '@luthier/core';
import type { Verdict } from './comparison.ts';
import { CHECKPOINTS } from './statistics.ts';
import { SUITE_NAMES } from './suites.ts';

/**
 * `auto` over all suites, from the saved results: node scripts/run.mjs benchmarks/search/summary.ts
 *
 * Writes results/summary.md.
 */
interface Saved {
  readonly sources: string;
  readonly seeds: string;
  readonly comparisons: readonly {
    readonly ours: string;
    readonly theirs: string;
    readonly tasks: readonly {
      readonly seeds: number;
      readonly seedsAt: readonly number[];
      readonly verdicts: readonly Verdict[];
      /** Null where the target was not reached. */
      readonly trials: number | null;
    }[];
  }[];
}

const OPPONENTS: readonly (readonly [title: string, is: (label: string) => boolean])[] = [
  ["Optuna's default", (label) => label === 'optuna-default'],
  ["Optuna's best per task, in hindsight", (label) => label === "Optuna's best per task"],
  ["Optuna's best single sampler of the suite", (label) => label.startsWith("Optuna's best single")],
  ["Hyperopt's TPE", (label) => label === 'hyperopt-tpe'],
  ['SMAC', (label) => label === 'smac-hpo'],
  ['scikit-optimize', (label) => label === 'skopt-gp'],
  ['Ax', (label) => label === 'ax-default'],
  ['HEBO', (label) => label === 'hebo'],
  ["Keras Tuner's Bayesian", (label) => label === 'keras-tuner-bayesian'],
];
// Where verdicts are shown.
const SHOWN = [50, 100, 200] as const;

const folder = join(dirname(fileURLToPath(import.meta.url)), 'results');

/** The saved results whose names end so. */
function savedAs(ending: string): readonly (readonly [suite: string, saved: Saved])[] {
  return SUITE_NAMES.flatMap((suite) => {
    const file = join(folder, `${suite}${ending}.json`);
    return existsSync(file) ? [[suite, JSON.parse(readFileSync(file, 'utf8')) as Saved] as const] : [];
  });
}

function middle(trials: readonly (number | null)[]): string {
  const found = quantile(
    trials.map((count) => count ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b),
    0.5,
  );
  return Number.isFinite(found) ? String(Math.round(found)) : '> 100';
}

function row(name: string, tasks: Saved['comparisons'][number]['tasks']): string {
  const cells = SHOWN.map((trials) => {
    const at = CHECKPOINTS.indexOf(trials);
    const count = (verdict: Verdict): number =>
      tasks.filter(({ verdicts }) => verdicts[at] === verdict).length;
    if (count('absent') === tasks.length) return '';
    const open = tasks.length - count('saturated') - count('absent');
    return `${count('worse')} / ${count('better')} of ${open}`;
  });
  const seeds = tasks.map((task) => task.seeds);
  const [least, most] = [Math.min(...seeds), Math.max(...seeds)];
  return `| ${name} | ${tasks.length} | ${least === most ? least : `${least} to ${most}`} | ${middle(tasks.map(({ trials }) => trials))} | ${cells.join(' | ')} |`;
}

// The functions are ours: they are shown, and left out of the sum.
const MADE_UP = 'conditional';

/** A table of what `auto` does against one opponent. */
function section(
  heading: string,
  saved: ReturnType<typeof savedAs>,
  is: (label: string) => boolean,
): readonly string[] {
  const suites = saved.flatMap(([suite, { comparisons }]) => {
    const found = comparisons.find(({ ours, theirs }) => ours === 'auto' && is(theirs));
    return found === undefined ? [] : [{ suite, tasks: found.tasks }];
  });
  if (suites.length === 0) return [];
  return [
    `## ${heading}`,
    '',
    `| suite | tasks | paired seeds | trials to their 100 | ${SHOWN.join(' | ')} |`,
    `|---|---|---|---|${SHOWN.map(() => '---|').join('')}`,
    ...suites.map(({ suite, tasks }) => row(suite, tasks)),
    row(
      '**all**',
      suites.flatMap(({ suite, tasks }) => (suite === MADE_UP ? [] : tasks)),
    ),
    '',
  ];
}

const [saved, heldBack] = [savedAs(''), savedAs('-held')];
const sections = [
  ...OPPONENTS.flatMap(([title, is]) => section(`Against ${title}`, saved, is)),
  ...section(
    "Against Optuna's default, on tasks that were held back while the samplers were made",
    heldBack,
    (label) => label === 'optuna-default',
  ),
];
const text = [
  '# Search: `auto` over all suites',
  '',
  'Put together from the results of the suites, which say how they were made. Trials: how many `auto` needs until its median loss is',
  'theirs after 100 trials, median over tasks. Then on how many tasks it is significantly worse / better after 50, 100 and 200 trials',
  '(Mann and Whitney, level 0.05), of those that are not saturated; few seeds can show little, and 200 trials were searched by the',
  'first few seeds only. The functions of `conditional` are our own: they are not counted in **all**.',
  '',
  ...sections,
].join('\n');
console.log(text);
writeFileSync(join(folder, 'summary.md'), `${text.trimEnd()}\n`);

import { bootstrap, generator, type Interval, median, randomKey } from '@luthier/core';
import { CHECKPOINTS, compared, lossAt, medianOf, trialsToReach } from './statistics.ts';
import type { Peer } from './tables.ts';

/** Curves of losses of one side, by task and seed. */
export interface Side {
  readonly label: string;
  /** Trials of the search of a seed, unless its space ended before. */
  readonly trialsOf: (seed: number) => number;
  readonly curves: ReadonlyMap<string, ReadonlyMap<number, readonly number[]>>;
}

/** Whom a side is compared with: per task and seed the losses at the checkpoints, NaN where a search was shorter. */
export interface Opponent {
  readonly label: string;
  readonly rows: ReadonlyMap<string, ReadonlyMap<number, readonly number[]>>;
}

/** What is known of a task before anybody is compared. */
export interface Scale {
  /** The optimum, or the least loss that anybody has seen. */
  readonly floor: number;
  /** Median regret of random search after 25 trials. */
  readonly unit: number;
}

export type Verdict = 'better' | 'worse' | 'undecided' | 'saturated' | 'absent';

/** One task between two sides, at the seeds that both have. */
export interface TaskComparison {
  readonly task: string;
  readonly seeds: number;
  /** Of them those that both searched so far, at the checkpoints. */
  readonly seedsAt: readonly number[];
  /** Median regrets at the checkpoints. */
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  readonly verdicts: readonly Verdict[];
  /** Trials after which our median reaches theirs after 100; Infinity when it does not. */
  readonly trials: number;
}

/** One side against another over a suite. */
export interface Comparison {
  readonly ours: string;
  readonly theirs: string;
  readonly tasks: readonly TaskComparison[];
  /** Median over tasks of `trials`, with a 95 % bootstrap interval over tasks. */
  readonly trials: Interval;
}

/** Regrets of both below a thousandth of random search's after 25 trials: nothing is left to win. */
const SATURATED = 1e-3;
/** The number of their trials that ours have to match. */
const TARGET = CHECKPOINTS.indexOf(100);

/** A peer's table as an opponent. */
export function opponentOf({ label, rows }: Peer): Opponent {
  return {
    label,
    rows: new Map(
      Object.entries(rows).map(([task, list]) => [
        task,
        new Map(
          list.flatMap((row, seed) => (row === null ? [] : [[seed, row.map((loss) => loss ?? Number.NaN)]])),
        ),
      ]),
    ),
  };
}

/** Losses of a curve at the checkpoints, NaN beyond the trials of the search. */
function atCheckpoints(curve: readonly number[], trials: number): readonly number[] {
  return CHECKPOINTS.map((checkpoint) => (checkpoint <= trials ? lossAt(curve, checkpoint) : Number.NaN));
}

/** A side of ours as an opponent of another. */
export function asOpponent({ label, trialsOf, curves }: Side): Opponent {
  const rows = new Map(
    [...curves].map(([task, bySeed]) => [
      task,
      new Map([...bySeed].map(([seed, curve]) => [seed, atCheckpoints(curve, trialsOf(seed))])),
    ]),
  );
  return { label, rows };
}

/** Median loss of an opponent on a task after 100 trials; Infinity where it has none. */
export function medianAtTarget(opponent: Opponent, task: string): number {
  const losses = [...(opponent.rows.get(task)?.values() ?? [])].map((row) => row[TARGET]!);
  const known = losses.filter(Number.isFinite);
  return known.length === 0 ? Number.POSITIVE_INFINITY : median(known);
}

/** The opponent that takes, task by task, the rows of the one which `choose` names. */
export function mixed(
  label: string,
  tasks: readonly string[],
  choose: (task: string) => Opponent | undefined,
): Opponent {
  const rows = tasks.flatMap((task) => {
    const bySeed = choose(task)?.rows.get(task);
    return bySeed === undefined ? [] : [[task, bySeed] as const];
  });
  return { label, rows: new Map(rows) };
}

/** Of opponents that were run on every task, the one that beats most others by medians after 100 trials. */
export function bestSingle(all: readonly Opponent[], tasks: readonly string[]): Opponent | undefined {
  const opponents = all.filter((one) => tasks.every((task) => Number.isFinite(medianAtTarget(one, task))));
  const wins = opponents.map((one) =>
    opponents.reduce((sum, other) => {
      const points = tasks.reduce((total, task) => {
        return total + Math.sign(medianAtTarget(other, task) - medianAtTarget(one, task));
      }, 0);
      return sum + Math.sign(points);
    }, 0),
  );
  return opponents[wins.indexOf(Math.max(...wins))];
}

function verdict(scale: Scale, ours: readonly number[], theirs: readonly number[]): Verdict {
  if (ours.length === 0) return 'absent';
  const regrets = [median(ours), median(theirs)].map((loss) => loss - scale.floor);
  if (regrets.every((regret) => regret <= SATURATED * scale.unit)) return 'saturated';
  return compared(ours, theirs);
}

function compareTask(
  task: string,
  { trialsOf, curves }: Side,
  theirs: ReadonlyMap<number, readonly number[]>,
  scale: Scale,
): TaskComparison | undefined {
  const bySeed = curves.get(task)!;
  const seeds = [...bySeed.keys()].filter((seed) => Number.isFinite(theirs.get(seed)?.[TARGET]));
  if (seeds.length === 0) return undefined;
  const rows = seeds.map((seed) => ({
    ours: atCheckpoints(bySeed.get(seed)!, trialsOf(seed)),
    theirs: theirs.get(seed)!,
  }));
  // Some searches go on for longer: at each checkpoint those pairs count of which both have come so far.
  const pairs = CHECKPOINTS.map((_, i) => {
    const known = rows.filter((row) => !Number.isNaN(row.ours[i]) && !Number.isNaN(row.theirs[i]));
    return { ours: known.map((row) => row.ours[i]!), theirs: known.map((row) => row.theirs[i]!) };
  });
  const shortest = Math.min(...seeds.map(trialsOf));
  const regret = (losses: readonly number[]): number =>
    losses.length === 0 ? Number.NaN : median(losses) - scale.floor;
  return {
    task,
    seeds: seeds.length,
    seedsAt: pairs.map(({ ours }) => ours.length),
    ours: pairs.map(({ ours }) => regret(ours)),
    theirs: pairs.map((pair) => regret(pair.theirs)),
    verdicts: pairs.map((pair) => verdict(scale, pair.ours, pair.theirs)),
    trials: trialsToReach(
      seeds.map((seed) => bySeed.get(seed)!.slice(0, shortest)),
      median(rows.map((row) => row.theirs[TARGET]!)),
    ),
  };
}

/** Compares a side with an opponent on all tasks where both have searched; undefined when there are none. */
export function compareSides(
  side: Side,
  opponent: Opponent,
  scales: ReadonlyMap<string, Scale>,
): Comparison | undefined {
  const tasks = [...side.curves.keys()].flatMap((task) => {
    const theirs = opponent.rows.get(task);
    const found = theirs && compareTask(task, side, theirs, scales.get(task)!);
    return found ? [found] : [];
  });
  if (tasks.length === 0) return undefined;
  const random = generator(randomKey('tasks', side.label, opponent.label));
  const trials = bootstrap(
    tasks.map((task) => task.trials),
    (sample) => medianOf([...sample]),
    random,
  );
  return { ours: side.label, theirs: opponent.label, tasks, trials };
}

/** How many tasks have a verdict at a checkpoint. */
export function countOf({ tasks }: Comparison, index: number, verdict: Verdict): number {
  return tasks.filter(({ verdicts }) => verdicts[index] === verdict).length;
}

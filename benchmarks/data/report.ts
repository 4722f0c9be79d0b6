import { median, pairedRatio } from '../training/ratios.ts';

/** Wall and processor time of a job in ms, and what came out. */
export interface Round {
  readonly ms: number;
  readonly cpu: number;
  readonly note: string;
}

/** The rounds of every side; those of equal index ran one after the other. */
export interface JobOutcome {
  readonly title: string;
  readonly sides: Readonly<Record<string, readonly Round[]>>;
  /** The figure to reach. */
  readonly limitMs?: number;
}

/** All that one run measured. */
export interface DataResults {
  readonly date: string;
  readonly machine: string;
  readonly versions: string;
  readonly rounds: number;
  /** Load average over a minute, before and after: above 1, others used the machine too. */
  readonly load: readonly number[];
  readonly outcomes: readonly JobOutcome[];
}

const shown = (ms: number): string => (ms < 100 ? ms.toFixed(1) : ms.toFixed(0));

function sideRow(side: string, { sides }: JobOutcome): string {
  const [ours, own] = [sides.Luthier!, sides[side]!];
  const times = own.map(({ ms }) => ms);
  const cpu = own.map((round) => round.cpu);
  const isOurs = side === 'Luthier';
  const ratio = (pick: (round: Round) => number): string =>
    isOurs ? '' : pairedRatio(ours.map(pick), own.map(pick)).toFixed(2);
  return `| ${side} | ${shown(times[0]!)} | ${shown(Math.min(...times))} | ${shown(median(times))} | ${shown(median(cpu))} | ${ratio(({ ms }) => ms)} | ${ratio((round) => round.cpu)} | ${own.at(-1)!.note} |`;
}

function section(outcome: JobOutcome): readonly string[] {
  return [
    `## ${outcome.title}`,
    '',
    ...(outcome.limitMs === undefined ? [] : [`To reach: at most ${outcome.limitMs} ms.`, '']),
    '| | first ms | least ms | median ms | median CPU ms | Luthier / it | of CPU times | found |',
    '|---|---|---|---|---|---|---|---|',
    ...Object.keys(outcome.sides).map((side) => sideRow(side, outcome)),
    '',
  ];
}

/** The results as Markdown. */
export function report(results: DataResults): string {
  return [
    '# Reading, vectorizing and clustering data',
    '',
    `Measured on ${results.date}: ${results.machine}. ${results.versions}.`,
    `${results.rounds} rounds, one thread each, the sides in turns; ratios are medians over the rounds of Luthier's time over`,
    'that of the other side; the first round includes compiling our code. Files are in the cache of the system.',
    `Load of the machine before and after: ${results.load.map((load) => load.toFixed(1)).join(' and ')}. Where others used the machine, processor`,
    'times say more than wall times.',
    '',
    ...results.outcomes.flatMap(section),
  ].join('\n');
}

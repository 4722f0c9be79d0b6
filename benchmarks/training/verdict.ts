import type { Round } from './contender.ts';
import type { StepProfile } from './profiling/step-profile.ts';
import { median, pairedRatio, shown } from './ratios.ts';
import { type Setting, settingName } from './settings.ts';
import { SIDES, type Side, type SideKind } from './sides.ts';

/** The rounds of every side; those of equal index ran one after the other. */
export interface Outcome {
  readonly setting: Setting;
  readonly rounds: Readonly<Partial<Record<Side, readonly Round[]>>>;
  /** Milliseconds from building the network to a session: in a new process, and the median of later ones. */
  readonly compile: { readonly first: number; readonly later: number };
  readonly profile: StepProfile;
}

/** Steps of two processes at once over those of one, by the clock and by processor times, which other programs do not lower. */
export interface Gain {
  readonly wall: number;
  readonly processor: number;
}

/** All that was measured of one network. */
export interface NetworkResult {
  readonly network: string;
  readonly title: string;
  readonly parameters: number;
  /** Most of the time of the fastest other library as it installs. */
  readonly installedTarget: number;
  /** Most milliseconds to compile, where there is a figure to reach. */
  readonly compileTarget?: number;
  /** Load average over a minute, before and after: above 1, others used the machine too. */
  readonly load: readonly [number, number];
  readonly outcomes: readonly Outcome[];
  /** The most bytes that a process of a side ever held while it trained this network only. */
  readonly memory: Readonly<Partial<Record<Side, number>>>;
  /** What two processes at once make, round by round. */
  readonly parallel?: readonly Gain[];
}

/** Most of the time of the fastest other library at its best. */
const BEST_TARGET = 1.25;
/** Least share of a step that the floor takes. */
const FLOOR_TARGET = 0.6;
/** Most of the native time that a browser takes. */
const BROWSER_TARGET = 2.5;
/** Least throughput of two processes on two cores over that of one. */
const PARALLEL_TARGET = 1.8;

type Pick = (round: Round) => number;
const wall: Pick = ({ ms }) => ms;
const processor: Pick = ({ cpu }) => cpu ?? Number.NaN;

/** Our time over that of the fastest side of some groups; undefined where there is none. */
function againstFastest(
  { rounds }: Outcome,
  groups: readonly SideKind['group'][],
  pick: Pick,
): number | undefined {
  const sides = (Object.keys(rounds) as Side[]).filter((side) => groups.includes(SIDES[side].group));
  if (sides.length === 0) return undefined;
  return Math.max(...sides.map((side) => pairedRatio(rounds.luthier!.map(pick), rounds[side]!.map(pick))));
}

function floorShare({ rounds }: Outcome, pick: Pick): number | undefined {
  return rounds.floor === undefined
    ? undefined
    : pairedRatio(rounds.floor.map(pick), rounds.luthier!.map(pick));
}

function judged(
  name: string,
  outcomes: readonly Outcome[],
  limit: number,
  isLeast: boolean,
  ratio: (outcome: Outcome, pick: Pick) => number | undefined,
): string | undefined {
  const known = outcomes.flatMap((outcome) => {
    const value = ratio(outcome, wall);
    return value === undefined ? [] : [{ outcome, value, cpu: ratio(outcome, processor)! }];
  });
  if (known.length === 0) return undefined;
  const worst = isLeast ? Math.min : Math.max;
  const misses = known.filter(({ value }) => (isLeast ? value < limit : value > limit));
  const cpu = worst(...known.map((one) => one.cpu));
  const worsts = `at worst ${shown(worst(...known.map(({ value }) => value)))}${Number.isFinite(cpu) ? `, of CPU times ${shown(cpu)}` : ''}`;
  const says =
    misses.length === 0
      ? 'holds'
      : `fails for ${misses.map(({ outcome }) => settingName(outcome.setting)).join(' and ')}`;
  return `${name} ${isLeast ? 'at least' : 'at most'} ${limit}: ${says} (${worsts})`;
}

function single(name: string, holds: boolean, found: string): string {
  return `${name}: ${holds ? 'holds' : 'fails'} (${found})`;
}

/** One line that says which figures to reach hold. */
export function verdict(result: NetworkResult): string {
  const { outcomes, memory, parallel, compileTarget } = result;
  const parts: (string | undefined)[] = [
    judged('as installed', outcomes, result.installedTarget, false, (outcome, pick) =>
      againstFastest(outcome, ['installed'], pick),
    ),
    judged('at its best', outcomes, BEST_TARGET, false, (outcome, pick) =>
      againstFastest(outcome, ['installed', 'best'], pick),
    ),
    judged('floor', outcomes, FLOOR_TARGET, true, floorShare),
    judged('browser over native', outcomes, BROWSER_TARGET, false, ({ rounds }, pick) =>
      rounds.browser === undefined
        ? undefined
        : pairedRatio(rounds.browser.map(pick), rounds.luthier!.map(pick)),
    ),
  ];
  if (compileTarget !== undefined) {
    const [first, later] = (['first', 'later'] as const).map((which) =>
      Math.max(...outcomes.map(({ compile }) => compile[which])),
    ) as [number, number];
    const found = `slowest ${later.toFixed(0)} ms, in a new process ${first.toFixed(0)} ms`;
    const holds = Math.max(first, later) <= compileTarget;
    parts.push(single(`compile in at most ${compileTarget} ms`, holds, found));
  }
  if (memory.luthier !== undefined && memory.torch !== undefined) {
    const ratio = memory.luthier / memory.torch;
    parts.push(single("memory at most PyTorch's", ratio <= 1, `${shown(ratio)} of it`));
  }
  if (parallel !== undefined) {
    const gain = median(parallel.map(({ wall: found }) => found));
    const found = `${shown(gain)} x, of CPU times ${shown(median(parallel.map((one) => one.processor)))} x`;
    parts.push(single(`two at once at least ${PARALLEL_TARGET} x`, gain >= PARALLEL_TARGET, found));
  }
  return `${result.title}: ${parts.filter((part) => part !== undefined).join('; ')}.`;
}

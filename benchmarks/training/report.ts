import type { Round } from './contender.ts';
import { profilePart } from './profiling/profile-part.ts';
import { median, pairedRatio, shown } from './ratios.ts';
import { settingName } from './settings.ts';
import { SIDES, type Side } from './sides.ts';
import { type NetworkResult, type Outcome, verdict } from './verdict.ts';

/** All that one run measured. */
export interface Results {
  readonly date: string;
  readonly machine: string;
  readonly versions: readonly string[];
  /** What was left out, and why. */
  readonly absent: readonly string[];
  readonly rounds: number;
  /** What a round of a side lasts, about. */
  readonly milliseconds: number;
  readonly networks: readonly NetworkResult[];
}

const wall = ({ ms }: Round): number => ms;
const processor = ({ cpu }: Round): number => cpu ?? Number.NaN;

function known(value: number, text: (value: number) => string): string {
  return Number.isFinite(value) ? text(value) : '';
}

function sideRow(side: Side, { rounds }: Outcome): string {
  const [ours, own] = [rounds.luthier!, rounds[side]!];
  const times = own.map(wall);
  const ratio = (pick: (round: Round) => number): string =>
    side === 'luthier' ? '' : known(pairedRatio(ours.map(pick), own.map(pick)), shown);
  const processorTime = known(median(own.map(processor)), (ms) => ms.toFixed(2));
  return `| ${SIDES[side].label} | ${Math.min(...times).toFixed(2)} | ${median(times).toFixed(2)} | ${processorTime} | ${ratio(wall)} | ${ratio(processor)} |`;
}

function settingPart(outcome: Outcome): readonly string[] {
  const sides = (Object.keys(SIDES) as Side[]).filter((side) => outcome.rounds[side] !== undefined);
  const { first, later } = outcome.compile;
  return [
    `### ${settingName(outcome.setting)}`,
    '',
    '| | ms a step, least | median | median CPU ms | Luthier / it | of CPU times |',
    '|---|---|---|---|---|---|',
    ...sides.map((side) => sideRow(side, outcome)),
    '',
    `Compiled in ${later.toFixed(0)} ms, the first of a process in ${first.toFixed(0)} ms.`,
    '',
    ...profilePart(outcome.profile),
  ];
}

function networkPart(result: NetworkResult): readonly string[] {
  const { title, parameters, load, memory, parallel, outcomes } = result;
  const held = (Object.keys(SIDES) as Side[]).flatMap((side) => {
    const bytes = memory[side];
    return bytes === undefined ? [] : [`${SIDES[side].label} ${(bytes / 2 ** 20).toFixed(0)} MiB`];
  });
  return [
    `## ${title}`,
    '',
    `${parameters} parameters. Load of the machine before and after: ${load.map((one) => one.toFixed(1)).join(' and ')}.`,
    ...(held.length === 0 ? [] : [`Peak memory of a process that trains only this: ${held.join('; ')}.`]),
    ...(parallel === undefined
      ? []
      : [
          `Two trainings at once make ${shown(median(parallel.map(({ wall: gain }) => gain)))} times the steps of one; by the processor times of a step it is ${shown(median(parallel.map((gain) => gain.processor)))} times.`,
        ]),
    '',
    ...outcomes.flatMap(settingPart),
  ];
}

/** The results as Markdown. */
export function report(results: Results): string {
  return [
    '# Training steps',
    '',
    'One training step of each network, one thread a side; batches gathered from the bytes of MNIST (tokens for BERT);',
    'cross-entropy; the loss of every step is kept and read rarely. Luthier also measures accuracy and penalty of every step.',
    '',
    `Measured on ${results.date}: ${results.machine}. ${results.versions.join('; ')}.`,
    `${results.rounds} rounds of about ${results.milliseconds} ms, the sides in turns; ratios are medians of the ratios within a round.`,
    'At its best, PyTorch has images channels last. CPU times are those of all threads of the process.',
    'The floor computes each product and convolution in the fastest form',
    'that ONNX Runtime was found to have for it.',
    '',
    'After each setting follows where our step goes. Kernels are those of ONNX Runtime, in loops too, timed by its profiler, which',
    'drops what is less than a microsecond of each run; of the runs of a node the faster half counts. Between the kernels is the step',
    '(its least processor time) without the profiler less all kernels: loops, calls, and what is done outside of the runtime.',
    ...results.absent.map((text) => `\nLeft out: ${text}.`),
    '',
    '## Figures to reach',
    '',
    ...results.networks.map((result) => `- ${verdict(result)}`),
    '',
    ...results.networks.flatMap(networkPart),
  ].join('\n');
}

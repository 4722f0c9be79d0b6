import { PARTS, type Part } from './parts.ts';
import type { NodeTime, OpTime, StepProfile } from './step-profile.ts';

/** Kinds that take less of a step are told together. */
const SMALL = 0.005;

function sumOf(times: readonly OpTime[], pick: 'ms' | 'runs'): number {
  return times.reduce((sum, time) => sum + time[pick], 0);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** How often: whole numbers where they are. */
function times(runs: number): string {
  return runs.toFixed(Math.abs(runs - Math.round(runs)) < 1e-6 ? 0 : 2);
}

/** Kinds of kernels as rows of a table, small ones together. */
function opRows({ ops, step }: StepProfile): readonly string[] {
  const row = (name: string, part: string, ms: number, runs: number): string =>
    `| ${name} | ${part} | ${ms.toFixed(3)} | ${percent(ms / step)} | ${times(runs)} |`;
  const small = ops.filter(({ ms }) => ms < SMALL * step);
  const shown = small.length > 1 ? ops.filter((op) => !small.includes(op)) : ops;
  return [
    ...shown.map(({ op, part, ms, runs }) => row(op, PARTS[part], ms, runs)),
    ...(shown === ops ? [] : [row(`${small.length} others`, '', sumOf(small, 'ms'), sumOf(small, 'runs'))]),
  ];
}

/**
 * A profile as Markdown: a step by parts beside the floor, and by kinds of kernels.
 *
 * What is between the kernels is the step without the profiler less all kernels: loops, the calls, and all that is done
 * outside of the runtime.
 */
export function profilePart(profile: StepProfile): readonly string[] {
  const { ops, step, floor } = profile;
  const part = (of: Part): readonly OpTime[] => ops.filter((op) => op.part === of);
  const parts = (['products', 'update', 'rest'] as const).map((of) => {
    const ms = sumOf(part(of), 'ms');
    const counted = of === 'rest' ? '' : floor[of].toFixed(3);
    return `| ${PARTS[of]} | ${ms.toFixed(3)} | ${percent(ms / step)} | ${times(sumOf(part(of), 'runs'))} | ${counted} |`;
  });
  const between = step - sumOf(ops, 'ms');
  return [
    `Where a step of ${step.toFixed(2)} ms goes:`,
    '',
    '| part | ms a step | share | kernels a step | the floor counts, ms |',
    '|---|---|---|---|---|',
    ...parts,
    `| between the kernels | ${between.toFixed(3)} | ${percent(between / step)} |  |  |`,
    '',
    '| kernel | part | ms a step | share | runs a step |',
    '|---|---|---|---|---|',
    ...opRows(profile),
    '',
  ];
}

/** The nodes that take longest, as Markdown. */
export function nodePart(nodes: readonly NodeTime[], step: number, count: number): readonly string[] {
  return [
    '| node | kernel | ms a step | share | runs a step | shapes |',
    '|---|---|---|---|---|---|',
    ...nodes
      .slice(0, count)
      .map(
        ({ node, op, ms, runs, shapes }) =>
          `| ${node} | ${op} | ${ms.toFixed(3)} | ${percent(ms / step)} | ${times(runs)} | ${shapes} |`,
      ),
    '',
  ];
}

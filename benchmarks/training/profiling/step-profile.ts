import { type Part, partOf } from './parts.ts';
import type { KernelRun, TracedCall } from './trace.ts';

/** Time of the kernels of one kind within one part of a step. */
export interface OpTime {
  readonly op: string;
  readonly part: Part;
  /** Milliseconds a step. */
  readonly ms: number;
  /** Runs of kernels a step. */
  readonly runs: number;
}

/** Time of one node of the graph. */
export interface NodeTime extends OpTime {
  readonly node: string;
  /** As of its last run, such as `32x784, 784x512 -> 32x512`. */
  readonly shapes: string;
}

/** What a training step is made of. */
export interface StepProfile {
  readonly steps: number;
  /** Milliseconds of processor time a step, without the profiler. */
  readonly step: number;
  /** Milliseconds of processor time a step of what the floor counts. */
  readonly floor: Readonly<Record<'products' | 'update', number>>;
  /** The longest first. */
  readonly ops: readonly OpTime[];
}

/** The mean of the faster half: what other programs on the processor do not disturb. */
function undisturbed(values: readonly number[]): number {
  const faster = [...values].sort((a, b) => a - b).slice(0, Math.ceil(values.length / 2));
  return faster.reduce((sum, value) => sum + value, 0) / faster.length;
}

/** Milliseconds a step by node, the longest first: runs of a node in a step times the mean of their faster half. */
export function nodeTimes(calls: readonly TracedCall[], steps: number): readonly NodeTime[] {
  const byNode = new Map<string, KernelRun[]>();
  for (const run of calls.flatMap(({ kernels }) => kernels)) {
    const runs = byNode.get(run.node);
    if (runs === undefined) byNode.set(run.node, [run]);
    else runs.push(run);
  }
  return [...byNode.values()]
    .map((runs) => {
      const { node, op, inputs, outputs } = runs.at(-1)!;
      const each = undisturbed(runs.map(({ microseconds }) => microseconds));
      return {
        node,
        op,
        part: partOf(op, node),
        shapes: `${inputs.join(', ')} -> ${outputs.join(', ')}`,
        ms: (each * runs.length) / 1000 / steps,
        runs: runs.length / steps,
      };
    })
    .sort((a, b) => b.ms - a.ms);
}

/** Milliseconds a step by kind and part, the longest first. */
export function opTimes(nodes: readonly NodeTime[]): readonly OpTime[] {
  const byKind = new Map<string, OpTime>();
  for (const { op, part, ms, runs } of nodes) {
    const key = `${op} ${part}`;
    const sum = byKind.get(key) ?? { op, part, ms: 0, runs: 0 };
    byKind.set(key, { ...sum, ms: sum.ms + ms, runs: sum.runs + runs });
  }
  return [...byKind.values()].sort((a, b) => b.ms - a.ms);
}

/** One run of a kernel, as ONNX Runtime's profiler saw it. */
export interface KernelRun {
  readonly node: string;
  /** Kind of operation, such as `Gemm`. */
  readonly op: string;
  readonly microseconds: number;
  /** Shapes of what goes in and comes out, such as `32x784`. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** The kernels of one call into a session. */
export interface TracedCall {
  readonly kernels: readonly KernelRun[];
}

interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args?: {
    readonly op_name?: string;
    readonly input_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
    readonly output_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
  };
}

const KERNEL = '_kernel_time';

/** Their time is that of the nodes in their bodies, which have events of their own. */
const CONTAINERS: ReadonlySet<string> = new Set(['Scan', 'Loop', 'If']);

function shapesOf(types: readonly Readonly<Record<string, readonly number[]>>[] = []): readonly string[] {
  return types.flatMap((type) => Object.values(type)).map((shape) => shape.join('x') || 'scalar');
}

function kernelOf({ name, dur, args = {} }: TraceEvent): KernelRun {
  return {
    // A node that took up the one after it is called so.
    node: name.slice(0, -KERNEL.length).replace(/^fused /, ''),
    op: args.op_name ?? 'unknown',
    microseconds: dur,
    inputs: shapesOf(args.input_type_shape),
    outputs: shapesOf(args.output_type_shape),
  };
}

/**
 * The calls of a session from the trace of ONNX Runtime's profiler, in the order in which they began.
 *
 * Nodes of loops' bodies are among the kernels and the loops themselves are not, so that nothing is counted twice. The
 * profiler drops what is less than a microsecond of every kernel.
 */
export function readTrace(text: string): readonly TracedCall[] {
  const events = JSON.parse(text) as readonly TraceEvent[];
  const calls = events
    .filter(({ cat, name }) => cat === 'Session' && name === 'model_run')
    .map(({ ts, dur }) => ({ from: ts, to: ts + dur, kernels: [] as KernelRun[] }))
    .sort((a, b) => a.from - b.from);
  for (const event of events) {
    if (event.cat !== 'Node' || !event.name.endsWith(KERNEL)) continue;
    if (CONTAINERS.has(event.args?.op_name ?? '')) continue;
    calls.find(({ from, to }) => from <= event.ts && event.ts <= to)?.kernels.push(kernelOf(event));
  }
  return calls;
}

import type { Node } from '../graph/node.ts';
import type { OnnxAttribute } from '../graph/onnx-context.ts';
import { add } from '../graph/ops/arithmetic.ts';
import { kernelCall } from '../graph/ops/kernel-call.ts';
import { reshape, transpose } from '../graph/ops/shape.ts';
import { concat, slice } from '../graph/ops/slice.ts';
import { constant, input } from '../graph/ops/sources.ts';
import type { ForwardContext } from './layer.ts';
import type { RecurrentLayer } from './recurrent-options.ts';

/** Output and states after all steps. */
export interface Reading {
  /** [batch, steps, units] with `returnSequences`, in the order of the steps; else [batch, units]. */
  readonly output: Node;
  readonly states: readonly Node[];
}

/** The operator of ONNX that does what a recurrent layer does at inference. */
export interface RecurrentKernel {
  readonly type: 'RNN' | 'LSTM' | 'GRU';
  /** Which gate of Keras comes at each place of ONNX. */
  readonly order: readonly number[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** Blocks of rows in another order. */
function reordered(x: Node, order: readonly number[], units: number): Node {
  if (order.every((gate, place) => gate === place)) return x;
  return concat(
    order.map((gate) => slice(x, [gate * units], [(gate + 1) * units])),
    0,
  );
}

function inverse(order: readonly number[]): readonly number[] {
  return order.map((_, gate) => order.indexOf(gate));
}

/** The bias of input and state, one after the other. */
function bothBiases(bias: Node, order: readonly number[], units: number): Node {
  const columns = order.length * units;
  const rows = bias.shape.length === 2;
  const ofInput = rows ? reshape(slice(bias, [0], [1]), [columns]) : bias;
  const ofState = rows
    ? reshape(slice(bias, [1], [2]), [columns])
    : constant(new Float32Array(columns), [columns]);
  const parts = [ofInput, ofState].map((part) => reordered(part, order, units));
  return reshape(concat(parts, 0), [1, 2 * columns]);
}

/** The other way round. */
function biasOf(both: Node, shape: readonly number[], order: readonly number[], units: number): Node {
  const columns = order.length * units;
  const [ofInput, ofState] = [0, 1].map((i) => {
    const part = slice(both, [i * columns], [(i + 1) * columns], { axes: [1] });
    return reordered(reshape(part, [columns]), inverse(order), units);
  }) as [Node, Node];
  return shape.length === 2 ? reshape(concat([ofInput, ofState], 0), shape) : add(ofInput, ofState);
}

/**
 * Reads a sequence by the runtime's own operator: one to three times as fast as a scan, and what other tools expect in a
 * file. `read` is the scan, which says what the operator means.
 */
export function readByKernel<L extends RecurrentLayer>(
  { type, order, attributes = {} }: RecurrentKernel,
  layer: L,
  context: ForwardContext,
  read: (layer: L, context: ForwardContext) => Reading,
): Reading {
  const { inputs, weight } = context;
  const [x, ...initial] = inputs as [Node, ...Node[]];
  const { units, useBias, returnSequences, goBackwards } = layer;
  const [batch, steps] = x.shape as [number, number];
  const bySteps = transpose(x, [1, 0, 2]);
  const matrices = ['kernel', 'recurrentKernel'].map((name) => {
    const rows = reordered(weight(name), order, units);
    return reshape(rows, [1, ...rows.shape]);
  });
  const biases = useBias ? [bothBiases(weight('bias'), order, units)] : [];
  const states = initial.map((state) => reshape(state, [1, batch, units]));
  const values = [bySteps, ...matrices, ...biases, ...states];
  const formals = values.map(({ shape }, i) => input(`kernel${i}`, 'float32', shape));
  const [sequence, kernel, recurrent, ...rest] = formals as [Node, Node, Node, ...Node[]];
  const plain = (rows: Node): Node => reordered(reshape(rows, rows.shape.slice(1)), inverse(order), units);
  const weights: Readonly<Record<string, Node>> = {
    kernel: plain(kernel),
    recurrentKernel: plain(recurrent),
    ...(useBias ? { bias: biasOf(rest[0]!, weight('bias').shape, order, units) } : {}),
  };
  const inside = transpose(sequence, [1, 0, 2]);
  const starts = rest.slice(biases.length).map((state) => reshape(state, [batch, units]));
  const meant = read(
    { ...layer, returnSequences: true },
    { ...context, input: inside, inputs: [inside, ...starts], weight: (name) => weights[name]! },
  );
  const all = reshape(transpose(meant.output, [1, 0, 2]), [steps, 1, batch, units]);
  const last = meant.states.map((state, i) => [`state${i}`, reshape(state, [1, batch, units])] as const);
  const results = kernelCall({
    type,
    attributes: {
      hidden_size: { int: units },
      ...(goBackwards ? { direction: { string: 'reverse' } } : {}),
      ...attributes,
    },
    meaning: { inputs: formals, outputs: { all, ...Object.fromEntries(last) } },
    inputs: values,
    // X, W, R, B, lengths of the sequences, then the initial states.
    places: [0, 1, 2, useBias ? 3 : undefined, undefined, ...states.map((_, i) => 3 + biases.length + i)],
  });
  const ends = last.map(([name]) => reshape(results[name]!, [batch, units]));
  const output = returnSequences
    ? reshape(transpose(results.all!, [2, 0, 1, 3]), [batch, steps, units])
    : ends[0]!;
  return { output, states: ends };
}

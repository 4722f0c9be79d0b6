import { defineOp } from '../define-op.ts';
import { pullback } from '../gradient.ts';
import type { Graph, Node } from '../node.ts';
import type { OnnxAttribute } from '../onnx-context.ts';
import { substitute } from '../substitute.ts';
import { add } from './arithmetic.ts';
import { pick } from './pick.ts';

/** One operator of the runtime that does what a graph does, but faster. */
export interface KernelCall {
  /** The ONNX operator. */
  readonly type: string;
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
  /** What it means: a closed graph whose outputs are those of the operator, in order. */
  readonly meaning: Graph;
  /** Values for the inputs of the graph. */
  readonly inputs: readonly Node[];
  /** Which of the values each input of the operator is, undefined for one left out. */
  readonly places: readonly (number | undefined)[];
}

const createKernelCall = defineOp({
  name: 'kernelCall',
  infer: (_, { meaning }) => {
    const { dtype, shape } = Object.values((meaning as Graph).outputs)[0]!;
    return { dtype, shape };
  },
  results: ({ attributes }) => Object.values((attributes.meaning as Graph).outputs),
  resultsGradient: ({ inputs, attributes }, dys) => {
    const meaning = attributes.meaning as Graph;
    const seeds = new Map<Node, Node>();
    for (const [i, output] of Object.values(meaning.outputs).entries()) {
      const dy = dys[i];
      if (dy !== undefined) seeds.set(output, seeds.has(output) ? add(seeds.get(output)!, dy) : dy);
    }
    const parts = pullback(seeds, meaning.inputs);
    const given = new Map(meaning.inputs.map((formal, i) => [formal, inputs[i]!]));
    return parts.map((part) => part && substitute([part], given)[0]!);
  },
  onnx: ({ attributes }, context) => {
    const { type, options, places, meaning } = attributes as unknown as {
      readonly type: string;
      readonly options: string;
      readonly places: readonly number[];
      readonly meaning: Graph;
    };
    context.emit(
      type,
      places.map((i) => (i < 0 ? '' : context.input(i))),
      JSON.parse(options) as KernelCall['attributes'],
      Object.keys(meaning.outputs).map((_, i) => context.result(i)),
    );
  },
  reference: ({ attributes }, inputs, interpret) => interpret(attributes.meaning as Graph, inputs),
});

/**
 * Calls an operator of the runtime; the graph that says what it means gives its reference value and its gradient.
 *
 * @example
 * const meaning = { inputs: [a], outputs: { y: multiply(a, tanh(softplus(a))) } };
 * const { y } = kernelCall({ type: 'Mish', attributes: {}, meaning, inputs: [x], places: [0] });
 */
export function kernelCall(call: KernelCall): Readonly<Record<string, Node>> {
  const { type, attributes, meaning, inputs, places } = call;
  const node = createKernelCall(inputs, {
    type,
    options: JSON.stringify(attributes),
    places: places.map((place) => place ?? -1),
    meaning,
  });
  return Object.fromEntries(Object.keys(meaning.outputs).map((name, i) => [name, pick(node, i)]));
}

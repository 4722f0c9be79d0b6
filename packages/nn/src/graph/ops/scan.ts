import { LuthierError } from '@luthier/core';
import { defineOp } from '../define-op.ts';
import { formatShape, shapeError, typeError } from '../errors.ts';
import type { Graph, Node } from '../node.ts';
import { simplify } from '../simplify.ts';
import { substitute } from '../substitute.ts';
import { isSameShape, sizeOf, type Tensor } from '../tensor.ts';
import { topological } from '../topological.ts';
import { pick } from './pick.ts';
import { scanGradient } from './scan-gradient.ts';
import { attributesOf, resultTypes, type ScanAttributes } from './scan-node.ts';
import { broadcastTo } from './shape.ts';
import { input, isConstant } from './sources.ts';

export interface ScanOptions {
  /** Initial states. */
  readonly states: readonly Node[];
  /** Sequences, read along their first axis, one element a step. */
  readonly sequences: readonly Node[];
  /** Values that stay the same, for body inputs after those of states and elements. */
  readonly constants?: readonly Node[];
  /** Run from the last element to the first; per-step outputs keep the order of the sequence. Default false. */
  readonly reverse?: boolean;
}

const createScan = defineOp({
  name: 'scan',
  infer: (inputs, attributes) => {
    const scanned = attributes as unknown as ScanAttributes;
    check(inputs, scanned);
    return resultTypes(inputs, scanned)[0]!;
  },
  results: (node) => resultTypes(node.inputs, attributesOf(node)),
  onnx: (node, context) => {
    const { body, states, sequences, reverse } = attributesOf(node);
    const moving = states + sequences;
    const outer = node.inputs.slice(moving).map((_, i) => context.input(moving + i));
    const count = Object.keys(body.outputs).length;
    const ones = (length: number): { ints: number[] } | undefined =>
      reverse && length > 0 ? { ints: new Array<number>(length).fill(1) } : undefined;
    context.emit(
      'Scan',
      Array.from({ length: moving }, (_, i) => context.input(i)),
      {
        body: { graph: context.subgraph(body, outer) },
        num_scan_inputs: { int: sequences },
        scan_input_directions: ones(sequences),
        scan_output_directions: ones(count - states),
      },
      Array.from({ length: count }, (_, i) => context.result(i)),
    );
  },
  resultsGradient: scanGradient,
  simplify: simplifyScan,
  reference: (node, inputs, interpret) => {
    const { body, states, sequences, reverse } = attributesOf(node);
    const steps = node.inputs[states]!.shape[0]!;
    const types = resultTypes(node.inputs, attributesOf(node));
    const collected = types.slice(states).map((type) => new Float64Array(sizeOf(type.shape)));
    let current = inputs.slice(0, states);
    for (let step = 0; step < steps; step++) {
      const position = reverse ? steps - 1 - step : step;
      const elements = inputs
        .slice(states, states + sequences)
        .map((sequence) => elementOf(sequence, position));
      const outputs = interpret(body, [...current, ...elements, ...inputs.slice(states + sequences)]);
      current = outputs.slice(0, states);
      for (const [i, data] of collected.entries()) {
        const value = outputs[states + i]!.data;
        data.set(value, position * value.length);
      }
    }
    return [...current, ...collected.map((data, i) => ({ ...types[states + i]!, data }))];
  },
});

/**
 * Simplifies the body: constants replace the inputs bound to them, repeated values are repeated inside (where most
 * ops need no repetition), equal captures are one, unused ones go.
 */
function simplifyScan(node: Node): Node | undefined {
  const { body, states, sequences } = attributesOf(node);
  const moving = states + sequences;
  const actuals = [...node.inputs];
  const formals = [...body.inputs];
  const bound = new Map<Node, Node>();
  for (let i = moving; i < actuals.length; i++) {
    const formal = formals[i]!;
    const actual = actuals[i]!;
    const first = actuals.indexOf(actual, moving);
    if (isConstant(actual)) bound.set(formal, actual);
    else if (first < i) bound.set(formal, bound.get(body.inputs[first]!) ?? formals[first]!);
    else if (actual.op === 'broadcastTo') {
      actuals[i] = actual.inputs[0]!;
      formals[i] = input(String(formal.attributes.name), formal.dtype, actuals[i]!.shape);
      bound.set(formal, broadcastTo(formals[i]!, formal.shape));
    }
  }
  const names = Object.keys(body.outputs);
  const old = Object.values(body.outputs);
  const filled = bound.size === 0 ? old : substitute(old, bound);
  const outputs = simplify({
    inputs: formals,
    outputs: Object.fromEntries(names.map((name, i) => [name, filled[i]!])),
  }).outputs;
  const reached = new Set(topological(Object.values(outputs)));
  const kept = formals.map((formal, i) => i < moving || reached.has(formal));
  if (kept.every(Boolean) && names.every((name, i) => outputs[name] === old[i])) return undefined;
  return scanNode(
    actuals.filter((_, i) => kept[i]),
    { ...attributesOf(node), body: { inputs: formals.filter((_, i) => kept[i]), outputs } },
  );
}

function elementOf(sequence: Tensor, position: number): Tensor {
  const shape = sequence.shape.slice(1);
  const size = sizeOf(shape);
  return { dtype: sequence.dtype, shape, data: sequence.data.slice(position * size, (position + 1) * size) };
}

function check(inputs: readonly Node[], { body, states, sequences }: ScanAttributes): void {
  const elements = inputs.slice(states, states + sequences);
  const outputs = Object.values(body.outputs);
  if (sequences === 0)
    throw shapeError('scan', 'there is no sequence', [], 'Scan over one sequence at least.');
  if (inputs.length !== body.inputs.length || outputs.length < states) {
    const problem = `the body has ${body.inputs.length} inputs for ${inputs.length} values and ${outputs.length} outputs for ${states} states`;
    throw shapeError('scan', problem, [], 'Give the body one input per state, sequence and constant.');
  }
  for (const [i, formal] of body.inputs.entries()) {
    const actual = inputs[i]!;
    const isElement = i >= states && i < states + sequences;
    const shape = isElement ? actual.shape.slice(1) : actual.shape;
    const name = String(formal.attributes.name);
    if (isElement && actual.shape.length === 0)
      throw shapeError('scan', 'a sequence needs an axis', [actual], 'Give it one.');
    if (formal.dtype !== actual.dtype)
      throw typeError('scan', `input '${name}' of the body differs`, [formal, actual], 'Cast it.');
    if (!isSameShape(formal.shape, shape)) {
      const problem = `input '${name}' of the body gets ${formatShape(shape)}`;
      throw shapeError('scan', problem, [formal, actual], 'Make the shapes equal.');
    }
  }
  for (const [i, state] of inputs.slice(0, states).entries()) {
    const next = outputs[i]!;
    if (next.dtype !== state.dtype)
      throw typeError('scan', `state ${i} changes its type`, [state, next], 'Cast it.');
    if (!isSameShape(next.shape, state.shape)) {
      throw shapeError('scan', `state ${i} changes its shape`, [state, next], 'Keep the shape of a state.');
    }
  }
  if (elements.some((x) => x.shape[0] !== elements[0]!.shape[0])) {
    throw shapeError('scan', 'sequences differ in length', elements, 'Make their first extents equal.');
  }
}

/** The node behind a scan; its body must be closed. */
export function scanNode(inputs: readonly Node[], attributes: ScanAttributes): Node {
  return createScan(inputs, { ...attributes });
}

/** Outer nodes that body nodes read directly, in the order they are met; constants are copied instead. */
function capturesOf(body: Graph): readonly Node[] {
  const inside = new Set<Node>(body.inputs);
  const captured = new Set<Node>();
  const roots = Object.values(body.outputs);
  for (const node of topological(roots)) {
    if (node.inputs.some((x) => inside.has(x))) inside.add(node);
  }
  for (const node of [...inside].filter((x) => !body.inputs.includes(x))) {
    for (const x of node.inputs) if (!inside.has(x) && !isConstant(x)) captured.add(x);
  }
  for (const root of roots) if (!inside.has(root) && !isConstant(root)) captured.add(root);
  return [...captured];
}

/**
 * Runs a body once per element of sequences, handing states from step to step.
 *
 * Inputs of the body: the states, one element of each sequence, then the constants. Outputs: the new states, then
 * values that are stacked over the steps. Body nodes may use outer nodes directly; whatever does not depend on the
 * inputs of the body is computed once, outside. Route nothing constant through states: that copies it every step.
 *
 * Returns, by the body's output names, the final states and the stacked values `[steps, ...]`.
 * Throws LU_GRAPH_SHAPE and LU_GRAPH_TYPE when body and values do not fit. Its gradient is a scan in the other
 * direction, see `scanGradient`.
 *
 * @example
 * const total = input('total', 'float32', []);
 * const x = input('x', 'float32', []);
 * const next = add(total, x);
 * const { sum } = scan({ inputs: [total, x], outputs: { sum: next } }, { states: [scalar(0)], sequences: [xs] });
 */
export function scan(body: Graph, options: ScanOptions): Readonly<Record<string, Node>> {
  const names = Object.keys(body.outputs);
  if (names.length === 0) {
    throw new LuthierError('LU_GRAPH_SCAN', 'scan: the body has no outputs', {
      fix: 'Give one output at least.',
    });
  }
  const captures = capturesOf(body);
  const formals = captures.map((node, i) => input(`captured${i}`, node.dtype, node.shape));
  const closed = substitute(
    Object.values(body.outputs),
    new Map(captures.map((node, i) => [node, formals[i]!])),
  );
  const node = scanNode(
    [...options.states, ...options.sequences, ...(options.constants ?? []), ...captures],
    {
      body: {
        inputs: [...body.inputs, ...formals],
        outputs: Object.fromEntries(names.map((name, i) => [name, closed[i]!])),
      },
      states: options.states.length,
      sequences: options.sequences.length,
      reverse: options.reverse ?? false,
    },
  );
  return Object.fromEntries(names.map((name, i) => [name, pick(node, i)]));
}

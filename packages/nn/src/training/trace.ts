import { LuthierError } from '@luthier/core';
import { describeLayer } from '../layers/kinds.ts';
import { describeSource, type LayerCall, type SymbolicTensor } from './symbolic.ts';

function requireInputs(inputs: readonly SymbolicTensor[], outputs: readonly SymbolicTensor[]): void {
  if (inputs.length === 0 || outputs.length === 0) {
    throw new LuthierError('LU_MODEL_EMPTY', 'A model needs an input and an output', {
      fix: 'Give inputs and outputs, made by input() and call().',
    });
  }
  const notInput = inputs.find(({ call }) => call !== undefined);
  if (notInput !== undefined) {
    throw new LuthierError('LU_MODEL_INPUT', `inputs holds the output of ${describeSource(notInput)}`, {
      fix: 'Give what input() returned.',
    });
  }
  if (new Set(inputs).size < inputs.length) {
    throw new LuthierError('LU_MODEL_INPUT', 'inputs holds a tensor twice', {
      fix: 'Give every input once.',
    });
  }
}

/**
 * The calls between inputs and outputs, every one after those it needs, in the order in which a reader of the outputs
 * meets them.
 *
 * Throws `LU_MODEL_CYCLE` for a cycle, `LU_MODEL_INPUT` for an input that is missing or that no output needs.
 */
export function traceCalls(
  inputs: readonly SymbolicTensor[],
  outputs: readonly SymbolicTensor[],
): readonly LayerCall[] {
  requireInputs(inputs, outputs);
  const order: LayerCall[] = [];
  const state = new Map<LayerCall, 'open' | 'done'>();
  const met = new Set<SymbolicTensor>();
  // With a stack of its own: a model may be deeper than the call stack of a browser.
  const stack: { readonly call: LayerCall; next: number }[] = [];
  const enter = (tensor: SymbolicTensor, user: string): void => {
    const { call } = tensor;
    if (call === undefined) {
      met.add(tensor);
      if (inputs.includes(tensor)) return;
      throw new LuthierError(
        'LU_MODEL_INPUT',
        `${user} needs ${describeSource(tensor)}, which is not among inputs`,
        {
          fix: 'Add it to the inputs of the model.',
        },
      );
    }
    if (state.get(call) === 'done') return;
    if (state.get(call) === 'open') {
      throw new LuthierError('LU_MODEL_CYCLE', `${describeLayer(call.layer)} needs its own output`, {
        fix: 'Break the cycle: a model is an acyclic graph of layers.',
        where: describeLayer(call.layer),
      });
    }
    state.set(call, 'open');
    stack.push({ call, next: 0 });
  };
  for (const output of outputs) {
    enter(output, 'the model');
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      if (top.next < top.call.inputs.length) {
        enter(top.call.inputs[top.next++]!, describeLayer(top.call.layer));
      } else {
        state.set(top.call, 'done');
        order.push(top.call);
        stack.pop();
      }
    }
  }
  const unused = inputs.find((tensor) => !met.has(tensor));
  if (unused !== undefined) {
    throw new LuthierError('LU_MODEL_INPUT', `no output depends on ${describeSource(unused)}`, {
      fix: 'Use the input, or remove it from inputs.',
    });
  }
  return order;
}

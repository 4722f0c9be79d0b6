import { LuthierError } from '@luthier/core';
import { definitionOf } from './define-op.ts';
import { describeNode, shapeError, typeError } from './errors.ts';
import { withLabel } from './label.ts';
import type { Node } from './node.ts';
import { add } from './ops/arithmetic.ts';
import { broadcastTo } from './ops/shape.ts';
import { scalar } from './ops/sources.ts';
import { topological } from './topological.ts';

/**
 * The gradients of a scalar with respect to nodes, as nodes of the same graph (reverse mode).
 *
 * Zeros where the output does not depend on a node; integers and bools carry no gradient. Only what the gradients
 * asked for need is part of them. Run `simplify` over the result: it turns products into single Gemms and drops the
 * factors of one that this leaves behind.
 *
 * Throws LU_GRAPH_NO_GRADIENT, naming op and layer, when the gradient would have to pass an op that has none.
 *
 * @example
 * const [dw, db] = gradient(mean(square(subtract(add(matmul(x, w), b), y))), [w, b]);
 */
export function gradient(output: Node, wrt: readonly Node[]): readonly Node[] {
  if (output.shape.length !== 0) {
    throw shapeError('gradient', 'the output is no scalar', [output], 'Reduce it with sum or mean first.');
  }
  const notFloat = [output, ...wrt].find((node) => node.dtype !== 'float32');
  if (notFloat !== undefined) {
    throw typeError('gradient', 'only float32 has a gradient', [notFloat], 'Cast to float32 before.');
  }
  const gradients = pullback(new Map([[output, scalar(1)]]), wrt);
  return wrt.map((node, i) => gradients[i] ?? broadcastTo(scalar(0), node.shape));
}

/**
 * The gradients of nodes, given those of others that depend on them; undefined where none flows.
 *
 * `gradient` is this with the gradient 1 of its output.
 */
export function pullback(
  outputGradients: ReadonlyMap<Node, Node>,
  wrt: readonly Node[],
): readonly (Node | undefined)[] {
  const order = topological([...outputGradients.keys()]);
  const active = new Set<Node>(wrt);
  for (const node of order) {
    if (hasGradient(node) && node.inputs.some((input) => active.has(input))) active.add(node);
  }
  const gradients = new Map<Node, Node>(outputGradients);
  const ofResults = new Map<Node, (Node | undefined)[]>();
  for (const node of order.toReversed()) {
    const dy = gradients.get(node);
    const dys = ofResults.get(node);
    if ((dy === undefined && dys === undefined) || !node.inputs.some((input) => active.has(input))) continue;
    const index = definitionOf(node).resultIndex?.(node);
    if (index !== undefined) {
      const source = node.inputs[0]!;
      const all = ofResults.get(source) ?? [];
      all[index] = all[index] === undefined ? dy : add(all[index], dy!);
      ofResults.set(source, all);
      continue;
    }
    const parts = withLabel(node.label && `gradient of ${node.label}`, () =>
      dys === undefined
        ? partsOf(node, dy!)
        : partsOfResults(
            node,
            dys,
            node.inputs.map((input) => active.has(input)),
          ),
    );
    for (const [i, input] of node.inputs.entries()) {
      const part = parts[i];
      if (part === undefined || !active.has(input)) continue;
      const sofar = gradients.get(input);
      gradients.set(input, sofar === undefined ? part : add(sofar, part));
    }
  }
  return wrt.map((node) => gradients.get(node));
}

/** Integers and bools carry none; of several results one float32 is enough. */
function hasGradient(node: Node): boolean {
  return (definitionOf(node).results?.(node) ?? [node]).some(({ dtype }) => dtype === 'float32');
}

function partsOf(node: Node, dy: Node): readonly (Node | undefined)[] {
  const definition = definitionOf(node);
  if (definition.gradient === undefined) throw noGradient(node);
  return definition.gradient(node, dy);
}

function partsOfResults(
  node: Node,
  dys: readonly (Node | undefined)[],
  isWanted: readonly boolean[],
): readonly (Node | undefined)[] {
  const definition = definitionOf(node);
  if (definition.resultsGradient === undefined) throw noGradient(node);
  return definition.resultsGradient(node, dys, isWanted);
}

function noGradient(node: Node): LuthierError {
  return new LuthierError('LU_GRAPH_NO_GRADIENT', `op '${node.op}' has no gradient: ${describeNode(node)}`, {
    fix: 'Wrap the value in stopGradient, or compute it with ops that have a gradient.',
    ...(node.label === undefined ? {} : { where: node.label }),
  });
}

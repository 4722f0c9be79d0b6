import { definitionOf, type RewriteContext, withInputs } from './define-op.ts';
import { createInterner } from './intern.ts';
import { evaluateNode } from './interpret.ts';
import { withLabel } from './label.ts';
import { mergeScans } from './merge-scans.ts';
import type { Graph, Node } from './node.ts';
import { constant, constantElements, isConstant } from './ops/sources.ts';
import { sizeOf } from './tensor.ts';
import { topological } from './topological.ts';

/** A folded constant may be this large even when its inputs are smaller. */
const SMALL_CONSTANT = 64;
/** Rewrites enable others, but only few times in a row. */
const MAX_ROUNDS = 12;

/** Outputs that nothing simplifies any further, by the first of them: bodies of loops come again at every pass around them. */
const settled = new WeakMap<Node, readonly Node[]>();

function isSettled(roots: readonly Node[]): boolean {
  const known = roots[0] === undefined ? undefined : settled.get(roots[0]);
  return known?.length === roots.length && roots.every((root, i) => root === known[i]);
}

/**
 * An equal graph that costs less: constants folded, identities dropped, equal nodes shared, products joined with
 * their transposes, factors and addends into single Gemms, loop bodies likewise. Inputs and output names stay.
 *
 * Results may differ by float32 rounding: a product of constant factors is rounded once, `x / c` becomes
 * `x * (1 / c)` (one unit in the last place each), and a Gemm adds its addend before rounding. Differentiate first:
 * `stopGradient` is dropped.
 *
 * @example
 * explainGraph(simplify({ inputs: [x, w, b], outputs: { y: add(matmul(x, w), b) } })); // one gemm
 */
export function simplify(graph: Graph): Graph {
  const names = Object.keys(graph.outputs);
  let roots: readonly Node[] = mergeScans(Object.values(graph.outputs));
  for (let round = 0; round < MAX_ROUNDS && !isSettled(roots); round++) {
    // Equal nodes are merged before anything is rewritten, else the number of their uses would be wrong.
    const next = pass(pass(roots, false), true);
    const isStable = next.every((root, i) => root === roots[i]);
    roots = next;
    if (isStable && roots[0] !== undefined) settled.set(roots[0], roots);
  }
  return { inputs: graph.inputs, outputs: Object.fromEntries(names.map((name, i) => [name, roots[i]!])) };
}

function countUses(roots: readonly Node[], order: readonly Node[]): Map<Node, number> {
  const uses = new Map<Node, number>();
  const count = (node: Node): void => void uses.set(node, (uses.get(node) ?? 0) + 1);
  roots.forEach(count);
  for (const node of order) node.inputs.forEach(count);
  return uses;
}

function pass(roots: readonly Node[], isRewriting: boolean): readonly Node[] {
  const order = topological(roots);
  const before = countUses(roots, order);
  const uses = new Map<Node, number>();
  const context: RewriteContext = { uses: (node) => uses.get(node) ?? 0 };
  const interner = createInterner();
  const replaced = new Map<Node, Node>();
  for (const node of order) {
    const rebuilt = interner.intern(
      withInputs(
        node,
        node.inputs.map((x) => replaced.get(x)!),
      ),
    );
    const result = isRewriting ? interner.intern(rewrite(rebuilt, context)) : rebuilt;
    replaced.set(node, result);
    uses.set(result, (uses.get(result) ?? 0) + before.get(node)!);
  }
  return roots.map((root) => replaced.get(root)!);
}

function rewrite(node: Node, context: RewriteContext): Node {
  const definition = definitionOf(node);
  if (definition.isOpaque || isConstant(node)) return node;
  return fold(node) ?? withLabel(node.label, () => definition.simplify?.(node, context)) ?? node;
}

/** The value of a node of constants, as a constant. */
function fold(node: Node): Node | undefined {
  const definition = definitionOf(node);
  if (node.inputs.length === 0 || !node.inputs.every(isConstant)) return undefined;
  if (definition.results !== undefined || definition.resultIndex !== undefined) return undefined;
  const available = node.inputs.reduce((total, x) => total + sizeOf(x.shape), 0);
  if (sizeOf(node.shape) > Math.max(SMALL_CONSTANT, available)) return undefined;
  const values = node.inputs.map((x) => ({
    dtype: x.dtype,
    shape: x.shape,
    data: Float64Array.from(constantElements(x) as ArrayLike<number>, Number),
  }));
  const result = evaluateNode(node, values)[0]!;
  return withLabel(node.label, () => constant(Array.from(result.data), node.shape, node.dtype));
}

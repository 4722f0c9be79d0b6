import type { RewriteContext } from '../define-op.ts';
import type { Node } from '../node.ts';
import { isSameShape, sizeOf } from '../tensor.ts';
import { multiply } from './arithmetic.ts';
import { type GemmOptions, gemm, isOfVector } from './linear-algebra.ts';
import { scalarValue } from './sources.ts';

/** A product of matrices without addend, whatever op it is written as. */
function asProduct(node: Node): GemmOptions | undefined {
  if (node.shape.length !== 2 || node.inputs.length !== 2) return undefined;
  if (node.op !== 'matmul' && node.op !== 'gemm') return undefined;
  if (node.inputs.some((operand) => operand.shape.length !== 2)) return undefined;
  return node.attributes as GemmOptions;
}

/** A constant factor times a node, when the node is such a product that nobody else needs. */
function factored(node: Node, context: RewriteContext): { factor: number; rest: Node } {
  if (node.op === 'multiply' && context.uses(node) <= 1) {
    const [a, b] = node.inputs as [Node, Node];
    const factor = scalarValue(a) ?? scalarValue(b);
    const rest = scalarValue(a) === undefined ? a : b;
    if (factor !== undefined && Number.isFinite(factor) && isSameShape(rest.shape, node.shape)) {
      return { factor, rest };
    }
  }
  return { factor: 1, rest: node };
}

/**
 * `addend + sign * (a b)` as one Gemm, with constant factors of either side folded into alpha and beta; undefined
 * when `term` is no product of matrices, when others need the product too, or when the addend would widen it.
 */
export function withAddend(
  node: Node,
  term: Node,
  addend: Node,
  sign: 1 | -1,
  context: RewriteContext,
): Node | undefined {
  const options = asProduct(term);
  if (options === undefined || context.uses(term) > 1 || !isSameShape(node.shape, term.shape))
    return undefined;
  if (addend.shape.length > 2) return undefined;
  const { factor, rest } = factored(addend, context);
  return gemm(term.inputs[0]!, term.inputs[1]!, rest, {
    ...options,
    alpha: sign * (options.alpha ?? 1),
    beta: factor,
  });
}

/** `factor * (a b)` or `factor * (a b + c)` as one Gemm, or undefined. */
export function scaledProduct(product: Node, factor: number, context: RewriteContext): Node | undefined {
  if (context.uses(product) > 1 || !Number.isFinite(factor) || isOfVector(product)) return undefined;
  const [a, b, c] = product.inputs as [Node, Node, Node | undefined];
  const options = product.op === 'gemm' ? (product.attributes as Required<GemmOptions>) : asProduct(product);
  if (options === undefined) return undefined;
  return gemm(a, b, c, {
    ...options,
    alpha: factor * (options.alpha ?? 1),
    ...(c === undefined ? {} : { beta: factor * (options.beta ?? 1) }),
  });
}

/**
 * `scalar * (a b)` with a factor known only while running, moved to the operand that is smaller than the product; a
 * gradient step then becomes one Gemm over the weights. Undefined when there is no such operand.
 */
export function scaledOperand(product: Node, factor: Node, context: RewriteContext): Node | undefined {
  const options = asProduct(product);
  if (options === undefined || context.uses(product) > 1 || factor.shape.length !== 0) return undefined;
  const [a, b] = product.inputs as [Node, Node];
  const smaller = sizeOf(a.shape) < sizeOf(b.shape) ? a : b;
  if (2 * sizeOf(smaller.shape) > sizeOf(product.shape)) return undefined;
  const scaled = multiply(smaller, factor);
  return smaller === a ? gemm(scaled, b, undefined, options) : gemm(a, scaled, undefined, options);
}

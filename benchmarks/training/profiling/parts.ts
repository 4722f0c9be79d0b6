/** What a kernel belongs to: what the floor counts, or the rest. */
export type Part = 'products' | 'update' | 'rest';

/** Parts as the report names them. */
export const PARTS: Readonly<Record<Part, string>> = {
  products: 'products and convolutions',
  update: 'update of parameters and states',
  rest: 'the rest',
};

const PRODUCTS: ReadonlySet<string> = new Set([
  'Conv',
  'ConvTranspose',
  'Einsum',
  'FusedConv',
  'FusedGemm',
  'FusedMatMul',
  'Gemm',
  'MatMul',
]);

/**
 * What a node belongs to, by its kind and name: the training graph names nodes that move a weight `update_of_...`, and the
 * last of them after the state that they write.
 */
export function partOf(op: string, node: string): Part {
  if (PRODUCTS.has(op)) return 'products';
  return /^(update_of_|scan\/next\/)/.test(node) ? 'update' : 'rest';
}

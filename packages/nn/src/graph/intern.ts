import { definitionOf } from './define-op.ts';
import type { Attribute, Node } from './node.ts';

/** Finds the one node that stands for all equal ones. */
export interface Interner {
  intern(node: Node): Node;
}

/** Larger constants count as equal only when they are the same array. */
const MAX_COMPARED_BYTES = 4096;

/** Creates an interner: nodes are equal when op, inputs, attributes, type and shape are. */
export function createInterner(): Interner {
  const identities = new Map<object, number>();
  const canonical = new Map<string, Node>();
  const known = new Set<Node>();

  const identity = (object: object): number => {
    const found = identities.get(object) ?? identities.size;
    identities.set(object, found);
    return found;
  };
  const keyOfAttribute = (value: Attribute): string => {
    if (typeof value !== 'object') return `${typeof value} ${Object.is(value, -0) ? '-0' : String(value)}`;
    if (ArrayBuffer.isView(value) && value.byteLength <= MAX_COMPARED_BYTES) {
      return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).join();
    }
    return Array.isArray(value) ? value.join() : `#${identity(value)}`;
  };
  const keyOf = (node: Node): string => {
    const attributes = Object.entries(node.attributes).map(
      ([key, value]) => `${key}=${keyOfAttribute(value)}`,
    );
    return `${node.op}(${node.inputs.map(identity).join()}) ${attributes.join(';')} ${node.dtype} ${node.shape.join()}`;
  };
  const intern = (node: Node): Node => {
    if (known.has(node) || definitionOf(node).isOpaque) return node;
    const inputs = node.inputs.map(intern);
    const settled = inputs.every((x, i) => x === node.inputs[i]) ? node : { ...node, inputs };
    const key = keyOf(settled);
    const found = canonical.get(key);
    if (found !== undefined) return found;
    canonical.set(key, settled);
    known.add(settled);
    return settled;
  };
  return { intern };
}

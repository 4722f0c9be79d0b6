import { withInputs } from './define-op.ts';
import type { Node } from './node.ts';
import { topological } from './topological.ts';

/** The roots rebuilt with some nodes replaced by others. */
export function substitute(roots: readonly Node[], replacements: ReadonlyMap<Node, Node>): readonly Node[] {
  const rebuilt = new Map<Node, Node>(replacements);
  for (const node of topological(roots)) {
    if (rebuilt.has(node)) continue;
    rebuilt.set(
      node,
      withInputs(
        node,
        node.inputs.map((x) => rebuilt.get(x)!),
      ),
    );
  }
  return roots.map((root) => rebuilt.get(root)!);
}

import type { Node } from '../graph/node.ts';

/** Nodes by name, each made when it is first asked for; `made` has them in that order. */
export function lazy(make: (name: string) => Node): {
  readonly made: Map<string, Node>;
  get(name: string): Node;
} {
  const made = new Map<string, Node>();
  return {
    made,
    get: (name) => {
      const found = made.get(name) ?? make(name);
      made.set(name, found);
      return found;
    },
  };
}

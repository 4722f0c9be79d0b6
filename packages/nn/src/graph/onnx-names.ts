/** Gives out names that no other value has; ONNX has one namespace for initializers, states and nodes. */
export interface Names {
  /** The name itself, or with a number when it is taken already. */
  unique(wanted: string): string;
}

/** `dense 'hidden1'` becomes `dense_hidden1`. */
export function plainName(label: string): string {
  return label.replaceAll(/[^A-Za-z0-9_./-]+/g, '_').replaceAll(/^_+|_+$/g, '');
}

export function createNames(): Names {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  return {
    unique: (wanted) => {
      let name = wanted;
      let count = counts.get(wanted) ?? 1;
      while (taken.has(name)) name = `${wanted}_${++count}`;
      counts.set(wanted, count);
      taken.add(name);
      return name;
    },
  };
}

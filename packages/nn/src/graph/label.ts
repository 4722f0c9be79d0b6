let current: string | undefined;

/**
 * Runs `make` so that every node it creates carries the label; the innermost label wins.
 *
 * Labels say where a node comes from (`dense 'hidden1'`): errors name them and ONNX names are built from them.
 *
 * @example
 * const y = withLabel("dense 'hidden1'", () => relu(matmul(x, w)));
 * y.label; // "dense 'hidden1'"
 */
export function withLabel<T>(label: string | undefined, make: () => T): T {
  const outer = current;
  current = label;
  try {
    return make();
  } finally {
    current = outer;
  }
}

/** The label that nodes created now will carry. */
export function currentLabel(): string | undefined {
  return current;
}

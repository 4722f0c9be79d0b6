import { didYouMean, LuthierError } from '@luthier/core';

/** Sorts of weights that may be named although a model has none of them, so that one list serves many models. */
const SORTS = ['kernel', 'bias', 'gamma', 'beta', 'scale', 'embeddings', 'recurrentKernel'];

/** The sort of a weight: `kernel` of `dense1.kernel`. */
export function sortOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

/** Whether a list names a weight, by its path or by its sort. */
export function isNamed(path: string, list: readonly string[]): boolean {
  return list.includes(path) || list.includes(sortOf(path));
}

/** Throws `LU_OPTIMIZER_WEIGHT` for names in a list that are neither weights of the model nor sorts of weights. */
export function requireKnownWeights(
  where: string,
  option: string,
  list: readonly string[],
  paths: readonly string[],
): void {
  const known = [...paths, ...new Set([...paths.map(sortOf), ...SORTS])];
  for (const name of list) {
    if (known.includes(name)) continue;
    throw new LuthierError(
      'LU_OPTIMIZER_WEIGHT',
      `${where}: ${option} names '${name}', a weight that the model does not have${didYouMean(name, known) || '.'}`,
      { fix: `Exclude some of ${paths.join(', ')}, or a sort of weights such as bias.`, where: name },
    );
  }
}

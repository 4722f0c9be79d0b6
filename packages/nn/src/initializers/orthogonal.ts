import { type Generator, LuthierError } from '@luthier/core';

/**
 * A matrix in row-major order, drawn evenly among those with orthonormal columns (or rows, where there are fewer).
 *
 * Normal numbers made orthonormal by Gram and Schmidt, twice, which is as good as reflections in float64; the diagonal
 * of the triangular factor is positive, so the draw is even. Reference: Mezzadri 2007; Giraud, Langou, Rozloznik 2005.
 */
export function orthogonalMatrix(random: Generator, rows: number, columns: number): Float64Array {
  if (!Number.isInteger(columns)) {
    throw new LuthierError('LU_INITIALIZER_SHAPE', 'initializer orthogonal needs a matrix', {
      fix: 'Use it for kernels; give biases zeros or constant.',
    });
  }
  const length = Math.max(rows, columns);
  const vectors: Float64Array[] = [];
  for (let i = 0; i < Math.min(rows, columns); i++) {
    const vector = Float64Array.from({ length }, () => random.normal());
    for (let pass = 0; pass < 2; pass++) for (const earlier of vectors) removeAlong(vector, earlier);
    const norm = Math.sqrt(dot(vector, vector));
    vectors.push(vector.map((x) => x / norm));
  }
  if (rows < columns) return Float64Array.from(vectors.flatMap((vector) => [...vector]));
  return Float64Array.from(
    { length: rows * columns },
    (_, i) => vectors[i % columns]![Math.floor(i / columns)]!,
  );
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

function removeAlong(vector: Float64Array, direction: Float64Array): void {
  const share = dot(vector, direction);
  for (let i = 0; i < vector.length; i++) vector[i]! -= share * direction[i]!;
}

import type { TensorLike } from '../training/tables.ts';

/** What can describe a sample in few numbers and give it back: principal components or an autoencoder. */
export interface FittedReconstruction {
  /** Squared distance of every sample to its reconstruction: large for samples unlike the training data. */
  readonly reconstructionErrors: (x: TensorLike) => Float64Array | Promise<Float64Array>;
}

/** The same, to be fitted. */
export interface Reconstruction {
  readonly kind: string;
  readonly fit: (x: TensorLike) => FittedReconstruction | Promise<FittedReconstruction>;
}

/** The squared distance between rows of equal number in two runs of numbers. */
export function squaredErrors(
  given: ArrayLike<number>,
  rebuilt: ArrayLike<number>,
  width: number,
): Float64Array {
  const errors = new Float64Array(given.length / width);
  for (let i = 0; i < given.length; i++) errors[Math.floor(i / width)]! += (given[i]! - rebuilt[i]!) ** 2;
  return errors;
}

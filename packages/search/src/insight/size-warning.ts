/** A model against what it learns from. */
export interface ModelSize {
  /** Weights that training moves. */
  readonly parameters: number;
  /** Training samples. */
  readonly samples: number;
}

/** A model that is large enough to learn its samples by heart. */
export interface SizeWarning extends ModelSize {
  /** One line with both numbers. */
  readonly text: string;
}

/** Trainable parameters a sample from which on `sizeWarning` speaks. */
export const PARAMETERS_PER_SAMPLE = 10;

/**
 * A warning when a model has 10 times as many trainable parameters as training samples, or more; undefined below that.
 *
 * A ReLU network of two layers with 2n + d weights can already give any n samples of d features any labels at all (Zhang,
 * Bengio, Hardt, Recht and Vinyals 2017, "Understanding deep learning requires rethinking generalization", theorem 1), so
 * that far above 2 a sample the training data alone restrain nothing. Such models can still generalize; whether this one
 * does, its validation curve tells.
 *
 * @example
 * sizeWarning({ parameters: 468_874, samples: 1000 })?.text
 * // '468,874 trainable parameters for 1,000 training samples, 468 a sample: the model can learn them by heart'
 * sizeWarning({ parameters: 468_874, samples: 60_000 }) // undefined
 */
export function sizeWarning({ parameters, samples }: ModelSize): SizeWarning | undefined {
  if (!(samples > 0) || !(parameters >= PARAMETERS_PER_SAMPLE * samples)) return undefined;
  const [many, few, ratio] = [parameters, samples, Math.floor(parameters / samples)].map((count) =>
    count.toLocaleString('en-US'),
  );
  const text = `${many} trainable parameters for ${few} training samples, ${ratio} a sample: the model can learn them by heart`;
  return { parameters, samples, text };
}

import { quantile } from '@luthier/core';
import { refuseUnknown, requireNumber } from '../layers/options.ts';
import type { TensorLike } from '../training/tables.ts';
import type { Reconstruction } from './reconstruction.ts';

/** Options of `anomalyDetector`. */
export interface AnomalyDetectorOptions {
  /** What learns how ordinary samples look: `pca({ components })` or `autoencoder()`. */
  readonly model: Reconstruction;
  /** Share of ordinary samples that may be called anomalies, in (0, 1). Default 0.01. */
  readonly contamination?: number;
}

/** A fitted detector. */
export interface FittedAnomalyDetector {
  /** The reconstruction error above which a sample is an anomaly. */
  readonly threshold: number;
  /** The reconstruction error of every sample: the larger, the less it looks like the training data. */
  readonly scores: (x: TensorLike) => Promise<Float64Array>;
  /** Whether each sample is an anomaly. */
  readonly predict: (x: TensorLike) => Promise<readonly boolean[]>;
}

/** A detector to be fitted. */
export interface AnomalyDetector {
  readonly kind: string;
  /** `ordinary` are other samples without anomalies, by which the threshold is set; default the training samples. */
  readonly fit: (x: TensorLike, ordinary?: TensorLike) => Promise<FittedAnomalyDetector>;
}

const KIND = 'anomalyDetector';

/**
 * Finds samples unlike those of training: what a model of few numbers, learned from ordinary samples, cannot give back well.
 *
 * The threshold is the `1 - contamination` quantile of the errors of ordinary samples. Those that trained the model are
 * reconstructed better than others, so give `ordinary` samples apart when there are enough.
 *
 * @throws LuthierError LU_ANOMALY_OPTION, and those of the model.
 *
 * @example
 * const detector = await anomalyDetector({ model: autoencoder({ code: 4 }), contamination: 0.02 }).fit(train, validation);
 * const isOdd = await detector.predict(test); // [false, false, true, ...]
 */
export function anomalyDetector(options: AnomalyDetectorOptions): AnomalyDetector {
  refuseUnknown('LU_ANOMALY_OPTION', KIND, options, ['model', 'contamination']);
  const contamination = requireNumber(
    'LU_ANOMALY_OPTION',
    KIND,
    'contamination',
    options.contamination ?? 0.01,
    {
      text: '(0, 1)',
      holds: (value) => value > 0 && value < 1,
    },
  );
  return {
    kind: KIND,
    fit: async (x, ordinary = x) => {
      const model = await options.model.fit(x);
      const scores = async (samples: TensorLike): Promise<Float64Array> =>
        model.reconstructionErrors(samples);
      const threshold = quantile(await scores(ordinary), 1 - contamination);
      return {
        threshold,
        scores,
        predict: async (samples) => Array.from(await scores(samples), (score) => score > threshold),
      };
    },
  };
}

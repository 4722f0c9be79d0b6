import { LuthierError } from '@luthier/core';
import { refuseUnknown } from '../layers/options.ts';
import type { CallbackFactory } from './callback.ts';

/** Options of `terminateOnNaN`. */
export interface TerminateOnNaNOptions {
  /** Rejects `fit` with `LU_TRAIN_DIVERGED` instead of ending the run with its history. Default false. */
  readonly raiseError?: boolean;
}

/**
 * Ends a run as `diverged` after an epoch with a loss that is NaN or infinite, that of validation data included.
 *
 * Every run ends by itself when the loss of its training data is not finite; this callback adds the validation loss and,
 * with `raiseError`, an error. Default: raiseError false. Reference: Keras 3 `TerminateOnNaN`.
 *
 * @example
 * await model.fit(data, { validationSplit: 0.2, callbacks: [terminateOnNaN()] });
 */
export function terminateOnNaN(options: TerminateOnNaNOptions = {}): CallbackFactory {
  const name = 'terminateOnNaN';
  refuseUnknown('LU_CALLBACK_OPTION', name, options, ['raiseError']);
  const { raiseError = false } = options;
  return {
    name,
    create: () => ({
      onEpochEnd: ({ epoch, metrics }, control) => {
        const found = ['loss', 'valLoss'].find(
          (loss) => metrics[loss] !== undefined && !Number.isFinite(metrics[loss]),
        );
        if (found === undefined) return;
        if (raiseError) {
          throw new LuthierError('LU_TRAIN_DIVERGED', `${found} is ${metrics[found]} in epoch ${epoch}`, {
            fix: 'Lower the learning rate, or clip the gradients.',
            where: found,
          });
        }
        control.stop('diverged');
      },
    }),
  };
}

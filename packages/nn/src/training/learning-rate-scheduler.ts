import type { CallbackFactory } from './callback.ts';
import { requireMovableRate } from './movable-rate.ts';

/**
 * Sets the learning rate before each epoch: `schedule(epoch, rate)`, epochs from 0, gets the rate in force.
 *
 * Throws `LU_TRAIN_SCHEDULE`, before training, when a schedule gives the rate, and `LU_TRAIN_KNOB` for a value that is
 * no finite number from 0. Reference: Keras 3 `LearningRateScheduler`.
 *
 * @example
 * callbacks: [learningRateScheduler((epoch, rate) => (epoch < 10 ? rate : rate * 0.9))]
 */
export function learningRateScheduler(schedule: (epoch: number, rate: number) => number): CallbackFactory {
  const name = 'learningRateScheduler';
  return {
    name,
    create: (run) => {
      requireMovableRate(name, run);
      return {
        onEpochBegin: (epoch, control) => {
          control.setKnob('learningRate', schedule(epoch, control.knobs().learningRate!));
        },
      };
    },
  };
}

import { earlyStopping } from './early-stopping.ts';
import { learningRateScheduler } from './learning-rate-scheduler.ts';
import { csvLog, jsonLines } from './logs.ts';
import { modelCheckpoint } from './model-checkpoint.ts';
import { progress } from './progress.ts';
import { reduceLROnPlateau } from './reduce-lr-on-plateau.ts';
import { tensorBoard } from './tensor-board/tensor-board.ts';
import { terminateOnNaN } from './terminate-on-nan.ts';

/**
 * The callbacks, with the names and semantics of Keras; each makes a fresh one for every run.
 *
 * @example
 * await model.fit(data, { callbacks: [callbacks.earlyStopping({ monitor: 'valLoss', patience: 3 })] });
 */
export const callbacks: {
  readonly csvLog: typeof csvLog;
  readonly earlyStopping: typeof earlyStopping;
  readonly jsonLines: typeof jsonLines;
  readonly learningRateScheduler: typeof learningRateScheduler;
  readonly modelCheckpoint: typeof modelCheckpoint;
  readonly progress: typeof progress;
  readonly reduceLROnPlateau: typeof reduceLROnPlateau;
  readonly tensorBoard: typeof tensorBoard;
  readonly terminateOnNaN: typeof terminateOnNaN;
} = {
  csvLog,
  earlyStopping,
  jsonLines,
  learningRateScheduler,
  modelCheckpoint,
  progress,
  reduceLROnPlateau,
  tensorBoard,
  terminateOnNaN,
};

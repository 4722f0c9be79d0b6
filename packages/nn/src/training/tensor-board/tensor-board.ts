import type { EpochRecord } from '@luthier/core';
import { ranges, refuseUnknown, requireNumber } from '../../layers/options.ts';
import { appendTo, readTarget } from '../append-file.ts';
import type { CallbackFactory, NamedArrays } from '../callback.ts';
import { type Event, encodeEvent, type SummaryValue } from './event.ts';
import { histogramOf } from './histogram.ts';
import { encodeRecord } from './record.ts';

/** Appends bytes to a file, named by its path from the directory of logs: `train/events.out.tfevents...`. */
export type WriteEvents = (file: string, bytes: Uint8Array) => void | Promise<void>;

/** Options of `tensorBoard`: either `directory` or `write`. */
export interface TensorBoardOptions {
  /** Where files are written, in Node. */
  readonly directory?: string;
  readonly write?: WriteEvents;
  /** Epochs between two histograms of each weight. Default 0: none. */
  readonly histogramFrequency?: number;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
}

/** The values of an epoch, of training and of validation. */
function valuesOf({
  metrics,
  telemetry,
}: EpochRecord): Readonly<Record<'train' | 'validation', SummaryValue[]>> {
  const scalar = (tag: string, value: number): SummaryValue => ({ tag, simpleValue: value });
  const entries = Object.entries(metrics);
  const isValidation = ([name]: [string, number]): boolean => /^val[A-Z]/.test(name);
  return {
    train: [
      ...entries
        .filter((entry) => !isValidation(entry))
        .map(([name, value]) => scalar(`epoch_${name}`, value)),
      scalar('epoch_learning_rate', telemetry.learningRate),
      scalar('telemetry/gradientNorm', telemetry.gradientNorm),
      scalar('telemetry/weightNorm', telemetry.weightNorm),
      scalar('telemetry/penalty', telemetry.penalty),
    ],
    validation: entries
      .filter(isValidation)
      .map(([name, value]) => scalar(`epoch_${name[3]!.toLowerCase()}${name.slice(4)}`, value)),
  };
}

function histograms(weights: NamedArrays): SummaryValue[] {
  return Object.entries(weights).map(([path, values]) => ({
    tag: path.replaceAll('.', '/'),
    histo: histogramOf(values),
  }));
}

/**
 * Writes event files for TensorBoard: after every epoch its metrics, learning rate and telemetry, and if asked for a
 * histogram of each weight.
 *
 * Training goes to `train`, validation to `validation`, under the same tags (`epoch_loss`, `epoch_accuracy`), so that both
 * lie in one chart, as with Keras. Every run begins new files. Steps are epochs.
 * Defaults: histogramFrequency 0. Throws `LU_CALLBACK_OPTION`. Reference: Keras 3 `TensorBoard`.
 *
 * @example
 * await model.fit(data, { callbacks: [callbacks.tensorBoard({ directory: 'logs/first' })] });
 * // tensorboard --logdir logs
 */
export function tensorBoard(options: TensorBoardOptions): CallbackFactory {
  const name = 'tensorBoard';
  const code = 'LU_CALLBACK_OPTION';
  refuseUnknown(code, name, options, ['directory', 'write', 'histogramFrequency', 'now']);
  const { now = Date.now, histogramFrequency = 0 } = options;
  const target = readTarget(name, 'directory', options.directory, options.write);
  const write: WriteEvents =
    'write' in target ? target.write : (file, bytes) => appendTo(`${target.path}/${file}`)(bytes);
  const every = requireNumber(code, name, 'histogramFrequency', histogramFrequency, ranges.countFromZero);
  return {
    name,
    create: () => {
      const begun = now();
      const opened = new Set<string>();
      const append = async (run: string, step: number, value: readonly SummaryValue[]): Promise<void> => {
        if (value.length === 0) return;
        const file = `${run}/events.out.tfevents.${begun}.luthier`;
        const put = (event: Event): void | Promise<void> => write(file, encodeRecord(encodeEvent(event)));
        const wallTime = now() / 1000;
        if (!opened.has(run)) await put({ wallTime, fileVersion: 'brain.Event:2' });
        opened.add(run);
        await put({ wallTime, step, summary: { value } });
      };
      return {
        onEpochEnd: async (record, control) => {
          const { train, validation } = valuesOf(record);
          const isDue = every > 0 && (record.epoch + 1) % every === 0;
          await append('train', record.epoch, isDue ? [...train, ...histograms(control.weights())] : train);
          await append('validation', record.epoch, validation);
        },
      };
    },
  };
}

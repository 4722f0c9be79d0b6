import { type EpochRecord, encodeJson, LuthierError } from '@luthier/core';
import { refuseUnknown } from '../layers/options.ts';
import { appendTo, readTarget } from './append-file.ts';
import type { CallbackFactory } from './callback.ts';

/** Takes a piece of text that ends a line, such as a function that appends to a file; a promise is awaited. */
export type WriteText = (text: string) => void | Promise<void>;

/** Options of `csvLog`: either `file` or `write`. */
export interface CsvLogOptions {
  /** Path of a file to append to, in Node. */
  readonly file?: string;
  readonly write?: WriteText;
  /** Between two fields. Default `,`. */
  readonly separator?: string;
  /** Leaves the header out, for a file that has one already. Default false. */
  readonly append?: boolean;
}

/** Options of `jsonLines`: either `file` or `write`. */
export interface JsonLinesOptions {
  /** Path of a file to append to, in Node. */
  readonly file?: string;
  readonly write?: WriteText;
}

const CODE = 'LU_CALLBACK_OPTION';

function readWriter(where: string, options: JsonLinesOptions): WriteText {
  const target = readTarget(where, 'file', options.file, options.write);
  return 'write' in target ? target.write : appendTo(target.path);
}

/**
 * Writes one line of values after every epoch: `epoch`, all metrics of the run, `learningRate` (of the last step).
 *
 * The header comes before the first line, and not again when a run goes on from a checkpoint. Numbers have all their
 * digits; NaN and Infinity are written as such. Defaults: separator `,`, append false. Throws `LU_CALLBACK_OPTION`.
 * Reference: Keras 3 `CSVLogger`.
 *
 * @example
 * callbacks: [csvLog({ file: 'log.csv' })]
 */
export function csvLog(options: CsvLogOptions): CallbackFactory {
  const name = 'csvLog';
  refuseUnknown(CODE, name, options, ['file', 'write', 'separator', 'append']);
  const { separator = ',', append = false } = options;
  const write = readWriter(name, options);
  if (typeof separator !== 'string' || separator === '' || /[\n\r"]/.test(separator)) {
    throw new LuthierError(CODE, `${name}: separator is ${JSON.stringify(separator)}`, {
      fix: "Give some other text, such as ',' or ';'.",
      where: name,
    });
  }
  const quote = (field: string): string =>
    field.includes(separator) || /["\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
  const line = (fields: readonly string[]): string => `${fields.map(quote).join(separator)}\n`;
  return {
    name,
    create: ({ monitors }) => {
      let hasHeader = append;
      return {
        onEpochEnd: async ({ epoch, metrics, telemetry }) => {
          if (!hasHeader) await write(line(['epoch', ...monitors, 'learningRate']));
          hasHeader = true;
          const values = monitors.map((monitor) => String(metrics[monitor]));
          await write(line([String(epoch), ...values, String(telemetry.learningRate)]));
        },
        state: () => ({ values: { hasHeader } }),
        restoreState: ({ values }) => {
          hasHeader = values.hasHeader === true;
        },
      };
    },
  };
}

/**
 * Writes each epoch's record, metrics and telemetry, as one line of JSON.
 *
 * NaN and the infinities are kept as `{"$number":"NaN"}`. Throws `LU_CALLBACK_OPTION`.
 *
 * @example
 * callbacks: [jsonLines({ file: 'log.jsonl' })]
 */
export function jsonLines(options: JsonLinesOptions): CallbackFactory {
  const name = 'jsonLines';
  refuseUnknown(CODE, name, options, ['file', 'write']);
  const write = readWriter(name, options);
  return {
    name,
    create: () => ({ onEpochEnd: async (record: EpochRecord) => write(`${encodeJson(record)}\n`) }),
  };
}

import { LuthierError } from '@luthier/core';
import { refuseUnknown } from '../layers/options.ts';
import type { CallbackFactory, Progress } from './callback.ts';
import type { WriteText } from './logs.ts';

/** Options of `progress`. */
export interface ProgressOptions {
  /** Takes the text, such as `(text) => process.stdout.write(text)`; a promise is awaited. */
  readonly write: WriteText;
  /** Draws a bar again and again in the same line while an epoch lasts, as a terminal can. Default false. */
  readonly isLive?: boolean;
  /** Milliseconds of a clock. Default `performance.now`. */
  readonly now?: () => number;
}

const BAR_WIDTH = 20;

/** Goes to the beginning of the line and clears it. */
const AGAIN = '\r\u001b[2K';

function bar(share: number): string {
  const full = Math.floor(share * BAR_WIDTH);
  return `[${'='.repeat(full)}${full < BAR_WIDTH ? '>' : ''}${' '.repeat(Math.max(0, BAR_WIDTH - full - 1))}]`;
}

function number(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);
}

function metricsText(metrics: Readonly<Record<string, number>>): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${name} ${number(value)}`)
    .join('  ');
}

/**
 * Tells how a run goes: a line for every epoch with its time and metrics, and while it lasts a bar if `isLive`.
 *
 * Default: isLive false. Throws `LU_CALLBACK_OPTION` without a function write.
 *
 * @example
 * callbacks: [progress({ write: (text) => void process.stdout.write(text), isLive: process.stdout.isTTY })]
 * // epoch 3/10  1.2 s  loss 0.2101  accuracy 0.936  valLoss 0.2533  valAccuracy 0.925
 */
export function progress(options: ProgressOptions): CallbackFactory {
  const name = 'progress';
  refuseUnknown('LU_CALLBACK_OPTION', name, options, ['write', 'isLive', 'now']);
  const { write, isLive = false, now = () => performance.now() } = options;
  if (typeof write !== 'function') {
    throw new LuthierError('LU_CALLBACK_OPTION', `${name} has no function write`, {
      fix: 'Give write: (text) => ..., which shows the text.',
      where: name,
    });
  }
  return {
    name,
    create: ({ epochs }) => {
      let begun = now();
      const head = (epoch: number): string => `epoch ${epoch + 1}/${epochs}`;
      const line = ({ epoch, epochStep, stepsPerEpoch, metrics }: Progress): string =>
        `${head(epoch)}  ${bar(epochStep / stepsPerEpoch)} ${epochStep}/${stepsPerEpoch}  ${metricsText(metrics)}`;
      return {
        onEpochBegin: () => {
          begun = now();
        },
        ...(isLive ? { onProgress: (at: Progress) => write(AGAIN + line(at)) } : {}),
        onEpochEnd: async ({ epoch, metrics }) => {
          const seconds = ((now() - begun) / 1000).toFixed(1);
          await write(`${isLive ? AGAIN : ''}${head(epoch)}  ${seconds} s  ${metricsText(metrics)}\n`);
        },
      };
    },
  };
}

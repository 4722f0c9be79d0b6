import type { TuneObserver } from '../../tune/contract.ts';
import type { CliContext } from '../context.ts';
import { createJsonlReporter } from './jsonl-reporter.ts';
import { createLiveWindow } from './live-window.ts';
import { createPlainReporter } from './plain-reporter.ts';

/** An observer that shows what it sees; every hook but `close` is optional. */
export interface Reporter extends TuneObserver {
  /** A signal came: running trials are being saved. */
  onStopping?(): void;
  /** Gives the terminal back; safe to call twice. */
  close(): void;
}

/** The reporter that fits the output: JSON lines, nothing, a live window on a terminal, else plain lines. */
export function createReporter(
  context: CliContext,
  options: { readonly jsonl: boolean; readonly quiet: boolean; readonly color: boolean },
): Reporter {
  if (options.jsonl) return createJsonlReporter(context);
  if (options.quiet) return { close: () => {} };
  const isLive = context.stderr.isTTY && !context.env.CI && context.env.TERM !== 'dumb';
  return isLive ? createLiveWindow(context, options.color) : createPlainReporter(context);
}

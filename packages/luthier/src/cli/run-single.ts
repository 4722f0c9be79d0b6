import type { TrainEnd, TrainObserver, TuneEngine } from '../tune/contract.ts';
import type { CliContext } from './context.ts';
import { epochLines } from './display/epoch-lines.ts';
import { formatParams } from './display/format.ts';
import type { RenderOptions } from './display/report.ts';
import { EXIT } from './exit-codes.ts';
import { printJson, printLines, renderOptions } from './output.ts';
import { stopSignals } from './stop-signals.ts';

/** How a job on a single configuration ends. */
type SingleEnd<Report> =
  | { readonly kind: 'report'; readonly report: Report }
  | Exclude<TrainEnd, { readonly kind: 'report' }>;

/** A command on a single configuration: what it runs, and how its report reads. */
export interface SingleCommand<Report> {
  /** What failed, when it does: `the training`. */
  readonly what: string;
  run(engine: TuneEngine, drain: AbortSignal, observer: TrainObserver): Promise<SingleEnd<Report>>;
  render(report: Report, options: RenderOptions): readonly string[];
}

/**
 * Runs a job on a single configuration: epochs on stderr, the report on stdout, exit code 3 when it fails; a signal stops it, and nothing
 * is kept.
 */
export async function runSingle<Report>(
  command: SingleCommand<Report>,
  options: { readonly json: boolean; readonly quiet: boolean; readonly noColor: boolean },
  context: CliContext,
): Promise<number> {
  const print = (text: string): void => {
    if (!options.quiet) context.stderr.write(`${text}\n`);
  };
  const stop = stopSignals(context, () => print('stopping'));
  let epochs: number | undefined;
  try {
    const engine = await context.loadEngine();
    const end = await command.run(engine, stop.drain, {
      onStart: (start) => {
        epochs = start.epochs;
        print(`${start.file} · seed ${start.seed} · ${formatParams(start.params)}`);
      },
      onReport: (block) => {
        for (const line of epochLines(block, epochs)) print(line);
      },
      onOutput: print,
      onNotice: print,
    });
    if (end.kind === 'interrupted') {
      context.stderr.write('stopped; nothing was kept\n');
      return stop.exitCode() ?? EXIT.interrupted;
    }
    if (end.kind === 'failed') {
      if (options.json) printJson(context, end);
      context.stderr.write(`${command.what} failed (${end.reason}): ${end.message}\n`);
      return EXIT.nothingCompleted;
    }
    if (options.json) printJson(context, end.report);
    else printLines(context, command.render(end.report, renderOptions(context, options.noColor)));
    return EXIT.done;
  } finally {
    stop.close();
  }
}

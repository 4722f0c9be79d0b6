import { type Command, defineCommand } from '../command.ts';
import { commonOptions, seedOption } from '../common-options.ts';
import { epochLines } from '../display/epoch-lines.ts';
import { formatParams } from '../display/format.ts';
import { renderTrainReport } from '../display/train-report.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLines, renderOptions } from '../output.ts';
import { stopSignals } from '../stop-signals.ts';

export const trainCommand: Command = defineCommand({
  name: 'train',
  summary: 'Train one configuration of a tuning file',
  arguments: [{ name: 'file', text: 'the tuning file, such as tune.ts', required: true }],
  examples: [
    { command: 'luthier train tune.ts', text: 'the baseline: every hyperparameter at its default' },
    { command: 'luthier train tune.ts --set hidden1=512 --set dropout1=0.2', text: 'one configuration' },
  ],
  options: {
    set: { kind: 'pairs', placeholder: 'name=value', text: 'value of a hyperparameter; may be repeated' },
    out: { kind: 'text', placeholder: 'folder', text: 'where to write the model (default: runs/train)' },
    ...seedOption,
    ...commonOptions,
  },
  run: async ({ positionals, options }, context) => {
    const print = (text: string): void => {
      if (!options.quiet) context.stderr.write(`${text}\n`);
    };
    const stop = stopSignals(context, () => print('stopping'));
    let epochs: number | undefined;
    try {
      const engine = await context.loadEngine();
      const end = await engine.train(
        {
          file: positionals[0]!,
          cwd: context.cwd,
          set: options.set,
          ...(options.seed === undefined ? {} : { seed: options.seed }),
          out: options.out ?? 'runs/train',
          drain: stop.drain,
        },
        {
          onStart: (start) => {
            epochs = start.epochs;
            print(`${start.file} · seed ${start.seed} · ${formatParams(start.params)}`);
          },
          onReport: (block) => {
            for (const line of epochLines(block, epochs)) print(line);
          },
          onOutput: print,
          onNotice: print,
        },
      );
      if (end.kind === 'interrupted') {
        context.stderr.write('stopped; nothing was kept\n');
        return stop.exitCode() ?? EXIT.interrupted;
      }
      if (end.kind === 'failed') {
        if (options.json) printJson(context, end);
        context.stderr.write(`the training failed (${end.reason}): ${end.message}\n`);
        return EXIT.nothingCompleted;
      }
      if (options.json) printJson(context, end.report);
      else printLines(context, renderTrainReport(end.report, renderOptions(context, options.noColor)));
      return EXIT.done;
    } finally {
      stop.close();
    }
  },
});

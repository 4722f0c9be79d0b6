import { type Command, defineCommand } from '../command.ts';
import { commonOptions, seedOption } from '../common-options.ts';
import { renderCvReport } from '../display/cv-report.ts';
import { epochLines } from '../display/epoch-lines.ts';
import { formatParams } from '../display/format.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLines, renderOptions } from '../output.ts';
import { stopSignals } from '../stop-signals.ts';

export const cvCommand: Command = defineCommand({
  name: 'cv',
  summary: 'Cross-validate one configuration of a tuning file',
  arguments: [{ name: 'file', text: 'the tuning file, such as tune.ts', required: true }],
  examples: [
    { command: 'luthier cv tune.ts', text: 'the baseline over 5 folds' },
    { command: 'luthier cv tune.ts --folds 10 --set hidden1=512', text: 'one configuration over 10 folds' },
    { command: 'luthier cv tune.ts --repeats 3', text: 'every fold with three seeds' },
  ],
  options: {
    folds: {
      kind: 'integer',
      min: 2,
      placeholder: 'k',
      text: 'number of folds (default: as in the file, else 5)',
    },
    repeats: {
      kind: 'integer',
      min: 1,
      placeholder: 'n',
      text: 'seeds a fold (default: as in the file, else 1)',
    },
    set: { kind: 'pairs', placeholder: 'name=value', text: 'value of a hyperparameter; may be repeated' },
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
      const end = await engine.crossValidate(
        {
          file: positionals[0]!,
          cwd: context.cwd,
          set: options.set,
          ...(options.seed === undefined ? {} : { seed: options.seed }),
          ...(options.folds === undefined ? {} : { folds: options.folds }),
          ...(options.repeats === undefined ? {} : { repeats: options.repeats }),
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
        context.stderr.write(`a training failed (${end.reason}): ${end.message}\n`);
        return EXIT.nothingCompleted;
      }
      if (options.json) printJson(context, end.report);
      else printLines(context, renderCvReport(end.report, renderOptions(context, options.noColor)));
      return EXIT.done;
    } finally {
      stop.close();
    }
  },
});

import { type Command, defineCommand } from '../command.ts';
import { commonOptions, seedOption } from '../common-options.ts';
import { formatParams } from '../display/format.ts';
import { renderScanReport } from '../display/scan-report.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLines, renderOptions } from '../output.ts';
import { stopSignals } from '../stop-signals.ts';

export const lrScanCommand: Command = defineCommand({
  name: 'lr-scan',
  summary: 'Find a good learning rate for a tuning file',
  arguments: [{ name: 'file', text: 'the tuning file, such as tune.ts', required: true }],
  examples: [
    { command: 'luthier lr-scan tune.ts', text: 'scan 1e-4 to 1e-1 for the baseline' },
    { command: 'luthier lr-scan tune.ts --min 1e-6 --max 1', text: 'a wide scan for an unknown problem' },
    { command: 'luthier lr-scan tune.ts --set batchSize=128', text: 'for another configuration' },
  ],
  options: {
    min: { kind: 'number', min: 0, placeholder: 'rate', text: 'first rate (default: 1e-4)' },
    max: { kind: 'number', min: 0, placeholder: 'rate', text: 'last rate (default: 1e-1)' },
    steps: {
      kind: 'integer',
      min: 20,
      placeholder: 'n',
      text: 'optimizer steps from first to last (default: 100)',
    },
    seeds: { kind: 'integer', min: 1, placeholder: 'n', text: 'runs for the band (default: 3)' },
    batchSize: {
      kind: 'integer',
      min: 1,
      placeholder: 'n',
      text: 'samples a step (default: as in the file)',
    },
    set: { kind: 'pairs', placeholder: 'name=value', text: 'value of a hyperparameter; may be repeated' },
    out: {
      kind: 'text',
      placeholder: 'file',
      text: 'where to write the picture (default: runs/lr-scan.svg)',
    },
    ...seedOption,
    ...commonOptions,
  },
  run: async ({ positionals, options }, context) => {
    const print = (text: string): void => {
      if (!options.quiet) context.stderr.write(`${text}\n`);
    };
    const stop = stopSignals(context, () => print('stopping'));
    try {
      const engine = await context.loadEngine();
      const { min, max, steps, seeds, batchSize, seed } = options;
      const end = await engine.lrScan(
        {
          file: positionals[0]!,
          cwd: context.cwd,
          set: options.set,
          out: options.out ?? 'runs/lr-scan.svg',
          ...(seed === undefined ? {} : { seed }),
          ...(min === undefined ? {} : { min }),
          ...(max === undefined ? {} : { max }),
          ...(steps === undefined ? {} : { steps }),
          ...(seeds === undefined ? {} : { seeds }),
          ...(batchSize === undefined ? {} : { batchSize }),
          drain: stop.drain,
        },
        {
          onStart: (start) => print(`${start.file} · seed ${start.seed} · ${formatParams(start.params)}`),
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
        context.stderr.write(`the scan failed (${end.reason}): ${end.message}\n`);
        return EXIT.nothingCompleted;
      }
      if (options.json) printJson(context, end.report);
      else printLines(context, renderScanReport(end.report, renderOptions(context, options.noColor)));
      return EXIT.done;
    } finally {
      stop.close();
    }
  },
});

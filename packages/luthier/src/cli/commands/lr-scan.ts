import { type Command, defineCommand } from '../command.ts';
import { commonOptions, seedOption } from '../common-options.ts';
import { renderScanReport } from '../display/scan-report.ts';
import { runSingle } from '../run-single.ts';

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
  run: ({ positionals, options }, context) =>
    runSingle(
      {
        what: 'the scan',
        run: (engine, drain, observer) =>
          engine.lrScan(
            {
              file: positionals[0]!,
              cwd: context.cwd,
              set: options.set,
              out: options.out ?? 'runs/lr-scan.svg',
              ...(options.seed === undefined ? {} : { seed: options.seed }),
              ...(options.min === undefined ? {} : { min: options.min }),
              ...(options.max === undefined ? {} : { max: options.max }),
              ...(options.steps === undefined ? {} : { steps: options.steps }),
              ...(options.seeds === undefined ? {} : { seeds: options.seeds }),
              ...(options.batchSize === undefined ? {} : { batchSize: options.batchSize }),
              drain,
            },
            observer,
          ),
        render: renderScanReport,
      },
      options,
      context,
    ),
});

import { type Command, defineCommand } from '../command.ts';
import { commonOptions, seedOption } from '../common-options.ts';
import { renderTrainReport } from '../display/train-report.ts';
import { runSingle } from '../run-single.ts';

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
  run: ({ positionals, options }, context) =>
    runSingle(
      {
        what: 'the training',
        run: (engine, drain, observer) =>
          engine.train(
            {
              file: positionals[0]!,
              cwd: context.cwd,
              set: options.set,
              ...(options.seed === undefined ? {} : { seed: options.seed }),
              out: options.out ?? 'runs/train',
              drain,
            },
            observer,
          ),
        render: renderTrainReport,
      },
      options,
      context,
    ),
});

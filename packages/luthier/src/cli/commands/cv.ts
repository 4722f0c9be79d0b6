import { type Command, defineCommand } from '../command.ts';
import { commonOptions, seedOption } from '../common-options.ts';
import { renderCvReport } from '../display/cv-report.ts';
import { runSingle } from '../run-single.ts';

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
  run: ({ positionals, options }, context) =>
    runSingle(
      {
        what: 'a training',
        run: (engine, drain, observer) =>
          engine.crossValidate(
            {
              file: positionals[0]!,
              cwd: context.cwd,
              set: options.set,
              ...(options.seed === undefined ? {} : { seed: options.seed }),
              ...(options.folds === undefined ? {} : { folds: options.folds }),
              ...(options.repeats === undefined ? {} : { repeats: options.repeats }),
              drain,
            },
            observer,
          ),
        render: renderCvReport,
      },
      options,
      context,
    ),
});

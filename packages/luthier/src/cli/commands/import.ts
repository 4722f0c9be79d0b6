import { basename, resolve } from 'node:path';
import { importStudy, readForeignStudy } from '../../import/import-study.ts';
import { STUDY_NAME } from '../../tune/prepare-study.ts';
import { type Command, defineCommand } from '../command.ts';
import { commonOptions, storeOption } from '../common-options.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson } from '../output.ts';
import { storeOf, withLog } from '../read-study.ts';

export const importCommand: Command = defineCommand({
  name: 'import',
  summary: 'Bring in a study of Optuna or Keras Tuner',
  arguments: [
    {
      name: 'path',
      text: "Optuna's SQLite file or journal, or Keras Tuner's project folder",
      required: true,
    },
  ],
  examples: [
    { command: 'luthier import optuna.db --study digits', text: 'the trials of an Optuna study' },
    { command: 'luthier import my_dir/my_project', text: 'a project of Keras Tuner' },
    { command: 'luthier tune tune.ts --warm-start digits', text: 'learn from what was brought in' },
  ],
  options: {
    study: { kind: 'text', placeholder: 'name', text: 'name of the new study (default: as there)' },
    from: { kind: 'text', placeholder: 'name', text: 'which study of the file, when there are several' },
    ...storeOption,
    ...commonOptions,
  },
  run: async ({ positionals, options }, context) => {
    const foreign = await readForeignStudy(resolve(context.cwd, positionals[0]!), options.from);
    const safe = foreign.name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
    const name =
      options.study ?? (STUDY_NAME.test(safe) ? safe : basename(positionals[0]!).replace(/\W+/g, '-'));
    const store = storeOf(options.store, context);
    return withLog(store, context, 'write', async (log) => {
      const { added, leftOut, unfinished } = await importStudy(log, foreign, name);
      if (options.json) printJson(context, { study: name, tuner: foreign.tuner, added, leftOut, unfinished });
      else if (!options.quiet) {
        const rest = [
          ...(leftOut === 0 ? [] : [`${leftOut} outside of the ranges were left out`]),
          ...(unfinished === 0 ? [] : [`${unfinished} had not ended`]),
        ];
        const note = rest.length === 0 ? '' : ` (${rest.join(', ')})`;
        context.stdout.write(`${name}: ${added} trials of ${foreign.tuner}${note}\n`);
      }
      return EXIT.done;
    });
  },
});

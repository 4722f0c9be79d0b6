import { didYouMean, LuthierError } from '@luthier/core';
import { type Command, defineCommand } from '../command.ts';
import { commonOptions, storeOption } from '../common-options.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson } from '../output.ts';
import { storeOf, withLog } from '../read-study.ts';

export const rmCommand: Command = defineCommand({
  name: 'rm',
  summary: 'Delete a study',
  arguments: [{ name: 'study', text: 'name of the study', required: true }],
  examples: [
    { command: 'luthier rm digits', text: 'asks first' },
    { command: 'luthier rm digits --yes', text: 'does not ask' },
  ],
  options: { yes: { kind: 'flag', short: 'y', text: 'do not ask' }, ...storeOption, ...commonOptions },
  run: async ({ positionals, options }, context) => {
    const study = positionals[0]!;
    const store = storeOf(options.store, context);
    return withLog(store, context, 'write', async (log) => {
      const names = (await log.studies()).map((summary) => summary.study);
      if (!names.includes(study)) {
        throw new LuthierError(
          'LU_STUDY_MISSING',
          `no study '${study}' in ${store}${didYouMean(study, names)}`,
          {
            fix: names.length === 0 ? 'There is nothing to delete.' : `Use one of: ${names.join(', ')}.`,
          },
        );
      }
      if (!options.yes) {
        if (!context.stderr.isTTY) {
          throw new LuthierError(
            'LU_CLI_CONFIRM',
            `deleting '${study}' needs a confirmation and there is no terminal`,
            {
              fix: `Write luthier rm ${study} --yes.`,
            },
          );
        }
        if (!(await context.confirm(`Delete study '${study}' and everything it holds?`))) {
          context.stderr.write('nothing was deleted\n');
          return EXIT.done;
        }
      }
      await log.remove(study);
      if (options.json) printJson(context, { removed: study, store });
      else if (!options.quiet) context.stdout.write(`deleted ${study}\n`);
      return EXIT.done;
    });
  },
});

import { LuthierError } from '@luthier/core';
import { none, openStudy, random } from '@luthier/search';
import { chosenParams } from '../../tune/chosen-params.ts';
import { type Command, defineCommand } from '../command.ts';
import { commonOptions, storeOption, studyOption } from '../common-options.ts';
import { formatParams } from '../display/format.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson } from '../output.ts';
import { chooseStudy, storeOf, withLog } from '../read-study.ts';

export const enqueueCommand: Command = defineCommand({
  name: 'enqueue',
  summary: 'Queue a configuration that a study shall try next',
  arguments: [],
  examples: [
    { command: 'luthier enqueue --set dropout1=0.3', text: 'the others take their defaults' },
    {
      command: 'luthier enqueue --set hidden1=512 --set learningRate=0.001 --study digits',
      text: 'a running study takes it as its next trial',
    },
  ],
  options: {
    set: { kind: 'pairs', placeholder: 'name=value', text: 'value of a hyperparameter; may be repeated' },
    repeat: { kind: 'flag', text: 'also when it was tried before' },
    ...studyOption,
    ...storeOption,
    ...commonOptions,
  },
  run: async ({ options }, context) => {
    if (Object.keys(options.set).length === 0) {
      throw new LuthierError('LU_CLI_USAGE', 'enqueue was given no configuration', {
        fix: 'Write for example luthier enqueue --set dropout=0.3.',
      });
    }
    const store = storeOf(options.store, context);
    return withLog(store, context, 'write', async (log) => {
      const name = chooseStudy(await log.studies(), options.study, store);
      // Nothing is asked here: a study whose own sampler is not known to this program can be queued for as well.
      const study = await openStudy({ log, name, sampler: random(), scheduler: none() });
      const params = chosenParams(study.history.space, options.set);
      const id = await study.enqueue(params, { repeat: options.repeat });
      const waiting = study.history.queue.filter(({ taken }) => !taken).length;
      if (options.json) printJson(context, { study: name, id, params, waiting });
      else if (!options.quiet) {
        context.stdout.write(
          `queued for ${name}: ${formatParams(params)}\n${waiting} waiting; luthier tune <file> --resume takes them first\n`,
        );
      }
      return EXIT.done;
    });
  },
});

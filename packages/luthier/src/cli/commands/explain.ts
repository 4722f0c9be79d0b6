import {
  analogies,
  cardGroups,
  cardOf,
  cards,
  glossary,
  glossaryEntry,
  LuthierError,
  parametersAndHyperparameters,
} from '@luthier/core';
import { type Command, defineCommand } from '../command.ts';
import { commonOptions } from '../common-options.ts';
import { renderAnalogies } from '../display/analogies.ts';
import { renderCard, renderCardList, searchCode } from '../display/card.ts';
import { renderGlossary } from '../display/glossary.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLines, renderOptions } from '../output.ts';

export const explainCommand: Command = defineCommand({
  name: 'explain',
  summary: 'Explain a hyperparameter: what it does, how wrong values show, usual range',
  arguments: [
    {
      name: 'name',
      text: 'a hyperparameter, or a term with --glossary (default: the list of all)',
      required: false,
    },
  ],
  examples: [
    { command: 'luthier explain', text: 'all hyperparameters by group' },
    { command: 'luthier explain learningRate', text: 'the card of one' },
    { command: 'luthier explain --analogy', text: 'parameters and hyperparameters in two pictures' },
    { command: 'luthier explain dropout --glossary', text: 'what a term of the lessons means' },
  ],
  options: {
    analogy: { kind: 'flag', text: 'what parameters and hyperparameters are' },
    glossary: { kind: 'flag', text: 'a term of the lessons, or all' },
    ...commonOptions,
  },
  run: async ({ positionals: [name], options }, context) => {
    const style = renderOptions(context, options.noColor);
    if (options.analogy) {
      if (name !== undefined || options.glossary) {
        const other = name === undefined ? '--glossary' : `'${name}'`;
        throw new LuthierError('LU_CLI_USAGE', `--analogy is not about ${other}`, {
          fix: `Leave out ${other} or --analogy.`,
        });
      }
      if (options.json) printJson(context, { analogies, table: parametersAndHyperparameters });
      else printLines(context, renderAnalogies(style));
      return EXIT.done;
    }
    if (options.glossary) {
      const entries = name === undefined ? glossary : [glossaryEntry(name)];
      if (options.json) printJson(context, { glossary: entries });
      else printLines(context, renderGlossary(entries, style));
      return EXIT.done;
    }
    if (name === undefined) {
      if (options.json) printJson(context, { groups: cardGroups, cards });
      else printLines(context, renderCardList(style));
      return EXIT.done;
    }
    const card = cardOf(name);
    if (options.json) printJson(context, { card, code: searchCode(card) });
    else printLines(context, renderCard(card, style));
    return EXIT.done;
  },
});

import { cheatsheet, cheatsheetHeader, cheatsheetProgram } from '../cheatsheet/cheatsheet.ts';
import { type Command, defineCommand } from '../command.ts';
import { commonOptions } from '../common-options.ts';
import { palette } from '../display/colors.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLines, renderOptions } from '../output.ts';

export const cheatsheetCommand: Command = defineCommand({
  name: 'cheatsheet',
  summary: 'Show the concepts of training with their purpose and code',
  arguments: [],
  examples: [
    { command: 'luthier cheatsheet', text: 'concept, purpose and TypeScript' },
    { command: 'luthier cheatsheet --code > sheet.ts', text: 'all of it as one program that runs' },
  ],
  options: { code: { kind: 'flag', text: 'only the code, as one program' }, ...commonOptions },
  run: async ({ options }, context) => {
    if (options.json) {
      printJson(context, { header: cheatsheetHeader, entries: cheatsheet, program: cheatsheetProgram() });
      return EXIT.done;
    }
    if (options.code) {
      printLines(context, [cheatsheetProgram()]);
      return EXIT.done;
    }
    const c = palette(renderOptions(context, options.noColor).color);
    const code = (text: string): readonly string[] => text.split('\n').map((line) => `   ${c.accent(line)}`);
    printLines(context, [
      '',
      ...code(cheatsheetHeader),
      ...cheatsheet.flatMap((entry) => [
        '',
        ` ${c.strong(entry.concept)}  ${c.dim(entry.purpose)}`,
        ...code(entry.code),
      ]),
      '',
      c.dim(' luthier cheatsheet --code > sheet.ts writes all of it as one program'),
      '',
    ]);
    return EXIT.done;
  },
});

import { relative, resolve } from 'node:path';
import { shellWord } from '../../tune/shell-word.ts';
import { type Command, defineCommand } from '../command.ts';
import { commonOptions } from '../common-options.ts';
import { palette } from '../display/colors.ts';
import { endSections } from '../display/report.ts';
import { EXIT } from '../exit-codes.ts';
import { createProject } from '../init/create-project.ts';
import { printJson, printLines, renderOptions } from '../output.ts';

const WHAT: Readonly<Record<string, string>> = {
  'package.json': 'the project',
  'tune.ts': 'data, model, training and objective',
  'README.md': 'the commands',
};

export const initCommand: Command = defineCommand({
  name: 'init',
  summary: 'Write a starting point that runs',
  arguments: [{ name: 'dir', text: 'the folder (default: the working directory)', required: false }],
  examples: [
    { command: 'luthier init my-tuning', text: 'package.json, tune.ts and README.md in a new folder' },
    { command: 'luthier init', text: 'in the working directory; overwrites nothing' },
  ],
  options: commonOptions,
  run: async ({ positionals: [dir = '.'], options }, context) => {
    const project = await createProject(resolve(context.cwd, dir));
    const shown = relative(context.cwd, project.folder);
    const next = [
      ...(shown === '' ? [] : [{ command: `cd ${shellWord(shown)}`, what: 'into the project' }]),
      { command: 'npx luthier tune tune.ts', what: 'search: 20 trials' },
      { command: 'npx luthier explain', what: 'what the hyperparameters mean' },
    ];
    if (options.json) {
      printJson(context, { ...project, next });
      return EXIT.done;
    }
    const style = renderOptions(context, options.noColor);
    const c = palette(style.color);
    const files = project.files.map((path) => ({ path, what: WHAT[path] ?? '' }));
    const where = shown === '' ? 'this folder' : shown;
    printLines(context, [
      '',
      ` ${c.strong(where)}  ${c.dim(project.linked ? 'Luthier is linked into node_modules' : 'ready to run')}`,
      ...endSections(files, next, style),
      '',
    ]);
    return EXIT.done;
  },
});

import type { Command } from './command.ts';
import { optionUsage } from './options.ts';

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`).join('\n');
}

/** Help of one command: examples first, then usage and options. */
export function renderCommandHelp(command: Command): string {
  const usage = command.arguments.map(({ name, required }) => (required ? `<${name}>` : `[${name}]`));
  const blocks = [
    command.summary,
    `Examples\n${table(command.examples.map(({ command: line, text }) => [line, text] as const))}`,
    `Usage\n  luthier ${[command.name, ...usage, '[options]'].join(' ')}`,
  ];
  if (command.arguments.length > 0) {
    blocks.push(`Arguments\n${table(command.arguments.map(({ name, text }) => [name, text] as const))}`);
  }
  const options = Object.entries(command.options).map(
    ([name, spec]) => [optionUsage(name, spec), spec.text] as const,
  );
  blocks.push(`Options\n${table([...options, ['-h, --help', 'show this'] as const])}`);
  return `\n${blocks.join('\n\n')}\n`;
}

/** Help of the whole program. */
export function renderProgramHelp(commands: readonly Command[]): string {
  const examples = commands
    .flatMap(({ examples: [first] }) => (first === undefined ? [] : [first]))
    .slice(0, 4);
  const blocks = [
    'Luthier tunes neural networks from TypeScript.',
    `Examples\n${table(examples.map(({ command, text }) => [command, text] as const))}`,
    `Commands\n${table(commands.map(({ name, summary }) => [name, summary] as const))}`,
    'luthier <command> --help shows the options of a command.\n' +
      'Results go to stdout, progress to stderr. Exit codes: 0 done, 1 unexpected, 2 usage or configuration,\n' +
      '3 no trial completed, 4 target not reached, 5 store locked or damaged, 130 and 143 stopped by a signal.',
  ];
  return `\n${blocks.join('\n\n')}\n`;
}

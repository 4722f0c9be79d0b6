import { LuthierError } from '@luthier/core';
import { CommanderError, Option, Command as Parser } from 'commander';
import type { Command } from './command.ts';
import { renderCommandHelp, renderProgramHelp } from './help.ts';
import { flagOf, optionUsage, parseOptionValue } from './options.ts';

/** What the command line asks for. */
export type Invocation =
  | { readonly kind: 'print'; readonly text: string }
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly positionals: readonly (string | undefined)[];
      readonly options: Readonly<Record<string, unknown>>;
    };

function usageError(error: CommanderError, name: string): LuthierError {
  const text = error.message.replace(/^error: /, '');
  const [message = text] = text.split('\n');
  const suggestion = /\(Did you mean (?:one of )?(.+)\?\)/.exec(text)?.[1];
  const help = name === '' ? 'luthier --help' : `luthier ${name} --help`;
  const fix = suggestion === undefined ? `See ${help}.` : `Did you mean ${suggestion}? ${help} lists all.`;
  return new LuthierError('LU_CLI_USAGE', message, { fix });
}

function addCommand(program: Parser, command: Command, found: (invocation: Invocation) => void): void {
  const parser = program
    .command(command.name)
    .configureHelp({ formatHelp: () => renderCommandHelp(command) });
  for (const argument of command.arguments) {
    parser.argument(argument.required ? `<${argument.name}>` : `[${argument.name}]`, argument.text);
  }
  for (const [name, spec] of Object.entries(command.options)) {
    const option = new Option(optionUsage(name, spec), spec.text);
    if (spec.kind !== 'flag') {
      option.argParser((text: string, previous: unknown) => parseOptionValue(name, spec, text, previous));
    }
    parser.addOption(option);
  }
  parser.action(() => {
    const given: Readonly<Record<string, unknown>> = parser.opts();
    const options: Record<string, unknown> = {};
    for (const [name, spec] of Object.entries(command.options)) {
      // The parser keeps `--no-x` as `x`, true until it is given.
      const isNegated = flagOf(name).startsWith('--no-');
      const key = isNegated ? `${name.charAt(2).toLowerCase()}${name.slice(3)}` : name;
      const value = given[key];
      if (spec.kind === 'flag') options[name] = isNegated ? value === false : value === true;
      else if (spec.kind === 'pairs') options[name] = value ?? {};
      else options[name] = value;
    }
    const positionals = command.arguments.map((_, i) => parser.processedArgs[i] as string | undefined);
    found({ kind: 'run', command, positionals, options });
  });
}

/**
 * Reads a command line (without the program's own name).
 * Throws LU_CLI_USAGE or LU_CLI_VALUE, naming the flag or command, with the nearest known one.
 */
export function parseInvocation(
  argv: readonly string[],
  commands: readonly Command[],
  version: string,
): Invocation {
  if (argv.length === 0) return { kind: 'print', text: renderProgramHelp(commands) };
  let printed = '';
  let invocation: Invocation | undefined;
  const program = new Parser('luthier')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        printed += text;
      },
      writeErr: () => {},
      outputError: () => {},
    })
    .configureHelp({ formatHelp: () => renderProgramHelp(commands) })
    .version(version, '-V, --version');
  for (const command of commands) {
    addCommand(program, command, (found) => {
      invocation = found;
    });
  }
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'print', text: printed };
    const name = argv.find((word) => commands.some((command) => command.name === word)) ?? '';
    throw usageError(error, name);
  }
  if (invocation === undefined) {
    throw new LuthierError('LU_CLI_USAGE', 'no command given', { fix: 'See luthier --help.' });
  }
  return invocation;
}

import type { CliContext } from './context.ts';
import type { OptionTable, OptionValues } from './options.ts';

export interface CommandArgument {
  readonly name: string;
  readonly text: string;
  readonly required: boolean;
}

/** What a command was called with. */
export interface CommandInput<Table extends OptionTable> {
  readonly positionals: readonly (string | undefined)[];
  readonly options: OptionValues<Table>;
}

/** A command as data and one function that returns the exit code. */
export interface CommandDefinition<Table extends OptionTable> {
  readonly name: string;
  /** One line, in the list of commands. */
  readonly summary: string;
  readonly arguments: readonly CommandArgument[];
  readonly options: Table;
  readonly examples: readonly { readonly command: string; readonly text: string }[];
  run(input: CommandInput<Table>, context: CliContext): Promise<number>;
}

/** A command whose option types are known only to itself. */
export interface Command extends Omit<CommandDefinition<OptionTable>, 'run'> {
  run(
    positionals: readonly (string | undefined)[],
    options: Readonly<Record<string, unknown>>,
    context: CliContext,
  ): Promise<number>;
}

/** Turns a definition into a command; the types of its options come from their declaration. */
export function defineCommand<const Table extends OptionTable>(
  definition: CommandDefinition<Table>,
): Command {
  const { run, ...rest } = definition;
  return {
    ...rest,
    run: (positionals, options, context) =>
      run({ positionals, options: options as OptionValues<Table> }, context),
  };
}

import { LuthierError } from '@luthier/core';

interface OptionBase {
  /** One line of help. */
  readonly text: string;
  /** One letter. */
  readonly short?: string;
}
export interface FlagOption extends OptionBase {
  readonly kind: 'flag';
}
export interface TextOption extends OptionBase {
  readonly kind: 'text';
  readonly placeholder: string;
}
export interface NumberOption extends OptionBase {
  readonly kind: 'integer' | 'number';
  readonly placeholder: string;
  readonly min?: number;
  readonly max?: number;
}
/** `--set name=value`, as often as needed. */
export interface PairsOption extends OptionBase {
  readonly kind: 'pairs';
  readonly placeholder: string;
}

/** An option of a command, declared once: parser, help and types follow from it. */
export type OptionSpec = FlagOption | TextOption | NumberOption | PairsOption;

/** Options by camelCase name; `finalistSeeds` is written `--finalist-seeds`. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

type ValueOf<Spec extends OptionSpec> = Spec extends FlagOption
  ? boolean
  : Spec extends NumberOption
    ? number | undefined
    : Spec extends PairsOption
      ? Readonly<Record<string, string>>
      : string | undefined;

/** What a table of options gives when parsed. */
export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]: ValueOf<Table[Name]>;
};

/** `finalistSeeds` as it is written on the command line: `--finalist-seeds`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function parseNumber(flag: string, spec: NumberOption, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  const kind = spec.kind === 'integer' ? 'a whole number' : 'a number';
  const range =
    spec.min === undefined && spec.max === undefined
      ? ''
      : spec.max === undefined
        ? ` of at least ${spec.min}`
        : ` from ${spec.min ?? '-Infinity'} to ${spec.max}`;
  const isFit =
    Number.isFinite(value) &&
    (spec.kind === 'number' || Number.isSafeInteger(value)) &&
    value >= (spec.min ?? Number.NEGATIVE_INFINITY) &&
    value <= (spec.max ?? Number.POSITIVE_INFINITY);
  if (!isFit) {
    throw new LuthierError('LU_CLI_VALUE', `${flag} takes ${kind}${range}, not '${text}'`, {
      fix: `Write for example ${flag} ${Math.max(spec.min ?? 1, 1)}.`,
    });
  }
  return value;
}

/**
 * Reads the text given to an option.
 * Throws LU_CLI_VALUE, naming the flag, when it is not of the option's kind or range.
 */
export function parseOptionValue(name: string, spec: OptionSpec, text: string, previous: unknown): unknown {
  const flag = flagOf(name);
  switch (spec.kind) {
    case 'integer':
    case 'number':
      return parseNumber(flag, spec, text);
    case 'pairs': {
      const at = text.indexOf('=');
      if (at < 1) {
        throw new LuthierError('LU_CLI_VALUE', `${flag} takes name=value, not '${text}'`, {
          fix: `Write for example ${flag} learningRate=0.001.`,
        });
      }
      const pairs = (previous ?? {}) as Readonly<Record<string, string>>;
      return { ...pairs, [text.slice(0, at)]: text.slice(at + 1) };
    }
    default:
      if (text === '') {
        throw new LuthierError('LU_CLI_VALUE', `${flag} takes a ${spec.kind}, not an empty one`, {
          fix: `Give ${flag} a value or leave it out.`,
        });
      }
      return text;
  }
}

/** How an option reads in help: `-y, --yes` or `--trials <n>`. */
export function optionUsage(name: string, spec: OptionSpec): string {
  const short = spec.short === undefined ? '' : `-${spec.short}, `;
  return `${short}${flagOf(name)}${spec.kind === 'flag' ? '' : ` <${spec.placeholder}>`}`;
}

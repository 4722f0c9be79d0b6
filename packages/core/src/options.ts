import { type ErrorCode, LuthierError } from './errors.ts';
import { didYouMean } from './nearest.ts';

/** Names of all options of an interface; the compiler keeps it complete. */
export type OptionNames<Options> = { readonly [Name in keyof Required<Options>]: true };

/**
 * Refuses options that nobody reads, with the nearest known name: a misspelled one would silently leave a default in force.
 *
 * `known` is a list of names, or a table with them as keys; `mends` says what to do instead of options that live elsewhere. Throws
 * `code`, also for options that are no object.
 *
 * @example
 * refuseUnknown('LU_OPTION', 'search', { trails: 10 }, ['trials']) // throws: search has no option 'trails'; did you mean 'trials'?
 */
export function refuseUnknown(
  code: ErrorCode,
  where: string,
  options: object,
  known: readonly string[] | Readonly<Record<string, true>>,
  mends: Readonly<Record<string, string>> = {},
): void {
  const names = Array.isArray(known) ? (known as readonly string[]) : Object.keys(known);
  const mend = names.length === 0 ? 'Leave it out.' : `Use one of ${names.join(', ')}.`;
  if (typeof options !== 'object' || options === null)
    throw new LuthierError(code, `the options of ${where} are ${String(options)}, not an object`, {
      fix: 'Give an object, or leave it out.',
      where,
    });
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    throw new LuthierError(code, `${where} has no option '${name}'${didYouMean(name, names)}`, {
      fix: (Object.hasOwn(mends, name) && mends[name]) || mend,
      where,
    });
  }
}

/**
 * A word as a shell reads it back, quoted when it must be.
 *
 * @example
 * shellWord('my file') // "'my file'"
 */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

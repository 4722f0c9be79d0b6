/** The stable codes of Luthier's errors, by area. */
export type ErrorCode = `LU_${string}`;

/** What an error says beyond its message. */
export interface ErrorDetails {
  /** How to mend it, as an instruction. */
  readonly fix: string;
  /** Where it is: a file (with line), a field, a parameter or a layer. */
  readonly where?: string;
  readonly cause?: unknown;
}

/**
 * An error a person can act on: a stable code, what is wrong, where, and the mend.
 *
 * @example
 * throw new LuthierError('LU_SPACE_RANGE', 'dropout: max 0.1 is below min 0.5', { fix: 'Swap min and max.' });
 */
export class LuthierError extends Error {
  override readonly name = 'LuthierError';
  readonly code: ErrorCode;
  readonly fix: string;
  readonly where: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.fix = details.fix;
    this.where = details.where;
  }
}

import { LuthierError } from '@luthier/core';

/** Throws a LuthierError with its code, what is wrong, the mend, and where. */
export function refuse(code: `LU_${string}`, what: string, fix: string, where: string): never {
  throw new LuthierError(code, what, { fix, where });
}

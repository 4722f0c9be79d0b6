import { describe, expect, it } from 'vitest';
import { LuthierError } from './errors.ts';

describe('LuthierError', () => {
  it('carries code, message, mend, place and cause', () => {
    const cause = new Error('below');
    const error = new LuthierError('LU_SPACE_RANGE', 'dropout: max 0.1 is below min 0.5', {
      fix: 'Swap min and max.',
      where: 'dropout',
      cause,
    });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'LuthierError',
      code: 'LU_SPACE_RANGE',
      message: 'dropout: max 0.1 is below min 0.5',
      fix: 'Swap min and max.',
      where: 'dropout',
      cause,
    });
  });

  it('has no cause unless one was given', () => {
    expect('cause' in new LuthierError('LU_X', 'x', { fix: 'y.' })).toBe(false);
  });
});

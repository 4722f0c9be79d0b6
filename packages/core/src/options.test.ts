import { describe, expect, it } from 'vitest';
import { refuseUnknown } from './options.ts';

describe('refuseUnknown', () => {
  it('takes known options, by list and by table, and none', () => {
    expect(() => refuseUnknown('LU_OPTION', 'search', { trials: 1 }, ['trials', 'seed'])).not.toThrow();
    expect(() =>
      refuseUnknown('LU_OPTION', 'search', { seed: 1 }, { trials: true, seed: true }),
    ).not.toThrow();
    expect(() => refuseUnknown('LU_OPTION', 'search', {}, [])).not.toThrow();
  });

  it('names what it does not know, the nearest known name and the mend', () => {
    expect(() => refuseUnknown('LU_OPTION', 'search', { trails: 1 }, ['trials', 'seed'])).toThrow(
      expect.objectContaining({
        code: 'LU_OPTION',
        message: "search has no option 'trails'; did you mean 'trials'?",
        fix: 'Use one of trials, seed.',
        where: 'search',
      }),
    );
    expect(() =>
      refuseUnknown('LU_OPTION', 'search', { jobs: 1 }, ['seed'], { jobs: 'Use parallel.' }),
    ).toThrow(expect.objectContaining({ fix: 'Use parallel.' }));
    expect(() => refuseUnknown('LU_OPTION', 'tpe', { gamma: 1 }, [])).toThrow(
      expect.objectContaining({ message: "tpe has no option 'gamma'", fix: 'Leave it out.' }),
    );
    // Names of Object's own properties are no options.
    expect(() => refuseUnknown('LU_OPTION', 'search', { toString: 1 }, { seed: true })).toThrow("'toString'");
  });

  it('refuses what is no object', () => {
    for (const wrong of [null, 3, 'log'])
      expect(() => refuseUnknown('LU_OPTION', 'search', wrong as never, ['seed'])).toThrow(
        `the options of search are ${wrong}, not an object`,
      );
  });
});

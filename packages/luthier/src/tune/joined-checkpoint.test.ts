import { describe, expect, test } from 'vitest';
import { joinCheckpoints, splitCheckpoint } from './joined-checkpoint.ts';

describe('joinCheckpoints', () => {
  const runs = [
    { records: [], bytes: Uint8Array.from([1, 2, 3]) },
    { records: [] },
    { records: [], bytes: Uint8Array.from([4]) },
  ];

  test('gives back what was joined', () => {
    expect(splitCheckpoint(joinCheckpoints(runs))).toEqual(runs);
  });

  test('a checkpoint that is cut short is refused', () => {
    const joined = joinCheckpoints(runs);
    for (const length of [0, 3, 10, joined.length - 1]) {
      expect(() => splitCheckpoint(joined.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'LU_CHECKPOINT_DAMAGED' }),
      );
    }
  });
});

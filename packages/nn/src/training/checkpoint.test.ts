import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';

const content = {
  header: { step: 12, loss: Number.NaN, best: Number.POSITIVE_INFINITY, sum: 0.1 + 0.2 },
  arrays: { 'dense1.kernel': Float32Array.of(1, -2, 3e-40, Number.NaN), empty: new Float32Array(0) },
};

describe('checkpoints', () => {
  it('gives back what was written, bit by bit', async () => {
    const bytes = await encodeCheckpoint(content);
    expect(await decodeCheckpoint(bytes)).toEqual(content);
    expect(await encodeCheckpoint(await decodeCheckpoint(bytes))).toEqual(bytes);
  });

  it('notices every changed byte', async () => {
    const bytes = await encodeCheckpoint(content);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (position, change) => {
          const damaged = bytes.slice();
          damaged[position] = damaged[position]! ^ change;
          await expect(decodeCheckpoint(damaged)).rejects.toMatchObject({
            code: expect.stringMatching(/^LU_CHECKPOINT_(DAMAGED|VERSION)$/),
          });
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  it('refuses the format of an earlier version by name', async () => {
    const bytes = await encodeCheckpoint(content);
    bytes[7] = 1;
    await expect(decodeCheckpoint(bytes)).rejects.toMatchObject({ code: 'LU_CHECKPOINT_VERSION' });
  });

  it('notices a missing end, and text that is no checkpoint', async () => {
    const bytes = await encodeCheckpoint(content);
    await expect(decodeCheckpoint(bytes.slice(0, -1))).rejects.toMatchObject({
      code: 'LU_CHECKPOINT_DAMAGED',
    });
    await expect(decodeCheckpoint(bytes.slice(0, 5))).rejects.toMatchObject({
      code: 'LU_CHECKPOINT_DAMAGED',
    });
    const text = new TextEncoder().encode('x'.repeat(200));
    await expect(decodeCheckpoint(text)).rejects.toMatchObject({ code: 'LU_CHECKPOINT_DAMAGED' });
  });
});

import { describe, expect, it } from 'vitest';
import { nodeRuntime } from '../../src/runtime/node.ts';
import { runtimeCases } from './cases.ts';

describe('onnxruntime-node', () => {
  it.each(runtimeCases.map((one) => [one.name, one] as const))('%s', async (_, { run }) => {
    await run(await nodeRuntime());
  });

  it('refuses a device that is none, with the nearest name', async () => {
    await expect(nodeRuntime({ device: 'cudo' as never })).rejects.toMatchObject({
      code: 'LU_DEVICE_UNKNOWN',
      message: expect.stringMatching(/no device 'cudo'; did you mean 'cuda'/),
    });
  });

  it('refuses a device that does not work here, and says what to install', async () => {
    // No platform has two of the three.
    const missing = await Promise.all(
      (['cuda', 'coreml', 'dml'] as const).map((device) =>
        nodeRuntime({ device }).then(
          () => undefined,
          (error: unknown) => error,
        ),
      ),
    );
    const errors = missing.filter((error) => error !== undefined);
    expect(errors.length).toBeGreaterThanOrEqual(2);
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'LU_DEVICE_MISSING', fix: expect.stringMatching(/^It takes/) });
    }
  });
});

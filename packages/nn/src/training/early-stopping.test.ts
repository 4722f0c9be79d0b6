import type { EpochRecord } from '@luthier/core';
import { describe, expect, it } from 'vitest';
import type { Callback, NamedArrays, RunInfo, TrainingControl } from './callback.ts';
import { type EarlyStoppingOptions, earlyStopping } from './early-stopping.ts';

const info: RunInfo = {
  monitors: ['loss', 'accuracy', 'valLoss', 'valAccuracy', 'custom'],
  epochs: 100,
  direction: (name) => (name === 'custom' ? undefined : name.endsWith('oss') ? 'min' : 'max'),
};

interface Played {
  readonly stopsAt: number | undefined;
  readonly bestEpoch: number | undefined;
  readonly restored: NamedArrays | undefined;
}

/** Feeds scripted values; the weights of epoch e are [e]. Every callback state goes through JSON if asked. */
function play(options: EarlyStoppingOptions, values: readonly number[], resumeAfter?: number): Played {
  const factory = earlyStopping({ restoreBestWeights: true, ...options });
  let callback: Callback = factory.create(info);
  let stopsAt: number | undefined;
  let bestEpoch: number | undefined;
  let restored: NamedArrays | undefined;
  let epoch = 0;
  const control: TrainingControl = {
    stop: () => {
      stopsAt = epoch;
    },
    weights: () => ({ w: Float32Array.of(epoch) }),
    restoreWeights: (weights, of) => {
      restored = weights;
      bestEpoch = of;
    },
    knobs: () => ({}),
    setKnob: () => {},
    toOnnx: () => new Uint8Array(),
  };
  for (; epoch < values.length && stopsAt === undefined; epoch++) {
    const metrics = { [options.monitor ?? 'valLoss']: values[epoch]! };
    callback.onEpochEnd?.({ epoch, metrics } as unknown as EpochRecord, control);
    if (epoch === resumeAfter) {
      const { values: saved, arrays } = callback.state!();
      callback = factory.create(info);
      callback.restoreState!({ values: structuredClone(saved), ...(arrays === undefined ? {} : { arrays }) });
    }
  }
  callback.onTrainEnd?.(control);
  return { stopsAt, bestEpoch, restored };
}

const script = [1, 0.9, 0.8, 0.85, 0.84, 0.83, 0.82, 0.81, 0.7];

describe('earlyStopping on scripted losses', () => {
  // The behaviour of Keras 3, measured.
  it.each([
    ['patience 5', { patience: 5 }, script, 7, 2],
    ['patience 2', { patience: 2 }, script, 4, 2],
    ['patience 0', { patience: 0 }, script, 3, 2],
    ['patience 5, minDelta 0.15', { patience: 5, minDelta: 0.15 }, script, 7, 2],
    ['patience 2, baseline 0.5', { patience: 2, baseline: 0.5 }, [1, 0.9, 0.8, 0.8, 0.8], 3, 2],
  ] as const)('[#23] [#48] with %s it stops where Keras does', (_name, options, values, stopsAt, best) => {
    const played = play(options, values);
    expect(played.stopsAt).toBe(stopsAt);
    expect(played.bestEpoch).toBe(best);
    expect(played.restored?.w?.[0]).toBe(best);
  });

  it('[#48] stops five epochs after the best with patience 5', () => {
    const { stopsAt, bestEpoch } = play({ patience: 5 }, [3, 2, 1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6]);
    expect([stopsAt, bestEpoch]).toEqual([7, 2]);
  });

  it('[#23] watches validation accuracy upwards', () => {
    const { stopsAt, bestEpoch } = play({ monitor: 'valAccuracy', patience: 2 }, [0.5, 0.7, 0.6, 0.6, 0.9]);
    expect([stopsAt, bestEpoch]).toEqual([3, 1]);
  });

  it('restores the best weights when the run ends for another reason', () => {
    expect(play({ patience: 50 }, [3, 1, 2]).bestEpoch).toBe(1);
  });

  it('does not watch epochs before startFromEpoch', () => {
    expect(play({ patience: 1, startFromEpoch: 3 }, [0.1, 5, 5, 4, 3, 3.5]).bestEpoch).toBe(4);
  });

  it('never takes NaN for an improvement', () => {
    const { stopsAt, bestEpoch } = play({ patience: 2 }, [1, Number.NaN, Number.NaN, 0.5]);
    expect([stopsAt, bestEpoch]).toEqual([2, 0]);
  });

  it.each([0, 1, 2, 3, 5, 6])('goes on exactly from its saved state after epoch %i', (resumeAfter) => {
    expect(play({ patience: 5 }, script, resumeAfter)).toEqual(play({ patience: 5 }, script));
  });

  it('makes a fresh state for every run', () => {
    const factory = earlyStopping({ patience: 3 });
    expect(factory.create(info)).not.toBe(factory.create(info));
  });
});

describe('bad options of earlyStopping', () => {
  it('refuses a metric that is not measured, listing those that are', () => {
    expect(() => earlyStopping({ monitor: 'valLos' }).create(info)).toThrow(/did you mean 'valLoss'/);
    const few = { ...info, monitors: ['loss'] };
    try {
      earlyStopping().create(few);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        code: 'LU_TRAIN_MONITOR',
        fix: expect.stringContaining('Watch one of loss'),
      });
    }
  });

  it('asks for the mode of a metric that does not say its direction', () => {
    expect(() => earlyStopping({ monitor: 'custom' }).create(info)).toThrow(/which way is better/);
    expect(earlyStopping({ monitor: 'custom', mode: 'max' }).create(info)).toBeDefined();
  });

  it('refuses unknown options and negative patience', () => {
    expect(() => earlyStopping({ patiance: 3 } as object)).toThrow(/did you mean 'patience'/);
    expect(() => earlyStopping({ patience: -1 })).toThrow(/patience is -1/);
    expect(() => earlyStopping({ mode: 'up' as 'max' })).toThrow(/mode is 'up'/);
  });
});

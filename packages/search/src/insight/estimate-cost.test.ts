import { describe, expect, it } from 'vitest';
import { estimateCost } from './estimate-cost.ts';

describe('estimateCost', () => {
  it('multiplies combinations, trainings, epochs and seconds', () => {
    const cost = estimateCost({ combinations: 8, epochs: 20, secondsPerEpoch: 1.5, trainings: 3 });
    expect(cost).toEqual({
      trainingSeconds: 720,
      seconds: 720,
      text: '8 configurations x 3 trainings x 20 epochs x 1.5 s = 12 min',
    });
  });

  it('shares the work between workers, no more than there are configurations', () => {
    const cost = estimateCost({ combinations: 80, epochs: 10, secondsPerEpoch: 9, workers: 2 });
    expect(cost.seconds).toBe(3600);
    expect(cost.text).toBe('80 configurations x 10 epochs x 9 s = 2 h; 1 h on 2 workers');
    expect(estimateCost({ combinations: 1, epochs: 1, secondsPerEpoch: 0.05, workers: 8 }).text).toBe(
      '1 configuration x 1 epoch x 0.05 s = 0.05 s',
    );
    expect(estimateCost({ combinations: 1e6, epochs: 10, secondsPerEpoch: 9 }).text).toContain('1042 days');
  });
});

import { describe, expect, test } from 'vitest';
import { runawayIndex, smooth } from './scan-curve.ts';
import { consensus, scanSuggestions } from './scan-suggestions.ts';

// A made curve, read off with a literal transcription of fastai.callback.schedule into NumPy.
const losses = [
  2.2955, 2.3102, 2.3107, 2.2947, 2.2727, 2.2595, 2.261, 2.2694, 2.2685, 2.2471, 2.2069, 2.1604, 2.1186,
  2.0808, 2.0333, 1.9594, 1.8527, 1.7219, 1.5845, 1.4544, 1.3334, 1.2135, 1.088, 0.9608, 0.8464, 0.7601,
  0.7056, 0.6722, 0.6425, 0.6056, 0.5647, 0.5327, 0.5371, 0.6109, 0.7416, 0.9144, 1.1249, 1.3825, 1.7022,
  2.0916,
];
const rates = losses.map((_, i) => 1e-4 * 1000 ** (i / 39));

describe('scanSuggestions', () => {
  test('[#15] reads the rates off a curve that fastai reads off it', () => {
    const found = scanSuggestions(rates, losses);
    expect(found.valley).toBeCloseTo(0.001701254279852589, 12);
    expect(found.slide).toBeCloseTo(0.000837677640068292, 12);
    expect(found.minimum).toBeCloseTo(0.002424462017082328, 12);
    expect(found.steep).toBeCloseTo(0.0020309176209047358, 12);
  });

  test('suggests nothing where the loss never falls', () => {
    const rising = rates.slice(0, 10).map((_, i) => 1 + i);
    expect(scanSuggestions(rates.slice(0, 10), rising)).toEqual({});
    expect(scanSuggestions([1e-3, 1e-2], [2, 1])).toEqual({});
  });

  test('the consensus is the middle on the logarithmic scale', () => {
    expect(consensus([1e-4, 1e-3, 1e-1]).rate).toBeCloseTo(1e-3, 12);
    expect(consensus([1e-3, 1e-1]).rate).toBeCloseTo(1e-2, 12);
    expect(consensus([1e-4, 1e-3, 1e-1]).spread).toBeCloseTo(3, 12);
  });
});

describe('scan curve', () => {
  test('runs away where the mean of five exceeds four times the best, or at once when it is not finite', () => {
    expect(runawayIndex([1, 1, 1, 1, 1, 1, 1, 16])).toBeUndefined();
    expect(runawayIndex([1, 1, 1, 1, 1, 1, 1, 17])).toBe(7);
    expect(runawayIndex([1, 2, Number.NaN])).toBe(2);
    expect(runawayIndex([3, 2, 1])).toBeUndefined();
  });

  test('smoothing keeps a line and the place of a minimum', () => {
    const parabola = Array.from({ length: 41 }, (_, i) => (i - 20) ** 2);
    const even = smooth(parabola, 3);
    expect(even.indexOf(Math.min(...even))).toBe(20);
    expect(smooth([2, 2, 2, 2], 1.5)).toEqual([2, 2, 2, 2]);
  });
});

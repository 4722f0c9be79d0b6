import { describe, expect, it } from 'vitest';
import { logExpectedImprovement, logImprovement, logImprovementSlope, logNewsShare } from './acquisition.ts';

// ln(φ(u) + u Φ(u)): mpmath 1.4.1 at 120 digits; asymptotic series below -1e4.
const TABLE: readonly (readonly [number, number])[] = [
  [-1e7, -50000000000033.16],
  [-100000, -5000000023.94479],
  [-40, -808.29856835662],
  [-10, -55.55312203612236],
  [-6, -22.578879392169796],
  [-2, -4.768783523917114],
  [-1, -2.4851210257126413],
  [-0.999, -2.4832171154475855],
  [0, -0.9189385332046728],
  [0.5, -0.3598276837450638],
  [1, 0.08002621884930694],
  [8, 2.0794415416798357],
  [30, 3.4011973816621555],
  // mpmath 1.3.0, on both sides of every change of formula.
  [-1_000_000, -500000000028.55],
  [-999_999, -499999000029.05],
  [-5000, -12500017.953325037],
  [-300, -45012.32653681455],
  [-38, -730.1961834021138],
  [-25, -319.86146358149597],
  [-12, -77.90910054500735],
  [-3, -7.869686059603029],
  [-1.5, -3.52993592080571],
  [-1.0000001, -2.485121216139768],
  [-0.9999999, -2.4851208352855214],
  [-0.5, -1.6205162643873199],
  [-0.1, -1.047153314072846],
  [0.1, -0.7964313395507472],
  [3, 1.0987396653277077],
  [40, 3.6888794541139363],
];

describe('logImprovement', () => {
  it('agrees with 120-digit values from -1e7 to 30', () => {
    for (const [u, expected] of TABLE) {
      expect(Math.abs(logImprovement(u) - expected) / Math.abs(expected)).toBeLessThan(1e-12);
    }
  });

  it('has the slope Φ/h of finite differences', () => {
    for (const u of [-50, -8, -1.001, -0.999, 0, 2]) {
      const h = 1e-6 * Math.max(1, Math.abs(u));
      const expected = (logImprovement(u + h) - logImprovement(u - h)) / (2 * h);
      expect(Math.abs(logImprovementSlope(u) / expected - 1)).toBeLessThan(1e-5);
    }
  });

  it('grows with mean and deviation below the incumbent', () => {
    expect(logExpectedImprovement(0, 1, 3)).toBeGreaterThan(logExpectedImprovement(-1, 1, 3));
    expect(logExpectedImprovement(0, 2, 3)).toBeGreaterThan(logExpectedImprovement(0, 1, 3));
    // h(0) = φ(0): the expected improvement at the incumbent is σ φ(0).
    expect(logExpectedImprovement(3, 2, 3)).toBeCloseTo(Math.log(2) - 0.5 * Math.log(2 * Math.PI), 13);
  });
});

describe('logNewsShare', () => {
  it('is ln(1 - σ_n/√(σ² + σ_n²)), also where that is all but 0 or 1', () => {
    // 1 - 4/5 and 1 - 3/5.
    expect(logNewsShare(3, 4).value).toBeCloseTo(Math.log(0.2), 14);
    expect(logNewsShare(4, 3).value).toBeCloseTo(Math.log(0.4), 14);
    // σ²/(2 σ_n²) to first order, where 1 - σ_n/√(σ² + σ_n²) itself is 0 in floating point.
    expect(logNewsShare(1e-9, 1).value).toBeCloseTo(Math.log(0.5e-18), 12);
    expect(logNewsShare(1, 1e-12).value).toBeCloseTo(-1e-12, 14);
    expect(logNewsShare(0.3, 0)).toEqual({ value: 0, slope: 0 });
  });

  it('has the slope of finite differences, positive', () => {
    for (const [deviation, noise] of [
      [0.1, 1],
      [1, 1],
      [2, 0.05],
    ] as const) {
      const h = 1e-6 * deviation;
      const expected =
        (logNewsShare(deviation + h, noise).value - logNewsShare(deviation - h, noise).value) / (2 * h);
      expect(logNewsShare(deviation, noise).slope / expected).toBeCloseTo(1, 6);
      expect(expected).toBeGreaterThan(0);
    }
  });
});

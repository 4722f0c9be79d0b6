import { describe, expect, it } from 'vitest';
import { incompleteBeta, studentTCdf, studentTQuantile } from './beta.ts';
import { erfc, erfcx } from './erf.ts';
import { logGamma } from './gamma.ts';
import { log1mexp, logSumExp } from './logarithms.ts';
import { logNormalCdf, logNormalPdf, normalCdf, normalQuantile } from './normal.ts';

// All tables: mpmath 1.4.1 at 50 digits (erfc, betainc, loggamma), rounded to float64.
const ERFC: readonly (readonly number[])[] = [
  [-6, 2],
  [-3, 1.9999779095030015],
  [-1, 1.842700792949715],
  [-0.46875, 1.492613473217938],
  [-0.1, 1.1124629160182848],
  [1e-10, 0.999999999887162],
  [0.1, 0.887537083981715],
  [0.46875, 0.507386526782062],
  [0.5, 0.4795001221869535],
  [1, 0.15729920705028513],
  [2, 0.004677734981047266],
  [3.9, 3.4792248597231765e-8],
  [4, 1.541725790028002e-8],
  [4.1, 6.700027654084918e-9],
  [6, 2.1519736712498913e-17],
  [10, 2.088487583762545e-45],
  [20, 5.395865611607901e-176],
  [26, 5.663192408856143e-296],
];
const ERFCX: readonly (readonly number[])[] = [
  [-26, 7.657724931490568e293],
  [-10, 5.376234283632271e43],
  [-4.5, 1245928884.2744062],
  [-1, 5.008980080762283],
  [-0.3, 1.4537492328427657],
  [0, 1],
  [0.3, 0.7345993345676551],
  [0.5, 0.6156903441929259],
  [1, 0.427583576155807],
  [3, 0.17900115118138996],
  [4, 0.13699945762506138],
  [5, 0.11070463773306863],
  [10, 0.05614099274382259],
  [100, 0.005641613782989433],
  [10000, 5.641895807268084e-5],
  [100000000, 5.641895835477562e-9],
  [1e150, 5.641895835477563e-151],
];
const NORMAL_CDF: readonly (readonly number[])[] = [
  [-38, 2.88542835e-316],
  [-30, 4.906713927148187e-198],
  [-10, 7.619853024160525e-24],
  [-6, 9.86587645037698e-10],
  [-3, 0.0013498980316300946],
  [-1, 0.15865525393145705],
  [-0.1, 0.460172162722971],
  [0, 0.5],
  [0.1, 0.539827837277029],
  [1, 0.8413447460685429],
  [3, 0.9986501019683699],
  [8, 0.9999999999999993],
];
const LOG_NORMAL_CDF: readonly (readonly number[])[] = [
  [-10000000, -50000000000017.04],
  [-1000, -500007.82669481216],
  [-40, -804.6084420137538],
  [-6, -20.736768949974707],
  [-1, -1.8410216450092636],
  [-0.5, -1.1759117615936185],
  [0, -Math.LN2],
  [1, -0.17275377902344988],
  [3, -0.0013508099647481938],
  [8, -6.220960574271786e-16],
];
const NORMAL_QUANTILE: readonly (readonly number[])[] = [
  [1e-300, -37.0470962993612],
  [1e-100, -21.273453560965326],
  [1e-20, -9.262340089798407],
  [1e-10, -6.361340902404057],
  [0.0001, -3.7190164854556804],
  [0.01, -2.326347874040841],
  [0.02425, -1.9729610513118847],
  [0.1, -1.2815515655446004],
  [0.3, -0.5244005127080408],
  [0.499, -0.002506630899571766],
  [0.6, 0.2533471031357997],
  [0.9, 1.2815515655446006],
  [0.975, 1.9599639845400538],
  [0.999999, 4.753424308817088],
];
const LOG1MEXP: readonly (readonly number[])[] = [
  [-1e-20, -46.051701859880914],
  [-1e-8, -18.420680748952364],
  [-0.1, -2.3521684610440907],
  [-0.69, -0.6963042971440567],
  [-0.7, -0.6863410028083852],
  [-1, -0.4586751453870819],
  [-10, -4.540096037048921e-5],
  [-40, -4.248354255291589e-18],
  [-700, -9.85967654375977e-305],
];
const LOG_GAMMA: readonly (readonly number[])[] = [
  [1e-10, 23.025850929882736],
  [0.1, 2.252712651734206],
  [0.4, 0.7966778177017837],
  [0.5, 0.5723649429247001],
  [0.9, 0.06637623973474295],
  [1, 0],
  [1.0001, -5.771334222047127e-5],
  [1.5, -0.12078223763524522],
  [2, 0],
  [2.5, 0.2846828704729192],
  [5, 3.1780538303479458],
  [9.99, 12.779315214350193],
  [10, 12.80182748008147],
  [30, 71.25703896716801],
  [171, 706.5730622457874],
  [100000, 1051287.7089736569],
  [1000000000000000, 3.3538776394910668e16],
  [-0.5, 1.2655121234846454],
  [-1.5, 0.860047015376481],
  [-10.3, -14.457515440024208],
];
const BETA: readonly (readonly number[])[] = [
  [0.1, 2, 3, 0.052300000000000006],
  [0.5, 2, 3, 0.6875],
  [0.9, 2, 3, 0.9963],
  [0.3, 0.5, 0.5, 0.36901011956554536],
  [1e-5, 0.5, 10, 0.011143345724288567],
  [0.99, 50, 0.5, 0.3173043978741974],
  [0.5, 100, 100, 0.5],
  [0.52, 1000, 1000, 0.9632205167213604],
  [0.001, 3, 400, 0.007990821928822918],
  [0.7, 0.01, 5, 0.9999933835602565],
];
const STUDENT_T: readonly (readonly number[])[] = [
  [-1000000, 1, 3.1830988618368455e-7],
  [-50, 2, 0.00019988007994404028],
  [-10, 3.5, 0.0005357379478063319],
  [-2.776445105197793, 4, 0.025000000000000036],
  [-1, 10, 0.17044656615102993],
  [-0.01, 7, 0.4961501588218109],
  [0, 5, 0.5],
  [0.5, 1, 0.6475836176504333],
  [1.96, 30, 0.9703288435519748],
  [3, 1000, 0.9986166454778809],
  [-4, 1000000, 3.167351700502405e-5],
  [-30, 40, 2.425453830295104e-29],
];

/** Largest error relative to the expected value (absolute where that is 0). */
function worst(rows: readonly (readonly number[])[], of: (...at: number[]) => number): number {
  let found = 0;
  for (const row of rows) {
    const expected = row.at(-1)!;
    const error = Math.abs(of(...row.slice(0, -1)) - expected);
    found = Math.max(found, expected === 0 ? error : error / Math.abs(expected));
  }
  return found;
}

describe('special functions against 50-digit values', () => {
  it('erfc agrees to 1e-14 relative over its range', () => {
    expect(worst(ERFC, erfc)).toBeLessThan(1e-14);
  });
  it('erfcx agrees to 1e-14 relative, far tails included', () => {
    expect(worst(ERFCX, erfcx)).toBeLessThan(1e-14);
    expect(erfcx(-30)).toBe(Number.POSITIVE_INFINITY);
  });
  it('the normal distribution function agrees to 1e-13 relative in the tail', () => {
    // Below 1e-308 float64 itself has fewer digits.
    expect(worst(NORMAL_CDF.slice(1), normalCdf)).toBeLessThan(1e-13);
    expect(worst(NORMAL_CDF.slice(0, 1), normalCdf)).toBeLessThan(1e-7);
  });
  it('ln Φ agrees to 1e-13 relative down to -1e7', () => {
    expect(worst(LOG_NORMAL_CDF, logNormalCdf)).toBeLessThan(1e-13);
  });
  it('the normal quantile agrees to 1e-13 relative from 1e-300 on', () => {
    expect(worst(NORMAL_QUANTILE, normalQuantile)).toBeLessThan(1e-13);
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
    expect(normalQuantile(0.5)).toBe(0);
    expect(normalQuantile(1.5)).toBeNaN();
  });
  it('ln(1 - e^w) agrees to 1e-14 relative', () => {
    expect(worst(LOG1MEXP, log1mexp)).toBeLessThan(1e-14);
    expect(log1mexp(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(log1mexp(1)).toBeNaN();
  });
  it('ln Γ agrees to 1e-13, relative or absolute', () => {
    for (const [x, expected] of LOG_GAMMA) {
      expect(Math.abs(logGamma(x!) - expected!) / Math.max(1, Math.abs(expected!))).toBeLessThan(1e-13);
    }
    expect(logGamma(0)).toBe(Number.POSITIVE_INFINITY);
    expect(logGamma(-3)).toBe(Number.POSITIVE_INFINITY);
  });
  it('the incomplete beta function agrees to 1e-12 relative', () => {
    expect(worst(BETA, incompleteBeta)).toBeLessThan(1e-12);
    expect(incompleteBeta(0, 2, 3)).toBe(0);
    expect(incompleteBeta(1, 2, 3)).toBe(1);
    expect(() => incompleteBeta(2, 1, 1)).toThrow('outside the domain');
  });
  it('the distribution function of Student t agrees to 1e-12 relative in its tails', () => {
    expect(worst(STUDENT_T, studentTCdf)).toBeLessThan(1e-9);
    expect(
      worst(
        STUDENT_T.filter(([, degrees]) => degrees! < 1e5),
        studentTCdf,
      ),
    ).toBeLessThan(1e-12);
    expect(studentTCdf(Number.NEGATIVE_INFINITY, 3)).toBe(0);
    expect(() => studentTCdf(1, 0)).toThrow('degrees of freedom');
  });
  it('the quantile of Student t inverts its distribution function', () => {
    for (const degrees of [1, 2.5, 10, 300]) {
      for (const p of [1e-6, 0.01, 0.3, 0.6, 0.975]) {
        expect(Math.abs(studentTCdf(studentTQuantile(p, degrees), degrees) / p - 1)).toBeLessThan(1e-12);
      }
    }
    // Printed tables of the t distribution.
    expect(studentTQuantile(0.975, 4)).toBeCloseTo(2.776445105, 9);
  });
});

describe('closed forms', () => {
  it('the log density at 0 is -½ ln 2π', () => {
    expect(logNormalPdf(0)).toBeCloseTo(-0.5 * Math.log(2 * Math.PI), 15);
  });
  it('a sum of equal exponentials adds ln n, without overflow or underflow', () => {
    expect(logSumExp([1000, 1000])).toBeCloseTo(1000 + Math.LN2, 12);
    expect(logSumExp([-1000, -1000, -1000])).toBeCloseTo(-1000 + Math.log(3), 12);
    expect(logSumExp([])).toBe(Number.NEGATIVE_INFINITY);
    expect(logSumExp([1, Number.NaN])).toBeNaN();
    expect(logSumExp([1, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
  });
  it('not-a-number stays not-a-number', () => {
    for (const of of [erfc, erfcx, normalCdf, logNormalCdf, normalQuantile, logGamma])
      expect(of(Number.NaN)).toBeNaN();
  });
});

import { neighbours, type PointFunction, product, series, squares, sum } from './sums.ts';

const { abs, cos, exp, floor, log, log10, PI, sin, sqrt } = Math;

const ackley: PointFunction = (x) =>
  -20 * exp(-0.2 * sqrt(squares(x) / x.length)) -
  exp(sum(x, (v) => cos(2 * PI * v)) / x.length) +
  20 +
  Math.E;

const ripple =
  (share: number): PointFunction =>
  (x) =>
    -sum(x, (v) => {
      const wave = sin(5 * PI * v) ** 6 + share * cos(500 * PI * v) ** 2;
      return exp(-2 * log(2) * ((v - 0.1) / 0.8) ** 2) * wave;
    });

const deceptive: PointFunction = (x) => {
  const peaks = [0.333333, 0.6666666];
  const height = sum(x, (v, i) => {
    const a = peaks[i]!;
    if (v < 0.8 * a) return 0.8 - v / a;
    if (v < a) return (5 * v) / a - 4;
    if (v < (1 + 4 * a) / 5) return (5 * (v - a)) / (a - 1) + 1;
    return (v - 1) / (1 - a) + 0.8;
  });
  return -((height / x.length) ** 2);
};

const pinter: PointFunction = (x) =>
  sum(x, (v, i) => {
    const before = x.at(i - 1)!;
    const after = x[(i + 1) % x.length]!;
    const a = before * sin(v) + sin(after);
    const b = before ** 2 - 2 * v + 3 * after - cos(v) + 1;
    return (i + 1) * (v ** 2 + 20 * sin(a) ** 2 + log10(1 + (i + 1) * b ** 2));
  });

const powell: PointFunction = ([a = 0, b = 0, c = 0, d = 0]) =>
  (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4;

const weierstrass: PointFunction = (x) => {
  const waves = (v: number): number => series(0, 20, (k) => 0.5 ** k * cos(2 * PI * 3 ** k * v));
  return sum(x, (v) => waves(v + 0.5) - x.length * waves(0.5));
};

const watson: PointFunction = (x) => {
  const fits = series(1, 29, (i) => {
    const t = i / 29;
    const slope = sum(x, (v, j) => (j === 0 ? 0 : j * t ** (j - 1) * v));
    return (slope - sum(x, (v, j) => t ** j * v) ** 2 - 1) ** 2;
  });
  return fits + x[0]! ** 2 + (x[1]! - x[0]! ** 2 - 1) ** 2;
};

const sargan: PointFunction = (x) => {
  const pairs = neighbours(x, (v, next) => v * next);
  return sum(x, (v) => x.length * (v ** 2 + 0.4 * pairs));
};

const levy03: PointFunction = (x) => {
  const z = x.map((v) => 1 + (v - 1) / 4);
  const last = z.at(-1)!;
  const inner = sum(z.slice(0, -1), (v) => (v - 1) ** 2 * (1 + 10 * sin(PI * v + 1) ** 2));
  return sin(PI * z[0]!) ** 2 + inner + (last - 1) ** 2 * (1 + sin(2 * PI * last) ** 2);
};

/** Test functions that are defined in any dimension, by their usual names. */
export const ANY_DIMENSION: Readonly<Record<string, PointFunction>> = {
  Ackley: ackley,
  Alpine01: (x) => sum(x, (v) => abs(v * sin(v) + 0.1 * v)),
  Alpine02: (x) => product(x, (v) => sqrt(v) * sin(v)),
  ArithmeticGeometricMean: (x) => (sum(x) / x.length - product(x) ** (1 / x.length)) ** 2,
  Brown: (x) => neighbours(x, (a, b) => (a * a) ** (b * b + 1) + (b * b) ** (a * a + 1)),
  Cigar: (x) => x[0]! ** 2 + 1e6 * squares(x.slice(1)),
  CosineMixture: (x) => 0.1 * sum(x, (v) => cos(5 * PI * v)) + squares(x),
  Csendes: (x) => sum(x, (v) => v ** 6 * (2 + sin(1 / (v + Number.EPSILON)))),
  Deb01: (x) => -sum(x, (v) => sin(5 * PI * v) ** 6) / x.length,
  Deb02: (x) => -sum(x, (v) => sin(5 * PI * (v ** 0.75 - 0.05)) ** 6) / x.length,
  Deceptive: deceptive,
  DeflectedCorrugatedSpring: (x) => {
    const distance = sum(x, (v) => (v - 5) ** 2);
    return 0.1 * distance - cos(5 * sqrt(distance));
  },
  DropWave: (x) => -(1 + cos(12 * sqrt(squares(x)))) / (0.5 * squares(x) + 2),
  Easom: ackley,
  Exponential: (x) => -exp(-0.5 * squares(x)),
  Giunta: (x) =>
    0.6 +
    sum(x, (v) => {
      const t = (16 * v) / 15 - 1;
      return sin(t) + sin(t) ** 2 + sin(4 * t) / 50;
    }),
  Griewank: (x) => 1 + squares(x) / 4000 - product(x, (v, i) => cos(v / sqrt(i + 1))),
  Levy03: levy03,
  ManifoldMin: (x) => sum(x, abs) * product(x, abs),
  Michalewicz: (x) => -sum(x, (v, i) => sin(v) * sin(((i + 1) * v ** 2) / PI) ** 20),
  Mishra02: (x) => {
    const rest = x.length - neighbours(x, (a, b) => (a + b) / 2);
    return (1 + rest) ** rest;
  },
  OddSquare: (x) => {
    const offsets = x.map((v, i) => (v - [1, 1.3][i]!) ** 2);
    const far = x.length * Math.max(...offsets);
    return -exp(-far / (2 * PI)) * cos(PI * far) * (1 + (0.02 * sum(offsets)) / (far + 0.01));
  },
  Pavianini: (x) => sum(x, (v) => log(v - 2) ** 2 + log(10 - v) ** 2) - product(x) ** 0.2,
  Perm01: (x) =>
    series(1, x.length, (k) => sum(x, (v, j) => ((j + 1) ** k + 0.5) * ((v / (j + 1)) ** k - 1)) ** 2),
  Perm02: (x) => series(1, x.length, (k) => sum(x, (v, j) => (j + 11) * (v ** k - (1 / (j + 1)) ** k)) ** 2),
  Pinter: pinter,
  Plateau: (x) => 30 + sum(x, (v) => floor(abs(v))),
  Powell: powell,
  PowellTripleLog: (x) => log(1 + sum([0, 4, 8], (at) => powell(x.slice(at, at + 4)))),
  PowerSum: (x) => sum([8, 18, 44, 114], (goal, k) => (sum(x, (v) => v ** (k + 1)) - goal) ** 2),
  Qing: (x) => sum(x, (v, i) => (v ** 2 - i - 1) ** 2),
  Rastrigin: (x) => sum(x, (v) => 10 + v ** 2 - 10 * cos(2 * PI * v)),
  RippleBig: ripple(0),
  RippleSmall: ripple(0.1),
  RosenbrockLog: (x) => log(1 + neighbours(x, (a, b) => 100 * (b - a * a) ** 2 + (1 - a) ** 2)),
  Salomon: (x) => 1 - cos(2 * PI * sqrt(squares(x))) + 0.1 * sqrt(squares(x)),
  Sargan: sargan,
  Schwefel01: (x) => squares(x) ** sqrt(PI),
  Schwefel20: (x) => sum(x, abs),
  Schwefel22: (x) => sum(x, abs) + product(x, abs),
  Schwefel26: (x) => 418.982887 * x.length - sum(x, (v) => v * sin(sqrt(abs(v)))),
  SineEnvelope: (x) =>
    neighbours(x, (a, b) => {
      const r = a * a + b * b;
      return (sin(sqrt(r)) ** 2 - 0.5) / (1 + 0.001 * r) ** 2 + 0.5;
    }),
  Sphere: squares,
  Step: (x) => sum(x, (v) => (floor(v) + 0.5) ** 2),
  StretchedV: (x) => squares(x) ** 0.25 * sin(50 * squares(x) ** 0.1 + 1) ** 2,
  StyblinskiTang: (x) => sum(x, (v) => v ** 4 - 16 * v ** 2 + 5 * v) / 2,
  SumPowers: (x) => series(1, x.length, (i) => sum(x, (v) => abs(v) ** (i + 1))),
  Trid: (x) => sum(x, (v) => (v - 1) ** 2) - neighbours(x, (a, b) => a * b),
  Watson: watson,
  Weierstrass: weierstrass,
  XinSheYang02: (x) => sum(x, abs) * exp(-sum(x, (v) => sin(v * v))),
  XinSheYang03: (x) =>
    exp(-sum(x, (v) => (v / 15) ** 10)) - 2 * exp(-squares(x)) * product(x, (v) => cos(v) ** 2),
  YaoLiu: (x) => sum(x, (v) => v ** 2 - 10 * cos(2 * PI * v) + 10),
  ZeroSum: (x) => 1 + sqrt(10_000 * abs(sum(x))),
};

import { type Point, type PointFunction, series } from './sums.ts';

const { abs, cos, exp, log, max, PI, sin, sqrt } = Math;

type TwoVariables = (x: number, y: number) => number;

const rim: TwoVariables = (x, y) => exp(abs(1 - sqrt(x * x + y * y) / PI));

const damavandi: TwoVariables = (x, y) => {
  // sin(t)/t; near 0 by its series.
  const sinc = (t: number): number => (abs(t) <= 1e-3 * PI ? 1 - t ** 2 / 6 : sin(t) / t);
  const quotient = sinc(PI * (x - 2)) * sinc(PI * (y - 2));
  return (1 - abs(quotient) ** 5) * (2 + (x - 7) ** 2 + 2 * (y - 7) ** 2);
};

const franke: TwoVariables = (x, y) => {
  const [u, v] = [9 * x, 9 * y];
  return (
    0.75 * exp(-((u - 2) ** 2 + (v - 2) ** 2) / 4) +
    0.75 * exp(-((u + 1) ** 2) / 49 - (v + 1) / 10) +
    0.5 * exp(-((u - 7) ** 2 + (v - 3) ** 2) / 4) -
    0.2 * exp(-((u - 4) ** 2) - (v - 7) ** 2)
  );
};

const goldsteinPrice: TwoVariables = (x, y) => {
  const first = 19 - 14 * x + 3 * x ** 2 - 14 * y + 6 * x * y + 3 * y ** 2;
  const second = 18 - 32 * x + 12 * x ** 2 + 48 * y - 36 * x * y + 27 * y ** 2;
  return (1 + (x + y + 1) ** 2 * first) * (30 + (2 * x - 3 * y) ** 2 * second);
};

const hosaki: TwoVariables = (x, y) =>
  (1 - 8 * x + 7 * x ** 2 - 2.33333 * x ** 3 + 0.25 * x ** 4) * y ** 2 * exp(-y);

const langermann: TwoVariables = (x, y) =>
  -[
    [3, 5, 1],
    [5, 2, 2],
    [2, 1, 5],
    [1, 4, 2],
    [7, 9, 3],
  ].reduce((total, [a = 0, b = 0, c = 0]) => {
    const distance = (x - a) ** 2 + (y - b) ** 2;
    return total + c * exp(-distance / PI) * cos(PI * distance);
  }, 0);

const levy05: TwoVariables = (x, y) =>
  series(1, 5, (i) => i * cos((i - 1) * x + i)) * series(1, 5, (j) => j * cos((j + 1) * y + j)) +
  (5 * x + 1.42513) ** 2 +
  (5 * y + 0.80032) ** 2;

const mishra = (x: number, y: number): readonly [number, number] => [
  sin((cos(x) + cos(y)) ** 2) ** 2,
  cos((sin(x) + sin(y)) ** 2) ** 2,
];

const mishra08: TwoVariables = (x, y) => {
  // (x - 2)^10 expanded, with the slips of the published coefficients.
  const powers = [1, -20, 180, -960, 3360, -8064, 13_340, -15_360, 11_520, -5120, 2624];
  const first = abs(powers.reduce((total, power) => total * x + power, 0));
  return 0.001 * (first + abs((y + 3) ** 4)) ** 2;
};

const penalty = (z: number): number => sin(PI * z) ** 2;

const ursem03: TwoVariables = (x, y) => {
  const one = (v: number): number => (sin(2.2 * PI * v + 0.5 * PI) * (2 - abs(v)) * (3 - abs(v))) / 4;
  return -one(x) - one(y);
};

const zimmerman: TwoVariables = (x, y) => {
  const penalized = (v: number, sign: number): number => 100 * (1 + v) * Math.sign(sign);
  const circle = (x - 3) ** 2 + (y - 2) ** 2 - 16;
  const hyperbola = x * y - 14;
  const worst = max(
    9 - x - y,
    penalized(circle, circle),
    penalized(hyperbola, hyperbola),
    penalized(-x, x),
    penalized(-y, y),
  );
  return Math.min(worst, 3000);
};

const FORMULAS: Readonly<Record<string, TwoVariables>> = {
  Adjiman: (x, y) => cos(x) * sin(y) - x / (y * y + 1),
  BartelsConn: (x, y) => abs(x * x + y * y + x * y) + abs(sin(x)) + abs(cos(y)),
  Beale: (x, y) => (1.5 - x + x * y) ** 2 + (2.25 - x + x * y ** 2) ** 2 + (2.625 - x + x * y ** 3) ** 2,
  Bird: (x, y) => sin(x) * exp((1 - cos(y)) ** 2) + cos(x) * exp((1 - sin(x)) ** 2) + (x - y) ** 2,
  Bohachevsky: (x, y) => x * x + 2 * y * y - 0.3 * cos(3 * PI * x) - 0.4 * cos(4 * PI * y) + 0.7,
  Branin01: (x, y) =>
    (y - (5.1 / (4 * PI ** 2)) * x * x + (5 * x) / PI - 6) ** 2 + 10 * (1 - 1 / (8 * PI)) * cos(x) + 10,
  Branin02: (x, y) =>
    (y - (5.1 / (4 * PI ** 2)) * x * x + (5 * x) / PI - 6) ** 2 +
    10 * (1 - 1 / (8 * PI)) * cos(x) * cos(y) +
    log(x * x + y * y + 1) +
    10,
  Brent: (x, y) => (x + 10) ** 2 + (y + 10) ** 2 + exp(-x * x - y * y),
  Bukin06: (x, y) => 100 * sqrt(abs(y - 0.01 * x * x)) + 0.01 * abs(x + 10),
  CarromTable: (x, y) => -((cos(x) * cos(y) * rim(x, y)) ** 2) / 30,
  Chichinadze: (x, y) =>
    x * x -
    12 * x +
    11 +
    10 * cos((PI * x) / 2) +
    8 * sin((5 * PI * x) / 2) -
    0.2 * sqrt(5) * exp(-0.5 * (y - 0.5) ** 2),
  CrossInTray: (x, y) =>
    -0.0001 * (abs(sin(x) * sin(y) * exp(abs(100 - sqrt(x * x + y * y) / PI))) + 1) ** 0.1,
  Cube: (x, y) => 100 * (y - x ** 3) ** 2 + (1 - x) ** 2,
  Damavandi: damavandi,
  EggCrate: (x, y) => x * x + y * y + 25 * (sin(x) ** 2 + sin(y) ** 2),
  EggHolder: (x, y) => -(y + 47) * sin(sqrt(abs(y + x / 2 + 47))) - x * sin(sqrt(abs(x - y - 47))),
  ElAttarVidyasagarDutta: (x, y) => (x * x + y - 10) ** 2 + (x + y * y - 7) ** 2 + (x * x + y ** 3 - 1) ** 2,
  Franke: franke,
  FreudensteinRoth: (x, y) =>
    (-13 + x + ((5 - y) * y - 2) * y) ** 2 + (-29 + x + ((y + 1) * y - 14) * y) ** 2,
  GoldsteinPrice: goldsteinPrice,
  Hansen: (x, y) =>
    series(0, 4, (i) => (i + 1) * cos(i * x + i + 1)) *
    series(0, 4, (j) => (j + 1) * cos((j + 2) * y + j + 1)),
  HimmelBlau: (x, y) => (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2,
  HolderTable: (x, y) => -abs(sin(x) * cos(y) * rim(x, y)),
  Hosaki: hosaki,
  HosakiExpanded: hosaki,
  JennrichSampson: (x, y) => series(1, 10, (i) => (2 + 2 * i - (exp(i * x) + exp(i * y))) ** 2),
  Keane: (x, y) => -(sin(x - y) ** 2 * sin(x + y) ** 2) / sqrt(x * x + y * y + 1e-16),
  Langermann: langermann,
  Leon: (x, y) => 100 * (y - x * x) ** 2 + (1 - x) ** 2,
  Levy05: levy05,
  Levy13: (x, y) =>
    sin(3 * PI * x) ** 2 +
    (x - 1) ** 2 * (1 + sin(3 * PI * y) ** 2) +
    (y - 1) ** 2 * (1 + sin(2 * PI * y) ** 2),
  Matyas: (x, y) => 0.26 * (x * x + y * y) - 0.48 * x * y,
  McCormick: (x, y) => sin(x + y) + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1,
  Mishra06: (x, y) => {
    const [a, b] = mishra(x, y);
    return -log((a - b + x) ** 2) + 0.1 * ((x - 1) ** 2 + (y - 1) ** 2);
  },
  Mishra08: mishra08,
  Mishra10: (x, y) => (Math.trunc(x) + Math.trunc(y) - Math.trunc(x) * Math.trunc(y)) ** 2,
  Ned01: (x, y) => sqrt(abs(cos(sqrt(abs(x * x + y))))) + 0.01 * x + 0.01 * y,
  Ned03: (x, y) => {
    const [a, b] = mishra(x, y);
    return (a + b + x) ** 2 + 0.01 * x + 0.1 * y;
  },
  Parsopoulos: (x, y) => cos(x) ** 2 + sin(y) ** 2,
  Penalty01: (x, y) => {
    const [u, v] = [1 + (x + 1) / 4, 1 + (y + 1) / 4];
    return (PI / 30) * (10 * penalty(u) + (u - 1) ** 2 * (1 + 10 * penalty(v)) + (v - 1) ** 2);
  },
  Penalty02: (x, y) =>
    0.1 * (10 * penalty(3 * x) + (x - 1) ** 2 * (1 + penalty(y)) + (y - 1) ** 2 * (1 + penalty(2 * y))),
  PenHolder: (x, y) => -exp(-1 / abs(cos(x) * cos(y) * rim(x, y))),
  Price: (x, y) => (abs(x) - 5) ** 2 + (abs(y) - 5) ** 2,
  Quadratic: (x, y) => -3803.84 - 138.08 * x - 232.92 * y + 128.08 * x * x + 203.64 * y * y + 182.25 * x * y,
  RosenbrockModified: (x, y) =>
    74 + 100 * (y - x * x) ** 2 + (1 - x) ** 2 - 400 * exp(-((x + 1) ** 2 + (y + 1) ** 2) / 0.1),
  Schaffer: (x, y) => {
    const r = (x * x + y * y) ** 2;
    return 0.5 + (sin(r) ** 2 - 0.5) / (1 + 0.001 * r);
  },
  Schwefel06: (x, y) => max(abs(x + 2 * y - 7), abs(2 * x + y - 5)),
  Schwefel36: (x, y) => -x * y * (72 - 2 * x - 2 * y),
  Shubert01: (x, y) =>
    series(1, 5, (i) => i * cos((i + 1) * x + i)) * series(1, 5, (i) => i * cos((i + 1) * y + i)),
  Shubert03: (x, y) => -series(1, 5, (i) => i * (sin((i + 1) * x + i) + sin((i + 1) * y + i))),
  SixHumpCamel: (x, y) => (4 - 2.1 * x ** 2 + x ** 4 / 3) * x ** 2 + x * y + (4 * y * y - 4) * y * y,
  TestTubeHolder: (x, y) => -4 * abs(sin(x) * cos(y) * exp(abs(cos((x * x + y * y) / 200)))),
  ThreeHumpCamel: (x, y) => 2 * x ** 2 - 1.05 * x ** 4 + x ** 6 / 6 + x * y + y * y,
  Trefethen: (x, y) =>
    exp(sin(50 * x)) +
    sin(60 * exp(y)) +
    sin(70 * sin(x)) +
    sin(sin(80 * y)) -
    sin(10 * (x + y)) +
    (x * x + y * y) / 4,
  Tripod: (x, y) => {
    const [p, q] = [x >= 0 ? 1 : 0, y >= 0 ? 1 : 0];
    return q * (1 + p) + abs(x + 50 * q * (1 - 2 * p)) + abs(y + 50 * (1 - 2 * q));
  },
  Ursem01: (x, y) => -sin(2 * x - 0.5 * PI) - 3 * cos(y) - 0.5 * x,
  Ursem03: ursem03,
  Ursem04: (x, y) => (-3 * sin(0.5 * PI * x + 0.5 * PI) * (2 - sqrt(x * x + y * y))) / 4,
  UrsemWaves: (x, y) =>
    -0.9 * x * x - 3.5 * y * y * x * y + 4.7 * cos(3 * x - y * y * (2 + x)) * sin(2.5 * PI * x),
  VenterSobiezcczanskiSobieski: (x, y) =>
    x * x - 100 * cos(x) ** 2 - 100 * cos((x * x) / 30) + y * y - 100 * cos(y) ** 2 - 100 * cos((y * y) / 30),
  Zimmerman: zimmerman,
};

/** Test functions of two variables, by their usual names. */
export const TWO_VARIABLES: Readonly<Record<string, PointFunction>> = Object.fromEntries(
  Object.entries(FORMULAS).map(([name, of]) => [name, ([x = 0, y = 0]: Point) => of(x, y)]),
);

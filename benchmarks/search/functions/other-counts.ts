import { type Point, type PointFunction, series, squares, sum } from './sums.ts';

const { abs, atan2, cos, exp, floor, log, PI, sin, sqrt, tan } = Math;

/** Hartmann's functions: peaks of width `a` at `p`, of heights 1, 1.2, 3 and 3.2. */
const hartmann =
  (a: readonly Point[], p: readonly Point[]): PointFunction =>
  (x) =>
    -sum([1, 1.2, 3, 3.2], (height, i) => height * exp(-sum(x, (v, j) => a[i]![j]! * (v - p[i]![j]!) ** 2)));

const hartmann3 = hartmann(
  [
    [3, 10, 30],
    [0.1, 10, 35],
    [3, 10, 30],
    [0.1, 10, 35],
  ],
  [
    [0.3689, 0.117, 0.2673],
    [0.4699, 0.4387, 0.747],
    [0.1091, 0.8732, 0.5547],
    [0.03815, 0.5743, 0.8828],
  ],
);

const WIDTHS = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const PEAKS = [
  [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
  [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
  [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
  [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
];
const hartmann6 = hartmann(WIDTHS, PEAKS);
/** The four-variable form runs over the columns of the six-variable tables. */
const transposed = (table: readonly Point[]): readonly Point[] =>
  [0, 1, 2, 3].map((i) => table.map((row) => row[i]!));
const hartmann4Raw = hartmann(transposed(WIDTHS), transposed(PEAKS));

const WELLS: readonly Point[] = [
  [4, 4, 4, 4],
  [1, 1, 1, 1],
  [8, 8, 8, 8],
  [6, 6, 6, 6],
  [3, 7, 3, 7],
  [2, 9, 2, 9],
  [5, 5, 3, 3],
  [8, 1, 8, 1],
  [6, 2, 6, 2],
  [7, 3, 7, 3],
];
/** Shekel's foxholes with the given widths. */
const shekel =
  (widths: Point): PointFunction =>
  (x) =>
    -sum(widths, (c, i) => 1 / (squares(x.map((v, j) => v - WELLS[i]![j]!)) + c));

const corana: PointFunction = (x) =>
  sum([1, 1000, 10, 100], (weight, i) => {
    const v = x[i]!;
    const step = floor(abs(v / 0.2) + 0.49999) * Math.sign(v) * 0.2;
    return weight * (abs(v - step) < 0.05 ? 0.15 * (step - 0.05 * Math.sign(step)) ** 2 : v * v);
  });

const lennardJones: PointFunction = (x) => {
  const distance = squares([x[0]! - x[3]!, x[1]! - x[4]!, x[2]! - x[5]!]) ** 3 + 1e-8;
  return Math.min((1 / distance - 2) / distance, 0);
};

const COLA: readonly Point[] = [
  [1.27],
  [1.69, 1.43],
  [2.04, 2.35, 2.43],
  [3.09, 3.18, 3.26, 2.85],
  [3.2, 3.22, 3.27, 2.88, 1.55],
  [2.86, 2.56, 2.58, 2.59, 3.12, 3.06],
  [3.17, 3.18, 3.18, 3.12, 1.31, 1.64, 3],
  [3.21, 3.18, 3.18, 3.17, 1.7, 1.36, 2.95, 1.32],
  [2.38, 2.31, 2.42, 1.94, 2.85, 2.81, 2.56, 2.91, 2.97],
];
/** Where ten drinks lie in the plane so that their distances fit those judged by people. */
const cola: PointFunction = (x) => {
  const places = [[0, 0], [x[0]!, 0], ...Array.from({ length: 8 }, (_, i) => [x[2 * i + 1]!, x[2 * i + 2]!])];
  return COLA.reduce(
    (total, row, i) =>
      total +
      sum(row, (goal, j) => {
        const [[a = 0, b = 0], [c = 0, d = 0]] = [places[i + 1]!, places[j]!] as [Point, Point];
        return (sqrt((a - c) ** 2 + (b - d) ** 2) - goal) ** 2;
      }),
    0,
  );
};

const xor: PointFunction = (x) => {
  const squash = (v: number): number => 1 / (1 + exp(-v));
  const output = (first: number, second: number): number => {
    const one = x[6]! * squash(first * x[0]! + second * x[1]! + x[4]!);
    const two = x[7]! * squash(first * x[2]! + second * x[3]! + x[5]!);
    return squash(one + two + x[8]!);
  };
  return output(1, 1) ** 2 + output(0, 0) ** 2 + (1 - output(1, 0)) ** 2 + (1 - output(0, 1)) ** 2;
};

const ONE: Readonly<Record<string, (x: number) => number>> = {
  Problem02: (x) => sin(x) + sin(3.33333 * x),
  Problem03: (x) => -series(1, 5, (k) => k * sin((k + 1) * x + k)),
  Problem04: (x) => -(16 * x * x - 24 * x + 5) * exp(-x),
  Problem05: (x) => -(1.4 - 3 * x) * sin(18 * x),
  Problem06: (x) => -(x + sin(x)) * exp(-x * x),
  Problem07: (x) => sin(x) + sin((10 / 3) * x) + log(x) - 0.84 * x + 3,
  Problem09: (x) => sin(x) + sin((2 / 3) * x),
  Problem10: (x) => -x * sin(x),
  Problem11: (x) => 2 * cos(x) + cos(2 * x),
  Problem12: (x) => sin(x) ** 3 + cos(x) ** 3,
  Problem13: (x) => -(x ** 0.66666) - (1 - x * x) ** 0.33333,
  Problem14: (x) => -exp(-x) * sin(2 * PI * x),
  Problem15: (x) => (x * x - 5 * x + 6) / (x * x + 1),
  Problem18: (x) => (x <= 3 ? (x - 2) ** 2 : 2 * log(x - 2) + 1),
  Problem20: (x) => -(x - sin(x)) * exp(-x * x),
  Problem21: (x) => x * sin(x) + x * cos(2 * x),
  Problem22: (x) => exp(-3 * x) - sin(x) ** 3,
};

/** Test functions of one, three or more variables, by their usual names. */
export const OTHER_COUNTS: Readonly<Record<string, PointFunction>> = {
  ...Object.fromEntries(Object.entries(ONE).map(([name, of]) => [name, ([x = 0]: Point) => of(x)])),
  BoxBetts: ([a = 0, b = 0, c = 0]) =>
    series(2, 11, (i) => (exp(-0.1 * i * a) - exp(-0.1 * i * b) - (exp(-0.1 * i) - exp(-i)) * c) ** 2),
  Cola: cola,
  Corana: corana,
  Dolan: ([a = 0, b = 0, c = 0, d = 0, e = 0]) =>
    abs((a + 1.7 * b) * sin(a) - 1.5 * c - 0.1 * d * cos(d + e - a) + 0.2 * e * e - b - 1),
  Gear: ([a = 0, b = 0, c = 0, d = 0]) =>
    Math.min((1 / 6.931 - (floor(a) * floor(b)) / (floor(c) * floor(d))) ** 2, 5),
  Hartmann3: hartmann3,
  Hartmann4: (x) => (1.1 + hartmann4Raw(x)) / 0.839,
  Hartmann6: hartmann6,
  HelicalValley: ([x = 0, y = 0, z = 0]) =>
    100 * ((z - (5 * atan2(y, x)) / PI) ** 2 + (sqrt(x * x + y * y) - 1) ** 2) + z * z,
  LennardJones6: lennardJones,
  MieleCantrell: ([a = 0, b = 0, c = 0, d = 0]) =>
    (exp(-a) - b) ** 4 + 100 * (b - c) ** 6 + tan(c - d) ** 4 + a ** 8,
  SchmidtVetters: ([x = 0, y = 0, z = 0]) =>
    1 / (1 + (x - y) ** 2) + sin(0.5 * (PI * y + z)) + exp(-(((x + y) / (y + 1e-16) - 2) ** 2)),
  Shekel05: shekel([0.1, 0.2, 0.2, 0.4, 0.6]),
  Shekel07: shekel([0.1, 0.2, 0.2, 0.4, 0.4, 0.6, 0.3]),
  Shekel10: shekel([0.1, 0.2, 0.2, 0.4, 0.4, 0.6, 0.3, 0.7, 0.5, 0.5]),
  Wolfe: ([x = 0, y = 0, z = 0]) => (4 / 3) * (x * x + y * y - x * y) ** 0.75 + z,
  Xor: xor,
};

import type { Generator } from '@luthier/core';
import {
  asymmetric,
  type Matrix,
  minus,
  oscillated,
  outside,
  rotation,
  scaled,
  share,
  sumOf,
  times,
  type Vector,
} from './bbob-maths.ts';

/** What an instance of a function draws. */
export interface Draw {
  readonly dimension: number;
  readonly random: Generator;
  /** Uniform in [-4, 4]: the optimum, unless the function places it itself. */
  readonly centre: Vector;
  /** Two rotations, R and Q. */
  readonly r: Matrix;
  readonly q: Matrix;
}

/** A function without its offset, whose minimum is 0, and where that is. */
export interface Shape {
  readonly optimum: Vector;
  of(x: Vector): number;
}

const TAU = 2 * Math.PI;
const squares = (z: Vector): number => sumOf(z, (value) => value * value);
const ellipsoid = (z: Vector): number => sumOf(z, (value, i) => 10 ** (6 * share(i, z.length)) * value ** 2);
const rastrigin = (z: Vector): number =>
  10 * (z.length - sumOf(z, (value) => Math.cos(TAU * value))) + squares(z);
const irregular = (x: Vector): Vector => x.map(oscillated);
const tail = (z: Vector): number => squares(z.slice(1));
const signs = ({ dimension, random }: Draw): Vector =>
  Array.from({ length: dimension }, () => (random.bits() & 1 ? 1 : -1));

function rosenbrock(z: Vector): number {
  return sumOf(z.slice(1), (next, i) => 100 * (z[i]! ** 2 - next) ** 2 + (z[i]! - 1) ** 2);
}

/** A function of x - centre. */
const centred = ({ centre }: Draw, of: (shifted: Vector, x: Vector) => number): Shape => ({
  optimum: centre,
  of: (x) => of(minus(x, centre), x),
});

const sphere = (draw: Draw): Shape => centred(draw, squares);
const separableEllipsoid = (draw: Draw): Shape => centred(draw, (s) => ellipsoid(irregular(s)));
const separableRastrigin = (draw: Draw): Shape =>
  centred(draw, (s) => rastrigin(scaled(10, asymmetric(0.2, irregular(s)))));

function buecheRastrigin(draw: Draw): Shape {
  // Odd coordinates (counted from 1) have their optimum on the positive side.
  const centre = draw.centre.map((value, i) => (i % 2 === 0 ? Math.abs(value) : value));
  return centred({ ...draw, centre }, (s, x) => {
    const z = s.map((value, i) => {
      const factor = 10 ** (0.5 * share(i, s.length)) * (value > 0 && i % 2 === 0 ? 10 : 1);
      return factor * oscillated(value);
    });
    return rastrigin(z) + 100 * outside(x);
  });
}

function linearSlope(draw: Draw): Shape {
  const optimum = signs(draw).map((sign) => 5 * sign);
  return {
    optimum,
    of: (x) =>
      sumOf(x, (value, i) => {
        const slope = Math.sign(optimum[i]!) * 10 ** share(i, x.length);
        return 5 * Math.abs(slope) - slope * (optimum[i]! * value < 25 ? value : optimum[i]!);
      }),
  };
}

const attractiveSector = (draw: Draw): Shape =>
  centred(draw, (s) => {
    const z = times(draw.q, scaled(10, times(draw.r, s)));
    const sum = sumOf(z, (value, i) => ((value * draw.centre[i]! > 0 ? 100 : 1) * value) ** 2);
    return oscillated(sum) ** 0.9;
  });

const stepEllipsoid = (draw: Draw): Shape =>
  centred(draw, (s, x) => {
    const slanted = scaled(10, times(draw.r, s));
    const steps = slanted.map((value) =>
      Math.abs(value) > 0.5 ? Math.floor(0.5 + value) : Math.floor(0.5 + 10 * value) / 10,
    );
    const z = times(draw.q, steps);
    const sum = sumOf(z, (value, i) => 10 ** (2 * share(i, z.length)) * value ** 2);
    return 0.1 * Math.max(Math.abs(slanted[0]!) / 1e4, sum) + outside(x);
  });

const stretch = (dimension: number): number => Math.max(1, Math.sqrt(dimension) / 8);

function separableRosenbrock(draw: Draw): Shape {
  const centre = draw.centre.map((value) => 0.75 * value);
  const factor = stretch(draw.dimension);
  return centred({ ...draw, centre }, (s) => rosenbrock(s.map((value) => factor * value + 1)));
}

/** Functions of z = max(1, sqrt(D)/8) R x + 1/2, optimal at z = 1. */
function rotatedHalf({ dimension, r }: Draw, of: (z: Vector) => number): Shape {
  const factor = stretch(dimension);
  // R transposed times a half.
  const optimum = r.map((_, i) => r.reduce((sum, row) => sum + 0.5 * row[i]!, 0) / factor);
  return { optimum, of: (x) => of(times(r, x).map((value) => factor * value + 0.5)) };
}

const rotatedRosenbrock = (draw: Draw): Shape => rotatedHalf(draw, rosenbrock);
const rotatedEllipsoid = (draw: Draw): Shape => centred(draw, (s) => ellipsoid(irregular(times(draw.r, s))));
const discus = (draw: Draw): Shape =>
  centred(draw, (s) => {
    const z = irregular(times(draw.r, s));
    return 1e6 * z[0]! ** 2 + tail(z);
  });
const bentCigar = (draw: Draw): Shape =>
  centred(draw, (s) => {
    const z = times(draw.r, asymmetric(0.5, times(draw.r, s)));
    return z[0]! ** 2 + 1e6 * tail(z);
  });
const sharpRidge = (draw: Draw): Shape =>
  centred(draw, (s) => {
    const z = times(draw.q, scaled(10, times(draw.r, s)));
    return z[0]! ** 2 + 100 * Math.sqrt(tail(z));
  });
const differentPowers = (draw: Draw): Shape =>
  centred(draw, (s) =>
    Math.sqrt(sumOf(times(draw.r, s), (value, i) => Math.abs(value) ** (2 + 4 * share(i, s.length)))),
  );
const rotatedRastrigin = (draw: Draw): Shape =>
  centred(draw, (s) =>
    rastrigin(times(draw.r, scaled(10, times(draw.q, asymmetric(0.2, irregular(times(draw.r, s))))))),
  );

function weierstrass(draw: Draw): Shape {
  const waves = (value: number): number => {
    let sum = 0;
    for (let k = 0; k < 12; k++) sum += 0.5 ** k * Math.cos(TAU * 3 ** k * (value + 0.5));
    return sum;
  };
  const floor = waves(0);
  return centred(draw, (s, x) => {
    const d = s.length;
    const z = times(draw.r, scaled(0.01, times(draw.q, irregular(times(draw.r, s)))));
    return 10 * (sumOf(z, waves) / d - floor) ** 3 + (10 / d) * outside(x);
  });
}

const schaffers =
  (condition: number) =>
  (draw: Draw): Shape =>
    centred(draw, (s, x) => {
      const z = scaled(condition, times(draw.q, asymmetric(0.5, times(draw.r, s))));
      const sum = sumOf(z.slice(1), (next, i) => {
        const length = Math.sqrt(z[i]! ** 2 + next ** 2);
        return Math.sqrt(length) * (1 + Math.sin(50 * length ** 0.2) ** 2);
      });
      return (sum / (z.length - 1)) ** 2 + 10 * outside(x);
    });

const griewankRosenbrock = (draw: Draw): Shape =>
  rotatedHalf(draw, (z) => {
    const sum = sumOf(z.slice(1), (next, i) => {
      const s = 100 * (z[i]! ** 2 - next) ** 2 + (z[i]! - 1) ** 2;
      return s / 4000 - Math.cos(s);
    });
    return (10 * sum) / (z.length - 1) + 10;
  });

function schwefel(draw: Draw): Shape {
  const sign = signs(draw);
  const twice = 4.2096874633;
  return {
    optimum: sign.map((value) => (value * twice) / 2),
    of: (x) => {
      const turned = x.map((value, i) => 2 * sign[i]! * value);
      const chained = turned.map((value, i) => value + (i === 0 ? 0 : 0.25 * (turned[i - 1]! - twice)));
      const z = scaled(
        10,
        chained.map((value) => value - twice),
      ).map((value) => 100 * (value + twice));
      const sum = sumOf(z, (value) => value * Math.sin(Math.sqrt(Math.abs(value))));
      const beyond = outside(z.map((value) => value / 100));
      return -sum / (100 * x.length) + 4.189828872724339 + 100 * beyond;
    },
  };
}

/** Gallagher's peaks; the first is the highest and the optimum. */
const gallagher =
  (peaks: number, firstCondition: number, firstReach: number, reach: number) =>
  ({ dimension, random, r }: Draw): Shape => {
    const uniform = (limit: number): Vector =>
      Array.from({ length: dimension }, () => limit * (2 * random.uniform() - 1));
    const order = random.permutation(peaks - 1);
    const list = Array.from({ length: peaks }, (_, p) => {
      const condition = p === 0 ? firstCondition : 1000 ** ((2 * order[p - 1]!) / (peaks - 2));
      const axes = random.permutation(dimension);
      const spread = [...axes].map((i) => condition ** (0.5 * share(i, dimension)) / condition ** 0.25);
      const at = uniform(p === 0 ? firstReach : reach);
      return { at, turned: times(r, at), spread, height: p === 0 ? 10 : 1.1 + (8 * (p - 1)) / (peaks - 2) };
    });
    return {
      optimum: list[0]!.at,
      of: (x) => {
        const z = times(r, x);
        let highest = 0;
        for (const { turned, spread, height } of list) {
          const distance = sumOf(z, (value, i) => spread[i]! * (value - turned[i]!) ** 2);
          highest = Math.max(highest, height * Math.exp(-distance / (2 * dimension)));
        }
        return oscillated(10 - highest) ** 2 + outside(x);
      },
    };
  };

const katsuura = (draw: Draw): Shape =>
  centred(draw, (s, x) => {
    const d = s.length;
    const z = times(draw.q, scaled(100, times(draw.r, s)));
    const product = z.reduce((all, value, i) => {
      let sum = 0;
      for (let j = 1; j <= 32; j++) sum += Math.abs(2 ** j * value - Math.round(2 ** j * value)) / 2 ** j;
      return all * (1 + (i + 1) * sum) ** (10 / d ** 1.2);
    }, 1);
    return (10 / d ** 2) * (product - 1) + outside(x);
  });

function lunacek(draw: Draw): Shape {
  const sign = signs(draw);
  const first = 2.5;
  const s = 1 - 1 / (2 * Math.sqrt(draw.dimension + 20) - 8.2);
  const second = -Math.sqrt((first ** 2 - 1) / s);
  return {
    optimum: sign.map((value) => (value * first) / 2),
    of: (x) => {
      const turned = x.map((value, i) => 2 * sign[i]! * value);
      const near = sumOf(turned, (value) => (value - first) ** 2);
      const far = x.length + s * sumOf(turned, (value) => (value - second) ** 2);
      const z = times(
        draw.q,
        scaled(
          100,
          times(
            draw.r,
            turned.map((value) => value - first),
          ),
        ),
      );
      const waves = 10 * (x.length - sumOf(z, (value) => Math.cos(TAU * value)));
      return Math.min(near, far) + waves + 1e4 * outside(x);
    },
  };
}

/** f1 to f24 in order, named as in the report. */
export const SHAPES: readonly (readonly [name: string, shape: (draw: Draw) => Shape])[] = [
  ['sphere', sphere],
  ['ellipsoid-separable', separableEllipsoid],
  ['rastrigin-separable', separableRastrigin],
  ['bueche-rastrigin', buecheRastrigin],
  ['linear-slope', linearSlope],
  ['attractive-sector', attractiveSector],
  ['step-ellipsoid', stepEllipsoid],
  ['rosenbrock', separableRosenbrock],
  ['rosenbrock-rotated', rotatedRosenbrock],
  ['ellipsoid', rotatedEllipsoid],
  ['discus', discus],
  ['bent-cigar', bentCigar],
  ['sharp-ridge', sharpRidge],
  ['different-powers', differentPowers],
  ['rastrigin', rotatedRastrigin],
  ['weierstrass', weierstrass],
  ['schaffers-f7', schaffers(10)],
  ['schaffers-f7-ill-conditioned', schaffers(1000)],
  ['griewank-rosenbrock', griewankRosenbrock],
  ['schwefel', schwefel],
  ['gallagher-101-peaks', gallagher(101, 1000, 4, 5)],
  ['gallagher-21-peaks', gallagher(21, 1000 ** 2, 3.92, 4.9)],
  ['katsuura', katsuura],
  ['lunacek-bi-rastrigin', lunacek],
];

/** The draw of an instance. */
export function drawOf(dimension: number, random: Generator): Draw {
  const centre = Array.from({ length: dimension }, () => 8 * random.uniform() - 4);
  return { dimension, random, centre, r: rotation(dimension, random), q: rotation(dimension, random) };
}

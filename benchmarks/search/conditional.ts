import { generator, type Params, randomKey } from '@luthier/core';
import { branch, choice, float, int, type Space, space, when } from '@luthier/search';
import { startingAnywhere, type Task } from './problem.ts';

/** A made-up function of a conditional space; its least value is known. */
interface Conditional {
  readonly space: Space;
  readonly value: (params: Numbers) => number;
  readonly minimum: number;
  /** Standard deviation of what the search sees around the value. */
  readonly noise?: number;
}

/** Parameters by name: numbers are numbers, all else is compared by text. */
type Numbers = Readonly<Record<string, number>> & Readonly<Record<`$${string}`, string>>;

const square = (x: number): number => x * x;
/** 0 at the centre, 1 far from it; half of the way at 1.18 widths. */
const well = (x: number, center: number, width: number): number =>
  1 - Math.exp(-0.5 * square((x - center) / width));
const log = (min: number, max: number) => float(min, max, { log: true });
const unit = () => float(0, 1);

/** Functions that were looked at while the samplers were made. */
const KNOWN: Readonly<Record<string, Conditional>> = {
  // Smooth and good enough, or flat and bad but for a wide basin.
  plateau: {
    space: space({ m: branch({ a: { x1: unit(), x2: unit() }, b: { y1: unit(), y2: unit(), y3: unit() } }) }),
    value: (p) =>
      p.$m === 'a'
        ? 0.3 + 0.5 * (square(p.x1! - 0.5) + square(p.x2! - 0.5))
        : 1 - Math.exp(-4 * (square(p.y1! - 0.2) + square(p.y2! - 0.7) + square(p.y3! - 0.4))),
    minimum: 0,
  },
  // The better optimizer is the one that is harder to set.
  optimizer: {
    space: space({
      decay: log(1e-6, 1e-1),
      width: int(16, 512, { log: true }),
      o: branch({
        sgd: { rate: log(1e-4, 1), momentum: float(0, 0.99) },
        adam: { adamRate: log(1e-5, 1e-1), beta: float(0.5, 0.99) },
      }),
    }),
    value: (p) => {
      const shared = 0.02 * square(Math.log10(p.decay!) + 3.5) + 0.03 * square(Math.log2(p.width! / 200));
      if (p.$o === 'adam')
        return (
          shared +
          0.12 +
          0.08 * Math.min(6, square(Math.log10(p.adamRate!) + 2.7)) +
          0.05 * square(p.beta! - 0.9)
        );
      const effective = Math.log10(p.rate! / (1 - p.momentum!));
      return shared + 0.05 + 0.15 * Math.min(6, square(effective)) + 0.1 * square(p.momentum! - 0.9);
    },
    minimum: 0.05,
  },
  // Kernels of a support vector machine: the best has a narrow well.
  kernels: {
    space: space({
      cost: log(1e-3, 1e3),
      k: branch({
        linear: {},
        radial: { gamma: log(1e-4, 1e2) },
        poly: { degree: int(2, 5), shift: unit(), s: branch({ auto: {}, own: { scale: log(1e-4, 1e2) } }) },
      }),
    }),
    value: (p) => {
      const cost = 0.02 * square(Math.log10(p.cost!) - 1);
      if (p.$k === 'linear') return 0.2 + 0.5 * cost;
      if (p.$k === 'radial') return 0.05 + cost + 0.25 * well(Math.log10(p.gamma!), -1.5, 0.6);
      const scale = p.$s === 'auto' ? -1 : Math.log10(p.scale!);
      return (
        0.1 +
        cost +
        0.015 * square(p.degree! - 3) +
        0.1 * square(p.shift! - 0.3) +
        0.1 * well(scale, -0.3, 0.7)
      );
    },
    minimum: 0.05,
  },
  // Choices without parameters of their own beside a switch with one.
  network: {
    space: space({
      act: choice(['relu', 'tanh', 'gelu', 'elu', 'selu', 'swish']),
      init: choice(['he', 'glorot', 'lecun']),
      layers: int(1, 5),
      rate: log(1e-5, 1e-1),
      drop: float(0, 0.8),
      norm: branch({ off: {}, on: { forget: log(1e-3, 0.5) } }),
    }),
    value: (p) => {
      const act = { relu: 0.03, tanh: 0.08, gelu: 0, elu: 0.04, selu: 0.06, swish: 0.01 }[p.$act!]!;
      const isHe = p.$act === 'relu' || p.$act === 'gelu';
      const init = { he: isHe ? 0 : 0.04, glorot: 0.02, lecun: p.$act === 'selu' ? -0.03 : 0.03 }[p.$init!]!;
      const rate = Math.log10(p.rate!);
      const rest = 0.1 + act + init + 0.02 * square(p.layers! - 3) + 0.15 * square(p.drop! - 0.3);
      if (p.$norm === 'off') return rest + 0.06 * square(rate + 3.3);
      return rest + 0.06 * square(rate + 2.2) - 0.03 + 0.04 * square(Math.log10(p.forget!) + 1.5);
    },
    minimum: 0.07,
  },
  // The more parameters a model has the better its best and the harder that is to find.
  models: {
    space: space({
      m: branch({
        a: { a1: unit() },
        b: { b1: unit(), b2: unit() },
        c: { c1: unit(), c2: unit(), c3: unit() },
        d: { d1: unit(), d2: unit(), d3: unit(), d4: unit() },
      }),
    }),
    value: (p) => {
      const far = (name: string, center: readonly number[]): number =>
        center.reduce((sum, c, i) => sum + square(p[`${name}${i + 1}`]! - c), 0);
      if (p.$m === 'a') return 0.25 + 0.3 * far('a', [0.3]);
      if (p.$m === 'b') return 0.15 + 0.8 * far('b', [0.2, 0.9]);
      if (p.$m === 'c') return 0.1 + far('c', [0.8, 0.15, 0.3]);
      return 1.2 * far('d', [0.1, 0.85, 0.25, 0.7]);
    },
    minimum: 0,
  },
  // Layers one by one, as Keras Tuner declares them.
  layers: {
    space: space({
      layers: int(1, 4),
      units1: int(16, 512, { log: true }),
      units2: when('layers', [2, 3, 4], int(16, 512, { log: true })),
      units3: when('layers', [3, 4], int(16, 512, { log: true })),
      units4: when('layers', [4], int(16, 512, { log: true })),
      rate: log(1e-5, 1e-1),
      drop: branch({ off: {}, on: { share: float(0.05, 0.7) } }),
    }),
    value: (p) => {
      const units = [[], [400], [256, 64], [256, 128, 32], [128, 128, 64, 32]][p.layers!]!;
      const off = units.reduce((sum, best, i) => sum + square(Math.log2(p[`units${i + 1}`]! / best)), 0);
      const rate = 0.05 * square(Math.log10(p.rate!) + 3 + 0.25 * (p.layers! - 2));
      const drop = p.$drop === 'on' ? -0.02 + 0.3 * square(p.share! - 0.25) : 0;
      return [0, 0.14, 0.08, 0.05, 0.09][p.layers!]! + 0.012 * off + rate + drop;
    },
    minimum: 0.03,
    noise: 0.003,
  },
  // Choice of a model and its settings at once; the best one is bad almost everywhere.
  pipeline: {
    space: space({
      scaler: choice(['none', 'standard', 'range']),
      m: branch({
        logistic: { cost: log(1e-4, 1e4) },
        nearest: { k: int(1, 50, { log: true }), power: float(1, 4) },
        forest: { depth: int(2, 30), features: float(0.1, 1) },
        boosting: { rate: log(1e-3, 1), depthB: int(1, 10), sample: float(0.3, 1) },
      }),
    }),
    value: (p) => {
      const scaler = { none: 0.02, standard: 0, range: 0.01 }[p.$scaler!]!;
      if (p.$m === 'logistic') return 0.2 + scaler + 0.03 * well(Math.log10(p.cost!), -1, 1);
      if (p.$m === 'nearest') {
        const k = 0.05 * Math.min(2, square(Math.log2(p.k! / 8) / 2));
        return 0.17 + 3 * scaler + k + 0.01 * square(p.power! - 2);
      }
      if (p.$m === 'forest') return 0.15 + 0.08 * Math.exp(-p.depth! / 5) + 0.05 * square(p.features! - 0.4);
      const depth = 0.004 * square(p.depthB! - 4) + 0.06 * square(p.sample! - 0.75);
      return 0.11 + 0.15 * well(Math.log10(p.rate!), -1.2, 0.7) + depth;
    },
    minimum: 0.11,
    noise: 0.002,
  },
  // Six switches, each with a number.
  switches: {
    space: space({
      base: unit(),
      ...Object.fromEntries(
        [0, 1, 2, 3, 4, 5].flatMap((i) => [
          [`b${i}`, choice(['off', 'on'])],
          [`x${i}`, when(`b${i}`, ['on'], unit())],
        ]),
      ),
    }),
    value: (p) => {
      const gains = [0.05, -0.04, 0.08, 0.02, -0.02, 0.1];
      let sum = 0.5 * square(p.base! - 0.35);
      for (const [i, gain] of gains.entries())
        if (p[`$b${i}`] === 'on') sum -= gain - 0.4 * square(p[`x${i}`]! - 0.15 * (i + 1));
      return sum + (p.$b0 === 'on' && p.$b2 === 'on' ? 0.02 : 0);
    },
    minimum: -0.23,
  },
};

/** Functions written down after the samplers were made, to check them. */
const HELD: Readonly<Record<string, Conditional>> = {
  // Schedules of the learning rate.
  schedules: {
    space: space({
      rate: log(1e-4, 1),
      batch: int(16, 512, { log: true }),
      s: branch({
        constant: {},
        step: { drop: float(0.05, 0.9), every: int(5, 50) },
        cosine: { warmup: float(0, 0.3) },
        cyclic: { low: log(1e-3, 1), periods: int(1, 10) },
      }),
    }),
    value: (p) => {
      const rate = Math.log10(p.rate! * Math.sqrt(64 / p.batch!));
      const batch = 0.004 * square(Math.log2(p.batch! / 64));
      if (p.$s === 'constant') return 0.16 + batch + 0.08 * square(rate + 2.2);
      if (p.$s === 'step')
        return (
          0.12 +
          batch +
          0.06 * square(rate + 1.6) +
          0.1 * square(p.drop! - 0.2) +
          0.03 * well(p.every!, 20, 6)
        );
      if (p.$s === 'cosine') return 0.1 + batch + 0.06 * square(rate + 1.3) + 0.8 * square(p.warmup! - 0.06);
      return (
        0.13 + batch + 0.05 * square(rate + 1) + 0.03 * square(Math.log10(p.low!) + 1.5) + 0.001 * p.periods!
      );
    },
    minimum: 0.1,
    noise: 0.002,
  },
  // Three levels of choices; the best of six leaves has two numbers of its own.
  tree: {
    space: space({
      x: unit(),
      a: branch({
        l: { b: branch({ l: { c: branch({ l: {}, r: { u: unit() } }) }, r: { v: unit() } }) },
        r: { d: branch({ l: { e: branch({ l: { w: unit() }, r: { y: unit(), z: unit() } }) }, r: {} }) },
      }),
    }),
    value: (p) => {
      const shared = 0.3 * square(p.x! - 0.6);
      if (p.$a === 'l') {
        if (p.$b === 'r') return 0.2 + shared + 0.3 * square(p.v! - 0.25);
        return p.$c === 'l' ? 0.28 + shared : 0.18 + shared + 0.4 * square(p.u! - 0.8);
      }
      if (p.$d === 'r') return 0.24 + shared;
      if (p.$e === 'l') return 0.15 + shared + 0.5 * square(p.w! - 0.1);
      return shared + 0.35 * (1 - (1 - well(p.y!, 0.35, 0.15)) * (1 - well(p.z!, 0.65, 0.2)));
    },
    minimum: 0,
  },
  // Up to four cells, each of a kind, some with a width.
  cells: {
    space: space({
      cells: int(1, 4),
      ...Object.fromEntries(
        [1, 2, 3, 4].flatMap((i) => {
          const after = [1, 2, 3, 4].filter((n) => n >= i);
          const kind = choice(['convolution', 'pooling', 'skip']);
          const width = when(`kind${i}`, ['convolution'], int(8, 256, { log: true }));
          return [
            [`kind${i}`, i === 1 ? kind : when('cells', after, kind)],
            [`width${i}`, width],
          ];
        }),
      ),
      rate: log(1e-4, 1e-1),
    }),
    value: (p) => {
      let left = 0.3;
      for (let i = 1; i <= p.cells!; i++) {
        const kind = p[`$kind${i}`];
        if (kind === 'convolution') left *= 0.6 + 0.06 * square(Math.log2(p[`width${i}`]! / (16 * 2 ** i)));
        else left *= kind === 'pooling' && i === 3 ? 0.5 : 1;
      }
      return left + 0.015 * p.cells! + 0.03 * square(Math.log10(p.rate!) + 2.5);
    },
    // Convolutions of 32, 64 and 256, pooling third: 0.3 · 0.6³ · 0.5 + 0.06.
    minimum: 0.0924,
  },
  // One regularizer or another, of which the strengths depend on the width.
  regularizers: {
    space: space({
      width: int(16, 1024, { log: true }),
      rate: log(1e-5, 1e-1),
      r: branch({
        none: {},
        l1: { l1: log(1e-7, 1e-1) },
        l2: { l2: log(1e-7, 1e-1) },
        both: { e1: log(1e-7, 1e-1), e2: log(1e-7, 1e-1) },
        dropout: { drop: float(0, 0.9) },
      }),
    }),
    value: (p) => {
      const width = Math.log2(p.width!);
      const fit = 0.1 * Math.exp(-(width - 4) / 2) + 0.04 * square(Math.log10(p.rate!) + 3);
      const over = 0.02 * (width - 4);
      if (p.$r === 'none') return fit + over;
      if (p.$r === 'l1') return fit + over * (0.4 + 0.6 * well(Math.log10(p.l1!), -4.5, 0.6));
      if (p.$r === 'l2') return fit + over * (0.35 + 0.65 * well(Math.log10(p.l2!), -3.5, 0.8));
      if (p.$r === 'dropout') return fit + over * (0.2 + 0.8 * well(p.drop!, 0.05 * width, 0.12));
      const [first, second] = [well(Math.log10(p.e1!), -5, 0.8), well(Math.log10(p.e2!), -4, 1)];
      return fit + over * (0.25 + 0.75 * (1 - (1 - first) * (1 - second)));
    },
    // Dropout, and the width that it allows best.
    minimum: Math.min(
      ...Array.from({ length: 1009 }, (_, i) => Math.log2(16 + i)).map(
        (width) => 0.1 * Math.exp(-(width - 4) / 2) + 0.004 * (width - 4),
      ),
    ),
    noise: 0.001,
  },
};

/** Parameters as the functions read them. */
function read(params: Params): Numbers {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) => [
      [name, Number(value)],
      [`$${name}`, String(value)],
    ]),
  ) as Numbers;
}

function tasksOf(functions: Readonly<Record<string, Conditional>>): readonly Task[] {
  return Object.entries(functions).map(([title, { space: of, value, minimum, noise = 0 }]): Task => {
    const name = `conditional/${title}`;
    return {
      name,
      hasOptimum: true,
      problem: (seed) => ({
        space: startingAnywhere(of, name, seed),
        direction: 'minimize',
        evaluate: (params, repetition) => {
          const exact = value(read(params));
          const seen = exact + noise * generator(randomKey('noise', name, repetition)).normal();
          return { value: seen, loss: exact - minimum };
        },
      }),
    };
  });
}

/** Made-up functions of conditional spaces: those that were looked at while the samplers were made, and others. */
export function conditionalTasks(): { readonly part: readonly Task[]; readonly held: readonly Task[] } {
  return { part: tasksOf(KNOWN), held: tasksOf(HELD) };
}

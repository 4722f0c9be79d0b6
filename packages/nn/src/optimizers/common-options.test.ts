import { describe, expect, it } from 'vitest';
import { schedules } from '../schedules/schedules.ts';
import { follow, followAll } from './fixtures/follow.ts';
import { optimizers } from './optimizers.ts';

const pair = { 'a.kernel': [2], 'a.bias': [1] } as const;
const start = { 'a.kernel': [1, -2], 'a.bias': [0.5] } as const;
/** Norms 5 and 12, together 13. */
const gradient = { 'a.kernel': [3, -4], 'a.bias': [12] } as const;

function oneStep(
  options: Parameters<typeof optimizers.sgd>[0],
  given = gradient,
): Readonly<Record<string, readonly number[]>> {
  const sgd = optimizers.sgd({ learningRate: 0.1, ...options });
  return followAll(sgd, pair, start, () => given, 1)[0]!.weights;
}

function close(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  found.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 12);
  });
}

describe('weightDecay', () => {
  it('[#53] takes its share of every weight, biases included, before the gradient step', () => {
    const after = oneStep({ weightDecay: 0.2 });
    close(after['a.kernel']!, [1 - 0.02 - 0.3, -2 + 0.04 + 0.4]);
    close(after['a.bias']!, [0.5 - 0.01 - 1.2]);
  });

  it('leaves out weights by name and by sort', () => {
    close(oneStep({ weightDecay: 0.2, excludeFromWeightDecay: ['bias'] })['a.bias']!, [0.5 - 1.2]);
    close(oneStep({ weightDecay: 0.2, excludeFromWeightDecay: ['a.kernel'] })['a.kernel']!, [0.7, -1.6]);
  });

  it('refuses names that the model does not have, and exclusions from nothing', () => {
    const check = (name: string): void =>
      optimizers.sgd({ weightDecay: 0.1, excludeFromWeightDecay: [name] }).checkWeights!([
        'dense1.kernel',
        'dense1.bias',
      ]);
    expect(() => check('dense1.kernl')).toThrow(/did you mean 'dense1.kernel'/);
    expect(() => check('bais')).toThrow(/did you mean 'bias'/);
    expect(() => check('gamma')).not.toThrow();
    expect(() => optimizers.adam({ excludeFromWeightDecay: ['bias'] })).toThrow(/without weightDecay/);
  });

  it('loses nothing to rounding however small it is', () => {
    const { knobs, stepNumbers } = optimizers.sgd({ learningRate: 1e-5, weightDecay: 1e-4 });
    expect(Math.fround(stepNumbers(knobs, 1).decay!) / 1e-9).toBeCloseTo(1, 6);
  });
});

describe('gradient clipping', () => {
  it('by norm scales each weight on its own', () => {
    const after = oneStep({ clipnorm: 6 });
    close(after['a.kernel']!, [1 - 0.3, -2 + 0.4]);
    close(after['a.bias']!, [0.5 - 0.6]);
  });

  it('by value limits each number', () => {
    const after = oneStep({ clipvalue: 3.5 });
    close(after['a.kernel']!, [1 - 0.3, -2 + 0.35]);
    close(after['a.bias']!, [0.5 - 0.35]);
  });

  it('by global norm scales all by one factor, and only down', () => {
    const after = oneStep({ globalClipnorm: 6.5 });
    close(after['a.kernel']!, [1 - 0.15, -2 + 0.2]);
    close(after['a.bias']!, [0.5 - 0.6]);
    close(oneStep({ globalClipnorm: 14 })['a.bias']!, [0.5 - 1.2]);
    close(oneStep({ globalClipnorm: 1 }, { 'a.kernel': [0, 0], 'a.bias': [0] } as never)['a.bias']!, [0.5]);
  });

  it('by global norm shows a gradient that is not finite in every weight', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const after = oneStep({ globalClipnorm: 1 }, { 'a.kernel': [3, bad], 'a.bias': [12] } as never);
      expect(after['a.bias']![0]).toBeNaN();
      expect(after['a.kernel']![0]).toBeNaN();
    }
  });

  it('comes before weight decay', () => {
    close(oneStep({ clipnorm: 6, weightDecay: 0.2 })['a.bias']!, [0.5 - 0.01 - 0.6]);
  });

  it('is refused twice, and at zero', () => {
    expect(() => optimizers.adam({ clipnorm: 1, clipvalue: 1 })).toThrow(/both clipnorm and clipvalue/);
    expect(() => optimizers.adam({ globalClipnorm: 0 })).toThrow(/globalClipnorm is 0, outside/);
  });
});

describe('useEma', () => {
  const gradients = [1, -2, 3, 0.5, 4];

  it('keeps a copy after the first step, then the moving average', () => {
    const sgd = optimizers.sgd({ learningRate: 0.1, useEma: true, emaMomentum: 0.75, weightDecay: 0.1 });
    const steps = followAll(sgd, { w: [1] }, { w: [1] }, (_, i) => ({ w: [gradients[i]!] }), 5);
    let w = 1;
    let average = 0;
    gradients.forEach((g, i) => {
      w = w - w * 0.1 * 0.1 - 0.1 * g;
      average = i === 0 ? w : 0.75 * average + 0.25 * w;
      expect(steps[i]!.weights.w![0]).toBeCloseTo(w, 12);
      expect(steps[i]!.kept.w![0]).toBeCloseTo(average, 6);
    });
  });

  it('copies the average into the weights every emaOverwriteFrequency updates', () => {
    const sgd = optimizers.sgd({
      learningRate: 0.1,
      useEma: true,
      emaMomentum: 0.75,
      emaOverwriteFrequency: 2,
    });
    const steps = followAll(sgd, { w: [1] }, { w: [1] }, (_, i) => ({ w: [gradients[i]!] }), 5);
    let w = 1;
    let average = 0;
    gradients.forEach((g, i) => {
      w -= 0.1 * g;
      average = i === 0 ? w : 0.75 * average + 0.25 * w;
      if (i % 2 === 1) w = average;
      expect(steps[i]!.weights.w![0]).toBeCloseTo(w, 12);
      expect(steps[i]!.kept.w![0]).toBeCloseTo(average, 6);
    });
  });

  it('as SWA is the mean of the weights that were visited, by hand', () => {
    const gradients = [0.5, -1, 2, 0.25, 1, -3, 0.75];
    const visited: number[] = [];
    let w = 1;
    for (const g of gradients) {
      w -= 0.1 * g;
      visited.push(w);
    }
    const kept = (options: object): readonly number[] =>
      followAll(
        optimizers.sgd({ learningRate: 0.1, useSwa: true, ...options }),
        { w: [1] },
        { w: [1] },
        (_, i) => ({ w: [gradients[i]!] }),
        7,
      ).map((step) => step.kept.w![0]!);
    const mean = (updates: readonly number[]): number =>
      updates.reduce((sum, update) => sum + visited[update - 1]!, 0) / updates.length;
    const expectAll = (found: readonly number[], averaged: readonly (readonly number[])[]): void => {
      found.forEach((value, i) => {
        expect(value).toBeCloseTo(mean(averaged[i]!), 6);
      });
    };
    expectAll(kept({}), [
      [1],
      [1, 2],
      [1, 2, 3],
      [1, 2, 3, 4],
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5, 6],
      [1, 2, 3, 4, 5, 6, 7],
    ]);
    // From update 3 on every second one; before it the weights themselves.
    expectAll(kept({ swaStart: 2, swaFrequency: 2 }), [[1], [2], [3], [3], [3, 5], [3, 5], [3, 5, 7]]);
  });

  it('is refused half, and where the optimizer averages itself', () => {
    expect(() => optimizers.adam({ swaStart: 3 })).toThrow(/swaStart is given without useSwa/);
    expect(() => optimizers.adam({ useSwa: true, swaFrequency: 0 })).toThrow(/swaFrequency is 0/);
    expect(() => optimizers.adam({ useSwa: true, useEma: true })).toThrow(/both useEma and useSwa/);
    expect(() => optimizers.scheduleFreeAdamW({ useSwa: true })).toThrow(/takes no useSwa/);
    expect(() => optimizers.adam({ emaMomentum: 0.9 })).toThrow(/emaMomentum is given without useEma/);
    expect(() => optimizers.adam({ emaOverwriteFrequency: 3 })).toThrow(/emaOverwriteFrequency is given/);
    expect(() => optimizers.scheduleFreeAdamW({ useEma: true })).toThrow(/averages its weights itself/);
  });
});

describe('gradientAccumulationSteps', () => {
  it.each(Object.keys(optimizers) as (keyof typeof optimizers)[])(
    '%s updates once a group with the mean gradient',
    (name) => {
      const options = {
        learningRate: 0.1,
        weightDecay: 0.01,
        clipvalue: 1.5,
        useEma: name !== 'scheduleFreeAdamW',
      };
      const micro = [[0.5], [1.5], [-3], [-2], [4], [1], [7]];
      const means = [[1], [-2.5], [2.5]];
      const grouped = follow(optimizers[name]({ ...options, gradientAccumulationSteps: 2 }), micro);
      const plain = follow(optimizers[name](options), means);
      expect(grouped[0]).toEqual([1]);
      for (const [i, row] of grouped.entries()) {
        expect(row[0]).toBeCloseTo(i === 0 ? 1 : plain[Math.floor((i + 1) / 2) - 1]![0]!, 12);
      }
    },
  );

  it('lets schedules count updates', () => {
    const learningRate = schedules.polynomial({ initialLearningRate: 1, decaySteps: 4, endLearningRate: 0 });
    const { scheduled } = optimizers.sgd({ learningRate, gradientAccumulationSteps: 3 });
    expect([1, 2, 3, 4, 6, 7].map((step) => scheduled!(step).learningRate)).toEqual([
      1, 1, 1, 0.75, 0.75, 0.5,
    ]);
  });

  it('begins at 2', () => {
    expect(() => optimizers.sgd({ gradientAccumulationSteps: 1 })).toThrow(/integers from 2/);
  });
});

describe('a schedule as learning rate', () => {
  it('of one cycle moves the momentum against the rate, by hand', () => {
    const cycle = { maxLearningRate: 0.1, steps: 4, highMomentum: 0.95, lowMomentum: 0.85 };
    const learningRate = schedules.warmup({ steps: 1, schedule: schedules.oneCycle(cycle) });
    const sgd = optimizers.sgd({ learningRate, momentum: 0.5 });
    const gradients = [1, -2, 0.5, 3, 1];
    const rates = [0, 0.004, 0.1, 0.075 + 0.25e-6, 0.025 + 0.75e-6];
    const momenta = [0.95, 0.95, 0.85, 0.875, 0.925];
    let [w, velocity] = [1, 0];
    const found = follow(
      sgd,
      gradients.map((g) => [g]),
    );
    gradients.forEach((g, i) => {
      // Half waves: a third of the updates go a quarter of the way.
      expect(sgd.scheduled!(i + 1).learningRate).toBeCloseTo(rates[i]!, 12);
      expect(sgd.scheduled!(i + 1).momentum).toBeCloseTo(momenta[i]!, 12);
      velocity = momenta[i]! * velocity - sgd.scheduled!(i + 1).learningRate! * g;
      w += velocity;
      expect(found[i]![0]).toBeCloseTo(w, 12);
    });
    expect(() => optimizers.adam({ learningRate })).toThrow(/adam has no momentum that its schedule/);
    expect(() => optimizers.sgd({ learningRate })).toThrow(/sgd has no momentum/);
    expect(() => schedules.oneCycle({ maxLearningRate: 1, steps: 9, lowMomentum: 0.8 })).toThrow(
      /only one of/,
    );
  });

  it('gives each step its rate and the decay its share of it', () => {
    const learningRate = schedules.piecewise({ boundaries: [0, 1], values: [0.1, 0.01, 0.001] });
    const [first, second, third] = follow(optimizers.sgd({ learningRate, weightDecay: 0.5 }), [
      [1],
      [1],
      [1],
    ]);
    const expected = [1];
    for (const rate of [0.1, 0.01, 0.001]) expected.push(expected.at(-1)! * (1 - 0.5 * rate) - rate);
    close([first![0]!, second![0]!, third![0]!], expected.slice(1));
  });

  it('keeps the rate in the velocity, as Keras does', () => {
    const learningRate = schedules.piecewise({ boundaries: [1], values: [0.1, 0.01] });
    const sgd = optimizers.sgd({ learningRate, momentum: 0.9 });
    expect(follow(sgd, [[1], [1], [1]]).at(-1)![0]! - 1).toBeCloseTo(-0.471, 12);
  });

  it('may be a function of the step', () => {
    const sgd = optimizers.sgd({ learningRate: (step) => 0.5 ** step });
    close(follow(sgd, [[1], [1], [1]]).flat(), [0, -0.5, -0.75]);
    expect(sgd.knobs.learningRate).toBe(1);
    expect(() => optimizers.sgd({ learningRate: () => -1 })).toThrow(/learningRate of step 0 is -1/);
  });
});

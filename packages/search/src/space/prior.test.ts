import { generator, randomKey } from '@luthier/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { baseline } from '../samplers/baseline.ts';
import { defaults } from './canonical.ts';
import { describeParameter } from './compare.ts';
import { boolean, choice, float, int, ordinal, space, when } from './define.ts';
import { drawParams, fromUniform } from './draw.ts';
import { coordinateOf, encodeValue } from './encode.ts';
import { parseSpace } from './json.ts';
import type { ChoiceParameter, Parameter } from './parameter.ts';
import { hasPriors, logPrior, logPriorDensity, priorCdf, priorQuantile } from './prior.ts';

const believed = space({
  rate: float(1e-5, 1e-1, { log: true, prior: { about: 3e-4, certainty: 'fairly' } }),
  momentum: float(0, 0.99, { scale: 'reverseLog', prior: { about: 0.9, spread: 0.2 } }),
  units: int(16, 512, { step: 16, prior: { about: 100, certainty: 'very' } }),
  size: ordinal(['s', 'm', 'l', 'xl'], { prior: { about: 'm' } }),
  optimizer: choice(['sgd', 'adam', 'rmsprop'], { prior: { about: 'adam', certainty: 'fairly' } }),
  weighted: choice(['a', 'b'], { prior: { weights: [3, 1] } }),
  bias: boolean({ prior: { about: true, certainty: 'vaguely' } }),
});

function parameter(name: string): Parameter {
  return believed.parameters.find((found) => found.name === name)!;
}

describe('a prior', () => {
  it('[#61] is told with its range', () => {
    expect(describeParameter(parameter('rate'))).toBe(
      'float 0.00001 to 0.1 log, about 0.0003 ± 10 % of the range',
    );
    expect(describeParameter(parameter('momentum'))).toBe(
      'float 0 to 0.99 reverseLog, about 0.9 ± 20 % of the range',
    );
    // A bet of 60 % on one of three: the rest is even, 0.4 / 3 each.
    expect(describeParameter(parameter('optimizer'))).toBe(
      "choice of 'sgd', 'adam', 'rmsprop', believed 'sgd' 13 %, 'adam' 73 %, 'rmsprop' 13 %",
    );
    expect(describeParameter(parameter('weighted'))).toBe("choice of 'a', 'b', believed 'a' 75 %, 'b' 25 %");
    expect(describeParameter(parameter('bias'))).toBe('true or false, believed false 35 %, true 65 %');
    const [, child] = space({
      on: boolean(),
      rate: when('on', [true], float(0, 1, { prior: { about: 0.25, spread: 0.125 } })),
    }).parameters;
    expect(describeParameter(child!, { conditions: true })).toBe(
      'float 0 to 1, about 0.25 ± 13 % of the range when on is true',
    );
  });

  it('makes its value the default of the baseline, on the nearest step', () => {
    expect(defaults(believed)).toEqual({
      rate: 3e-4,
      momentum: 0.9,
      units: 96,
      size: 'm',
      optimizer: 'adam',
      weighted: 'a',
      bias: true,
    });
    expect(baseline(space({ x: float(0, 1, { default: 0.2, prior: { about: 0.7 } }) })).params).toEqual({
      x: 0.2,
    });
  });

  it('has a distribution function whose quantile undoes it, for every parameter', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        fc.constantFrom(...believed.parameters),
        (p, each) => {
          expect(priorCdf(each, priorQuantile(each, p))).toBeCloseTo(p, 10);
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });

  it('has a density that is the slope of its distribution function and integrates to 1', () => {
    for (const each of believed.parameters) {
      const cells = 12_000;
      let total = 0;
      for (let i = 0; i < cells; i++) {
        const [low, high] = [i / cells, (i + 1) / cells];
        const middle = (low + high) / 2;
        const density = Math.exp(logPriorDensity(each, middle));
        total += density / cells;
        expect(Math.abs((priorCdf(each, high) - priorCdf(each, low)) * cells - density)).toBeLessThan(1e-3);
      }
      expect(total).toBeCloseTo(1, 5);
    }
  });

  it('leaves a tenth of its mass evenly over the range', () => {
    const far = parameter('rate');
    expect(Math.exp(logPriorDensity(far, 1))).toBeCloseTo(0.1, 4);
    // The normal part by hand: centre log10(30) / 4, deviation 0.1; nothing of weight is cut off.
    const center = Math.log10(30) / 4;
    expect(coordinateOf(far, 3e-4)).toBeCloseTo(center, 12);
    expect(Math.exp(logPriorDensity(far, center))).toBeCloseTo(0.1 + 0.9 / (0.1 * Math.sqrt(2 * Math.PI)), 2);
  });

  it('weights the values of a choice: the bet takes its share, the rest is even', () => {
    const weights = (name: string) => (parameter(name) as ChoiceParameter).prior!.weights;
    expect(weights('optimizer')[1]).toBeCloseTo(0.6 + 0.4 / 3, 12);
    expect(weights('optimizer')[0]).toBeCloseTo(0.4 / 3, 12);
    expect(weights('weighted')).toEqual([0.75, 0.25]);
    expect(weights('bias')[1]).toBeCloseTo(0.65, 12);
    expect(weights('size')[0]).toBeCloseTo(weights('size')[2]!, 12);
    expect(weights('size')[0]).toBeGreaterThan(weights('size')[3]!);
  });

  it('is what random draws follow, within four standard errors', () => {
    const count = 4000;
    const random = generator(randomKey(7));
    const drawn = Array.from({ length: count }, () => drawParams(believed, random));
    for (const each of believed.parameters)
      for (const p of [0.25, 0.5, 0.75]) {
        const edge = priorQuantile(each, p);
        const below = drawn.filter((params) => encodeValue(each, params[each.name]!) < edge).length / count;
        const levels = each.kind === 'float' ? 0 : 1;
        // A value has a whole cell of mass: where the edge cuts one, the share lies between those of its ends.
        const [low, high] = levels
          ? [Math.exp(logPriorDensity(each, edge)), Math.exp(logPriorDensity(each, edge))]
          : [0, 0];
        const cell = levels ? Math.max(low, high) * (each.name === 'units' ? 1 / 32 : 1 / 2) : 0;
        const error = 4 * Math.sqrt((p * (1 - p)) / count);
        expect(Math.abs(below - p)).toBeLessThan(error + cell);
      }
  });

  it('keeps evenly spread points evenly spread: each tenth of the prior gets a tenth of them', () => {
    const only = space({ rate: float(1e-5, 1e-1, { log: true, prior: { about: 3e-4 } }) });
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100; i++) {
      const { rate } = fromUniform(only, [(i + 0.5) / 100]);
      counts[Math.floor(priorCdf(only.parameters[0]!, encodeValue(only.parameters[0]!, rate!)) * 10)]! += 1;
    }
    expect(counts).toEqual(new Array(10).fill(10));
  });

  it('adds up over the active parameters of a configuration', () => {
    const tree = space({
      o: choice(['x', 'y'], { prior: { weights: [4, 1] } }),
      m: when('o', ['x'], float(0, 1, { prior: { about: 0.5 } })),
    });
    expect(logPrior(tree, { o: 'y' })).toBeCloseTo(Math.log(0.2 * 2), 12);
    expect(logPrior(tree, { o: 'x', m: 0.5 })).toBeCloseTo(
      Math.log(0.8 * 2) + logPriorDensity(tree.parameters[1]!, 0.5),
      12,
    );
    expect(hasPriors(tree)).toBe(true);
    expect(logPrior(space({ x: float(0, 1) }), { x: 0.3 })).toBe(0);
  });

  it('survives JSON', () => {
    expect(parseSpace(JSON.parse(JSON.stringify(believed)))).toEqual(believed);
  });

  it.each([
    [() => space({ x: float(0, 1, { prior: { about: 2 } }) })],
    [() => space({ x: float(0, 1, { prior: { about: Number.NaN } }) })],
    [() => space({ x: float(0, 1, { prior: { about: 0.5, spread: 0 } }) })],
    [() => space({ x: float(0, 1, { prior: { about: 0.5, spread: 0.1, certainty: 'very' } }) })],
    [() => space({ x: float(0, 1, { prior: { about: 0.5, certainty: 'somewhat' as 'very' } }) })],
    [() => space({ x: choice(['a', 'b'], { prior: { weights: [1] } }) })],
    [() => space({ x: choice(['a', 'b'], { prior: { weights: [1, 0] } }) })],
    [() => space({ x: choice(['a', 'b'], { prior: { about: 'c' as 'a' } }) })],
  ])('that makes no sense is refused (%#)', (work) => {
    expect(work).toThrow(expect.objectContaining({ code: 'LU_SPACE_PRIOR' }));
  });
});

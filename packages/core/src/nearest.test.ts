import { describe, expect, it } from 'vitest';
import { didYouMean, nearest } from './nearest.ts';

describe('nearest', () => {
  const samplers = ['bayes', 'gp', 'grid', 'random', 'sobol'];

  it('finds the name that was meant', () => {
    expect(nearest('bayse', samplers)).toBe('bayes');
    expect(nearest('RANDOM', samplers)).toBe('random');
    expect(nearest('sobl', samplers)).toBe('sobol');
  });

  it('finds nothing when every name is far', () => {
    expect(nearest('annealing', samplers)).toBeUndefined();
    expect(nearest('bayes', [])).toBeUndefined();
  });

  it('ends an error message', () => {
    expect(`unknown sampler 'bayse'${didYouMean('bayse', samplers)}`).toBe(
      "unknown sampler 'bayse'; did you mean 'bayes'?",
    );
    expect(didYouMean('annealing', samplers)).toBe('');
  });
});

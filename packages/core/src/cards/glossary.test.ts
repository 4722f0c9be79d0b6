import { describe, expect, it } from 'vitest';
import { glossary, glossaryEntry } from './glossary.ts';

describe('glossary', () => {
  it('[#95] says what a neural network is: inspired by the brain, nodes in layers, each an operation', () => {
    expect(glossaryEntry('neural network').text).toMatch(/brain[\s\S]*nodes in layers[\s\S]*multiplies/);
  });

  it('[#102] says what batch normalization does: mean and variance, covariate shift, faster and more stable', () => {
    const { text } = glossaryEntry('batch norm');
    expect(text).toMatch(/mean 0 and variance 1[\s\S]*internal covariate shift[\s\S]*faster and more stable/);
    expect(text).toMatch(/At inference running averages/);
  });

  it('[#103] says what dropout does: a random share is zero in training, nothing at inference', () => {
    const { text } = glossaryEntry('Dropout');
    expect(text).toMatch(
      /random share[\s\S]*zero in every training step[\s\S]*at inference nothing is dropped/,
    );
    expect(text).toMatch(/overfitting[\s\S]*underfitting/);
  });

  it('[#104] sets supervised learning with labels beside unsupervised learning without', () => {
    const [with_, without] = [glossaryEntry('supervised'), glossaryEntry('unsupervised')];
    expect(with_.text).toMatch(/pairs of inputs and outputs[\s\S]*image[\s\S]*sentiment/);
    expect(without.text).toMatch(/without labels[\s\S]*k-means[\s\S]*autoencoders[\s\S]*anomaly/);
    expect(without.see).toContain('kMeans({ k: 10 })');
  });

  it('finds terms by any of their names, and names the nearest otherwise', () => {
    for (const { term, aliases } of glossary) {
      for (const name of [term, ...aliases]) expect(glossaryEntry(name.toUpperCase()).term).toBe(term);
    }
    expect(() => glossaryEntry('droput')).toThrow("the glossary has no 'droput'; did you mean 'dropout'?");
  });
});

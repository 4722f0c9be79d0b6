import { float } from '@luthier/search';
import { describe, expect, test } from 'vitest';
import { gridCandidates, parameterGrid } from './parameter-grid.ts';
import { drawCandidates } from './random-candidates.ts';

describe('parameterGrid', () => {
  test('sorts the names and moves the last fastest, as scikit-learn 1.9.1 does', () => {
    expect(gridCandidates(parameterGrid({ b: [1, 2], a: ['x', 'y'] }))).toEqual([
      { a: 'x', b: 1 },
      { a: 'x', b: 2 },
      { a: 'y', b: 1 },
      { a: 'y', b: 2 },
    ]);
  });

  test('a list of grids is their union', () => {
    const grid = parameterGrid([
      { k: ['lin'], c: [1, 10] },
      { k: ['rbf'], g: [0.1, 0.2], c: [1] },
    ]);
    expect(grid.size).toBe(4);
    expect(gridCandidates(grid)).toEqual([
      { c: 1, k: 'lin' },
      { c: 10, k: 'lin' },
      { c: 1, g: 0.1, k: 'rbf' },
      { c: 1, g: 0.2, k: 'rbf' },
    ]);
  });

  test("[#71] the lesson's grid has 8 candidates", () => {
    const grid = parameterGrid({ batchSize: [32, 64], epochs: [10, 20], learningRate: [0.001, 0.01] });
    expect(grid.size).toBe(8);
    expect(grid.at(5)).toEqual({ batchSize: 64, epochs: 10, learningRate: 0.01 });
  });

  test('finds a combination of a grid that is too large to list', () => {
    const values = Array.from({ length: 1000 }, (_, i) => i);
    const grid = parameterGrid({ a: values, b: values, c: values, d: values });
    expect(grid.size).toBe(1e12);
    expect(grid.at(123_456_789_012)).toEqual({ a: 123, b: 456, c: 789, d: 12 });
  });

  test('refuses a parameter without values, and numbers outside', () => {
    expect(() => parameterGrid({ units: [] })).toThrow(expect.objectContaining({ code: 'LU_GRID_VALUES' }));
    expect(() => parameterGrid([])).toThrow(expect.objectContaining({ code: 'LU_GRID_EMPTY' }));
    expect(() => parameterGrid({ units: [1] }).at(1)).toThrow(
      expect.objectContaining({ code: 'LU_GRID_INDEX' }),
    );
  });
});

describe('drawCandidates', () => {
  const lists = { a: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], b: ['x', 'y', 'z'] };

  test('draws combinations of lists without replacement', () => {
    const { candidates, warnings } = drawCandidates(lists, 29, 1);
    expect(new Set(candidates.map((params) => JSON.stringify(params))).size).toBe(29);
    expect(warnings).toEqual([]);
  });

  test('tries each combination once, with a warning, when there are fewer than asked for', () => {
    const { candidates, warnings } = drawCandidates(lists, 50, 1);
    expect(candidates).toEqual(gridCandidates(parameterGrid(lists)));
    expect(warnings).toEqual([expect.stringContaining('30 combinations, fewer than the 50')]);
  });

  test('draws independently, evenly on the scale, as soon as one parameter is a range', () => {
    const { candidates } = drawCandidates({ rate: float(1e-4, 1, { log: true }), b: ['x', 'y'] }, 400, 3);
    const logs = candidates.map(({ rate }) => Math.log10(rate));
    expect(Math.min(...logs)).toBeGreaterThanOrEqual(-4);
    expect(Math.max(...logs)).toBeLessThanOrEqual(0);
    // Mean of a uniform number on (-4, 0): -2, standard error 0.058.
    expect(Math.abs(logs.reduce((sum, x) => sum + x, 0) / 400 + 2)).toBeLessThan(0.25);
    const x = candidates.filter(({ b }) => b === 'x').length;
    expect(Math.abs(x - 200)).toBeLessThan(45);
  });

  test('picks one of a list of definitions for each candidate', () => {
    const { candidates } = drawCandidates([{ a: float(0, 1) }, { b: float(0, 1) }], 100, 5);
    const withA = candidates.filter((params) => 'a' in params).length;
    expect(candidates.every((params) => Object.keys(params).length === 1)).toBe(true);
    expect(Math.abs(withA - 50)).toBeLessThan(25);
  });

  test('the seed decides, and a range that is none is refused', () => {
    expect(drawCandidates(lists, 5, 1)).toEqual(drawCandidates(lists, 5, 1));
    expect(drawCandidates(lists, 5, 1)).not.toEqual(drawCandidates(lists, 5, 2));
    expect(() => drawCandidates({ a: [] }, 1, 0)).toThrow(
      expect.objectContaining({ code: 'LU_GRID_VALUES' }),
    );
  });
});

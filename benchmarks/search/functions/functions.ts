import { ANY_DIMENSION } from './any-dimension.ts';
import { OTHER_COUNTS } from './other-counts.ts';
import type { PointFunction } from './sums.ts';
import { TWO_VARIABLES } from './two-variables.ts';

/** The published test functions for global optimization that are collected in sigopt/evalset, by name. */
export const FUNCTIONS: Readonly<Record<string, PointFunction>> = {
  ...ANY_DIMENSION,
  ...TWO_VARIABLES,
  ...OTHER_COUNTS,
};

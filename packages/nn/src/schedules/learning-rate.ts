import { LuthierError } from '@luthier/core';
import { ranges, requireNumber } from '../layers/options.ts';
import { momentumAt, parseSchedule, rateAt, type Schedule } from './schedules.ts';

/** A learning rate: a number, a schedule as data, or a pure function of the update, counted from 0. */
export type LearningRate = number | Schedule | ((step: number) => number);

/** A learning rate that was read. */
export interface ParsedLearningRate {
  /** The rate of the first update. */
  readonly first: number;
  /** The rate of an update, counted from 0; absent for a number. */
  readonly rateAt?: (step: number) => number;
  /** The momentum of an update, counted from 0; absent where the schedule leaves it alone. */
  readonly momentumAt?: (step: number) => number;
}

/** Reads a learning rate. Throws `LU_OPTIMIZER_OPTION` for a bad number, `LU_SCHEDULE_*` for a bad schedule. */
export function parseLearningRate(where: string, given: LearningRate): ParsedLearningRate {
  const code = 'LU_OPTIMIZER_OPTION';
  if (typeof given === 'function') {
    const first = requireNumber(code, where, 'learningRate of step 0', given(0), ranges.notNegative);
    return { first, rateAt: given };
  }
  if (typeof given !== 'object') {
    return { first: requireNumber(code, where, 'learningRate', given, ranges.notNegative) };
  }
  if (given === null) {
    throw new LuthierError(code, `${where}: learningRate is null`, {
      fix: 'Give a number or a schedule.',
      where,
    });
  }
  const schedule = parseSchedule(given);
  return {
    first: rateAt(schedule, 0),
    rateAt: (step) => rateAt(schedule, step),
    ...(momentumAt(schedule, 0) === undefined
      ? {}
      : { momentumAt: (step: number) => momentumAt(schedule, step)! }),
  };
}

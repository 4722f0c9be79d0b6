import { type Json, LuthierError, type OptionNames, refuseUnknown } from '@luthier/core';
import { auto } from '../samplers/auto/auto.ts';
import type { Sampler } from '../samplers/contract.ts';
import { parseSampler } from '../samplers/registry.ts';
import type { Scheduler } from '../schedulers/contract.ts';
import { none } from '../schedulers/none.ts';
import { parseScheduler } from '../schedulers/registry.ts';
import { createSpace } from '../space/check.ts';
import { sameSpace, spaceDifferences } from '../space/compare.ts';
import { storable } from '../space/constraints.ts';
import { requirePoint } from '../space/draw.ts';
import type { Space } from '../space/parameter.ts';
import { claims } from './claims.ts';
import type { StudyLog } from './contracts.ts';
import type { Budget, Objective } from './events.ts';
import { createFolder } from './fold.ts';
import { checkBudget } from './judge.ts';
import { Study } from './study.ts';

export interface CreateStudyOptions {
  readonly log: StudyLog;
  readonly name: string;
  readonly space: Space;
  readonly objectives: readonly Objective[];
  /** Default: `auto()`. */
  readonly sampler?: Sampler;
  /** Default: none. */
  readonly scheduler?: Scheduler;
  /** Key of all random numbers, 0 included; default 0. */
  readonly seed?: number;
  /** Default: no limit. */
  readonly budget?: Budget;
  /** Let configurations be suggested again, for objectives with noise; default false. */
  readonly repeats?: boolean;
  readonly meta?: Json;
  /** Milliseconds; default Date.now. */
  readonly clock?: () => number;
}

/** Names of the options of `createStudy`. */
export const CREATE_OPTIONS: OptionNames<CreateStudyOptions> = {
  log: true,
  name: true,
  space: true,
  objectives: true,
  sampler: true,
  scheduler: true,
  seed: true,
  budget: true,
  repeats: true,
  meta: true,
  clock: true,
};

/** Refuses a study without objectives, and an objective whose direction is neither of the two. */
function checkObjectives(study: string, objectives: readonly Objective[]): void {
  if (objectives.length === 0)
    throw new LuthierError('LU_STUDY_OBJECTIVE', `${study} has no objective`, {
      fix: "Give one, such as maximize('valAccuracy').",
    });
  for (const { metric, direction } of objectives) {
    if (direction === 'minimize' || direction === 'maximize') continue;
    throw new LuthierError(
      'LU_STUDY_OBJECTIVE',
      `the direction of '${metric}' is ${JSON.stringify(direction)}`,
      { fix: `Use minimize('${metric}') or maximize('${metric}').`, where: study },
    );
  }
}

/**
 * Creates a study and opens it.
 *
 * Throws LU_STUDY_EXISTS when the name is taken, LU_STUDY_OBJECTIVE without an objective or for a direction there is not, LU_SPACE_* for a
 * wrong space, LU_SPACE_EMPTY when no configuration keeps its constraints, LU_STUDY_BUDGET for a budget that makes no sense,
 * LU_STUDY_OPTION for an option there is not.
 *
 * @example
 * const study = await createStudy({ log: memoryLog(), name: 'digits', space: digits, objectives: [maximize('valAccuracy')] });
 * const asked = await study.ask();
 */
export async function createStudy(options: CreateStudyOptions): Promise<Study> {
  refuseUnknown('LU_STUDY_OPTION', 'createStudy', options, CREATE_OPTIONS);
  const { log, name, objectives, sampler = auto(), scheduler = none(), seed = 0, budget = {} } = options;
  checkObjectives(name, objectives);
  checkBudget(budget);
  const space = createSpace(options.space.parameters, options.space.constraints);
  requirePoint(space);
  const appended = await log.append(name, [
    {
      type: 'study-created',
      // Predicates are code: the log keeps their names.
      space: storable(space),
      objectives,
      seed,
      budget,
      sampler: sampler.spec,
      scheduler: scheduler.spec,
      ...(options.meta === undefined ? {} : { meta: options.meta }),
      ...(options.repeats ? { repeats: true as const } : {}),
      claim: claims.created,
    },
  ]);
  if (!appended.accepted)
    throw new LuthierError('LU_STUDY_EXISTS', `there is a study '${name}' already`, {
      fix: 'Resume it, or choose another name.',
      where: name,
    });
  const { clock } = options;
  return openStudy({ log, name, space, sampler, scheduler, ...(clock === undefined ? {} : { clock }) });
}

export interface OpenStudyOptions {
  readonly log: StudyLog;
  readonly name: string;
  /** Refuse the study when it is about another space; brings the code of rules that are predicates. */
  readonly space?: Space;
  /** Change the study to that space when it differs, instead of refusing; see `Study.changeSpace`. Default false. */
  readonly changeSpace?: boolean;
  /** Default: the one the study was created with. */
  readonly sampler?: Sampler;
  readonly scheduler?: Scheduler;
  /** Milliseconds; default Date.now. */
  readonly clock?: () => number;
}

const OPEN: OptionNames<OpenStudyOptions> = {
  log: true,
  name: true,
  space: true,
  changeSpace: true,
  sampler: true,
  scheduler: true,
  clock: true,
};

async function createdSpace(log: StudyLog, name: string): Promise<Space | undefined> {
  for await (const event of log.read(name, 0))
    return event.type === 'study-created' ? event.space : undefined;
  return undefined;
}

/**
 * Opens an existing study: its history is read from the newest snapshot and the events after it.
 *
 * Throws LU_STUDY_UNKNOWN when there is none, LU_STUDY_SPACE with every difference when it is about another space, and
 * LU_SAMPLER_UNKNOWN or LU_SCHEDULER_UNKNOWN when its sampler or scheduler is not known here, LU_STUDY_OPTION for an option there is not.
 */
export async function openStudy(options: OpenStudyOptions): Promise<Study> {
  refuseUnknown('LU_STUDY_OPTION', 'openStudy', options, OPEN);
  const { log, name, space, clock = Date.now } = options;
  const folder = createFolder((await log.snapshot(name))?.history);
  for await (const event of log.read(name, folder.live()?.sequence ?? 0)) folder.apply(event);
  const history = folder.snapshot();
  if (!history)
    throw new LuthierError('LU_STUDY_UNKNOWN', `there is no study '${name}'`, {
      fix: 'Create it, or correct the name.',
      where: name,
    });
  // Trials may have added parameters since: the space it began with counts as well.
  const isOther = space !== undefined && !sameSpace(history.space, space);
  if (isOther && !options.changeSpace) {
    const began = (await createdSpace(log, name)) ?? history.space;
    const differences = spaceDifferences(began, space);
    if (differences.length > 0)
      throw new LuthierError(
        'LU_STUDY_SPACE',
        `the study '${name}' is about another space: ${differences.join('; ')}`,
        {
          fix: 'Choose another study name, restore the space, or go on in the new one with changeSpace: true.',
          where: name,
        },
      );
  }
  const study = new Study({
    log,
    name,
    history,
    sampler: options.sampler ?? parseSampler(history.sampler),
    scheduler: options.scheduler ?? parseScheduler(history.scheduler),
    clock,
    ...(space?.constraints === undefined ? {} : { predicates: space.constraints }),
  });
  if (isOther && options.changeSpace) await study.changeSpace(space);
  return study;
}

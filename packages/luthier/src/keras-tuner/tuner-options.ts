import type { OptionNames, Params } from '@luthier/core';
import type { Model } from '@luthier/nn';
import type { HyperbandBracket, Objective } from '@luthier/search';

/** What every tuner in Keras Tuner's manner can be told. */
export interface TunerOptions {
  /** A metric whose direction is known (`'valAccuracy'`), or `maximize(...)` or `minimize(...)`. */
  readonly objective: string | Objective;
  /** Default 10; a finite space may end sooner. */
  readonly maxTrials?: number;
  /** Trainings of a configuration with different seeds, whose scores are averaged. Default 1. */
  readonly executionsPerTrial?: number;
  /** Failures in a row that end the search with an error. Default 3. */
  readonly maxConsecutiveFailedTrials?: number;
  /** Seed of everything random, 0 included; default 0. */
  readonly seed?: number;
  /** Hyperparameters with a fixed value, whatever the model asks for. */
  readonly fixed?: Params;
  /** Where studies and weights are kept; default: in memory, gone with `close`. */
  readonly directory?: string;
  /** Name of the study. Default 'untitled'. */
  readonly projectName?: string;
  /** Begin anew when the project exists; by default it goes on. */
  readonly overwrite?: boolean;
}

export const TUNER_OPTIONS: OptionNames<TunerOptions> = {
  objective: true,
  maxTrials: true,
  executionsPerTrial: true,
  maxConsecutiveFailedTrials: true,
  seed: true,
  fixed: true,
  directory: true,
  projectName: true,
  overwrite: true,
};

/** Brackets of Hyperband and how often to go through them. */
export interface BracketPlan {
  readonly brackets: readonly HyperbandBracket[];
  readonly iterations: number;
}

/** What a finished run of a configuration left. */
export interface Run {
  readonly score: number;
  readonly model: Model;
}

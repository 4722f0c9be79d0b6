export type { HyperParameters, Params } from '@luthier/core';
export {
  asha,
  auto,
  cmaes,
  differentialEvolution,
  gp,
  grid,
  maximize,
  median,
  minimize,
  none,
  oneAtATime,
  random,
  recommendMethod,
  sobol,
  tpe,
} from '@luthier/search';
export type { ForeignStudy, ForeignTrial } from './import/foreign-study.ts';
export { type Imported, importStudy, readForeignStudy } from './import/import-study.ts';
export type { HyperModel, TrialHyperParameters, TunerFitOptions } from './keras-tuner/tunable-model.ts';
export { Tuner } from './keras-tuner/tuner.ts';
export type { TunerOptions } from './keras-tuner/tuner-options.ts';
export {
  bayesianOptimization,
  gridSearch,
  type HyperbandOptions,
  hyperbandSearch,
  randomSearch,
} from './keras-tuner/tuners.ts';
export { applyAdvice } from './tune/apply-advice.ts';
export type { TuneEnd, TuneObserver, TuneOptions, TuningReport } from './tune/contract.ts';
export { defineTuning, type FitSettings, type TuningDefinition } from './tune/define-tuning.ts';
export {
  diagnoseStudy,
  type StudyDiagnosis,
  type StudyFinding,
  type TrialDiagnosis,
  trialDiagnosis,
  type WastedDimension,
} from './tune/diagnose-study.ts';
export type { AdvisedSizeWarning } from './tune/diagnose-trial.ts';
export {
  type GridSearchCVOptions,
  gridSearchCV,
  type SearchCV,
} from './tune/search-cv/grid-search-cv.ts';
export type { HalvingOptions, HalvingPlan } from './tune/search-cv/halving-plan.ts';
export {
  type FittedHalvingSearch,
  type HalvingGridSearchCVOptions,
  type HalvingRandomSearchCVOptions,
  type HalvingSearchCV,
  halvingGridSearchCV,
  halvingRandomSearchCV,
} from './tune/search-cv/halving-search-cv.ts';
export {
  type NestedCrossValidateOptions,
  type NestedCrossValidation,
  type NestedFold,
  nestedCrossValidate,
} from './tune/search-cv/nested-cross-validate.ts';
export { type GridDefinition, type ParameterGrid, parameterGrid } from './tune/search-cv/parameter-grid.ts';
export { type RandomizedSearchCVOptions, randomizedSearchCV } from './tune/search-cv/randomized-search-cv.ts';
export type { SearchResults } from './tune/search-cv/result-table.ts';
export type { Scoring } from './tune/search-cv/scoring.ts';
export type { FittedSearch, SearchCVOptions, SearchFit } from './tune/search-cv/search-cv.ts';
export { tune } from './tune/tune-on-demand.ts';

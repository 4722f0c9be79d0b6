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
  sobol,
  tpe,
} from '@luthier/search';
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
export { tune } from './tune/tune-on-demand.ts';

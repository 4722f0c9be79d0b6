export type { HyperParameters, Params } from '@luthier/core';
export { asha, auto, gp, grid, maximize, median, minimize, none, random, sobol } from '@luthier/search';
export type { TuneEnd, TuneObserver, TuneOptions, TuningReport } from './tune/contract.ts';
export { defineTuning, type FitSettings, type TuningDefinition } from './tune/define-tuning.ts';
export { tune } from './tune/tune-on-demand.ts';

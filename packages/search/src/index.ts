export { type FminOptions, type FminResult, type FminTrial, fmin, Trials } from './facades/fmin.ts';
export {
  type Evaluated,
  type HyperoptNode,
  hyperopt,
  hyperoptSpace,
  spaceEval,
} from './facades/hyperopt-space.ts';
export { type Suggestions, type SuggestOptions, suggestions } from './facades/suggestions.ts';
export { againstOverfittingOfLargeModel } from './insight/against-overfitting.ts';
export { compareSeeds, type SeedComparison } from './insight/compare-seeds.ts';
export { diagnose } from './insight/diagnose.ts';
export { type CostEstimate, type CostInput, estimateCost } from './insight/estimate-cost.ts';
export { IMPORTANCE_TRIALS, type Importance, importance } from './insight/importance.ts';
export {
  type MethodBudget,
  type MethodRecommendation,
  type MethodVerdict,
  recommendMethod,
  type SearchMethod,
} from './insight/recommend-method.ts';
export { type ModelSize, type SizeWarning, sizeWarning } from './insight/size-warning.ts';
export { type SpaceEdge, spaceEdges } from './insight/space-edges.ts';
export type { Advice, DiagnoseOptions, Verdict } from './insight/verdict.ts';
export { auto, explainSampler } from './samplers/auto/auto.ts';
export { chooseSampler, type Experience, type SamplerChoice } from './samplers/auto/choose.ts';
export { baseline } from './samplers/baseline.ts';
export { cmaes } from './samplers/cmaes/cmaes.ts';
export type { Sampler, Suggestion, SuggestRequest } from './samplers/contract.ts';
export { differentialEvolution } from './samplers/de.ts';
export { type GpOptions, gp } from './samplers/gp/gp.ts';
export { type GridOptions, grid, gridSize } from './samplers/grid.ts';
export { oneAtATime } from './samplers/one-at-a-time.ts';
export { random } from './samplers/random.ts';
export {
  parseSampler,
  registerSampler,
  type SamplerFactory,
  type SamplerSpec,
  samplerNames,
} from './samplers/registry.ts';
export { sobol } from './samplers/sobol.ts';
export { sobolPoint } from './samplers/sobol-sequence.ts';
export { tpe } from './samplers/tpe/tpe.ts';
export { triedKeys, untried } from './samplers/tried.ts';
export { type AshaOptions, asha } from './schedulers/asha.ts';
export type { Decision, Scheduler } from './schedulers/contract.ts';
export {
  type HyperbandBracket,
  type HyperbandPlanOptions,
  type HyperbandRound,
  hyperbandCost,
  hyperbandPlan,
} from './schedulers/hyperband-plan.ts';
export { type MedianOptions, median } from './schedulers/median.ts';
export { none } from './schedulers/none.ts';
export {
  parseScheduler,
  registerScheduler,
  type SchedulerFactory,
  type SchedulerSpec,
  schedulerNames,
} from './schedulers/registry.ts';
export { adaptParams, placeOf } from './space/adapt.ts';
export { hasBounds, isInBounds, rangeIn, withinBounds } from './space/bounds.ts';
export {
  canonicalKey,
  canonicalParams,
  contains,
  defaults,
  defaultValue,
  isActive,
  misfit,
} from './space/canonical.ts';
export { checkParameter, createSpace } from './space/check.ts';
export {
  describeParameter,
  sameConditions,
  sameRange,
  sameSpace,
  spaceDifferences,
} from './space/compare.ts';
export { brokenConstraint, isFeasible, withPredicates } from './space/constraints.ts';
export type { BooleanOptions, ChoiceOptions, NumberOptions } from './space/declare.ts';
export {
  type BranchSpec,
  boolean,
  branch,
  type ConditionalSpec,
  type ConditionType,
  choice,
  fixed,
  float,
  int,
  ordinal,
  type ParamsOf,
  type RuleOption,
  type SpaceOptions,
  type Spec,
  space,
  type TypedSpace,
  when,
} from './space/define.ts';
export type { Definition, DefinitionParams, OptionsOf } from './space/definition-params.ts';
export { type Discovery, discoverSpace } from './space/discover.ts';
export { drawParams, drawValue, fromUniform, nearestFeasible } from './space/draw.ts';
export { narrowAround, withChoices, withParameters, withRange } from './space/edit.ts';
export {
  coordinateOf,
  type Dimension,
  decode,
  decodeValue,
  dimensions,
  type EncodedPoint,
  encode,
  encodeValue,
} from './space/encode.ts';
export { point, points, size } from './space/enumerate.ts';
export { type Expression, parseExpression } from './space/expression.ts';
export {
  createHyperParameters,
  type HyperParametersOptions,
  type RecordedHyperParameters,
} from './space/hyper-parameters.ts';
export { parseParameter, parseSpace } from './space/json.ts';
export { hasValue, levelCount, levels } from './space/levels.ts';
export { mergeParameters } from './space/merge.ts';
export type * from './space/parameter.ts';
export { hasPriors, logPrior, logPriorDensity, priorCdf, priorQuantile } from './space/prior.ts';
export { changedSince, type Mark } from './study/changes.ts';
export { claims } from './study/claims.ts';
export type * from './study/contracts.ts';
export type * from './study/events.ts';
export { createFolder, type Folder, fold, isFinal, mergeBlocks, searchTrials } from './study/fold.ts';
export type { History, TrialRecord, TrialState } from './study/history.ts';
export { keepReady, type ReadyTrials } from './study/keep-ready.ts';
export { memoryLog } from './study/memory-log.ts';
export { type CreateStudyOptions, createStudy, type OpenStudyOptions, openStudy } from './study/open.ts';
export {
  type AskingTrial,
  type OptimizeOptions,
  type OptimizeResult,
  type OptimizeTrial,
  optimize,
  type SearchOptions,
} from './study/optimize.ts';
export { bestTrial, isBetter, maximize, minimize, objectiveOf, topTrials } from './study/results.ts';
export { type Asked, Study } from './study/study.ts';
export type { StudyParts } from './study/study-parts.ts';
export type { FinishedTrial, TrialEnd } from './study/trial-end.ts';
export {
  pastTrials,
  type WarmStart,
  type WarmStartOptions,
  type WarmVerdict,
  warmVerdict,
} from './study/warm-start.ts';

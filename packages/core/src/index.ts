export { type Analogy, analogies } from './cards/analogies.ts';
export type { CardAdvice, CardGroup, CardRange, HelpCard, Symptom } from './cards/card.ts';
export { cardGroups, cardOf, cards, findCard } from './cards/cards.ts';
export { type GlossaryEntry, glossary, glossaryEntry } from './cards/glossary.ts';
export {
  type ComparisonRow,
  parametersAndHyperparameters,
} from './cards/parameters-and-hyperparameters.ts';
export type { VerdictKind } from './cards/verdict-kind.ts';
export { type ErrorCode, type ErrorDetails, LuthierError } from './errors.ts';
export type {
  BoundOption,
  Certainty,
  HyperParameters,
  NumberPrior,
  Params,
  ParamValue,
  RangeOptions,
  Scale,
  ValuePrior,
} from './hyper-parameters.ts';
export { decodeJson, encodeJson, type Json } from './json.ts';
export {
  choleskyAppendRow,
  choleskyInPlace,
  choleskyInverse,
  choleskyLogDeterminant,
  solveLower,
  solveLowerRows,
  solveLowerTransposed,
} from './linear-algebra/cholesky.ts';
export { didYouMean, nearest } from './nearest.ts';
export { type LbfgsOptions, type LbfgsResult, lbfgs, type ValueAndGradient } from './optimize/lbfgs.ts';
export { type OptionNames, refuseUnknown } from './options.ts';
export { type Generator, generator } from './random/generator.ts';
export { type KeyPart, randomKey } from './random/key.ts';
export { philox, type RandomKey } from './random/philox.ts';
export type {
  EpochRecord,
  LearningRateScan,
  RegularizationRecord,
  ScanCurve,
  ScoreCurve,
  ScoreOverFolds,
  StopReason,
  Telemetry,
  TrainingHistory,
} from './records.ts';
export { incompleteBeta, studentTCdf, studentTQuantile } from './special/beta.ts';
export { erfc, erfcx } from './special/erf.ts';
export { logGamma } from './special/gamma.ts';
export { log1mexp, logSumExp } from './special/logarithms.ts';
export { logNormalCdf, logNormalPdf, normalCdf, normalQuantile } from './special/normal.ts';
export { bootstrap, type Interval } from './statistics/bootstrap.ts';
export { mean, median, quantile, standardDeviation, variance } from './statistics/summary.ts';

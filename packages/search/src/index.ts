export type { Sampler, Suggestion, SuggestRequest } from './samplers/contract.ts';
export {
  parseSampler,
  registerSampler,
  type SamplerFactory,
  type SamplerSpec,
  samplerNames,
} from './samplers/registry.ts';
export type { Decision, Scheduler } from './schedulers/contract.ts';
export {
  parseScheduler,
  registerScheduler,
  type SchedulerFactory,
  type SchedulerSpec,
  schedulerNames,
} from './schedulers/registry.ts';
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
export {
  boolean,
  type ConditionalSpec,
  choice,
  type DefinitionParams,
  fixed,
  float,
  int,
  type NumberOptions,
  type ParamsOf,
  type Spec,
  space,
  type TypedSpace,
  when,
} from './space/define.ts';
export {
  type Dimension,
  decode,
  decodeValue,
  dimensions,
  type EncodedPoint,
  encode,
  encodeValue,
} from './space/encode.ts';
export { point, points, size } from './space/enumerate.ts';
export { parseParameter, parseSpace } from './space/json.ts';
export { hasValue, levelCount, levels } from './space/levels.ts';
export type * from './space/parameter.ts';
export type * from './study/contracts.ts';
export type * from './study/events.ts';
export type { History, TrialRecord, TrialState } from './study/history.ts';

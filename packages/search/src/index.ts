export type { Sampler, Suggestion, SuggestRequest } from './samplers/contract.ts';
export type { Decision, Scheduler } from './schedulers/contract.ts';
export type * from './space/parameter.ts';
export type * from './study/contracts.ts';
export type * from './study/events.ts';
export type { History, TrialRecord, TrialState } from './study/history.ts';

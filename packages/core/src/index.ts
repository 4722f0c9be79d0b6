export { type ErrorCode, type ErrorDetails, LuthierError } from './errors.ts';
export type { HyperParameters, Params, ParamValue, RangeOptions, Scale } from './hyper-parameters.ts';
export { decodeJson, encodeJson, type Json } from './json.ts';
export { didYouMean, nearest } from './nearest.ts';
export { type Generator, generator } from './random/generator.ts';
export { type KeyPart, randomKey } from './random/key.ts';
export { philox, type RandomKey } from './random/philox.ts';
export type { EpochRecord, StopReason, Telemetry, TrainingHistory } from './records.ts';

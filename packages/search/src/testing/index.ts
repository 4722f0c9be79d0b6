export { type SamplerContractOptions, samplerContract } from './sampler-contract.ts';
export { studyLogContract } from './study-log-contract.ts';

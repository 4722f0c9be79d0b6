export { type CheckOptions, checkDataset, checkSamples } from './data/check-samples.ts';
export {
  type Dataset,
  rowSize,
  type Samples,
  sampleCount,
  type Tensor,
  type TensorData,
} from './data/dataset.ts';
export { type DigitsOptions, digits } from './data/digits.ts';
export { decodeIdx, readIdx, readIdxPair } from './data/idx.ts';
export { type MnistOptions, mnist } from './data/mnist.ts';
export {
  type Split,
  type SplitIndices,
  type SplitOptions,
  slice,
  splitIndices,
  take,
  trainValidationSplit,
} from './data/split.ts';
export type { Attribute, DType, Graph, Node, Shape } from './graph/node.ts';

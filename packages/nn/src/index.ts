export {
  type Dataset,
  rowSize,
  type Samples,
  sampleCount,
  type Tensor,
  type TensorData,
} from './data/dataset.ts';
export type { Attribute, DType, Graph, Node, Shape } from './graph/node.ts';

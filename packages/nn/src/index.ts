export type { ActivationName } from './activations/activation.ts';
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
export * as ops from './graph/functions.ts';
export type { Attribute, DType, Graph, Node, Shape } from './graph/node.ts';
export { type Initializer, type InitializerName, initializers } from './initializers/initializer.ts';
export type { BatchNormalizationOptions } from './layers/batch-normalization.ts';
export type { Conv1dOptions, Conv2dOptions } from './layers/conv.ts';
export type { DenseOptions } from './layers/dense.ts';
export type { GlobalPoolingOptions } from './layers/global-pooling.ts';
export type { GroupNormalizationOptions } from './layers/group-normalization.ts';
export {
  defineLayer,
  type ForwardContext,
  type Layer,
  type LayerKind,
  type WeightSpec,
} from './layers/layer.ts';
export { layers } from './layers/layers.ts';
export type { Padding } from './layers/padding.ts';
export type { Pooling1dOptions, Pooling2dOptions } from './layers/pooling.ts';
export type { PreluOptions } from './layers/prelu.ts';
export type { ScaleShiftOptions } from './layers/scale-shift.ts';
export type { Loss, LossName, TargetForm } from './losses/loss.ts';
export type { Metric, MetricName } from './metrics/metric.ts';
export type { Optimizer, StepNumbers, Update, UpdateContext } from './optimizers/optimizer.ts';
export { type OptimizerName, optimizers } from './optimizers/optimizers.ts';
export { type Regularizer, type RegularizerName, regularizers } from './regularizers/regularizer.ts';
export type { Runtime, RuntimeTensor, Session, SessionOptions } from './runtime/contract.ts';
export { useRuntime } from './runtime/current.ts';
export type {
  Callback,
  CallbackFactory,
  CallbackState,
  NamedArrays,
  RunInfo,
  TrainingControl,
} from './training/callback.ts';
export { callbacks } from './training/callbacks.ts';
export { type EarlyStoppingOptions, earlyStopping } from './training/early-stopping.ts';
export type { CheckpointInfo, CheckpointOptions, Progress } from './training/fit.ts';
export {
  type CompileOptions,
  type FitOptions,
  type Model,
  type Prediction,
  type SequentialOptions,
  sequential,
} from './training/model.ts';
export { programCount, releasePrograms } from './training/program-cache.ts';
export type { ParameterKind } from './training/summary.ts';
export type { SamplesLike, TensorLike } from './training/tables.ts';
export { type MnistMlpOptions, mnistMlp } from './zoo/mnist-mlp.ts';

export type { ActivationName } from './activations/activation.ts';
export {
  type Constraint,
  type ConstraintAxis,
  type ConstraintName,
  constraints,
  type MaxNormOptions,
  type MinMaxNormOptions,
} from './constraints/constraint.ts';
export type { BundledOptions } from './data/bundled.ts';
export { type CheckOptions, checkDataset, checkSamples } from './data/check-samples.ts';
export {
  type CollectOptions,
  collectSamples,
  createSamples,
  type SampleLike,
} from './data/collect.ts';
export { type ColumnSteps, columnwise } from './data/columnwise.ts';
export { type CsvOptions, type CsvSource, parseCsv, readCsv } from './data/csv.ts';
export {
  type Dataset,
  rowSize,
  type Samples,
  sampleCount,
  type Tensor,
  type TensorData,
} from './data/dataset.ts';
export { type DigitsOptions, digits } from './data/digits.ts';
export {
  type ClassName,
  type FittedLabelEncoder,
  type FittedOneHot,
  type LabelEncoder,
  labelEncoder,
  type OneHot,
  type OneHotOptions,
  oneHot,
} from './data/encoding.ts';
export type { Folds } from './data/fold.ts';
export * as generators from './data/generators.ts';
export { decodeIdx, readIdx, readIdxPair } from './data/idx.ts';
export { type FittedImpute, type Impute, type ImputeOptions, impute } from './data/impute.ts';
export { joinSamples } from './data/join.ts';
export {
  type GroupKFoldOptions,
  groupKFold,
  type KFoldOptions,
  kFold,
  type RepeatedKFoldOptions,
  repeatedKFold,
  type StratifiedKFoldOptions,
  stratifiedKFold,
} from './data/k-fold.ts';
export {
  type LeavePGroupsOutOptions,
  type LeavePOutOptions,
  leavePGroupsOut,
  leavePOut,
  type PredefinedSplitOptions,
  predefinedSplit,
} from './data/leave-out.ts';
export { fashionMnist, type MnistOptions, mnist } from './data/mnist.ts';
export {
  type PartOptions,
  type TrainTest,
  type TrainTestOptions,
  type TrainValTest,
  type TrainValTestOptions,
  trainTestSplit,
  trainValTest,
} from './data/parts.ts';
export {
  type FittedPreprocessor,
  fitPreparation,
  type Preparation,
  type Preprocessor,
  prepareDataset,
} from './data/preprocessor.ts';
export {
  leaveOneOut,
  type ShuffleSplitOptions,
  shuffleSplit,
  type TimeSeriesSplitOptions,
  timeSeriesSplit,
} from './data/resampling.ts';
export { type FittedScaling, type MinMaxOptions, minMax, type Scaling, standardize } from './data/scaling.ts';
export { breastCancer, diabetes, iris, wine } from './data/small-sets.ts';
export { type SpamOptions, spamMails } from './data/spam.ts';
export {
  type Split,
  type SplitIndices,
  type SplitOptions,
  slice,
  splitIndices,
  take,
  trainValidationSplit,
} from './data/split.ts';
export { stratifiedGroupKFold } from './data/stratified-group-k-fold.ts';
export {
  type Column,
  columnOf,
  type DataTable,
  type NumberColumn,
  type TextColumn,
  textsOf,
} from './data/table.ts';
export { type TableSamples, type TableSamplesOptions, tableSamples } from './data/table-samples.ts';
export {
  type CountVectorizerOptions,
  countVectorizer,
  type FittedTextVectorizer,
  type FittedTokenVectorizer,
  type TextVectorizer,
  type TokenVectorizer,
} from './data/text/count-vectorizer.ts';
export type { SparseRows } from './data/text/counts.ts';
export { documents, type TextDataset, vectorize } from './data/text/documents.ts';
export {
  type FittedSequenceVectorizer,
  type SequenceVectorizer,
  type SequenceVectorizerOptions,
  sequenceVectorizer,
} from './data/text/sequence-vectorizer.ts';
export {
  type FittedTfidfVectorizer,
  type TfidfVectorizer,
  type TfidfVectorizerOptions,
  tfidfVectorizer,
} from './data/text/tfidf-vectorizer.ts';
export type { TokenOptions } from './data/text/tokens.ts';
export type { VocabularyOptions } from './data/text/vocabulary.ts';
export { sunspots, type TimeSeries } from './data/time-series.ts';
export { type WindowOptions, windows } from './data/windows.ts';
export * as ops from './graph/functions.ts';
export type { Attribute, DType, Graph, Node, Shape } from './graph/node.ts';
export { type Initializer, type InitializerName, initializers } from './initializers/initializer.ts';
export type { BatchNormalizationOptions } from './layers/batch-normalization.ts';
export type { BidirectionalOptions, MergeMode } from './layers/bidirectional.ts';
export type { Conv1dOptions, Conv2dOptions } from './layers/conv.ts';
export type { Conv2dTransposeOptions } from './layers/conv-transpose.ts';
export type { DenseOptions } from './layers/dense.ts';
export type { DepthwiseConv2dOptions, SeparableConv2dOptions } from './layers/depthwise-conv.ts';
export type { DropoutOptions } from './layers/dropout.ts';
export type { GlobalPoolingOptions } from './layers/global-pooling.ts';
export type { GroupNormalizationOptions } from './layers/group-normalization.ts';
export type { GruOptions } from './layers/gru.ts';
export type { FactorOption, ResamplingOptions } from './layers/image-augmentation.ts';
export { innerKnobs, innerStructure, innerWeights } from './layers/inner.ts';
export {
  defineLayer,
  type ForwardContext,
  type Layer,
  type LayerKind,
  type LayerLike,
  type LayerResult,
  type WeightSpec,
} from './layers/layer.ts';
export { layers } from './layers/layers.ts';
export type { LstmOptions } from './layers/lstm.ts';
export { adapt, type NormalizationLayer, type NormalizationOptions } from './layers/normalization.ts';
export type { Padding } from './layers/padding.ts';
export type { Pooling1dOptions, Pooling2dOptions } from './layers/pooling.ts';
export type { PreluOptions } from './layers/prelu.ts';
export type { GatedOptions, RecurrentLayer, RecurrentOptions } from './layers/recurrent-options.ts';
export type { ScaleShiftOptions } from './layers/scale-shift.ts';
export type { TimeDistributedOptions } from './layers/time-distributed.ts';
export type { UpSampling2dOptions } from './layers/up-sampling.ts';
export type { BinaryFocalOptions, CategoricalFocalOptions } from './losses/focal.ts';
export type { Loss, LossName, TargetForm } from './losses/loss.ts';
export { losses } from './losses/losses.ts';
export type { DiceOptions, TverskyOptions } from './losses/overlap.ts';
export type { ProbabilityOptions } from './losses/probabilities.ts';
export type { HuberOptions } from './losses/regression.ts';
export type { ThresholdOptions, TopKOptions } from './metrics/accuracy.ts';
export type { AucOptions } from './metrics/auc.ts';
export type { Average, ClassScoreOptions } from './metrics/class-scores.ts';
export { type ConfusionMatrixOptions, confusionMatrix } from './metrics/confusion-matrix.ts';
export type { Metric, MetricName, MetricOptions } from './metrics/metric.ts';
export { metrics } from './metrics/metrics.ts';
export type { AdadeltaOptions } from './optimizers/adadelta.ts';
export type { AdafactorOptions } from './optimizers/adafactor.ts';
export type { AdagradOptions } from './optimizers/adagrad.ts';
export type { AdamOptions } from './optimizers/adam.ts';
export type { AdamaxOptions } from './optimizers/adamax.ts';
export type { CommonOptions } from './optimizers/common-options.ts';
export type { FtrlOptions } from './optimizers/ftrl.ts';
export type { LambOptions } from './optimizers/lamb.ts';
export type { LionOptions } from './optimizers/lion.ts';
export type { MuonOptions } from './optimizers/muon.ts';
export type { NadamOptions } from './optimizers/nadam.ts';
export type { Optimizer, StepNumbers, Update, UpdateContext } from './optimizers/optimizer.ts';
export { type OptimizerName, optimizers } from './optimizers/optimizers.ts';
export type { RmspropOptions } from './optimizers/rmsprop.ts';
export type { ScheduleFreeAdamWOptions } from './optimizers/schedule-free-adam-w.ts';
export type { SgdOptions } from './optimizers/sgd.ts';
export {
  type OrthogonalOptions,
  type Regularizer,
  type RegularizerName,
  regularizers,
} from './regularizers/regularizer.ts';
export type { Runtime, RuntimeTensor, Session, SessionOptions } from './runtime/contract.ts';
export { useDevice, useRuntime } from './runtime/current.ts';
export type { Device } from './runtime/device.ts';
export { nodeRuntime } from './runtime/node.ts';
export { type WebRuntimeOptions, webRuntime } from './runtime/web.ts';
export { importOnnx } from './saving/import-onnx.ts';
export { type LoadOptions, loadModel, saveModel } from './saving/model-file.ts';
export {
  type BatchSizeFinderOptions,
  type BatchSizeReport,
  type BatchSizeRow,
  batchSizeFinder,
  scaleLearningRate,
} from './scans/batch-size-finder.ts';
export {
  type Capacity,
  type CapacityLadder,
  type CapacityLadderOptions,
  capacityLadder,
  type LadderRung,
} from './scans/capacity-ladder.ts';
export { type GradientNoise, type GradientNoiseOptions, gradientNoise } from './scans/gradient-noise.ts';
export { gradientFlow, type InitReport, initReport, type LayerSpread } from './scans/init-report.ts';
export { type LrScanOptions, lrScan } from './scans/lr-scan.ts';
export { type MemoryEstimate, memoryEstimate } from './scans/memory-estimate.ts';
export { type ScanSuggestions, scanSuggestions } from './scans/scan-suggestions.ts';
export {
  type LearningCurveOptions,
  learningCurve,
  type ValidationCurveOptions,
  validationCurve,
} from './scans/score-curves.ts';
export type { LearningRate } from './schedules/learning-rate.ts';
export { rateAt, type Schedule, schedules } from './schedules/schedules.ts';
export type {
  Callback,
  CallbackFactory,
  CallbackState,
  NamedArrays,
  Progress,
  RunInfo,
  TrainingControl,
} from './training/callback.ts';
export { callbacks } from './training/callbacks.ts';
export {
  type CompareRegularizersOptions,
  compareRegularizers,
  type Regularization,
  type RegularizationName,
  regularizationTable,
} from './training/compare-regularizers.ts';
export {
  type CrossValidateOptions,
  type CrossValidation,
  crossValidate,
  crossValidationTable,
  type FoldContext,
  type FoldFitOptions,
  type FoldResult,
  foldsFor,
  type ScoreSummary,
  summarizeScore,
} from './training/cross-validate.ts';
export type { MinimizeOptions, StepContext, TrainStep } from './training/custom/step-context.ts';
export { type Trainer, trainer } from './training/custom/trainer.ts';
export type { TrainerFitOptions, TrainerOptions } from './training/custom/trainer-options.ts';
export { type EarlyStoppingOptions, earlyStopping } from './training/early-stopping.ts';
export {
  type ExplainedHyperparameter,
  type ExplainedParameter,
  type Explanation,
  explanationText,
} from './training/explain.ts';
export type { FitOptions } from './training/fit-options.ts';
export { type FunctionalOptions, functional } from './training/functional.ts';
export { learningRateScheduler } from './training/learning-rate-scheduler.ts';
export {
  type CsvLogOptions,
  csvLog,
  type JsonLinesOptions,
  jsonLines,
  type WriteText,
} from './training/logs.ts';
export type { MixingOptions } from './training/mixing.ts';
export type { Model, ModelOptions } from './training/model.ts';
export {
  type ModelCheckpointOptions,
  modelCheckpoint,
  type SavedModelInfo,
} from './training/model-checkpoint.ts';
export type { PartOfModel } from './training/model-part.ts';
export type { MonitorMode } from './training/monitor.ts';
export type { CompileOptions, PerOutput } from './training/objective.ts';
export type { Prediction, PredictOptions } from './training/predict.ts';
export { programCount, releasePrograms, reservePrograms } from './training/program-cache.ts';
export { type ProgressOptions, progress } from './training/progress.ts';
export { type ReduceLROnPlateauOptions, reduceLROnPlateau } from './training/reduce-lr-on-plateau.ts';
export type { CheckpointInfo, CheckpointOptions, StepRecord } from './training/run.ts';
export type { ClassWeight } from './training/sample-weights.ts';
export { sequential } from './training/sequential.ts';
export type { ParameterKind } from './training/summary.ts';
export { call, callAll, input, type LayerCall, type SymbolicTensor } from './training/symbolic.ts';
export type { SamplesLike, TensorLike, TensorsLike } from './training/tables.ts';
export {
  type TensorBoardOptions,
  tensorBoard,
  type WriteEvents,
} from './training/tensor-board/tensor-board.ts';
export { type TerminateOnNaNOptions, terminateOnNaN } from './training/terminate-on-nan.ts';
export {
  type AnomalyDetector,
  type AnomalyDetectorOptions,
  anomalyDetector,
  type FittedAnomalyDetector,
} from './unsupervised/anomaly-detector.ts';
export {
  type Autoencoder,
  type AutoencoderFitOptions,
  type AutoencoderOptions,
  autoencoder,
  type FittedAutoencoder,
} from './unsupervised/autoencoder.ts';
export {
  type Elbow,
  elbow,
  type SilhouetteCurve,
  type SilhouetteCurveOptions,
  silhouetteCurve,
} from './unsupervised/cluster-count.ts';
export {
  adjustedRandIndex,
  purity,
  type Silhouette,
  silhouette,
} from './unsupervised/cluster-scores.ts';
export type { ClusterFitOptions, Clustering, FittedKMeans } from './unsupervised/clustering.ts';
export { type KMeansOptions, kMeans } from './unsupervised/k-means.ts';
export { type MiniBatchKMeansOptions, miniBatchKMeans } from './unsupervised/mini-batch-k-means.ts';
export { type FittedPca, type Pca, type PcaOptions, pca } from './unsupervised/pca.ts';
export type { FittedReconstruction, Reconstruction } from './unsupervised/reconstruction.ts';
export { type MnistMlpOptions, mnistMlp } from './zoo/mnist-mlp.ts';
export { type ResNetOptions, resnet, type TunableResNetOptions, tunableResnet } from './zoo/resnet.ts';
export { type SmallResNetOptions, smallResnet } from './zoo/small-resnet.ts';
export {
  type BertOptions,
  bert,
  type EncoderBlockOptions,
  encoderBlock,
  tunableBert,
} from './zoo/transformer.ts';

import { activation } from './activation.ts';
import { elu, leakyRelu, relu, softmax } from './activation-layers.ts';
import { activityRegularization } from './activity-regularization.ts';
import { alphaDropout } from './alpha-dropout.ts';
import { batchNormalization } from './batch-normalization.ts';
import { bidirectional } from './bidirectional.ts';
import { concatenate } from './concatenate.ts';
import { conv1d, conv2d } from './conv.ts';
import { conv2dTranspose } from './conv-transpose.ts';
import { cropping1d, cropping2d } from './cropping.ts';
import { dense } from './dense.ts';
import { depthwiseConv2d, separableConv2d } from './depthwise-conv.ts';
import { dot } from './dot.ts';
import { dropout } from './dropout.ts';
import { embedding } from './embedding.ts';
import { flatten } from './flatten.ts';
import { gaussianDropout, gaussianNoise } from './gaussian-noise.ts';
import {
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
} from './global-pooling.ts';
import { groupNormalization } from './group-normalization.ts';
import { gru } from './gru.ts';
import { randomFlip, randomRotation, randomTranslation, randomZoom } from './image-augmentation.ts';
import { input } from './input.ts';
import { layerNormalization } from './layer-normalization.ts';
import { lstm } from './lstm.ts';
import { masking } from './masking.ts';
import { add, average, maximum, minimum, multiply, subtract } from './merge.ts';
import { multiHeadAttention } from './multi-head-attention.ts';
import { normalization } from './normalization.ts';
import { permute } from './permute.ts';
import { averagePooling1d, averagePooling2d, maxPooling1d, maxPooling2d } from './pooling.ts';
import { positionEmbedding } from './position-embedding.ts';
import { prelu } from './prelu.ts';
import { repeatVector } from './repeat-vector.ts';
import { rescaling } from './rescaling.ts';
import { reshape } from './reshape.ts';
import { rmsNormalization } from './rms-normalization.ts';
import { simpleRnn } from './simple-rnn.ts';
import { spatialDropout1d, spatialDropout2d, spatialDropout3d } from './spatial-dropout.ts';
import { spectralNormalization } from './spectral-normalization.ts';
import { timeDistributed } from './time-distributed.ts';
import { unitNormalization } from './unit-normalization.ts';
import { upSampling1d, upSampling2d } from './up-sampling.ts';
import { zeroPadding1d, zeroPadding2d } from './zero-padding.ts';

/**
 * The layers of a model, with the names and defaults of Keras in camelCase: plain data, cheap to make.
 *
 * @example
 * sequential([layers.input({ shape: [784] }), layers.dense({ units: 10, activation: 'softmax' })])
 */
export const layers: {
  readonly activation: typeof activation;
  readonly activityRegularization: typeof activityRegularization;
  readonly add: typeof add;
  readonly alphaDropout: typeof alphaDropout;
  readonly average: typeof average;
  readonly averagePooling1d: typeof averagePooling1d;
  readonly averagePooling2d: typeof averagePooling2d;
  readonly batchNormalization: typeof batchNormalization;
  readonly bidirectional: typeof bidirectional;
  readonly concatenate: typeof concatenate;
  readonly conv1d: typeof conv1d;
  readonly conv2d: typeof conv2d;
  readonly conv2dTranspose: typeof conv2dTranspose;
  readonly cropping1d: typeof cropping1d;
  readonly cropping2d: typeof cropping2d;
  readonly dense: typeof dense;
  readonly depthwiseConv2d: typeof depthwiseConv2d;
  readonly dot: typeof dot;
  readonly dropout: typeof dropout;
  readonly elu: typeof elu;
  readonly embedding: typeof embedding;
  readonly flatten: typeof flatten;
  readonly gaussianDropout: typeof gaussianDropout;
  readonly gaussianNoise: typeof gaussianNoise;
  readonly globalAveragePooling1d: typeof globalAveragePooling1d;
  readonly globalAveragePooling2d: typeof globalAveragePooling2d;
  readonly globalMaxPooling1d: typeof globalMaxPooling1d;
  readonly globalMaxPooling2d: typeof globalMaxPooling2d;
  readonly groupNormalization: typeof groupNormalization;
  readonly gru: typeof gru;
  readonly input: typeof input;
  readonly layerNormalization: typeof layerNormalization;
  readonly leakyRelu: typeof leakyRelu;
  readonly lstm: typeof lstm;
  readonly maximum: typeof maximum;
  readonly masking: typeof masking;
  readonly maxPooling1d: typeof maxPooling1d;
  readonly maxPooling2d: typeof maxPooling2d;
  readonly minimum: typeof minimum;
  readonly multiHeadAttention: typeof multiHeadAttention;
  readonly multiply: typeof multiply;
  readonly normalization: typeof normalization;
  readonly permute: typeof permute;
  readonly positionEmbedding: typeof positionEmbedding;
  readonly prelu: typeof prelu;
  readonly randomFlip: typeof randomFlip;
  readonly randomRotation: typeof randomRotation;
  readonly randomTranslation: typeof randomTranslation;
  readonly randomZoom: typeof randomZoom;
  readonly relu: typeof relu;
  readonly repeatVector: typeof repeatVector;
  readonly rescaling: typeof rescaling;
  readonly reshape: typeof reshape;
  readonly rmsNormalization: typeof rmsNormalization;
  readonly separableConv2d: typeof separableConv2d;
  readonly simpleRnn: typeof simpleRnn;
  readonly softmax: typeof softmax;
  readonly spatialDropout1d: typeof spatialDropout1d;
  readonly spatialDropout2d: typeof spatialDropout2d;
  readonly spatialDropout3d: typeof spatialDropout3d;
  readonly spectralNormalization: typeof spectralNormalization;
  readonly timeDistributed: typeof timeDistributed;
  readonly subtract: typeof subtract;
  readonly unitNormalization: typeof unitNormalization;
  readonly upSampling1d: typeof upSampling1d;
  readonly upSampling2d: typeof upSampling2d;
  readonly zeroPadding1d: typeof zeroPadding1d;
  readonly zeroPadding2d: typeof zeroPadding2d;
} = {
  activation,
  activityRegularization,
  add,
  alphaDropout,
  average,
  averagePooling1d,
  averagePooling2d,
  batchNormalization,
  bidirectional,
  concatenate,
  conv1d,
  conv2d,
  conv2dTranspose,
  cropping1d,
  cropping2d,
  dense,
  depthwiseConv2d,
  dot,
  dropout,
  elu,
  embedding,
  flatten,
  gaussianDropout,
  gaussianNoise,
  globalAveragePooling1d,
  globalAveragePooling2d,
  globalMaxPooling1d,
  globalMaxPooling2d,
  groupNormalization,
  gru,
  input,
  layerNormalization,
  leakyRelu,
  lstm,
  maximum,
  masking,
  maxPooling1d,
  maxPooling2d,
  minimum,
  multiHeadAttention,
  multiply,
  normalization,
  permute,
  positionEmbedding,
  prelu,
  randomFlip,
  randomRotation,
  randomTranslation,
  randomZoom,
  relu,
  repeatVector,
  rescaling,
  reshape,
  rmsNormalization,
  separableConv2d,
  simpleRnn,
  softmax,
  spatialDropout1d,
  spatialDropout2d,
  spatialDropout3d,
  spectralNormalization,
  timeDistributed,
  subtract,
  unitNormalization,
  upSampling1d,
  upSampling2d,
  zeroPadding1d,
  zeroPadding2d,
};

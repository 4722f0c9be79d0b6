/*
 * The functions that layers, losses, metrics and train steps are written with; the package offers them as `ops`.
 */
export { gradient } from './gradient.ts';
export { withLabel } from './label.ts';
export {
  add,
  clip,
  divide,
  maximum,
  minimum,
  multiply,
  power,
  subtract,
} from './ops/arithmetic.ts';
export { bitwiseAnd, bitwiseXor, shiftLeft, shiftRight } from './ops/bits.ts';
export { cast } from './ops/cast.ts';
export { channelAffine, channelCentred, channelDot, channelMean, channelSum } from './ops/channels.ts';
export { and, equal, greater, greaterEqual, less, lessEqual, not, or, where } from './ops/compare.ts';
export { conv2d, convTranspose2d } from './ops/conv.ts';
export { softmaxCrossEntropy, sparseSoftmaxCrossEntropy } from './ops/cross-entropy.ts';
export {
  absolute,
  cosine,
  erf,
  exp,
  floor,
  gelu,
  log,
  negate,
  reciprocal,
  relu,
  sigmoid,
  sign,
  sine,
  softplus,
  sqrt,
  square,
  tanh,
} from './ops/elementwise.ts';
export { gather, oneHot, scatterAdd } from './ops/gather.ts';
export { defineGradientRule, type GradientRule, type WithGradient } from './ops/gradient-rule.ts';
export { gemm, matmul, swapAxes } from './ops/linear-algebra.ts';
export { averagePool2d, maxPool2d } from './ops/pool.ts';
export { dropoutMask, randomBits, randomNormal, randomUniform } from './ops/random.ts';
export { argmax, max, mean, min, sum } from './ops/reduce.ts';
export { scan } from './ops/scan.ts';
export { broadcastTo, reshape, stopGradient, transpose, zeroRows } from './ops/shape.ts';
export { concat, flip, pad, slice, split } from './ops/slice.ts';
export { logSoftmax, softmax } from './ops/softmax.ts';
export { constant, input, iota, scalar } from './ops/sources.ts';

import { activation } from './activation.ts';
import { dense } from './dense.ts';
import { dropout } from './dropout.ts';
import { flatten } from './flatten.ts';
import { input } from './input.ts';
import { rescaling } from './rescaling.ts';

/**
 * The layers of a model, with the names and defaults of Keras in camelCase: plain data, cheap to make.
 *
 * @example
 * sequential([layers.input({ shape: [784] }), layers.dense({ units: 10, activation: 'softmax' })])
 */
export const layers: {
  readonly activation: typeof activation;
  readonly dense: typeof dense;
  readonly dropout: typeof dropout;
  readonly flatten: typeof flatten;
  readonly input: typeof input;
  readonly rescaling: typeof rescaling;
} = { activation, dense, dropout, flatten, input, rescaling };

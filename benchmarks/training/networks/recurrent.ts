import { layers, type Model, sequential } from '@luthier/nn';

/** The recurrent networks of the benchmark: kind of cell and units. */
export const RECURRENT = {
  lstm64: ['lstm', 64],
  lstm128: ['lstm', 128],
  gru64: ['gru', 64],
  gru128: ['gru', 128],
} as const;

/**
 * A recurrent layer that reads images of 28 x 28 row by row, 28 steps of 28 pixels, then dropout and ten classes; not
 * compiled yet.
 */
export function recurrent(network: keyof typeof RECURRENT): Model {
  const [cell, units] = RECURRENT[network];
  return sequential([
    layers.rescaling({ scale: 1 / 255, inputShape: [784] }),
    layers.reshape({ targetShape: [28, 28] }),
    layers[cell]({ units }),
    layers.dropout(0.2),
    layers.dense({ units: 10, activation: 'softmax' }),
  ]);
}

import { earlyStopping } from './early-stopping.ts';

/**
 * The callbacks, with the names and semantics of Keras; each makes a fresh one for every run.
 *
 * @example
 * await model.fit(data, { callbacks: [callbacks.earlyStopping({ monitor: 'valLoss', patience: 3 })] });
 */
export const callbacks: { readonly earlyStopping: typeof earlyStopping } = { earlyStopping };

import type { Edge } from './edges.ts';

/** How windows treat the edge of a sample: stay inside, or see zeros so that stride 1 keeps the extent. */
export type Padding = 'valid' | 'same';

/** Zeros before and after an axis; `causal`: all before, so that no step sees a later one. */
export function edgeFor(padding: Padding | 'causal', extent: number, reach: number, stride: number): Edge {
  if (padding === 'valid') return [0, 0];
  if (padding === 'causal') return [reach - 1, 0];
  const total = Math.max((Math.ceil(extent / stride) - 1) * stride + reach - extent, 0);
  const before = Math.floor(total / 2);
  return [before, total - before];
}

/** The names of paddings, for reading them. */
export const PADDINGS: Readonly<Record<Padding, Padding>> = { valid: 'valid', same: 'same' };

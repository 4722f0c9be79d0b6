/** Who is measured. */
export type Side =
  | 'luthier'
  | 'torch'
  | 'keras'
  | 'torchForeach'
  | 'torchFused'
  | 'torchCompiled'
  | 'kerasTogether'
  | 'kerasCompiled'
  | 'tfjs'
  | 'browser'
  | 'floor';

/** What a side is compared as: another library as it installs or at its best, or something else. */
export interface SideKind {
  readonly label: string;
  readonly group: 'own' | 'installed' | 'best' | 'wasm' | 'floor';
}

/** The sides in the order of the report. */
export const SIDES: Readonly<Record<Side, SideKind>> = {
  luthier: { label: 'Luthier', group: 'own' },
  torch: { label: 'PyTorch as installed', group: 'installed' },
  keras: { label: 'Keras on TensorFlow as installed', group: 'installed' },
  torchForeach: { label: 'PyTorch, foreach, allocator pinned', group: 'best' },
  torchFused: { label: 'PyTorch, fused, allocator pinned', group: 'best' },
  torchCompiled: { label: 'PyTorch, compiled, fused, allocator pinned', group: 'best' },
  kerasTogether: {
    label: 'Keras on TensorFlow, all steps in one execution, allocator pinned',
    group: 'best',
  },
  kerasCompiled: { label: 'Keras on TensorFlow, the same with XLA', group: 'best' },
  tfjs: { label: 'TensorFlow.js wasm', group: 'wasm' },
  browser: { label: 'Luthier in a browser (wasm)', group: 'wasm' },
  floor: { label: 'Floor: products and one pass over parameters and states', group: 'floor' },
};

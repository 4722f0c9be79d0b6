import { bert as create, type Model } from '@luthier/nn';

/** A tiny BERT over 64 of 1,000 tokens, none of them padding: two blocks of width 64, dropout 0.1, ten classes; not compiled yet. */
export function bert(): Model {
  return create({ vocabulary: 1000, steps: 64, classes: 10, maskZero: false });
}

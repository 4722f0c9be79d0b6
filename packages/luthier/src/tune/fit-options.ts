import type { FitOptions } from '@luthier/nn';
import type { FitSettings } from './define-tuning.ts';

/** What the settings of a tuning file decide of every `fit` but its length and callbacks. */
export function fitOptionsOf({
  batchSize,
  shuffle = true,
  classWeight,
  mixup,
  cutmix,
}: FitSettings): Pick<FitOptions, 'batchSize' | 'shuffle' | 'classWeight' | 'mixup' | 'cutmix'> {
  return {
    batchSize,
    shuffle,
    ...(classWeight === undefined ? {} : { classWeight }),
    ...(mixup === undefined ? {} : { mixup }),
    ...(cutmix === undefined ? {} : { cutmix }),
  };
}

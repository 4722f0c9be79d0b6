import { type Model, smallResnet } from '@luthier/nn';

/** The residual network of eight layers over byte images [28, 28, 1], with batch normalization and L2; not compiled yet. */
export function resnet8(): Model {
  return smallResnet({ inputShape: [28, 28, 1], classes: 10, scale: 1 / 255 });
}

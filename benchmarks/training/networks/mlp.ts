import { type Model, mnistMlp } from '@luthier/nn';

/** The dense network 784-512-128-10 over bytes, relu, with two dropouts of 0.2; not compiled yet. */
export function mlp(): Model {
  return mnistMlp({ dropout: 0.2 });
}

import { layers, type Model, sequential } from '@luthier/nn';

/** Two blocks of convolution, relu and pooling over byte images [28, 28, 1], dropout and ten classes; not compiled yet. */
export function cnn(): Model {
  return sequential([
    layers.rescaling({ scale: 1 / 255, inputShape: [28, 28, 1] }),
    layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
    layers.maxPooling2d(),
    layers.conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
    layers.maxPooling2d(),
    layers.flatten(),
    layers.dropout(0.5),
    layers.dense({ units: 10, activation: 'softmax' }),
  ]);
}

import { type Model, optimizers } from '@luthier/nn';

/** A classifier compiled as all sides train it: `adam`, or SGD with momentum 0.9. */
export function compiledFor(optimizer: string, model: Model): Model {
  return model.compile({
    optimizer:
      optimizer === 'adam'
        ? optimizers.adam({ learningRate: 1e-3 })
        : optimizers.sgd({ learningRate: 0.01, momentum: 0.9 }),
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
  });
}

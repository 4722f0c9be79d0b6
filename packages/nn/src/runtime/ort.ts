import type { InferenceSession, Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-node';
import type { Runtime, RuntimeData, RuntimeTensor, Session, SessionOptions } from './contract.ts';

/** What onnxruntime-node and onnxruntime-web have in common. */
export interface Ort {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: TensorConstructor;
}

function wrap(ort: Ort, session: InferenceSession): Session {
  const toOrt = (tensor: RuntimeTensor): OrtTensor =>
    new ort.Tensor(tensor.dtype, tensor.data as Float32Array, tensor.shape);
  const fromOrt = (tensor: OrtTensor): RuntimeTensor => ({
    dtype: tensor.type as RuntimeTensor['dtype'],
    shape: tensor.dims,
    data: tensor.data as RuntimeData,
  });
  return {
    run: async (feeds, fetches) => {
      const inputs: Record<string, OrtTensor> = {};
      for (const name of Object.keys(feeds)) inputs[name] = toOrt(feeds[name]!);
      const results = await session.run(inputs, fetches);
      const outputs: Record<string, RuntimeTensor> = {};
      for (const name of fetches) outputs[name] = fromOrt(results[name]!);
      return outputs;
    },
    release: () => session.release(),
  };
}

/** A runtime over ONNX Runtime in one of its forms. */
export function ortRuntime(
  name: string,
  ort: Ort,
  optionsFor: (options: SessionOptions) => InferenceSession.SessionOptions,
): Runtime {
  return {
    name,
    createSession: async (model, options = {}) =>
      wrap(ort, await ort.InferenceSession.create(model, optionsFor(options))),
  };
}

import type { DType, Shape } from '../graph/node.ts';

/** The storage of a runtime tensor by dtype; booleans are bytes. */
export type RuntimeData = Float32Array | Int32Array | BigInt64Array | Uint8Array | Uint32Array;

/** A tensor in host memory as it goes into or comes out of a session. */
export interface RuntimeTensor {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: RuntimeData;
}

/** Options of a session; a runtime ignores what it does not have. */
export interface SessionOptions {
  /** Threads within one operator. Default 1: more would change the bits of the results. */
  readonly threads?: number;
  /**
   * Whether memory for results is kept from run to run, instead of given back to the system. Default false: as fast where
   * results are small, at half the memory.
   */
  readonly keepsMemory?: boolean;
}

/** A compiled graph, ready to run; long-lived, must be released. */
export interface Session {
  /** Runs the graph; `fetches` names the wanted outputs. */
  run(
    feeds: Readonly<Record<string, RuntimeTensor>>,
    fetches: readonly string[],
  ): Promise<Readonly<Record<string, RuntimeTensor>>>;
  release(): Promise<void>;
}

/** What executes ONNX graphs: native, WebAssembly, or a fake in tests. */
export interface Runtime {
  readonly name: string;
  /** Channels that its own convolution takes in a block (see `lowerConvolutions`); undefined where it has none. */
  readonly channelBlock?: number;
  createSession(model: Uint8Array, options?: SessionOptions): Promise<Session>;
}

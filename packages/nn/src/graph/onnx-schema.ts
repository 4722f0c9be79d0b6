import protobuf from 'protobufjs';

/**
 * The messages of the ONNX format that a graph needs, with their published field numbers.
 *
 * Reference: github.com/onnx/onnx, onnx/onnx.proto3 (IR version 8).
 */
const descriptor: protobuf.INamespace = {
  nested: {
    AttributeProto: {
      fields: {
        name: { type: 'string', id: 1 },
        f: { type: 'float', id: 2 },
        i: { type: 'int64', id: 3 },
        s: { type: 'bytes', id: 4 },
        g: { type: 'GraphProto', id: 6 },
        ints: { type: 'int64', id: 8, rule: 'repeated' },
        type: { type: 'int32', id: 20 },
      },
    },
    ValueInfoProto: {
      fields: { name: { type: 'string', id: 1 }, type: { type: 'TypeProto', id: 2 } },
    },
    NodeProto: {
      fields: {
        input: { type: 'string', id: 1, rule: 'repeated' },
        output: { type: 'string', id: 2, rule: 'repeated' },
        name: { type: 'string', id: 3 },
        opType: { type: 'string', id: 4 },
        attribute: { type: 'AttributeProto', id: 5, rule: 'repeated' },
        domain: { type: 'string', id: 7 },
      },
    },
    StringStringEntryProto: {
      fields: { key: { type: 'string', id: 1 }, value: { type: 'string', id: 2 } },
    },
    OperatorSetIdProto: {
      fields: { domain: { type: 'string', id: 1 }, version: { type: 'int64', id: 2 } },
    },
    ModelProto: {
      fields: {
        irVersion: { type: 'int64', id: 1 },
        producerName: { type: 'string', id: 2 },
        graph: { type: 'GraphProto', id: 7 },
        opsetImport: { type: 'OperatorSetIdProto', id: 8, rule: 'repeated' },
        metadataProps: { type: 'StringStringEntryProto', id: 14, rule: 'repeated' },
      },
    },
    GraphProto: {
      fields: {
        node: { type: 'NodeProto', id: 1, rule: 'repeated' },
        name: { type: 'string', id: 2 },
        initializer: { type: 'TensorProto', id: 5, rule: 'repeated' },
        input: { type: 'ValueInfoProto', id: 11, rule: 'repeated' },
        output: { type: 'ValueInfoProto', id: 12, rule: 'repeated' },
      },
    },
    TensorProto: {
      fields: {
        dims: { type: 'int64', id: 1, rule: 'repeated' },
        dataType: { type: 'int32', id: 2 },
        name: { type: 'string', id: 8 },
        rawData: { type: 'bytes', id: 9 },
      },
    },
    TypeProto: {
      fields: { tensorType: { type: 'TensorTypeProto', id: 1 } },
    },
    TensorTypeProto: {
      fields: { elemType: { type: 'int32', id: 1 }, shape: { type: 'TensorShapeProto', id: 2 } },
    },
    TensorShapeProto: {
      fields: { dim: { type: 'DimensionProto', id: 1, rule: 'repeated' } },
    },
    DimensionProto: {
      fields: { dimValue: { type: 'int64', id: 1 }, dimParam: { type: 'string', id: 2 } },
      oneofs: { value: { oneof: ['dimValue', 'dimParam'] } },
    },
  },
};

let model: protobuf.Type | undefined;

function modelType(): protobuf.Type {
  model ??= protobuf.Root.fromJSON(descriptor).lookupType('ModelProto');
  return model;
}

/** The bytes of a model message. */
export function encodeModel(message: object): Uint8Array {
  return modelType()
    .encode(message as Record<string, unknown>)
    .finish();
}

/** What is read of a model message. */
export interface ModelMessage {
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
  readonly graph: {
    readonly initializer: readonly { readonly name: string; readonly rawData: Uint8Array }[];
  };
}

/** Reads a model message; throws for bytes that are none. */
export function decodeModel(bytes: Uint8Array): ModelMessage {
  const message = modelType().decode(bytes) as unknown as ModelMessage & {
    graph?: ModelMessage['graph'] | null;
  };
  return { metadataProps: message.metadataProps, graph: { initializer: message.graph?.initializer ?? [] } };
}

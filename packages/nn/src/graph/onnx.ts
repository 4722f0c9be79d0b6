import { LuthierError } from '@luthier/core';
import { definitionOf, type TensorType } from './define-op.ts';
import type { DType, Graph, Node, Shape } from './node.ts';
import type { OnnxAttribute, OnnxContext, OnnxSubgraph } from './onnx-context.ts';
import { createNames, plainName } from './onnx-names.ts';
import { encodeModel } from './onnx-schema.ts';
import { ONNX_TYPES } from './ops/cast.ts';
import { constantElements, isConstant, type TypedElements, typedElements } from './ops/sources.ts';
import { topological } from './topological.ts';

/** The version of the ONNX operators that graphs are written in. */
export const ONNX_OPSET = 18;

export interface OnnxOptions {
  /** Name of the graph; default `luthier`. */
  readonly name?: string;
  /** Notes carried by the file, by key. */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * Axes of inputs and outputs whose extent may differ from call to call, by name of the value, then axis, then a
   * name for the extent. Right for what a graph only scans over or gathers from: `{ batches: { 0: 'steps' } }`.
   */
  readonly dynamicAxes?: Readonly<Record<string, Readonly<Record<number, string>>>>;
  /** Whether a dynamic axis reaches into loops, whose values then have no declared shapes. Default false. */
  readonly hasOpenLoops?: boolean;
}

/** Constants above this many bytes are shared only when they are the same array. */
const MAX_COMPARED_BYTES = 1024;

/**
 * A graph as the bytes of an ONNX model; the same graph always gives the same bytes.
 *
 * Names of values are built from labels and ops; inputs and outputs keep theirs. Throws LU_GRAPH_NAME when an input
 * and another input or output have the same name, LU_GRAPH_INPUT when an input is missing from `graph.inputs`.
 *
 * @example
 * await writeFile('model.onnx', toOnnx({ inputs: [x], outputs: { y } }));
 */
export function toOnnx(graph: Graph, options: OnnxOptions = {}): Uint8Array {
  const encoder = createEncoder(options.hasOpenLoops ?? false);
  const body = encoder.main(graph, options.dynamicAxes ?? {});
  const { metadata = {} } = options;
  return encodeModel({
    irVersion: 8,
    producerName: 'luthier',
    opsetImport: [
      { domain: '', version: ONNX_OPSET },
      ...[...encoder.domains].sort().map((domain) => ({ domain, version: 1 })),
    ],
    metadataProps: Object.keys(metadata)
      .sort()
      .map((key) => ({ key, value: metadata[key] })),
    graph: { name: options.name ?? 'luthier', ...body },
  });
}

/** Values known at some place of the model: names of all results of each node. */
type Scope = Map<Node, readonly string[]>;

interface Encoder {
  /** Domains of ops beyond ONNX, known once the graph is encoded. */
  readonly domains: ReadonlySet<string>;
  main(graph: Graph, dynamicAxes: NonNullable<OnnxOptions['dynamicAxes']>): object;
}

function createEncoder(hasOpenLoops: boolean): Encoder {
  const names = createNames();
  const domains = new Set<string>();
  const initializers: object[] = [];
  const byContent = new Map<string, string>();
  const byArray = new Map<TypedElements, string>();

  /** The name of an initializer of the outermost graph, where bodies see it too. */
  function constantName(elements: TypedElements, shape: Shape, dtype: DType): string {
    const bytes = new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
    const isShort = bytes.length <= MAX_COMPARED_BYTES;
    const key = isShort ? `${dtype} ${shape.join()} ${bytes.join()}` : '';
    const known = isShort ? byContent.get(key) : byArray.get(elements);
    if (known !== undefined) return known;
    const text = elements.length === 1 ? `${dtype}_${elements[0]}` : `${dtype}_${shape.join('x')}`;
    const name = names.unique(`constant/${text}`);
    if (isShort) byContent.set(key, name);
    else byArray.set(elements, name);
    initializers.push({ name, dims: [...shape], dataType: ONNX_TYPES[dtype], rawData: bytes });
    return name;
  }

  /** ONNX nodes that compute roots, whose names are given; extends the scope. */
  function encodeNodes(roots: readonly Node[], rootNames: readonly string[], scope: Scope): object[] {
    const nodes: object[] = [];
    const emit = (
      type: string,
      inputs: readonly string[],
      attributes: Parameters<OnnxContext['emit']>[2],
      outputs: readonly string[],
    ): string => {
      const attribute = Object.entries(attributes ?? {}).flatMap(([name, value]) =>
        value === undefined ? [] : [encodeAttribute(name, value)],
      );
      const domain = type.slice(0, Math.max(0, type.lastIndexOf('.')));
      const opType = domain === '' ? type : type.slice(domain.length + 1);
      const node = { opType, name: outputs[0], input: [...inputs], output: [...outputs], attribute };
      if (domain !== '') domains.add(domain);
      nodes.push(domain === '' ? node : { ...node, domain });
      return outputs[0]!;
    };
    const wanted = new Map<Node, string>();
    const wantedResults = new Map<Node, Map<number, string>>();
    for (const [i, root] of roots.entries()) {
      if (!wanted.has(root)) wanted.set(root, rootNames[i]!);
      const index = definitionOf(root).resultIndex?.(root);
      if (index === undefined) continue;
      const named = wantedResults.get(root.inputs[0]!) ?? new Map<number, string>();
      wantedResults.set(root.inputs[0]!, named);
      if (!named.has(index)) named.set(index, rootNames[i]!);
    }
    for (const node of topological(roots)) {
      if (scope.has(node)) continue;
      if (isConstant(node)) {
        scope.set(node, [constantName(constantElements(node), node.shape, node.dtype)]);
        continue;
      }
      const definition = definitionOf(node);
      if (definition.isOpaque) {
        throw new LuthierError(
          'LU_GRAPH_INPUT',
          `input '${String(node.attributes.name)}' is not among the inputs`,
          {
            fix: 'List every input of the graph.',
          },
        );
      }
      const index = definition.resultIndex?.(node);
      if (index !== undefined) {
        scope.set(node, [scope.get(node.inputs[0]!)![index]!]);
        continue;
      }
      const base = node.label === undefined ? node.op : `${plainName(node.label)}/${node.op}`;
      const count = definition.results?.(node).length ?? 1;
      const results = Array.from(
        { length: count },
        (_, i) =>
          (count === 1 ? wanted.get(node) : undefined) ??
          wantedResults.get(node)?.get(i) ??
          names.unique(base),
      );
      definition.onnx(node, {
        input: (i) => scope.get(node.inputs[i]!)![0]!,
        result: (i = 0) => results[i]!,
        emit: (type, inputs, attributes, outputs = [names.unique(`${base}/${type}`)]) =>
          emit(type, inputs, attributes, outputs),
        constant: (values, shape, dtype) => constantName(typedElements(values, dtype), shape, dtype),
        subgraph: (body, outer) => subgraph(base, body, outer),
      });
      scope.set(node, results);
    }
    for (const [i, root] of roots.entries()) {
      const name = scope.get(root)![0]!;
      if (name !== rootNames[i]) emit('Identity', [name], {}, [rootNames[i]!]);
    }
    return nodes;
  }

  function encodeInner(name: string, type: TensorType): object {
    if (!hasOpenLoops) return encodeValue(name, type);
    return { name, type: { tensorType: { elemType: ONNX_TYPES[type.dtype] } } };
  }

  function subgraph(base: string, body: Graph, outer: readonly string[]): OnnxSubgraph {
    const formals = body.inputs.slice(0, body.inputs.length - outer.length);
    const formalNames = formals.map((node) =>
      names.unique(`${base}/${plainName(String(node.attributes.name))}`),
    );
    const roots = Object.values(body.outputs);
    const rootNames = Object.keys(body.outputs).map((name) =>
      names.unique(`${base}/${plainName(name)}/next`),
    );
    const scope: Scope = new Map();
    for (const [i, node] of body.inputs.entries()) {
      scope.set(node, [i < formals.length ? formalNames[i]! : outer[i - formals.length]!]);
    }
    const node = encodeNodes(roots, rootNames, scope);
    return {
      message: {
        name: base,
        node,
        input: formals.map((formal, i) => encodeInner(formalNames[i]!, formal)),
        output: roots.map((root, i) => encodeInner(rootNames[i]!, root)),
      },
    };
  }

  return {
    domains,
    main: (graph, dynamicAxes) => {
      const inputNames = graph.inputs.map((node) => String(node.attributes.name));
      const outputNames = Object.keys(graph.outputs);
      for (const name of [...inputNames, ...outputNames]) {
        if (names.unique(name) !== name) {
          throw new LuthierError('LU_GRAPH_NAME', `two inputs or outputs of the graph are named '${name}'`, {
            fix: 'Give every input and output a name of its own.',
          });
        }
      }
      const roots = Object.values(graph.outputs);
      const scope: Scope = new Map(graph.inputs.map((node, i) => [node, [inputNames[i]!]]));
      const node = encodeNodes(roots, outputNames, scope);
      return {
        node,
        initializer: initializers,
        input: graph.inputs.map((x, i) => encodeValue(inputNames[i]!, x, dynamicAxes[inputNames[i]!])),
        output: roots.map((x, i) => encodeValue(outputNames[i]!, x, dynamicAxes[outputNames[i]!])),
      };
    },
  };
}

function encodeValue(
  name: string,
  { dtype, shape }: TensorType,
  dynamic?: Readonly<Record<number, string>>,
): object {
  const dim = shape.map((extent, axis) =>
    dynamic?.[axis] === undefined ? { dimValue: extent } : { dimParam: dynamic[axis] },
  );
  return { name, type: { tensorType: { elemType: ONNX_TYPES[dtype], shape: { dim } } } };
}

/** Kinds of AttributeProto.AttributeType. */
function encodeAttribute(name: string, value: OnnxAttribute): object {
  if ('float' in value) return { name, type: 1, f: value.float };
  if ('int' in value) return { name, type: 2, i: value.int };
  if ('string' in value) return { name, type: 3, s: new TextEncoder().encode(value.string) };
  if ('graph' in value) return { name, type: 5, g: value.graph.message };
  return { name, type: 7, ints: [...value.ints] };
}

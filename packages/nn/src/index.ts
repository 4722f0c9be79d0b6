export type { Attribute, DType, Graph, Node, Shape } from './graph/node.ts';

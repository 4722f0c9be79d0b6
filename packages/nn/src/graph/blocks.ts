import type { Node } from './node.ts';
import { fromBlocks, toBlocks, toPlanes } from './ops/channel-blocks.ts';
import { reshape } from './ops/shape.ts';

/** Which values of a graph are known in blocks of channels, so that they need not be put in order in between. */
export interface Blocks {
  /** Channels in a block. */
  readonly block: number;
  /** A value of channels in its last axis, in blocks, where it is known so: undefined else. */
  known(x: Node): Node | undefined;
  /** Images in blocks, the last of them filled up with zeros. */
  whole(x: Node): Node;
  /** Images as a convolution reads them: planes where there are fewer channels than in a block. */
  read(x: Node): Node;
  /** The first `channels` of blocks, as images or in another shape with those channels. */
  result(blocks: Node, channels: number, shape?: Node['shape']): Node;
  /** The same value in another shape with the same channels. */
  reshaped(x: Node, shape: Node['shape']): Node | undefined;
}

/** Begins with no value known in blocks. */
export function createBlocks(block: number): Blocks {
  const sources = new Map<Node, Node>();
  const isImage = (x: Node, source: Node): boolean =>
    x.shape.length === 4 && source.shape[2] === x.shape[1] && source.shape[3] === x.shape[2];
  const whole = (x: Node): Node => {
    const source = sources.get(x);
    return source !== undefined && isImage(x, source) ? source : toBlocks(x, block);
  };
  const put = (x: Node, source: Node): Node => {
    sources.set(x, source);
    return x;
  };
  return {
    block,
    known: (x) => sources.get(x),
    whole,
    read: (x) => (x.shape[3]! < block ? toPlanes(x) : whole(x)),
    result: (source, channels, shape) => {
      const images = fromBlocks(source, channels);
      const x = shape === undefined ? images : reshape(images, shape);
      return channels % block === 0 ? put(x, source) : x;
    },
    reshaped: (x, shape) => {
      const source = sources.get(x);
      if (source === undefined || shape.at(-1) !== x.shape.at(-1)) return undefined;
      return put(reshape(x, shape), source);
    },
  };
}

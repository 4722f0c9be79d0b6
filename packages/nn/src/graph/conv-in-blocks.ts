import type { Blocks } from './blocks.ts';
import { groupedInBlocks } from './grouped-conv-in-blocks.ts';
import { joinedInBlocks } from './joined-conv-in-blocks.ts';
import type { Node } from './node.ts';
import { convAttributes } from './ops/conv.ts';

/** A convolution or a gradient of one in blocks of channels; undefined where that does not suit it. */
export function convInBlocks(node: Node, blocks: Blocks): Node | undefined {
  if (!['conv2d', 'convTranspose2d', 'convKernel2d'].includes(node.op)) return undefined;
  const conv = convAttributes(node);
  if (conv.groups > 1) return groupedInBlocks(node, conv, blocks);
  return joinedInBlocks(node, node.inputs[1]!, conv, blocks);
}

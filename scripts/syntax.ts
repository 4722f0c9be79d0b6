import { parseAst } from 'vitest/node';

/** A node of the ESTree of a TypeScript file. */
export interface SyntaxNode {
  readonly type: string;
  /** Offset of its first character. */
  readonly start: number;
  readonly [field: string]: unknown;
}

/** A source file: its path from the root of the repository, with forward slashes, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export function isSyntaxNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** The nodes directly below a node, in the order of the text. */
export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  return Object.values(node).flat().filter(isSyntaxNode);
}

/**
 * Parses a TypeScript file, types included.
 *
 * @throws Error naming the file when it is not TypeScript.
 */
export function parseFile(file: SourceFile): SyntaxNode {
  try {
    return parseAst(file.text, { lang: file.path.endsWith('x') ? 'tsx' : 'ts' }) as unknown as SyntaxNode;
  } catch (cause) {
    throw new Error(`${file.path} cannot be parsed: ${(cause as Error).message}`, { cause });
  }
}

/** The text of a string literal or a template; values put into a template show as `…`. Undefined for all else. */
export function literalText(node: unknown): string | undefined {
  if (!isSyntaxNode(node)) return undefined;
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined;
  if (node.type !== 'TemplateLiteral') return undefined;
  const quasis = node.quasis as readonly { readonly value: { readonly cooked: string } }[];
  return quasis.map((quasi) => quasi.value.cooked).join('…');
}

import type { Params, ParamValue } from '@luthier/core';

/** A value as TypeScript writes it. */
export function typescriptValue(value: ParamValue): string {
  if (typeof value !== 'string') return String(value);
  return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : typescriptValue(name);
}

/**
 * Parameters as TypeScript to paste: a constant with exact types, all digits kept.
 *
 * @example
 * typescriptLiteral('best', { hidden1: 320 }) // ['const best = {', '  hidden1: 320,', '} as const;']
 */
export function typescriptLiteral(name: string, params: Params): readonly string[] {
  const lines = Object.entries(params).map(([param, value]) => `  ${key(param)}: ${typescriptValue(value)},`);
  return [`const ${name} = {`, ...lines, '} as const;'];
}

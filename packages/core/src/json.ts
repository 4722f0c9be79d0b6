/** Values that survive the journey through JSON; NaN and the infinities included. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

const SPECIAL = new Map<string, number>([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
]);

/** JSON text that keeps NaN, the infinities and negative zero, written as `{"$number":"NaN"}`. */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value, (_key, held: unknown) => {
    if (typeof held !== 'number') return held;
    if (Object.is(held, -0)) return { $number: '-0' };
    return Number.isFinite(held) ? held : { $number: String(held) };
  });
}

/** Reads what `encodeJson` wrote. Throws a SyntaxError when the text is not JSON. */
export function decodeJson(text: string): unknown {
  return JSON.parse(text, (_key, held: unknown) => {
    if (typeof held === 'object' && held !== null && '$number' in held) {
      const special = SPECIAL.get(String((held as { $number: unknown }).$number));
      if (special !== undefined) return special;
    }
    return held;
  });
}

import { didYouMean, LuthierError, type Params, type ParamValue } from '@luthier/core';

/** An expression over parameters, ready to be evaluated. */
export interface Expression {
  /** Parameters that it names, each once. */
  readonly names: readonly string[];
  evaluate(params: Params): ParamValue;
}

type Node = (params: Params) => ParamValue;

const FUNCTIONS: Readonly<Record<string, (...values: number[]) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  exp: Math.exp,
  floor: Math.floor,
  log: Math.log,
  log10: Math.log10,
  log2: Math.log2,
  max: Math.max,
  min: Math.min,
  round: Math.round,
  sqrt: Math.sqrt,
};

const TOKEN =
  /\s*(?:(?<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|(?<text>'[^']*'|"[^"]*")|`(?<quoted>[^`]+)`|(?<name>[A-Za-z_$][\w$.]*)|(?<sign>\*\*|<=|>=|===?|!==?|&&|\|\||[-+*/%<>!(),]))/y;

// From the loosest to the tightest; `**` and signs bind tighter than all of them.
const LEVELS: readonly Readonly<Record<string, (a: ParamValue, b: ParamValue) => ParamValue>>[] = [
  {
    '==': (a, b) => a === b,
    '===': (a, b) => a === b,
    '!=': (a, b) => a !== b,
    '!==': (a, b) => a !== b,
  },
  { '<': (a, b) => a < b, '<=': (a, b) => a <= b, '>': (a, b) => a > b, '>=': (a, b) => a >= b },
  { '+': (a, b) => (a as number) + (b as number), '-': (a, b) => (a as number) - (b as number) },
  {
    '*': (a, b) => (a as number) * (b as number),
    '/': (a, b) => (a as number) / (b as number),
    '%': (a, b) => (a as number) % (b as number),
  },
];
const ARITHMETIC = 2;

interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'quoted' | 'sign' | 'end';
  readonly value: string;
  readonly at: number;
}

function tokens(text: string): readonly Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match?.groups) refuse(text, `'${text.slice(from).trim()[0]}' is not understood`, from);
    const [kind, value] = Object.entries(match.groups).find(([, held]) => held !== undefined)!;
    found.push({ kind: kind as Token['kind'], value: value!, at: from });
  }
  found.push({ kind: 'end', value: 'the end', at: text.length });
  return found;
}

function refuse(text: string, what: string, at: number): never {
  throw new LuthierError('LU_SPACE_CONSTRAINT', `in '${text}', column ${at + 1}: ${what}`, {
    fix: "Write a comparison of parameters, such as 'units1 * units2 <= 65536'.",
    where: text,
  });
}

function numeric(text: string, value: ParamValue): number {
  if (typeof value === 'number') return value;
  throw new LuthierError('LU_SPACE_CONSTRAINT', `'${text}' computes with ${JSON.stringify(value)}`, {
    fix: 'Compute with numbers only; compare texts with == and !=.',
    where: text,
  });
}

/**
 * Reads an expression: numbers, 'texts', true and false, names of parameters (others in backticks), `+ - * / % **`, comparisons,
 * `&& || !`, parentheses, and abs, ceil, exp, floor, log, log10, log2, max, min, round, sqrt. Values are compared by type and value.
 *
 * Throws LU_SPACE_CONSTRAINT with the column. Nothing is evaluated as code.
 *
 * @example
 * parseExpression("optimizer == 'sgd' || rate <= 0.01").evaluate({ optimizer: 'adam', rate: 0.1 }) // false
 */
export function parseExpression(text: string): Expression {
  const list = tokens(text);
  const names = new Set<string>();
  let position = 0;
  const peek = (): Token => list[position]!;
  const take = (value: string): boolean => {
    if (peek().kind !== 'sign' || peek().value !== value) return false;
    position += 1;
    return true;
  };
  const expect = (value: string): void => {
    if (!take(value)) refuse(text, `${value} is missing before ${peek().value}`, peek().at);
  };

  const primary = (): Node => {
    const token = peek();
    position += 1;
    switch (token.kind) {
      case 'number': {
        const value = Number(token.value);
        return () => value;
      }
      case 'text': {
        const value = token.value.slice(1, -1);
        return () => value;
      }
      case 'name':
        if (token.value === 'true' || token.value === 'false') {
          const value = token.value === 'true';
          return () => value;
        }
        if (take('(')) return call(token);
        break;
      case 'quoted':
        break;
      default:
        if (token.value === '(' && token.kind === 'sign') {
          const inner = either();
          expect(')');
          return inner;
        }
        return refuse(text, `a value is missing before ${token.value}`, token.at);
    }
    names.add(token.value);
    return (params) => params[token.value]!;
  };
  const call = (token: Token): Node => {
    const known = Object.hasOwn(FUNCTIONS, token.value) ? FUNCTIONS[token.value] : undefined;
    if (!known) {
      const hint = didYouMean(token.value, Object.keys(FUNCTIONS));
      return refuse(text, `there is no function '${token.value}'${hint}`, token.at);
    }
    const values = [either()];
    while (take(',')) values.push(either());
    expect(')');
    return (params) => known(...values.map((value) => numeric(text, value(params))));
  };
  const unary = (): Node => {
    if (take('-')) {
      const value = unary();
      return (params) => -numeric(text, value(params));
    }
    if (take('!')) {
      const value = unary();
      return (params) => value(params) !== true;
    }
    const base = primary();
    if (!take('**')) return base;
    const exponent = unary();
    return (params) => numeric(text, base(params)) ** numeric(text, exponent(params));
  };
  const binary = (level: number): Node => {
    const table = LEVELS[level];
    if (!table) return unary();
    let left = binary(level + 1);
    for (;;) {
      const { kind, value } = peek();
      const operate = kind === 'sign' && Object.hasOwn(table, value) ? table[value] : undefined;
      if (!operate) return left;
      position += 1;
      const [a, b] = [left, binary(level + 1)];
      left =
        level < ARITHMETIC
          ? (params) => operate(a(params), b(params))
          : (params) => operate(numeric(text, a(params)), numeric(text, b(params)));
    }
  };
  const both = (): Node => {
    let left = binary(0);
    while (take('&&')) {
      const [a, b] = [left, binary(0)];
      left = (params) => a(params) === true && b(params) === true;
    }
    return left;
  };
  const either = (): Node => {
    let left = both();
    while (take('||')) {
      const [a, b] = [left, both()];
      left = (params) => a(params) === true || b(params) === true;
    }
    return left;
  };

  const evaluate = either();
  if (peek().kind !== 'end') refuse(text, `${peek().value} is one too many`, peek().at);
  return { names: [...names], evaluate };
}

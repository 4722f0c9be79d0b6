import type { ParamValue } from '@luthier/core';
import type { Bound, Parameter, Space } from './parameter.ts';

function shown(value: ParamValue): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

function conditionText(parameter: Parameter): string {
  return (parameter.conditions ?? [])
    .map(({ parent, values }) => ` when ${parent} is ${values.map(shown).join(' or ')}`)
    .join(' and');
}

/** A share for people: two significant digits. */
function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}

function boundText(words: string, bound: Bound | undefined): string {
  if (!bound) return '';
  const { parameter, times = 1, plus = 0 } = bound;
  const factor = times === 1 ? '' : `${times} * `;
  return ` ${words} ${factor}${parameter}${plus === 0 ? '' : ` + ${plus}`}`;
}

/** The user's belief in words: about a number with its deviation as a share of the range, of listed values the shares. */
function priorText(parameter: Parameter): string {
  if (parameter.kind === 'fixed' || parameter.prior === undefined) return '';
  if (parameter.kind === 'float' || parameter.kind === 'int') {
    const { about, spread } = parameter.prior;
    return `, about ${about} ± ${percent(spread)} of the range`;
  }
  const values = parameter.kind === 'boolean' ? [false, true] : parameter.values;
  const { weights } = parameter.prior;
  return `, believed ${values.map((value, i) => `${shown(value)} ${percent(weights[i]!)}`).join(', ')}`;
}

/** A range in words, such as `float 0.1 to 0.5 step 0.1`, and the user's prior; conditions are added on request. */
export function describeParameter(
  parameter: Parameter,
  options: { readonly conditions?: boolean } = {},
): string {
  const ending = `${priorText(parameter)}${options.conditions === true ? conditionText(parameter) : ''}`;
  switch (parameter.kind) {
    case 'float':
    case 'int': {
      const hasStep = parameter.step !== undefined && !(parameter.kind === 'int' && parameter.step === 1);
      const step = hasStep ? ` step ${parameter.step}` : '';
      const scale = parameter.scale === 'linear' ? '' : ` ${parameter.scale}`;
      const bounds = `${boundText('at least', parameter.atLeast)}${boundText('at most', parameter.atMost)}`;
      return `${parameter.kind} ${parameter.min} to ${parameter.max}${step}${scale}${bounds}${ending}`;
    }
    case 'choice':
      return `choice of ${parameter.values.map(shown).join(', ')}${ending}`;
    case 'boolean':
      return `true or false${ending}`;
    case 'fixed':
      return `fixed ${shown(parameter.value)}${ending}`;
  }
}

function rangeKey(parameter: Parameter): string {
  const { name: _name, conditions: _conditions, ...range } = parameter;
  return JSON.stringify(Object.entries(range).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether two parameters have the same kind, range and default; names and conditions aside. */
export function sameRange(a: Parameter, b: Parameter): boolean {
  return rangeKey(a) === rangeKey(b);
}

function conditionKey(parameter: Parameter): string {
  const parts = (parameter.conditions ?? []).map(({ parent, values }) =>
    JSON.stringify([parent, values.map((value) => JSON.stringify(value)).sort()]),
  );
  return parts.sort().join();
}

/** Whether two parameters are active under the same conditions. */
export function sameConditions(a: Parameter, b: Parameter): boolean {
  return conditionKey(a) === conditionKey(b);
}

/** What differs between two spaces, one line each for people; empty when they are the same. The order of declaration does not count. */
export function spaceDifferences(a: Space, b: Space): readonly string[] {
  const lines: string[] = [];
  const old = new Map(a.parameters.map((parameter) => [parameter.name, parameter]));
  const current = new Map(b.parameters.map((parameter) => [parameter.name, parameter]));
  for (const [name, parameter] of old) {
    const other = current.get(name);
    if (!other) lines.push(`${name} (${describeParameter(parameter, { conditions: true })}) is gone`);
    else if (!sameRange(parameter, other)) {
      const [was, is] = [describeParameter(parameter), describeParameter(other)];
      lines.push(was === is ? `${name}: another default, order or prior` : `${name}: ${was} became ${is}`);
    } else if (!sameConditions(parameter, other))
      lines.push(
        `${name}: active${conditionText(parameter) || ' always'} became active${conditionText(other) || ' always'}`,
      );
  }
  for (const [name, parameter] of current)
    if (!old.has(name)) lines.push(`${name} (${describeParameter(parameter, { conditions: true })}) is new`);
  const [rules, others] = [a, b].map(({ constraints = [] }) => constraints.map(({ text }) => text)) as [
    string[],
    string[],
  ];
  for (const text of rules) if (!others.includes(text)) lines.push(`the rule '${text}' is gone`);
  for (const text of others) if (!rules.includes(text)) lines.push(`the rule '${text}' is new`);
  return lines;
}

/** Whether two spaces hold the same parameters with the same ranges, defaults, priors and conditions, and the same rules. */
export function sameSpace(a: Space, b: Space): boolean {
  return spaceDifferences(a, b).length === 0;
}

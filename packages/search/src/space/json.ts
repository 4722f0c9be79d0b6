import { LuthierError, type ParamValue } from '@luthier/core';
import { createSpace } from './check.ts';
import type { Bound, Condition, Constraint, Parameter, RangePrior, Space, WeightPrior } from './parameter.ts';

const SCALES = ['linear', 'log', 'reverseLog', 'logit'];

function refuse(where: string, what: string): never {
  throw new LuthierError('LU_SPACE_JSON', `${where} ${what}`, { fix: 'Correct the stored space.', where });
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(json: unknown, where: string): Fields {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) refuse(where, 'is not an object');
  return json as Fields;
}

function numberAt(fields: Fields, key: string, where: string): number {
  const value = fields[key];
  return typeof value === 'number' ? value : refuse(`${where}.${key}`, 'is not a number');
}

function valueAt(value: unknown, where: string): ParamValue {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return value;
  return refuse(where, 'is not a number, text or boolean');
}

function booleanAt(fields: Fields, key: string, where: string): boolean {
  const value = fields[key];
  return typeof value === 'boolean' ? value : refuse(`${where}.${key}`, 'is not true or false');
}

function listAt(fields: Fields, key: string, where: string): readonly unknown[] {
  const value = fields[key];
  return Array.isArray(value) ? value : refuse(`${where}.${key}`, 'is not a list');
}

function parseConditions(fields: Fields, where: string): { readonly conditions?: readonly Condition[] } {
  if (fields.conditions === undefined) return {};
  const conditions = listAt(fields, 'conditions', where).map((json, index) => {
    const at = `${where}.conditions[${index}]`;
    const condition = fieldsOf(json, at);
    if (typeof condition.parent !== 'string') refuse(`${at}.parent`, 'is not a text');
    const values = listAt(condition, 'values', at).map((value, i) => valueAt(value, `${at}.values[${i}]`));
    return { parent: condition.parent, values };
  });
  return { conditions };
}

function parseBound(
  fields: Fields,
  key: 'atLeast' | 'atMost',
  where: string,
): Partial<Record<typeof key, Bound>> {
  if (fields[key] === undefined) return {};
  const at = `${where}.${key}`;
  const bound = fieldsOf(fields[key], at);
  if (typeof bound.parameter !== 'string') refuse(`${at}.parameter`, 'is not a text');
  const factor = bound.times === undefined ? {} : { times: numberAt(bound, 'times', at) };
  const offset = bound.plus === undefined ? {} : { plus: numberAt(bound, 'plus', at) };
  return { [key]: { parameter: bound.parameter, ...factor, ...offset } };
}

function parseRangePrior(fields: Fields, where: string): { readonly prior?: RangePrior } {
  if (fields.prior === undefined) return {};
  const at = `${where}.prior`;
  const prior = fieldsOf(fields.prior, at);
  return { prior: { about: numberAt(prior, 'about', at), spread: numberAt(prior, 'spread', at) } };
}

function parseWeightPrior(fields: Fields, where: string): { readonly prior?: WeightPrior } {
  if (fields.prior === undefined) return {};
  const at = `${where}.prior`;
  const weights = listAt(fieldsOf(fields.prior, at), 'weights', at).map((weight, i) =>
    typeof weight === 'number' ? weight : refuse(`${at}.weights[${i}]`, 'is not a number'),
  );
  return { prior: { weights } };
}

function parseConstraint(json: unknown, where: string): Constraint {
  const { text, isCode } = fieldsOf(json, where);
  if (typeof text !== 'string') refuse(`${where}.text`, 'is not a text');
  if (isCode !== undefined && isCode !== true) refuse(`${where}.isCode`, 'is not true');
  return { text, ...(isCode === undefined ? {} : { isCode }) };
}

/** Reads one parameter from JSON. Throws LU_SPACE_JSON naming the field. */
export function parseParameter(json: unknown, where = 'parameter'): Parameter {
  const fields = fieldsOf(json, where);
  const { name, kind, scale } = fields;
  if (typeof name !== 'string') refuse(`${where}.name`, 'is not a text');
  const base = { name, ...parseConditions(fields, where) };
  if (kind === 'float' || kind === 'int') {
    if (typeof scale !== 'string' || !SCALES.includes(scale))
      refuse(`${where}.scale`, `is not one of ${SCALES.join(', ')}`);
    const range = {
      min: numberAt(fields, 'min', where),
      max: numberAt(fields, 'max', where),
      scale: scale as 'linear' | 'log' | 'reverseLog' | 'logit',
      default: numberAt(fields, 'default', where),
      ...parseBound(fields, 'atLeast', where),
      ...parseBound(fields, 'atMost', where),
      ...parseRangePrior(fields, where),
    };
    if (kind === 'int') return { ...base, kind, ...range, step: numberAt(fields, 'step', where) };
    return {
      ...base,
      kind,
      ...range,
      ...(fields.step === undefined ? {} : { step: numberAt(fields, 'step', where) }),
    };
  }
  if (kind === 'choice')
    return {
      ...base,
      kind,
      values: listAt(fields, 'values', where).map((value, i) => valueAt(value, `${where}.values[${i}]`)),
      ordered: booleanAt(fields, 'ordered', where),
      default: valueAt(fields.default, `${where}.default`),
      ...parseWeightPrior(fields, where),
    };
  if (kind === 'boolean')
    return {
      ...base,
      kind,
      default: booleanAt(fields, 'default', where),
      ...parseWeightPrior(fields, where),
    };
  if (kind === 'fixed') return { ...base, kind, value: valueAt(fields.value, `${where}.value`) };
  return refuse(`${where}.kind`, 'is not one of float, int, choice, boolean, fixed');
}

/**
 * A space from JSON (a space is plain data, so `JSON.stringify(space)` is the way out), checked like a new one. Rules that are code
 * come back by name; `openStudy` takes their code from the space it is given.
 *
 * Throws LU_SPACE_JSON naming the field, or the codes of `createSpace`.
 */
export function parseSpace(json: unknown): Space {
  const fields = fieldsOf(json, 'space');
  return createSpace(
    listAt(fields, 'parameters', 'space').map((parameter, index) =>
      parseParameter(parameter, `space.parameters[${index}]`),
    ),
    fields.constraints === undefined
      ? []
      : listAt(fields, 'constraints', 'space').map((constraint, index) =>
          parseConstraint(constraint, `space.constraints[${index}]`),
        ),
  );
}

import { didYouMean, LuthierError, type Params, type ParamValue } from '@luthier/core';
import { canonicalParams, describeParameter, hasValue, type Parameter, type Space } from '@luthier/search';

function parseValue(parameter: Parameter, text: string): ParamValue {
  switch (parameter.kind) {
    case 'float':
    case 'int':
      return text.trim() === '' ? Number.NaN : Number(text);
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'choice':
      return parameter.values.find((value) => String(value) === text || Number(text) === value) ?? text;
    case 'fixed':
      return String(parameter.value) === text ? parameter.value : text;
  }
}

/**
 * The values of one configuration: those of `--set name=value`, the defaults for the rest.
 *
 * Throws LU_SET_UNKNOWN for a name that is no parameter and LU_SET_VALUE for a value outside its range.
 */
export function chosenParams(space: Space, set: Readonly<Record<string, string>>): Params {
  const values: Record<string, ParamValue> = {};
  const names = space.parameters.map((parameter) => parameter.name);
  for (const [name, text] of Object.entries(set)) {
    const where = `--set ${name}=${text}`;
    const parameter = space.parameters.find((candidate) => candidate.name === name);
    if (parameter === undefined) {
      throw new LuthierError(
        'LU_SET_UNKNOWN',
        `no hyperparameter is called '${name}'${didYouMean(name, names)}`,
        {
          where,
          fix: `Use one of ${names.join(', ')}.`,
        },
      );
    }
    const value = parseValue(parameter, text);
    if (!hasValue(parameter, value)) {
      throw new LuthierError(
        'LU_SET_VALUE',
        `${name}: ${text} is not a value of ${describeParameter(parameter)}`,
        {
          where,
          fix: 'Give a value of the range that the tuning file declares.',
        },
      );
    }
    values[name] = value;
  }
  const params = canonicalParams(space, values);
  const inactive = Object.keys(set).find((name) => params[name] === undefined);
  if (inactive !== undefined) {
    throw new LuthierError('LU_SET_INACTIVE', `'${inactive}' has no effect with these values`, {
      where: `--set ${inactive}=${set[inactive]}`,
      fix: 'Leave it out, or set the hyperparameter that it depends on.',
    });
  }
  return params;
}

import {
  type BoundOption,
  LuthierError,
  type OptionNames,
  type ParamValue,
  type RangeOptions,
  refuseUnknown,
  type Scale,
  type ValuePrior,
} from '@luthier/core';
import { ladderOf } from './levels.ts';
import type {
  BooleanParameter,
  Bound,
  ChoiceParameter,
  FloatParameter,
  IntParameter,
  Parameter,
} from './parameter.ts';
import { rangePrior, weightPrior } from './prior.ts';

/** A declaration that still needs a name. */
export type Nameless<P> = P extends Parameter ? Omit<P, 'name'> : never;

/** Options of a number beyond the two ends. */
export type NumberOptions = Omit<RangeOptions, 'min' | 'max'>;

const NUMBER: OptionNames<NumberOptions> = {
  step: true,
  log: true,
  scale: true,
  default: true,
  prior: true,
  atLeast: true,
  atMost: true,
};

/** Options of a choice. */
export interface ChoiceOptions<Value> {
  /** Default: the value of the prior, else the first. */
  readonly default?: Value;
  /** Neighbouring values are alike; default for numbers. */
  readonly ordered?: boolean;
  readonly prior?: ValuePrior<Value>;
}

/** Options of a boolean. */
export interface BooleanOptions {
  /** Default: the value of the prior, else false. */
  readonly default?: boolean;
  readonly prior?: ValuePrior<boolean>;
}

const CHOICE: OptionNames<ChoiceOptions<unknown>> = { default: true, ordered: true, prior: true };
const BOOLEAN: OptionNames<BooleanOptions> = { default: true, prior: true };
const BOUND: OptionNames<Exclude<BoundOption, string>> = { parameter: true, times: true, plus: true };

/** The scale that `scale` and its shorthand `log` mean together; linear without both. */
function scaleOf(name: string, options: { readonly log?: boolean; readonly scale?: Scale }): Scale {
  const { log, scale } = options;
  if (log === undefined) return scale ?? 'linear';
  const meant = log ? 'log' : 'linear';
  if (scale !== undefined && scale !== meant)
    throw new LuthierError('LU_SPACE_RANGE', `${name}: log: ${log} contradicts scale: '${scale}'`, {
      fix: 'Give only one of log and scale.',
      where: name,
    });
  return meant;
}

function boundOf(name: string, option: BoundOption | undefined): Bound | undefined {
  if (typeof option === 'object') refuseUnknown('LU_SPACE_OPTION', `a bound of ${name}`, option, BOUND);
  return typeof option === 'string' ? { parameter: option } : option;
}

/** The level nearest to a number, or the number itself where there are none. */
function nearestLevel(parameter: FloatParameter | IntParameter, value: number): number {
  const ladder = value >= parameter.min && value <= parameter.max ? ladderOf(parameter) : undefined;
  if (!ladder || ladder.indexOf(value) >= 0) return value;
  let best = parameter.min;
  for (let low = 0, high = ladder.count - 1; low <= high; ) {
    const middle = (low + high) >>> 1;
    const level = ladder.valueAt(middle) as number;
    if (Math.abs(level - value) < Math.abs(best - value)) best = level;
    if (level < value) low = middle + 1;
    else high = middle - 1;
  }
  return best;
}

/** The declaration of a number. Throws LU_SPACE_OPTION for an option there is not, LU_SPACE_RANGE for a contradiction and LU_SPACE_PRIOR for a belief that makes no sense. */
export function rangeDeclaration<const Kind extends 'float' | 'int'>(
  kind: Kind,
  min: number,
  max: number,
  options: NumberOptions,
  name: string = kind,
): Nameless<Extract<Parameter, { kind: Kind }>> {
  refuseUnknown('LU_SPACE_OPTION', name, options, NUMBER);
  const { step = kind === 'int' ? 1 : undefined } = options;
  const [atLeast, atMost] = [boundOf(name, options.atLeast), boundOf(name, options.atMost)];
  const prior = options.prior && rangePrior(name, options.prior);
  const declared = {
    kind,
    min,
    max,
    ...(step === undefined ? {} : { step }),
    scale: scaleOf(name, options),
    default: options.default ?? prior?.about ?? min,
    ...(atLeast ? { atLeast } : {}),
    ...(atMost ? { atMost } : {}),
    ...(prior ? { prior } : {}),
  };
  const isBelief = options.default === undefined && prior !== undefined;
  const isSound = Number.isFinite(min) && Number.isFinite(max) && min < max && (step ?? 1) > 0;
  if (isBelief && isSound)
    declared.default = nearestLevel({ name, ...declared } as FloatParameter | IntParameter, prior.about);
  return declared as unknown as Nameless<Extract<Parameter, { kind: Kind }>>;
}

/**
 * The declaration of a choice; numbers are ordered unless told otherwise, and the first value is the default. Throws LU_SPACE_OPTION for
 * an option there is not.
 */
export function choiceDeclaration(
  values: readonly ParamValue[],
  options: ChoiceOptions<ParamValue>,
  name = 'choice',
): Nameless<ChoiceParameter> {
  refuseUnknown('LU_SPACE_OPTION', name, options, CHOICE);
  const ordered = options.ordered ?? values.every((value) => typeof value === 'number');
  const { prior } = options;
  const bet = prior && 'about' in prior ? prior.about : undefined;
  return {
    kind: 'choice',
    values: [...values],
    ordered,
    default: options.default ?? bet ?? values[0] ?? '',
    ...(prior ? { prior: weightPrior(name, values, ordered, prior) } : {}),
  };
}

/** The declaration of a boolean; false unless told otherwise. Throws LU_SPACE_OPTION for an option there is not. */
export function booleanDeclaration(options: BooleanOptions, name = 'boolean'): Nameless<BooleanParameter> {
  refuseUnknown('LU_SPACE_OPTION', name, options, BOOLEAN);
  const { prior } = options;
  const bet = prior && 'about' in prior ? prior.about : undefined;
  return {
    kind: 'boolean',
    default: options.default ?? bet ?? false,
    ...(prior ? { prior: weightPrior(name, [false, true], false, prior) } : {}),
  };
}

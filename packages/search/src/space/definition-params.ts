import type { ParamValue } from '@luthier/core';
import type { ConditionalSpec, ConditionType, Spec } from './define.ts';

/** Named specifications of a space. */
export type Definition = Readonly<Record<string, Spec<ParamValue>>>;

/** The names of the options of a branch. */
export type OptionsOf<Options> = Extract<keyof Options, string>;

declare const ABSENT: unique symbol;
/** Stands for the value of a parent that is inactive. */
type Absent = typeof ABSENT;

type Flat<T> = T extends unknown ? { [K in keyof T]: T[K] } : never;

type ValueOf<S> = S extends Spec<infer Value> ? Value : never;
type ConditionsOf<S> = S extends ConditionalSpec<infer Conditions, ParamValue> ? Conditions : readonly [];

type BranchKey<D> = {
  [K in keyof D]: D[K] extends { readonly branches: unknown } ? K : never;
}[keyof D];
type ConditionalKey<D> = {
  [K in keyof D]: ConditionsOf<D[K]> extends readonly [] ? never : K;
}[keyof D];
/** Pairs of parent and values of all conditions. */
type Pairs<D> = { [K in keyof D]: ConditionsOf<D[K]>[number] }[keyof D];
type ParentKey<D> = Extract<Pairs<D>[0], keyof D>;

/** The values of a parent that conditions name. */
type Named<D, P> = Extract<Pairs<D>, readonly [P, ParamValue]>[1];
type OfEach<P extends PropertyKey, Value> = Value extends unknown ? { readonly [K in P]: Value } : never;
/** Each value of a parent; a number or text of no known values is one of those that conditions name, or any. */
type Case<D, P extends keyof D> =
  | OfEach<P, ValueOf<D[P]>>
  | (number extends ValueOf<D[P]> ? OfEach<P, Named<D, P>> : never)
  | (string extends ValueOf<D[P]> ? OfEach<P, Named<D, P>> : never)
  | (P extends ConditionalKey<D> ? { readonly [K in P]: Absent } : never);

/** All combinations of values of the parents. */
type Combinations<D> = [ParentKey<D>] extends [never]
  ? unknown
  : { [P in ParentKey<D>]: (value: Case<D, P>) => void }[ParentKey<D>] extends (value: infer All) => void
    ? All
    : never;

type Holds<Conditions, M> = Conditions extends readonly [infer First, ...infer Rest]
  ? First extends ConditionType
    ? First[0] extends keyof M
      ? M[First[0]] extends First[1]
        ? Holds<Rest, M>
        : false
      : false
    : false
  : true;

/** Parents that are absent though their conditions hold, or present though they do not. */
type Contradictions<D, M> = {
  [P in ParentKey<D>]: P extends ConditionalKey<D>
    ? P extends keyof M
      ? Holds<ConditionsOf<D[P]>, M> extends true
        ? M[P] extends Absent
          ? P
          : never
        : M[P] extends Absent
          ? never
          : P
      : P
    : never;
}[ParentKey<D>];

type ActiveKey<D, M> = {
  [K in keyof D]: Holds<ConditionsOf<D[K]>, M> extends true ? K : never;
}[keyof D];

type Member<D, M> = M extends unknown
  ? [Contradictions<D, M>] extends [never]
    ? {
        readonly [K in ActiveKey<D, M>]: K extends keyof M ? M[K] : ValueOf<D[K]>;
      } & { readonly [K in Exclude<keyof D, ActiveKey<D, M>>]?: never }
    : never
  : never;

type SubtreeOf<K extends PropertyKey, Options> = {
  [O in keyof Options]: { readonly [N in K]: O } & DefinitionParams<Options[O]>;
}[keyof Options];

type Subtrees<D> = [BranchKey<D>] extends [never]
  ? unknown
  : {
        [K in BranchKey<D>]: (
          value: D[K] extends { readonly branches: infer Options } ? SubtreeOf<K, Options> : never,
        ) => void;
      }[BranchKey<D>] extends (value: infer All) => void
    ? All
    : never;

/** The parameters of one trial of a space definition: a union over the cases of its conditions and branches. */
export type DefinitionParams<D> = Flat<Member<D, Combinations<D>> & Subtrees<D>>;

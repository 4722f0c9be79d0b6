/** How an object was made: by which function of which table, with which options. */
export interface Origin {
  readonly table: string;
  readonly name: string;
  readonly options: readonly unknown[];
}

const origins = new WeakMap<object, Origin>();

/**
 * A table of functions that make objects, each of which remembers how it was made, so that it can be saved although it
 * holds functions.
 *
 * @example
 * const losses = remembered('losses', { huber });
 * originOf(losses.huber({ delta: 2 })); // { table: 'losses', name: 'huber', options: [{ delta: 2 }] }
 */
export function remembered<T extends object>(table: string, makers: T): T {
  const wrapped = Object.entries(makers).map(([name, make]) => [
    name,
    (...options: readonly unknown[]): object => {
      const made = (make as (...given: readonly unknown[]) => object)(...options);
      origins.set(made, { table, name, options });
      return made;
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}

/** How an object was made, if a remembered table made it. */
export function originOf(made: object): Origin | undefined {
  return origins.get(made);
}

import type { Callback, CallbackFactory, CallbackState, RunInfo } from './callback.ts';
import type { RunIdentity, RunState, SavedRun } from './run-state.ts';

/** A callback of a run under the name that checkpoints file its state under. */
export interface NamedCallback {
  readonly name: string;
  readonly callback: Callback;
}

/** Makes the callbacks of a run; of several with one name the second becomes `name2`, and so on. */
export function createCallbacks(
  factories: readonly CallbackFactory[],
  info: RunInfo,
): readonly NamedCallback[] {
  const taken = new Set<string>();
  return factories.map((factory) => {
    let { name } = factory;
    for (let i = 2; taken.has(name); i++) name = `${factory.name}${i}`;
    taken.add(name);
    return { name, callback: factory.create(info) };
  });
}

/** A run as a checkpoint keeps it, with what its callbacks need to go on. */
export function savedRun(
  { identity, callbacks }: { readonly identity: RunIdentity; readonly callbacks: readonly NamedCallback[] },
  state: RunState,
): SavedRun {
  const states = callbacks.map(({ name, callback }): [string, CallbackState] => [
    name,
    callback.state?.() ?? { values: {} },
  ]);
  return { identity, state, callbacks: Object.fromEntries(states) };
}

/** Gives callbacks the states that they had in a saved run. */
export function restoreCallbacks(callbacks: readonly NamedCallback[], saved: SavedRun): void {
  for (const { name, callback } of callbacks) {
    const state = saved.callbacks[name];
    if (state !== undefined) callback.restoreState?.(state);
  }
}

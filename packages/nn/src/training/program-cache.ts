import { lowerForRuntime } from '../graph/lower-for-runtime.ts';
import type { Graph } from '../graph/node.ts';
import { type OnnxOptions, toOnnx } from '../graph/onnx.ts';
import { resultVolume } from '../graph/result-volume.ts';
import { simplify } from '../graph/simplify.ts';
import type { Session } from '../runtime/contract.ts';
import { currentRuntime } from '../runtime/current.ts';

/** A graph with whatever its users must know to feed it. */
export interface Compilable {
  readonly graph: Graph;
  /** Axes of inputs and outputs that may have any extent. */
  readonly dynamicAxes?: NonNullable<OnnxOptions['dynamicAxes']>;
}

/** A compiled graph on loan; `giveBack` it when the run ends. */
export interface Program<T extends Compilable> {
  readonly description: T;
  readonly run: Session['run'];
  giveBack(): void;
}

interface Entry {
  readonly description: Compilable;
  readonly session: Promise<Session>;
  users: number;
}

/** Sessions kept: those of one shape of a model (its last batch, evaluation and telemetry among them) and a few more. */
const CAPACITY = 8;

/**
 * Elements of all results of a step from which on memory is kept: the system takes large blocks back at once, and its
 * pages must be cleared again at every step, which took 40 % of a step of a small BERT.
 */
const LARGE = 2 ** 23;

let reserved = 0;

/** In the order of their last use: the first is the oldest. */
const entries = new Map<string, Entry>();

async function compile({ graph, dynamicAxes = {} }: Compilable): Promise<Session> {
  const runtime = await currentRuntime();
  const simplified = simplify(lowerForRuntime(simplify(graph), runtime.channelBlock));
  return runtime.createSession(toOnnx(simplified, { dynamicAxes }), {
    keepsMemory: resultVolume(simplified) > LARGE,
  });
}

function create(description: Compilable): Entry {
  return { description, session: compile(description), users: 0 };
}

function evict(): void {
  for (const [key, entry] of entries) {
    if (entries.size <= CAPACITY + reserved) return;
    if (entry.users > 0) continue;
    entries.delete(key);
    entry.session.then((session) => session.release()).catch(() => {});
  }
}

/**
 * Borrows the program of a key, compiled at the first asking.
 *
 * The key holds all that shapes the graph and no hyperparameter values, so trials of one shape share it. Programs that
 * nobody uses are released, the longest unused first, beyond 8.
 */
export async function borrowProgram<T extends Compilable>(key: string, build: () => T): Promise<Program<T>> {
  const entry = entries.get(key) ?? create(build());
  entry.users += 1;
  entries.delete(key);
  entries.set(key, entry);
  evict();
  try {
    const session = await entry.session;
    return {
      // The key says what was built: its first word names the kind of graph.
      description: entry.description as T,
      run: session.run,
      giveBack: () => {
        entry.users -= 1;
        evict();
      },
    };
  } catch (error) {
    entries.delete(key);
    throw error;
  }
}

/**
 * Keeps programs of so many more shapes than one at a time, as runs side by side need them in turns; the function given back
 * ends that.
 *
 * @example
 * const release = reservePrograms(2);
 */
export function reservePrograms(shapes: number): () => void {
  let held = shapes * CAPACITY;
  reserved += held;
  return () => {
    reserved -= held;
    held = 0;
    evict();
  };
}

/** How many programs are compiled now. */
export function programCount(): number {
  return entries.size;
}

/** Releases every program that is not in use. */
export async function releasePrograms(): Promise<void> {
  for (const [key, entry] of [...entries]) {
    if (entry.users > 0) continue;
    entries.delete(key);
    await (await entry.session).release();
  }
}

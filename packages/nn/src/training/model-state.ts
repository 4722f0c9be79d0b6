import { LuthierError } from '@luthier/core';
import { ranges, requireNumber } from '../layers/options.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { parseOptimizer } from '../optimizers/optimizers.ts';
import type { NamedArrays } from './callback.ts';
import { freshState } from './fresh-state.ts';
import { weightsOf, withWeights } from './kept-weights.ts';
import { type ModelSnapshot, requireArrays } from './model-snapshot.ts';
import { withRate } from './movable-rate.ts';
import { type CompileOptions, parseObjective } from './objective.ts';
import type { ModelPlan } from './plan.ts';
import type { RunState, SavedRun } from './run-state.ts';
import { type Loan, lentBy, requireSeparateLoans, returnedTo } from './shared-weights.ts';
import { fromStored, initialWeights } from './stored-weights.ts';
import { knobsInForce, type Objective, type Task } from './task.ts';

/** The name of a model that has none. */
export const UNNAMED = 'model';

/** What a model state is made of. */
export interface ModelStateOptions {
  readonly plan: ModelPlan;
  /** Default `model`. */
  readonly name?: string;
  /** Decides the initial weights. Default 0. */
  readonly seed?: number;
  /** Weights that belong to other models. Default: none. */
  readonly loans?: readonly Loan[];
}

/**
 * What changes of a model: its layers' freedom, how it is compiled, its weights and states of the optimizer.
 *
 * Weights of models inside it are theirs: they are taken over when used, and handed back when changed.
 */
export class ModelState {
  readonly name: string;
  readonly seed: number;
  readonly loans: readonly Loan[];
  /** Counts the changes of the weights. */
  version = 0;
  isTraining = false;
  /** Whether training has moved the weights. */
  isFitted = false;
  lastRun: SavedRun | undefined;
  #plan: ModelPlan;
  #objective: Objective | undefined;
  #compileOptions: CompileOptions | undefined;
  #run: RunState | undefined;
  #moved: Readonly<Record<string, number>> = {};
  /** The versions of the lenders whose weights are in the state. */
  readonly #seen = new Map<Loan, number>();

  constructor({ plan, name = UNNAMED, seed = 0, loans = [] }: ModelStateOptions) {
    this.#plan = plan;
    this.name = name;
    this.seed = requireNumber('LU_MODEL_OPTION', name, 'seed', seed, ranges.finite);
    this.loans = loans;
    requireSeparateLoans(name, loans);
  }

  /** The same with weights and states of its own. */
  copy(rateAt?: (update: number) => number): ModelState {
    this.#borrow();
    const copy = new ModelState({ plan: this.#plan, name: this.name, seed: this.seed });
    copy.#objective = this.#objective;
    copy.#run = this.#run ?? (this.#hasWeights() ? this.#drawn(this.seed) : undefined);
    copy.#moved = this.#moved;
    copy.isFitted = this.isFitted;
    if (rateAt === undefined) return copy;
    const objective = this.objective('clone');
    const { optimizer } = objective;
    const made = Math.floor((this.#run?.step ?? 0) / (optimizer.batchesPerUpdate ?? 1));
    const moving = withRate(optimizer, (update) => rateAt(Math.max(0, update - made)));
    copy.#objective = { ...objective, optimizer: moving };
    return copy;
  }

  snapshot(): ModelSnapshot {
    this.#borrow();
    return {
      plan: this.#plan,
      name: this.name,
      seed: this.seed,
      isFitted: this.isFitted,
      ...(this.#compileOptions === undefined ? {} : { compileOptions: this.#compileOptions }),
      ...(this.#run === undefined ? {} : { state: this.#run }),
      ...(this.lastRun === undefined ? {} : { lastRun: this.lastRun }),
    };
  }

  /** Takes over what a snapshot holds; throws `LU_MODEL_FILE` when its weights are not those of the layers. */
  restore(snapshot: ModelSnapshot): void {
    const { isFitted, compileOptions, state, lastRun } = snapshot;
    if (compileOptions !== undefined) this.compile(compileOptions);
    if (state === undefined) return;
    requireArrays({ ...snapshot, state }, this.optimizer);
    this.#run = state;
    this.#moved = state.moved;
    this.isFitted = isFitted;
    this.lastRun = lastRun;
  }

  get plan(): ModelPlan {
    return this.#plan;
  }

  /** Another plan of the same weights, of which others may be trainable; optimizer states begin anew. */
  replan(plan: ModelPlan): void {
    const weights = this.#owned();
    this.#plan = plan;
    if (this.#compileOptions !== undefined) this.#objective = parseObjective(plan, this.#compileOptions);
    this.#beginAnew(weights);
  }

  compile(options: CompileOptions): void {
    const objective = parseObjective(this.#plan, options);
    const weights = this.#owned();
    this.#objective = objective;
    this.#compileOptions = options;
    this.#beginAnew(weights);
  }

  /** The weights in their own shapes, if there are any yet. */
  #owned(): NamedArrays | undefined {
    return this.#run === undefined ? undefined : fromStored(this.#plan, this.weights());
  }

  #beginAnew(weights: NamedArrays | undefined): void {
    this.lastRun = undefined;
    if (weights !== undefined) this.#run = freshState(this.#task, weights);
  }

  /** What the model was compiled to; throws `LU_MODEL_COMPILE`, naming who asks. */
  objective(asker: string): Objective {
    if (this.#objective !== undefined) return this.#objective;
    throw new LuthierError('LU_MODEL_COMPILE', `${asker} needs a compiled model`, {
      fix: 'Call compile({ optimizer, loss, metrics }) first.',
    });
  }

  /** The same, or a substitute that is enough for outputs. */
  get anyObjective(): Objective {
    return this.#objective ?? { optimizer: this.optimizer, losses: [], lossWeights: {}, metrics: [] };
  }

  get compiledOptimizer(): Optimizer | undefined {
    return this.#objective?.optimizer;
  }

  /** The optimizer, or a substitute without states. */
  get optimizer(): Optimizer {
    return this.#objective?.optimizer ?? parseOptimizer('sgd');
  }

  /** Scalars as the next step finds them. */
  knobs(): Readonly<Record<string, number>> {
    const { lossWeights, optimizer } = this.anyObjective;
    return knobsInForce(
      { plan: this.#plan, optimizer, lossWeights },
      this.#moved,
      (this.#run?.step ?? 0) + 1,
    );
  }

  /** The weights as graphs hold them; drawn if there are none yet. */
  weights(): NamedArrays {
    this.#borrow();
    if (this.#run === undefined) {
      this.#run = this.#drawn(this.seed);
      this.#changed();
    }
    return weightsOf(this.#task, this.#run.arrays, this.knobs());
  }

  /** Replaces some or all weights, given as graphs hold them. */
  setWeights(weights: NamedArrays): void {
    this.#borrow();
    const { arrays, ...rest } = this.#run ?? this.#drawn(this.seed);
    this.#run = { ...rest, arrays: withWeights(this.#task, arrays, weights) };
    this.#changed();
  }

  /** Does what trains, while neither this model nor one that it borrows from can be trained otherwise. */
  async whileTraining<T>(train: () => Promise<T>): Promise<T> {
    const all = this.lenders();
    const busy = all.find(({ isTraining }) => isTraining);
    if (busy !== undefined) {
      throw new LuthierError('LU_FIT_BUSY', `${busy.name} is being trained already`, {
        fix: 'Await the first fit before the next.',
      });
    }
    for (const state of all) state.isTraining = true;
    try {
      return await train();
    } finally {
      for (const state of all) state.isTraining = false;
    }
  }

  /** Where training starts; nothing is kept of it before `trained`. */
  start(seed: number): RunState {
    this.#borrow();
    return this.#run ?? this.#drawn(seed);
  }

  /** Keeps where training ended. */
  trained(state: RunState, lastRun: SavedRun): void {
    this.#run = state;
    this.#moved = state.moved;
    this.lastRun = lastRun;
    if (state.step > 0) this.#markFitted();
    this.#changed();
  }

  /** Forgets weights and optimizer states; lenders keep theirs. */
  forget(): void {
    this.#run = undefined;
    this.lastRun = undefined;
    this.#moved = {};
    this.isFitted = false;
    this.#seen.clear();
    this.version += 1;
  }

  #markFitted(): void {
    this.isFitted = true;
    for (const { from } of this.loans) from.#markFitted();
  }

  /** This state and those that it borrows from, at any distance. */
  lenders(): readonly ModelState[] {
    return [this, ...this.loans.flatMap(({ from }) => from.lenders())];
  }

  get #task(): Pick<Task, 'plan' | 'optimizer'> {
    return { plan: this.#plan, optimizer: this.optimizer };
  }

  /** First weights: those that lenders have, and others drawn from a seed. */
  #drawn(seed: number): RunState {
    const drawn = freshState(this.#task, initialWeights(this.#plan, seed));
    const lenders = this.loans.filter(({ from }) => from.#hasWeights());
    const lent = lenders.map((loan) => lentBy(loan, loan.from.weights()));
    return { ...drawn, arrays: withWeights(this.#task, drawn.arrays, Object.assign({}, ...lent)) };
  }

  #hasWeights(): boolean {
    return this.#run !== undefined || this.loans.some(({ from }) => from.#hasWeights());
  }

  /** Takes over what lenders have changed. */
  #borrow(): void {
    for (const loan of this.loans) {
      loan.from.#borrow();
      if (this.#run === undefined || this.#seen.get(loan) === loan.from.version) continue;
      const { arrays, ...rest } = this.#run;
      const weights = lentBy(loan, loan.from.weights());
      this.#run = { ...rest, arrays: withWeights(this.#task, arrays, weights) };
      this.#seen.set(loan, loan.from.version);
      this.version += 1;
    }
  }

  /** Hands what has changed back to lenders. */
  #changed(): void {
    this.version += 1;
    if (this.#run === undefined || this.loans.length === 0) return;
    const mine = weightsOf(this.#task, this.#run.arrays, this.knobs());
    for (const loan of this.loans) {
      loan.from.setWeights(returnedTo(loan, mine));
      this.#seen.set(loan, loan.from.version);
    }
  }
}

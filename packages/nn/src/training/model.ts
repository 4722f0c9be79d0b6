import { LuthierError, type TrainingHistory } from '@luthier/core';
import { ranges, requireNumber } from '../layers/options.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { parseOptimizer } from '../optimizers/optimizers.ts';
import type { NamedArrays } from './callback.ts';
import { evaluateFile } from './evaluate-file.ts';
import { evaluateTables, predictTables } from './evaluation.ts';
import { type Explanation, explainModel } from './explain.ts';
import { exportOnnx } from './export.ts';
import { train } from './fit.ts';
import { type FitOptions, readBatchSize } from './fit-options.ts';
import { freshState } from './fresh-state.ts';
import { weightsOf, withWeights } from './kept-weights.ts';
import { directionOf, metricNamesOf } from './metric-names.ts';
import { type ModelSnapshot, requireArrays } from './model-snapshot.ts';
import { withRate } from './movable-rate.ts';
import { type CompileOptions, parseObjective } from './objective.ts';
import type { ModelPlan } from './plan.ts';
import { prepareFit } from './prepare-fit.ts';
import { type ReadSamples, readInputs, readSamples } from './read-data.ts';
import type { RunState, SavedRun } from './run-state.ts';
import { fromStored, initialWeights, requireWeights, toStored } from './stored-weights.ts';
import { type ParameterKind, parameterCount, summarize } from './summary.ts';
import type { SamplesLike, TensorsLike } from './tables.ts';
import { knobsInForce, modelTask, type Objective, type Task } from './task.ts';

/** A model as reports see it. */
export interface ModelInside {
  readonly task: Task;
  /** As graphs hold them. */
  readonly weights: NamedArrays;
  readonly knobs: Readonly<Record<string, number>>;
  readonly samples: ReadSamples;
}

/** Outputs in row-major order. */
export interface Prediction {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Options of `sequential` and `functional`. */
export interface ModelOptions {
  /** Goes into exported files. */
  readonly name?: string;
  /** Decides the initial weights when `fit` gives no seed. Default 0. */
  readonly seed?: number;
}

/**
 * A network with its weights, made by `sequential` or `functional`. Making and compiling one is cheap and touches no runtime.
 *
 * @example
 * const model = sequential([layers.input({ shape: [2] }), layers.dense({ units: 1, activation: 'sigmoid' })]).compile({
 *   optimizer: optimizers.adam({ learningRate: 0.1 }),
 *   loss: 'binaryCrossentropy',
 * });
 * await model.fit({ x: [[0, 0], [1, 1]], y: [0, 1] }, { epochs: 20 });
 */
export class Model {
  readonly plan: ModelPlan;
  readonly name: string;
  readonly #seed: number;
  #objective: Objective | undefined;
  #state: RunState | undefined;
  #moved: Readonly<Record<string, number>> = {};
  #compileOptions: CompileOptions | undefined;
  #lastRun: SavedRun | undefined;
  #isTraining = false;
  #isFitted = false;

  constructor(plan: ModelPlan, options: ModelOptions = {}) {
    this.plan = plan;
    this.name = options.name ?? 'model';
    this.#seed = requireNumber('LU_MODEL_OPTION', this.name, 'seed', options.seed ?? 0, ranges.finite);
  }

  /**
   * A model of the same layers, compiled alike, with the same weights, states and counts: training it does not move this one.
   *
   * `rateAt` replaces its learning rate from the next update on, counted from 0. Throws `LU_MODEL_RATE` for an optimizer
   * that has no rate to replace.
   */
  clone(options: { readonly rateAt?: (update: number) => number } = {}): Model {
    const copy = new Model(this.plan, { name: this.name, seed: this.#seed });
    const { rateAt } = options;
    copy.#objective = this.#objective;
    copy.#state = this.#state;
    copy.#moved = this.#moved;
    copy.#isFitted = this.#isFitted;
    if (rateAt === undefined) return copy;
    const objective = this.#requireObjective('clone');
    const { optimizer } = objective;
    const made = Math.floor((this.#state?.step ?? 0) / (optimizer.batchesPerUpdate ?? 1));
    const moving = withRate(optimizer, (update) => rateAt(Math.max(0, update - made)));
    copy.#objective = { ...objective, optimizer: moving };
    return copy;
  }

  /** Batches whose mean gradient makes one update. */
  get batchesPerUpdate(): number {
    return this.#requireObjective('batchesPerUpdate').optimizer.batchesPerUpdate ?? 1;
  }

  /** All that a model is, to be saved; see `saveModel`. */
  snapshot(): ModelSnapshot {
    return {
      plan: this.plan,
      name: this.name,
      seed: this.#seed,
      isFitted: this.#isFitted,
      ...(this.#compileOptions === undefined ? {} : { compileOptions: this.#compileOptions }),
      ...(this.#state === undefined ? {} : { state: this.#state }),
      ...(this.#lastRun === undefined ? {} : { lastRun: this.#lastRun }),
    };
  }

  /** The model that a snapshot was taken of; throws `LU_MODEL_FILE` when its weights are not those of its layers. */
  static fromSnapshot(snapshot: ModelSnapshot): Model {
    const { plan, name, seed, isFitted, compileOptions, state, lastRun } = snapshot;
    const model = new Model(plan, { name, seed });
    if (compileOptions !== undefined) model.compile(compileOptions);
    if (state !== undefined) {
      requireArrays({ ...snapshot, state }, model.#optimizer());
      model.#state = state;
      model.#moved = state.moved;
      model.#isFitted = isFitted;
      model.#lastRun = lastRun;
    }
    return model;
  }

  /** Whether `fit` has moved the weights; compiling anew does not undo it, `dispose` does. */
  get isFitted(): boolean {
    return this.#isFitted;
  }

  /** Sets optimizer, loss and metrics; optimizer states begin anew, weights stay. Returns the model. */
  compile(options: CompileOptions): this {
    const objective = parseObjective(this.plan, options);
    const weights = this.#state === undefined ? undefined : this.getWeights();
    this.#objective = objective;
    this.#compileOptions = options;
    this.#lastRun = undefined;
    if (weights !== undefined) this.#state = freshState(this.#stateTask(), weights);
    return this;
  }

  /**
   * Trains, and returns what every epoch measured.
   *
   * `x` is a tensor `{ data, shape: [n, ...sample] }` or nested arrays; bytes stay bytes in memory. `y` holds integer
   * labels, one-hot rows or real targets, as the loss asks. An epoch makes `ceil(n / batchSize)` updates. The same seed
   * gives the same bits. With `sampleWeight` in data or validation data, and with `classWeight`, the loss is
   * `sum(w l) / n`. `mixup` (Zhang et al. 2018) and `cutmix` (Yun et al. 2019) pair the samples of a batch anew in every
   * step; training metrics are then those of mixed samples, against mixed targets or the first label. A second call goes
   * on with weights and optimizer states. A loss that is NaN or infinite ends the run with stopReason `diverged`; its
   * record is kept.
   *
   * Throws before training: `LU_DATA_*` for data that do not fit, `LU_FIT_OPTION` for options, `LU_TRAIN_MONITOR` for
   * a callback that watches what is not measured, `LU_CHECKPOINT_*` for a checkpoint that is damaged or of another run.
   */
  async fit(data: SamplesLike, options: FitOptions = {}): Promise<TrainingHistory> {
    if (this.#isTraining) {
      throw new LuthierError('LU_FIT_BUSY', `${this.name} is being trained already`, {
        fix: 'Await the first fit before the next.',
      });
    }
    this.#isTraining = true;
    try {
      const { run, start } = await prepareFit(
        {
          name: this.name,
          plan: this.plan,
          seed: this.#seed,
          objective: this.#requireObjective('fit'),
          state: this.#state,
          lastRun: this.#lastRun,
        },
        data,
        options,
      );
      const { history, state, resumable } = await train(run, start);
      this.#state = state;
      this.#lastRun = resumable;
      this.#moved = state.moved;
      this.#isFitted ||= state.step > 0;
      return history;
    } finally {
      this.#isTraining = false;
    }
  }

  /** Whether a larger value of a loss or metric, by its name with or without `val`, is better; undefined when nobody says so. */
  direction(monitor: string): 'min' | 'max' | undefined {
    return directionOf(this.#requireObjective('direction'), monitor);
  }

  /** Loss and metrics over samples in evaluation mode, by name. */
  async evaluate(
    data: SamplesLike,
    options: { readonly batchSize?: number } = {},
  ): Promise<Readonly<Record<string, number>>> {
    const objective = this.#requireObjective('evaluate');
    const batchSize = readBatchSize('evaluate', options);
    const samples = readSamples(this.plan, objective.losses, 'data', data);
    const { loss, metrics } = await evaluateTables(
      modelTask(this.plan, objective, samples),
      this.#weights(),
      this.#knobs(),
      samples,
      batchSize,
    );
    return { loss, ...metrics };
  }

  /** The output in evaluation mode, one row a sample; of a model with several the one asked for by `output`. */
  async predict(
    x: TensorsLike,
    options: { readonly batchSize?: number; readonly output?: string } = {},
  ): Promise<Prediction> {
    const { output, ...rest } = options;
    const names = this.plan.outputs.map(({ name }) => name);
    const wanted = output ?? (names.length === 1 ? names[0]! : undefined);
    if (wanted === undefined || !names.includes(wanted)) {
      throw new LuthierError(
        'LU_MODEL_OUTPUT',
        wanted === undefined ? `${this.name} has several outputs` : `${this.name} has no output '${wanted}'`,
        { fix: `Ask for one of ${names.join(', ')}, or for all with predictAll.`, where: 'output' },
      );
    }
    return (await this.predictAll(x, rest))[wanted]!;
  }

  /** All outputs in evaluation mode by name, one row a sample. */
  async predictAll(
    x: TensorsLike,
    options: { readonly batchSize?: number } = {},
  ): Promise<Readonly<Record<string, Prediction>>> {
    const batchSize = readBatchSize('predict', options);
    const xs = readInputs(this.plan, 'x', x);
    const objective = this.#objective ?? {
      optimizer: this.#optimizer(),
      losses: [],
      lossWeights: {},
      metrics: [],
    };
    const values = await predictTables(
      modelTask(this.plan, objective, { xs, ws: [], forms: [] }),
      this.#weights(),
      xs,
      batchSize,
    );
    return Object.fromEntries(
      this.plan.outputs.map(({ name, shape }, i) => [
        name,
        { data: values[i]!, shape: [xs[0]!.rows, ...shape] },
      ]),
    );
  }

  /**
   * Loss and metrics that an ONNX file reaches on samples, by name: the file is run as it is (input `input`, output
   * `output`, as `toOnnx` writes them), and this model's loss and metrics judge its outputs. Penalties are left out,
   * and so are masks, which a file does not tell.
   */
  async evaluateOnnx(file: Uint8Array, data: SamplesLike): Promise<Readonly<Record<string, number>>> {
    const objective = this.#requireObjective('evaluateOnnx');
    const samples = readSamples(this.plan, objective.losses, 'data', data);
    return evaluateFile(modelTask(this.plan, objective, samples), file, samples, this.#knobs());
  }

  /** Names of what `fit` measures on training data: `loss` and the metrics; with validation data `val...` of each, too. */
  metricNames(): readonly string[] {
    return metricNamesOf(this.#requireObjective('metricNames'));
  }

  /** Checks that samples fit the model, as `fit` would, without training. Throws `LU_DATA_*`. */
  checkData(data: SamplesLike, what = 'data'): void {
    readSamples(this.plan, this.#requireObjective('checkData').losses, what, data);
  }

  /** A table of layers, output shapes and parameters, with the memory they take, as text. */
  summary(): string {
    return summarize(this.plan, this.#objective?.optimizer);
  }

  /**
   * Which numbers of the model are parameters, learned from data, and which are hyperparameters, chosen before training,
   * each with its help card; `explanationText` makes two tables of it.
   */
  explain(): Explanation {
    return explainModel(this.plan, this.#objective?.optimizer);
  }

  /** Number of parameters: all, as in Keras, or only those that the optimizer moves, or the others. */
  countParams(which: ParameterKind = 'all'): number {
    return parameterCount(this.plan, which);
  }

  /** Copies of all weights by `layer.weight`, such as `dense1.kernel`, in row-major order. */
  getWeights(): NamedArrays {
    return fromStored(this.plan, this.#weights());
  }

  /** Replaces all weights; throws `LU_MODEL_WEIGHTS` for a missing, unknown or misfitting one. Optimizer states stay. */
  setWeights(weights: NamedArrays): void {
    requireWeights(this.name, this.plan, weights);
    const task = this.#stateTask();
    const state = this.#state ?? freshState(task, weights);
    this.#state = { ...state, arrays: withWeights(task, state.arrays, toStored(this.plan, weights)) };
  }

  /**
   * The model in evaluation mode as an ONNX file with the weights in it, for any ONNX runtime.
   *
   * Input `input`: float32 [batch, ...sample], any batch size, the same numbers the model was trained on (after
   * `layers.rescaling({ scale: 1 / 255 })` that is 0 to 255, without it 0 to 1). Output `output`: float32 [batch, ...].
   */
  toOnnx(metadata: Readonly<Record<string, string>> = {}): Uint8Array {
    return exportOnnx(this.plan, this.#weights(), { 'luthier.model': this.name, ...metadata });
  }

  /** Forgets weights and optimizer states; compiled programs belong to the process and stay for the next model. */
  dispose(): void {
    this.#state = undefined;
    this.#lastRun = undefined;
    this.#moved = {};
    this.#isFitted = false;
  }

  /** What graphs over these samples are made of and fed with, for reports; the model stays as it is. Throws `LU_DATA_*`. */
  inside(data: SamplesLike): ModelInside {
    const objective = this.#requireObjective('inside');
    const samples = readSamples(this.plan, objective.losses, 'data', data);
    const copy = this.clone();
    return {
      task: modelTask(this.plan, objective, samples),
      weights: copy.#weights(),
      knobs: copy.#knobs(),
      samples,
    };
  }

  /** The weights as graphs hold them. */
  #weights(): NamedArrays {
    const task = this.#stateTask();
    this.#state ??= freshState(task, initialWeights(this.plan, this.#seed));
    return weightsOf(task, this.#state.arrays, this.#knobs());
  }

  #knobs(): Readonly<Record<string, number>> {
    const { lossWeights = {} } = this.#objective ?? {};
    const sources = { plan: this.plan, optimizer: this.#optimizer(), lossWeights };
    return knobsInForce(sources, this.#moved, (this.#state?.step ?? 0) + 1);
  }

  /** What the arrays of a state depend on. */
  #stateTask(): Pick<Task, 'plan' | 'optimizer'> {
    return { plan: this.plan, optimizer: this.#optimizer() };
  }

  #optimizer(): Optimizer {
    return this.#objective?.optimizer ?? parseOptimizer('sgd');
  }

  #requireObjective(method: string): Objective {
    if (this.#objective !== undefined) return this.#objective;
    throw new LuthierError('LU_MODEL_COMPILE', `${method} needs a compiled model`, {
      fix: 'Call compile({ optimizer, loss, metrics }) first.',
    });
  }
}

import { type EpochRecord, encodeJson, LuthierError, type TrainingHistory } from '@luthier/core';
import type { Layer } from '../layers/layer.ts';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { parseOptimizer } from '../optimizers/optimizers.ts';
import type { CallbackFactory, NamedArrays, Progress, RunInfo } from './callback.ts';
import { evaluateFile } from './evaluate-file.ts';
import { EVALUATION_BATCH, evaluateTables, predictTables } from './evaluation.ts';
import { type Explanation, explainModel } from './explain.ts';
import { exportOnnx } from './export.ts';
import { type CheckpointOptions, type Run, type StepRecord, train, validationName } from './fit.ts';
import { weightsOf, withWeights } from './kept-weights.ts';
import { type Mixing, type MixingOptions, readMixing } from './mixing.ts';
import { type CompileOptions, parseObjective } from './objective.ts';
import { type ModelPlan, planGraph, planModel } from './plan.ts';
import { type ReadSamples, readInputs, readSamples, splitValidation } from './read-data.ts';
import { requireSeveralClasses } from './require-classes.ts';
import { decodeRun, type RunState, requireSameRun, type SavedRun } from './run-state.ts';
import { type ClassWeight, withClassWeight } from './sample-weights.ts';
import { fromStored, initialWeights, toStored } from './stored-weights.ts';
import { type ParameterKind, parameterCount, summarize } from './summary.ts';
import { emptySums } from './sums.ts';
import type { SymbolicTensor } from './symbolic.ts';
import type { SamplesLike, TensorsLike } from './tables.ts';
import { knobsInForce, type Objective, type Task, taskFor } from './task.ts';
import { names } from './tensor-names.ts';
import { stateShapes } from './train-graph.ts';

/** A model as reports see it. */
export interface ModelInside {
  readonly task: Task;
  /** As graphs hold them. */
  readonly weights: NamedArrays;
  readonly knobs: Readonly<Record<string, number>>;
  readonly samples: ReadSamples;
}

/** Options of `fit`. */
export interface FitOptions {
  /** Passes over the data, counted from `initialEpoch`. Default 1. */
  readonly epochs?: number;
  /** Samples an update; the last batch of an epoch may be smaller. Default 32. */
  readonly batchSize?: number;
  readonly validationData?: SamplesLike;
  /** Keeps back the last fraction of the data, before shuffling. Default 0. */
  readonly validationSplit?: number;
  /** A new order each epoch, keyed by seed and epoch. Default true. */
  readonly shuffle?: boolean;
  /** Decides initial weights (unless the model has weights), order and masks. Default: the seed of the model. */
  readonly seed?: number;
  /** Number of the first epoch. Default 0. */
  readonly initialEpoch?: number;
  /** How much the training samples of each class count, besides their own weights. Default 1. */
  readonly classWeight?: ClassWeight;
  /** Trains on `share a + (1 - share) b` of pairs of samples and of their targets. Default: none. */
  readonly mixup?: MixingOptions;
  /** Trains on images with a box of another pasted in, and targets by its area. Default: none. */
  readonly cutmix?: MixingOptions;
  readonly callbacks?: readonly CallbackFactory[];
  /** Ends the run at the next call into the runtime. */
  readonly signal?: AbortSignal;
  /** After each epoch, after the callbacks. */
  readonly onEpoch?: (record: EpochRecord) => void | Promise<void>;
  /** For each optimizer step, in order; several come at once, after the call that made them. */
  readonly onStep?: (step: StepRecord) => void;
  /** After each call into the runtime, some seven times a second. */
  readonly onCall?: (progress: Progress) => void;
  readonly checkpoint?: CheckpointOptions;
  /**
   * Bytes of a checkpoint to go on from, exactly as if the run had never stopped; `last` goes on with this model's last
   * run, also of a model that was loaded.
   */
  readonly resume?: Uint8Array | 'last';
}

const FIT_OPTIONS = [
  'epochs',
  'batchSize',
  'validationData',
  'validationSplit',
  'shuffle',
  'seed',
  'initialEpoch',
  'classWeight',
  'mixup',
  'cutmix',
  'callbacks',
  'signal',
  'onEpoch',
  'onStep',
  'onCall',
  'checkpoint',
  'resume',
] as const;

/** Outputs in row-major order. */
export interface Prediction {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** All that a model is, as data. */
export interface ModelSnapshot {
  readonly plan: ModelPlan;
  readonly name: string;
  readonly seed: number;
  readonly isFitted: boolean;
  readonly compileOptions?: CompileOptions;
  /** Absent before weights were asked for. */
  readonly state?: RunState;
  /** Where the last run stood when it ended. */
  readonly lastRun?: SavedRun;
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
    const moving = optimizer.withRate?.((update) => rateAt(Math.max(0, update - made)));
    if (moving === undefined) {
      throw new LuthierError('LU_MODEL_RATE', `The optimizer '${optimizer.kind}' has no rate to replace`, {
        fix: 'Use one of `optimizers`, or give yours a withRate.',
      });
    }
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
      // Without its optimizer only the weights can be used.
      const known = stateShapes({ plan, optimizer: model.#optimizer() });
      for (const [path, shape] of known) {
        const isNeeded = compileOptions !== undefined || path.startsWith(names.weight(''));
        const size = shape.reduce((product, extent) => product * extent, 1);
        if (!isNeeded || state.arrays[path]?.length === size) continue;
        throw new LuthierError('LU_MODEL_FILE', `the file has no ${path} of ${size} numbers`, {
          fix: 'Save the model again, or give an undamaged copy.',
          where: path,
        });
      }
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
    if (weights !== undefined) this.#state = this.#freshState(weights);
    return this;
  }

  /**
   * Trains, and returns what every epoch measured.
   *
   * `x` is a tensor `{ data, shape: [n, ...sample] }` or nested arrays; bytes stay bytes in memory. `y` holds integer
   * labels, one-hot rows or real targets, as the loss asks. An epoch makes `ceil(n / batchSize)` updates. The same seed
   * gives the same bits. With `sampleWeight` in data or validation data, and with `classWeight`, the loss is
   * `sum(w l) / n`. `mixup` (Zhang et al. 2018) and `cutmix` (Yun et al. 2019) pair the samples of a batch anew in every
   * step; training metrics are then those of mixed samples, against mixed targets or the first label. A second call goes on with weights and optimizer states. A loss that is NaN or infinite ends
   * the run with stopReason `diverged`; its record is kept.
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
      const { run, start } = await this.#prepare(data, options);
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

  async #prepare(data: SamplesLike, options: FitOptions): Promise<{ run: Run; start: RunState }> {
    const objective = this.#requireObjective('fit');
    const where = 'fit';
    const code = 'LU_FIT_OPTION';
    refuseUnknown(code, where, options, FIT_OPTIONS);
    const epochs = requireNumber(code, where, 'epochs', options.epochs ?? 1, ranges.count);
    const batchSize = requireNumber(code, where, 'batchSize', options.batchSize ?? 32, ranges.count);
    const initialEpoch = requireNumber(
      code,
      where,
      'initialEpoch',
      options.initialEpoch ?? 0,
      ranges.countFromZero,
    );
    const fraction = requireNumber(code, where, 'validationSplit', options.validationSplit ?? 0, ranges.rate);
    const seed = requireNumber(code, where, 'seed', options.seed ?? this.#seed, ranges.finite);
    const shuffle = options.shuffle ?? true;
    if (this.plan.trainable.length === 0) {
      throw new LuthierError('LU_MODEL_WEIGHTS', `${this.name} has no weights to train`, {
        fix: 'Add a layer that has some, such as dense.',
      });
    }
    const all = readSamples(this.plan, objective.losses, 'training data', data);
    const given =
      options.validationData === undefined
        ? undefined
        : readSamples(this.plan, objective.losses, 'validation data', options.validationData);
    const isSplit = given === undefined && fraction > 0;
    const { train: kept, validation } = isSplit
      ? splitValidation(all, fraction)
      : { train: all, validation: given };
    if (validation !== undefined && validation.forms.join() !== all.forms.join()) {
      throw new LuthierError('LU_DATA_TARGET', 'Training and validation targets have different forms', {
        fix: 'Give labels in both, or rows in both.',
        where: 'validation data y',
      });
    }
    requireSeveralClasses(this.plan, objective.losses, kept);
    const weighted = withClassWeight(this.plan, kept, options.classWeight);
    const task = this.#task(objective, weighted);
    const mixing = readMixing(this.plan, options);
    const identity = {
      structure: this.#structure(mixing),
      seed,
      rows: kept.xs[0]!.rows,
      batchSize,
      shuffle,
    };
    const callbacks = this.#createCallbacks(options.callbacks ?? [], validation !== undefined, epochs);
    const saved = await this.#resumed(options.resume);
    if (saved !== undefined) {
      requireSameRun(saved, identity);
      for (const { name, callback } of callbacks) {
        const state = saved.callbacks[name];
        if (state !== undefined) callback.restoreState?.(state);
      }
    }
    const before = this.#state ?? this.#freshState(initialWeights(this.plan, seed));
    const fresh = {
      ...before,
      epoch: initialEpoch,
      cursor: 0,
      epochs: [],
      moved: {},
      sums: emptySums(objective.metrics.map(({ name }) => name)),
    };
    const run: Run = {
      task,
      data: weighted,
      ...(validation === undefined ? {} : { validation }),
      batchSize,
      epochs,
      seed,
      shuffle,
      ...(mixing === undefined ? {} : { mixing }),
      identity,
      callbacks,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.onEpoch === undefined ? {} : { onEpoch: options.onEpoch }),
      ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
      ...(options.onCall === undefined ? {} : { onCall: options.onCall }),
      ...(options.checkpoint === undefined ? {} : { checkpoint: options.checkpoint }),
    };
    return { run, start: saved?.state ?? fresh };
  }

  async #resumed(resume: FitOptions['resume']): Promise<SavedRun | undefined> {
    if (resume !== 'last') return resume === undefined ? undefined : decodeRun(resume);
    if (this.#lastRun !== undefined) return this.#lastRun;
    throw new LuthierError('LU_FIT_RESUME', `${this.name} has no run to go on with`, {
      fix: 'Leave resume out, or give it the bytes of a checkpoint.',
      where: 'resume',
    });
  }

  /** Whether a larger value of a loss or metric, by its name with or without `val`, is better; undefined when nobody says so. */
  direction(monitor: string): 'min' | 'max' | undefined {
    if (monitor === 'loss' || monitor === 'valLoss') return 'min';
    const { metrics } = this.#requireObjective('direction');
    return metrics.find(({ name }) => name === monitor || validationName(name) === monitor)?.direction;
  }

  #createCallbacks(
    factories: readonly CallbackFactory[],
    isValidated: boolean,
    epochs: number,
  ): Run['callbacks'] {
    const { metrics } = this.#requireObjective('fit');
    const own = ['loss', ...metrics.map(({ name }) => name)];
    const monitors = isValidated ? [...own, ...own.map(validationName)] : own;
    const info: RunInfo = {
      monitors,
      epochs,
      isScheduled: this.#requireObjective('fit').optimizer.scheduled !== undefined,
      direction: (monitor) => this.direction(monitor),
    };
    const taken = new Set<string>();
    return factories.map((factory) => {
      let { name } = factory;
      for (let i = 2; taken.has(name); i++) name = `${factory.name}${i}`;
      taken.add(name);
      return { name, callback: factory.create(info) };
    });
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
      this.#task(objective, samples),
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
      this.#task(objective, { xs, ws: [], forms: [] }),
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
    return evaluateFile(this.#task(objective, samples), file, samples, this.#knobs());
  }

  /** Names of what `fit` measures on training data: `loss` and the metrics; with validation data `val...` of each, too. */
  metricNames(): readonly string[] {
    return ['loss', ...this.#requireObjective('metricNames').metrics.map(({ name }) => name)];
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
    refuseUnknown(
      'LU_MODEL_WEIGHTS',
      `model '${this.name}'`,
      weights,
      this.plan.weights.map(({ path }) => path),
    );
    for (const { path, size } of this.plan.weights) {
      const array = weights[path];
      if (array?.length !== size) {
        throw new LuthierError(
          'LU_MODEL_WEIGHTS',
          `Weight '${path}' takes ${size} numbers, not ${array === undefined ? 'none' : array.length}`,
          { fix: 'Give every weight of the model in its size.', where: path },
        );
      }
    }
    const state = this.#state ?? this.#freshState(weights);
    const task = { plan: this.plan, optimizer: this.#optimizer() };
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
      task: this.#task(objective, samples),
      weights: copy.#weights(),
      knobs: copy.#knobs(),
      samples,
    };
  }

  #task(objective: Objective, { xs, ws, forms }: Pick<ReadSamples, 'xs' | 'ws' | 'forms'>): Task {
    return taskFor({ ...objective, plan: this.plan, xTypes: [], forms, weightShapes: [] }, { xs, ws });
  }

  #structure(mixing: Mixing | undefined): string {
    const { optimizer } = this.#requireObjective('fit');
    const mixed = mixing === undefined ? [] : [mixing.kind, mixing.alpha];
    return encodeJson([this.plan.structure, optimizer.kind, optimizer.structure, ...mixed]);
  }

  /** The weights as graphs hold them. */
  #weights(): NamedArrays {
    this.#state ??= this.#freshState(initialWeights(this.plan, this.#seed));
    const task = { plan: this.plan, optimizer: this.#optimizer() };
    return weightsOf(task, this.#state.arrays, this.#knobs());
  }

  #knobs(): Readonly<Record<string, number>> {
    const { lossWeights = {} } = this.#objective ?? {};
    const sources = { plan: this.plan, optimizer: this.#optimizer(), lossWeights };
    return knobsInForce(sources, this.#moved, (this.#state?.step ?? 0) + 1);
  }

  #freshState(weights: NamedArrays): RunState {
    const task = { plan: this.plan, optimizer: this.#optimizer() };
    const arrays: Record<string, Float32Array> = {};
    for (const [name, shape] of stateShapes(task)) {
      arrays[name] = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
    }
    const stored = toStored(this.plan, weights);
    for (const { path } of this.plan.weights) arrays[names.weight(path)] = stored[path]!;
    return { arrays, step: 0, epoch: 0, cursor: 0, sums: emptySums([]), epochs: [], moved: {} };
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

function readBatchSize(where: string, options: { readonly batchSize?: number }): number {
  refuseUnknown('LU_FIT_OPTION', where, options, ['batchSize']);
  return requireNumber(
    'LU_FIT_OPTION',
    where,
    'batchSize',
    options.batchSize ?? EVALUATION_BATCH,
    ranges.count,
  );
}

/**
 * A model of layers in a row.
 *
 * Throws, naming the layers, when the first does not say its input shape or two do not fit.
 *
 * @example
 * sequential([
 *   layers.input({ shape: [784] }),
 *   layers.dense({ units: 512, activation: 'relu' }),
 *   layers.dense({ units: 10, activation: 'softmax' }),
 * ]).countParams() // 407050
 */
export function sequential(layers: readonly Layer[], options: ModelOptions = {}): Model {
  refuseUnknown('LU_MODEL_OPTION', 'sequential', options, ['name', 'seed']);
  return new Model(planModel(layers), options);
}

/** Options of `functional`. */
export interface FunctionalOptions extends ModelOptions {
  /** What `input()` gave; one, or several in the order in which data are given. */
  readonly inputs: SymbolicTensor | readonly SymbolicTensor[];
  /** One tensor, several (named after their layers), or several by name. */
  readonly outputs: SymbolicTensor | readonly SymbolicTensor[] | Readonly<Record<string, SymbolicTensor>>;
}

function isTensor(given: FunctionalOptions['outputs']): given is SymbolicTensor {
  return 'shape' in given && Array.isArray(given.shape);
}

/**
 * A model of any acyclic graph of layers, with one or several inputs and outputs.
 *
 * A layer object called more than once shares its weights between the calls. Throws `LU_MODEL_INPUT` for an input that
 * is missing among `inputs`, or that no output needs, and `LU_MODEL_CYCLE` for a cycle.
 *
 * @example
 * const a = input({ shape: [16] });
 * const hidden = call(layers.dense({ units: 16, activation: 'relu' }), a);
 * const model = functional({ inputs: a, outputs: call(layers.add(), a, hidden) });
 */
export function functional(options: FunctionalOptions): Model {
  const { inputs, outputs, ...rest } = options;
  refuseUnknown('LU_MODEL_OPTION', 'functional', rest, ['name', 'seed']);
  const ends = isTensor(outputs)
    ? [{ tensor: outputs }]
    : Array.isArray(outputs)
      ? (outputs as readonly SymbolicTensor[]).map((tensor) => ({ tensor }))
      : Object.entries(outputs).map(([name, tensor]) => ({ name, tensor }));
  const sources = Array.isArray(inputs) ? inputs : [inputs as SymbolicTensor];
  return new Model(planGraph({ inputs: sources, outputs: ends }), rest);
}

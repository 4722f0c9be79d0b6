import type { TrainingHistory } from '@luthier/core';
import type { Layer } from '../layers/layer.ts';
import { refuseUnknown } from '../layers/options.ts';
import type { NamedArrays } from './callback.ts';
import { evaluateFile } from './evaluate-file.ts';
import { evaluateTables } from './evaluation.ts';
import { type Explanation, explainModel } from './explain.ts';
import { exportOnnx } from './export.ts';
import { train } from './fit.ts';
import { type FitOptions, readBatchSize } from './fit-options.ts';
import { withTrainable } from './freeze.ts';
import { directionOf, metricNamesOf } from './metric-names.ts';
import { type ModelInside, modelInside } from './model-inside.ts';
import { type ModelLayer, modelLayer } from './model-layer.ts';
import { type PartOfModel, planPart } from './model-part.ts';
import type { ModelSnapshot } from './model-snapshot.ts';
import { ModelState, UNNAMED } from './model-state.ts';
import { findInside, planInside, weightNames } from './nested-models.ts';
import type { CompileOptions } from './objective.ts';
import type { ModelPlan } from './plan.ts';
import { type Prediction, type PredictOptions, predictOutputs, wantedOutput } from './predict.ts';
import { prepareFit } from './prepare-fit.ts';
import { readSamples } from './read-data.ts';
import { createLoan, requireSeparateLoans } from './shared-weights.ts';
import { fromStored, requireWeights, toStored } from './stored-weights.ts';
import { type ParameterKind, parameterCount, summarize } from './summary.ts';
import type { SamplesLike, TensorsLike } from './tables.ts';
import { modelTask } from './task.ts';

/** Options of `sequential` and `functional`. */
export interface ModelOptions {
  /** Goes into exported files, and is the name of the layer that the model is in another. */
  readonly name?: string;
  /** Decides the initial weights when `fit` gives no seed. Default 0. */
  readonly seed?: number;
}

/** Models by the layers that stand for them. */
const models = new WeakMap<Layer, Model>();

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
  readonly #state: ModelState;
  /** Models inside this one, by their names in it. */
  readonly #inside: ReadonlyMap<string, Model>;
  #layer: ModelLayer | undefined;

  constructor(state: ModelState, inside: ReadonlyMap<string, Model> = new Map()) {
    this.#state = state;
    this.#inside = inside;
  }

  /** A new model of a plan; models that were called as layers keep their weights. */
  static create(plan: ModelPlan, options: ModelOptions = {}): Model {
    const inside = findInside(plan, (layer) => models.get(layer));
    const loans = [...inside].map(([name, model]) =>
      createLoan(model.#state, weightNames(model.plan), { here: `${name}.` }),
    );
    return new Model(new ModelState({ ...options, plan, loans }), inside);
  }

  /** Throws `LU_MODEL_SHARED` unless models, which are trained side by side, have weights of their own each. */
  static requireSeparate(together: string, models: Readonly<Record<string, Model>>): void {
    const loans = Object.entries(models).map(([name, model]) =>
      createLoan(model.#state, weightNames(model.plan), { here: `${name}.` }),
    );
    requireSeparateLoans(together, loans);
  }

  get name(): string {
    return this.#state.name;
  }

  get plan(): ModelPlan {
    return this.#state.plan;
  }

  /**
   * A model of the same layers, compiled alike, with the same weights, states and counts: training it does not move this
   * one, nor a model inside it.
   *
   * `rateAt` replaces its learning rate from the next update on, counted from 0. Throws `LU_MODEL_RATE` for an optimizer
   * that has no rate to replace.
   */
  clone(options: { readonly rateAt?: (update: number) => number } = {}): Model {
    return new Model(this.#state.copy(options.rateAt));
  }

  /** Batches whose mean gradient makes one update. */
  get batchesPerUpdate(): number {
    return this.#state.objective('batchesPerUpdate').optimizer.batchesPerUpdate ?? 1;
  }

  /** All that a model is, to be saved; see `saveModel`. */
  snapshot(): ModelSnapshot {
    return this.#state.snapshot();
  }

  /** The model that a snapshot was taken of; throws `LU_MODEL_FILE` when its weights are not those of its layers. */
  static fromSnapshot(snapshot: ModelSnapshot): Model {
    const state = new ModelState(snapshot);
    state.restore(snapshot);
    return new Model(state);
  }

  /** Whether `fit` has moved the weights; compiling anew does not undo it, `dispose` does. */
  get isFitted(): boolean {
    return this.#state.isFitted;
  }

  /** Sets optimizer, loss and metrics; optimizer states begin anew, weights stay. Returns the model. */
  compile(options: CompileOptions): this {
    this.#state.compile(options);
    return this;
  }

  /**
   * Freezes layers of these names, those inside a model as `encoder.dense1`, or all layers without a name: no updates, no
   * penalties, batch normalization by its moving moments. Weights stay, optimizer states begin anew. Returns the model.
   *
   * A model called as a layer is frozen there as it was when it was called. Throws `LU_MODEL_OPTION` for an unknown name.
   *
   * @example
   * const features = trained.part({ to: 'flatten1' }).freeze();
   * const model = sequential([features, layers.dense({ units: 3, activation: 'softmax' })]);
   */
  freeze(...names: readonly string[]): this {
    return this.#setTrainable(names, false);
  }

  /** Undoes `freeze`. */
  unfreeze(...names: readonly string[]): this {
    return this.#setTrainable(names, true);
  }

  #setTrainable(names: readonly string[], isTrainable: boolean): this {
    this.#state.replan(withTrainable(this.plan, names, isTrainable));
    this.#layer = undefined;
    return this;
  }

  /**
   * The model as a layer of others, which share its weights: what `call(model, ...)` and `sequential([model])` use.
   *
   * What others learn is here when their `fit` ends; while it runs, this model keeps the weights it had, and cannot be
   * trained itself (`LU_FIT_BUSY`).
   */
  asLayer(): Layer {
    if (this.#layer === undefined) {
      this.#layer = modelLayer(this.plan, this.name === UNNAMED ? undefined : this.name);
      models.set(this.#layer, this);
    }
    return this.#layer;
  }

  /**
   * A model of the layers between some and others, which shares its weights with this one: training either trains both.
   *
   * `from` and `to` name layers; default: the inputs and outputs of this model. Throws `LU_MODEL_PART` for a layer that is not
   * there, `LU_MODEL_INPUT` when the part would need more than it takes in.
   *
   * @example
   * const encoder = autoencoder.part({ to: 'code' });
   */
  part(options: PartOfModel & { readonly name?: string }): Model {
    refuseUnknown('LU_MODEL_OPTION', 'part', options, ['from', 'to', 'name']);
    const { name, ...ends } = options;
    const plan = planPart(this.plan, ends);
    const loans = [createLoan(this.#state, weightNames(plan))];
    return new Model(new ModelState({ plan, loans, ...(name === undefined ? {} : { name }) }));
  }

  /**
   * The model inside this one that is the layer of a name: the one that was called or, after loading, one that shares its
   * weights with this. Throws `LU_MODEL_PART`.
   *
   * @example
   * const encoder = (await loadModel(bytes)).inner('encoder');
   */
  inner(name: string): Model {
    const known = this.#inside.get(name);
    if (known !== undefined) return known;
    const plan = planInside(this.plan, name);
    const loans = [createLoan(this.#state, weightNames(plan), { there: `${name}.` })];
    return new Model(new ModelState({ plan, name: name.slice(name.lastIndexOf('.') + 1), loans }));
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
    return this.#state.whileTraining(async () => {
      const { run, start } = await prepareFit(this.#state, data, options);
      const { history, state, resumable } = await train(run, start);
      this.#state.trained(state, resumable);
      return history;
    });
  }

  /** Whether a larger value of a loss or metric, by its name with or without `val`, is better; undefined when nobody says so. */
  direction(monitor: string): 'min' | 'max' | undefined {
    return directionOf(this.#state.objective('direction'), monitor);
  }

  /** Loss and metrics over samples in evaluation mode, by name. */
  async evaluate(
    data: SamplesLike,
    options: { readonly batchSize?: number } = {},
  ): Promise<Readonly<Record<string, number>>> {
    const objective = this.#state.objective('evaluate');
    const batchSize = readBatchSize('evaluate', options);
    const samples = readSamples(this.plan, objective.losses, 'data', data);
    const { loss, metrics } = await evaluateTables(
      modelTask(this.plan, objective, samples),
      this.#state.weights(),
      this.#state.knobs(),
      samples,
      batchSize,
    );
    return { loss, ...metrics };
  }

  /** The output in evaluation mode, one row a sample; of a model with several the one asked for by `output`. */
  async predict(
    x: TensorsLike,
    options: PredictOptions & { readonly output?: string } = {},
  ): Promise<Prediction> {
    const { output, ...rest } = options;
    const wanted = wantedOutput(this.#state, output);
    return (await predictOutputs(this.#state, x, rest))[wanted]!;
  }

  /** All outputs in evaluation mode by name, one row a sample. */
  async predictAll(
    x: TensorsLike,
    options: PredictOptions = {},
  ): Promise<Readonly<Record<string, Prediction>>> {
    return predictOutputs(this.#state, x, options);
  }

  /**
   * Loss and metrics that an ONNX file reaches on samples, by name: the file is run as it is (input `input`, output
   * `output`, as `toOnnx` writes them), and this model's loss and metrics judge its outputs. Penalties are left out,
   * and so are masks, which a file does not tell.
   */
  async evaluateOnnx(file: Uint8Array, data: SamplesLike): Promise<Readonly<Record<string, number>>> {
    const objective = this.#state.objective('evaluateOnnx');
    const samples = readSamples(this.plan, objective.losses, 'data', data);
    return evaluateFile(modelTask(this.plan, objective, samples), file, samples, this.#state.knobs());
  }

  /** Names of what `fit` measures on training data: `loss` and the metrics; with validation data `val...` of each, too. */
  metricNames(): readonly string[] {
    return metricNamesOf(this.#state.objective('metricNames'));
  }

  /** Checks that samples fit the model, as `fit` would, without training. Throws `LU_DATA_*`. */
  checkData(data: SamplesLike, what = 'data'): void {
    readSamples(this.plan, this.#state.objective('checkData').losses, what, data);
  }

  /** A table of layers, output shapes and parameters, with the memory they take, as text. */
  summary(): string {
    return summarize(this.plan, this.#state.compiledOptimizer);
  }

  /**
   * Which numbers of the model are parameters, learned from data, and which are hyperparameters, chosen before training,
   * each with its help card; `explanationText` makes two tables of it.
   */
  explain(): Explanation {
    return explainModel(this.plan, this.#state.compiledOptimizer);
  }

  /** Number of parameters: all, as in Keras, or only those that the optimizer moves, or the others. */
  countParams(which: ParameterKind = 'all'): number {
    return parameterCount(this.plan, which);
  }

  /** Copies of all weights by `layer.weight`, such as `dense1.kernel`, in row-major order. */
  getWeights(): NamedArrays {
    return fromStored(this.plan, this.#state.weights());
  }

  /** Replaces all weights; throws `LU_MODEL_WEIGHTS` for a missing, unknown or misfitting one. Optimizer states stay. */
  setWeights(weights: NamedArrays): void {
    requireWeights(this.name, this.plan, weights);
    this.#state.setWeights(toStored(this.plan, weights));
  }

  /**
   * The model in evaluation mode as an ONNX file with the weights in it, for any ONNX runtime.
   *
   * Input `input`: float32 [batch, ...sample], any batch size, the same numbers the model was trained on (after
   * `layers.rescaling({ scale: 1 / 255 })` that is 0 to 255, without it 0 to 1). Output `output`: float32 [batch, ...].
   */
  toOnnx(metadata: Readonly<Record<string, string>> = {}): Uint8Array {
    return exportOnnx(this.plan, this.#state.weights(), { 'luthier.model': this.name, ...metadata });
  }

  /**
   * Forgets weights and optimizer states; models inside this one keep theirs, and compiled programs belong to the process
   * and stay for the next model.
   */
  dispose(): void {
    this.#state.forget();
  }

  /** What graphs over these samples are made of and fed with, for reports; the model stays as it is. Throws `LU_DATA_*`. */
  inside(data: SamplesLike): ModelInside {
    return modelInside(this.#state, data);
  }
}

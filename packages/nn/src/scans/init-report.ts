import { LuthierError } from '@luthier/core';
import { gradient } from '../graph/gradient.ts';
import type { Node } from '../graph/node.ts';
import { add, subtract } from '../graph/ops/arithmetic.ts';
import { sqrt, square } from '../graph/ops/elementwise.ts';
import { mean } from '../graph/ops/reduce.ts';
import { borrowBatchProgram, dataFeeds, knobFeeds, weightFeeds } from '../training/evaluation.ts';
import type { LayerOutput } from '../training/forward.ts';
import { judge, truthInputs } from '../training/judge.ts';
import type { Model } from '../training/model.ts';
import { type BatchGraph, evaluationPass } from '../training/probe-graphs.ts';
import { type SamplesLike, sliceData } from '../training/tables.ts';
import type { Task } from '../training/task.ts';

/** Signal and gradient at the output of one layer. */
export interface LayerSpread {
  readonly layer: string;
  readonly kind: string;
  /** Standard deviation of the outputs over a batch. */
  readonly activation: number;
  /** Standard deviation of the loss's gradient with respect to them. */
  readonly gradient: number;
}

/** Whether signals and gradients keep their size through the layers. */
export interface InitReport {
  /** In the order of the plan, those inside a model or wrapper before it; inputs are left out. */
  readonly layers: readonly LayerSpread[];
  /** Spread of the last hidden layer's outputs over that of the first one's. */
  readonly activationRatio: number;
  /** Spread of the first hidden layer's gradients over that of the last one's: what comes through backwards. */
  readonly gradientRatio: number;
  readonly verdict: 'healthy' | 'vanishing' | 'exploding';
  /** One sentence. */
  readonly text: string;
}

/** Beyond a factor 10 either way signals do not keep their size. */
const KEPT = 10;
const ROWS = 256;

function spread(x: Node): Node {
  return sqrt(mean(square(subtract(x, mean(x)))));
}

interface SpreadGraph extends BatchGraph {
  readonly layers: readonly Pick<LayerOutput, 'name' | 'kind'>[];
}

function spreadGraph(task: Task, batch: number): SpreadGraph {
  const { pass, inputs, knob, knobs } = evaluationPass(task, batch);
  const truth = truthInputs(task, batch);
  const { loss: dataLoss } = judge(task, pass.outputs, truth, knob, pass.masks);
  const loss = pass.penalty === undefined ? dataLoss : add(dataLoss, pass.penalty);
  const given = pass.given.filter(({ kind }) => kind !== 'input');
  const values = given.map(({ value }) => value);
  const gradients = gradient(loss, values);
  const outputs: Record<string, Node> = {};
  for (const [i, value] of values.entries()) {
    outputs[`activation/${i}`] = spread(value);
    outputs[`gradient/${i}`] = spread(gradients[i]!);
  }
  return {
    graph: { inputs: [...inputs(), ...truth.targets, ...truth.weights], outputs },
    knobs: knobs(),
    outputs: Object.keys(outputs),
    weighted: [],
    layers: given.map(({ name, kind }) => ({ name, kind })),
  };
}

function verdictOf(forward: number, backward: number): InitReport['verdict'] {
  const ratios = [forward, backward];
  if (ratios.some((ratio) => !Number.isFinite(ratio) || ratio > KEPT)) return 'exploding';
  return ratios.some((ratio) => ratio < 1 / KEPT) ? 'vanishing' : 'healthy';
}

const TEXTS: Readonly<Record<InitReport['verdict'], string>> = {
  healthy: 'signals and gradients keep their size through the layers',
  vanishing:
    'signals or gradients vanish from layer to layer, so that the first layers learn nothing: use He initialization with relu, Glorot with tanh or sigmoid, or normalize between layers',
  exploding:
    'signals or gradients grow from layer to layer, so that training diverges: use He initialization with relu, Glorot with tanh or sigmoid, or normalize between layers',
};

/**
 * Spread of activations and gradients at every layer over one batch, with the weights as they are now.
 *
 * Up to 256 samples are used. The verdict compares the first and the last hidden layer that has weights: within a factor of 10 both
 * ways is healthy. Throws `LU_SCAN_LAYERS` for a model without layers to compare, and `LU_DATA_*`.
 *
 * @example
 * (await gradientFlow(model, train)).verdict // 'vanishing' in a deep network of sigmoids
 */
export async function gradientFlow(model: Model, data: SamplesLike): Promise<InitReport> {
  const { task, weights, knobs, samples } = model.inside(data);
  const rows = Math.min(ROWS, samples.xs[0]!.rows);
  const program = await borrowBatchProgram('spread', task, rows, spreadGraph);
  let layers: readonly LayerSpread[];
  try {
    const results = await program.run(
      {
        ...weightFeeds(task, weights),
        ...knobFeeds(program.description.knobs, knobs),
        ...dataFeeds(sliceData(samples, 0, rows)),
      },
      program.description.outputs,
    );
    const at = (name: string): number => Number(results[name]!.data[0]);
    layers = program.description.layers.map(({ name, kind }, i) => ({
      layer: name,
      kind,
      activation: at(`activation/${i}`),
      gradient: at(`gradient/${i}`),
    }));
  } finally {
    program.giveBack();
  }
  const weighted = new Set(task.plan.trainable.map(({ path }) => path.slice(0, path.lastIndexOf('.'))));
  const hidden = layers.filter(({ layer }) => weighted.has(layer)).slice(0, -1);
  const [first, last] = [hidden[0], hidden.at(-1)];
  if (first === undefined || last === undefined) {
    throw new LuthierError('LU_SCAN_LAYERS', 'gradientFlow: the model has no hidden layer with weights', {
      fix: 'Give a model with at least one hidden layer.',
      where: 'gradientFlow',
    });
  }
  const activationRatio = last.activation / first.activation;
  const gradientRatio = first.gradient / last.gradient;
  const verdict = verdictOf(activationRatio, gradientRatio);
  return { layers, activationRatio, gradientRatio, verdict, text: TEXTS[verdict] };
}

/**
 * The same with the weights that the model begins with, whatever training did since: whether the initialization suits
 * the network. The model itself is not touched. Reference: He, Zhang, Ren and Sun 2015; Glorot and Bengio 2010.
 *
 * @example
 * (await initReport(deepModel({ kernelInitializer: 'heNormal' }), train)).verdict // 'healthy'
 */
export function initReport(model: Model, data: SamplesLike): Promise<InitReport> {
  const fresh = model.clone();
  fresh.dispose();
  return gradientFlow(fresh, data);
}

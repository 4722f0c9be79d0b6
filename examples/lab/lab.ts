// A guided lab: practise tuning on the small bundled digits, from a baseline to one look at the test part, in about half a
// minute. node scripts/run.mjs examples/lab/lab.ts
import { pathToFileURL } from 'node:url';
import type { TrainingHistory } from '@luthier/core';
import {
  callbacks,
  type Dataset,
  digits,
  layers,
  type Model,
  optimizers,
  regularizers,
  type Samples,
  sequential,
  slice,
} from '@luthier/nn';
import { diagnose, float, int, optimize, space } from '@luthier/search';

/** What a network of the lab is made with. */
export interface LabSettings {
  readonly learningRate: number;
  readonly units: number;
  readonly dropout: number;
  readonly l2: number;
}

/** One step: what is asked, what to watch, and what came out. */
export interface LabStep {
  readonly title: string;
  readonly task: string;
  readonly finding: string;
  /** The numbers of the finding. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** How much the lab does. */
export interface LabOptions {
  /** Trials of the search. Default 12. */
  readonly trials?: number;
  /** Called after each step. */
  readonly onStep?: (step: LabStep) => void;
}

/** So few that a network can learn them by heart. */
const TRAIN_COUNT = 200;
const EPOCHS = 40;
const BASELINE: LabSettings = { learningRate: 0.001, units: 128, dropout: 0, l2: 0 };

function buildModel({ learningRate, units, dropout, l2 }: LabSettings): Model {
  return sequential([
    layers.input({ shape: [64] }),
    layers.rescaling({ scale: 1 / 16 }),
    layers.dense({ units, activation: 'relu', kernelRegularizer: regularizers.l2(l2) }),
    layers.dropout(dropout),
    layers.dense({ units: 10, activation: 'softmax' }),
  ]).compile({
    optimizer: optimizers.adam({ learningRate }),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
}

interface Trained {
  readonly history: TrainingHistory;
  readonly loss: number;
  readonly accuracy: number;
  /** How much better the loss is on what the network has seen. */
  readonly gap: number;
}

async function train(
  data: Dataset,
  settings: LabSettings,
  epochs = EPOCHS,
  seed = 0,
  judge: Samples = data.validation!,
): Promise<Trained> {
  const model = buildModel(settings);
  const history = await model.fit(data.train, {
    epochs,
    seed,
    validationData: data.validation!,
    callbacks: [callbacks.terminateOnNaN()],
  });
  const [seen, unseen] = [await model.evaluate(data.train), await model.evaluate(judge)];
  model.dispose();
  return { history, loss: unseen.loss!, accuracy: unseen.accuracy!, gap: unseen.loss! - seen.loss! };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Goes through the lab; every step trains networks and says what they show. */
export async function runLab({ trials = 12, onStep }: LabOptions = {}): Promise<readonly LabStep[]> {
  const whole = await digits({ seed: 1 });
  const data: Dataset = { ...whole, train: slice(whole.train, 0, TRAIN_COUNT) };
  const steps: LabStep[] = [];
  const add = (step: LabStep): void => {
    steps.push(step);
    onStep?.(step);
  };

  const baseline = await train(data, BASELINE);
  add({
    title: '1. A baseline',
    task: 'Train with the defaults: Adam at 0.001, 128 units, nothing against overfitting. All later steps are compared with it.',
    finding: `accuracy ${percent(baseline.accuracy)} on ${whole.validation!.x.shape[0]} digits not seen, loss ${baseline.loss.toFixed(3)}`,
    numbers: { accuracy: baseline.accuracy, loss: baseline.loss },
  });

  const rates = [1e-5, 1e-3, 1];
  const losses: number[] = [];
  for (const learningRate of rates) losses.push((await train(data, { ...BASELINE, learningRate }, 15)).loss);
  add({
    title: '2. The learning rate',
    task: 'Train 15 epochs with a rate that is far too low, a usual one, and one far too high. Which loss is which?',
    finding: rates.map((rate, i) => `rate ${rate}: loss ${losses[i]!.toFixed(2)}`).join('; '),
    numbers: { tooLow: losses[0]!, usual: losses[1]!, tooHigh: losses[2]! },
  });

  const free = await train(data, { ...BASELINE, units: 512, learningRate: 0.003 }, 80);
  const { verdict, text } = diagnose(free.history.epochs, { learningRate: 0.003, dropout: 0, l2: 0 });
  add({
    title: '3. Overfitting',
    task: 'Give 512 units 80 epochs on 200 digits. Compare the loss on digits seen with that on others, and ask the doctor.',
    finding: `the gap is ${free.gap.toFixed(3)}; the doctor says ${verdict}: ${text}`,
    numbers: { gap: free.gap, isOverfit: verdict === 'overfit' ? 1 : 0 },
  });

  const held = await train(data, { units: 512, learningRate: 0.003, dropout: 0.5, l2: 0.003 }, 80);
  add({
    title: '4. Dropout and L2',
    task: 'The same network with dropout 0.5 and an L2 penalty of 0.003. What happens to the gap?',
    finding: `the gap is ${held.gap.toFixed(3)} instead of ${free.gap.toFixed(3)}, accuracy ${percent(held.accuracy)} instead of ${percent(free.accuracy)}`,
    numbers: { gap: held.gap, accuracy: held.accuracy },
  });

  const { params, value } = await optimize(
    async (settings, { seed }) => (await train(data, settings, EPOCHS, seed)).loss,
    {
      space: space({
        learningRate: float(1e-4, 1e-1, { log: true }),
        units: int(32, 256, { step: 32 }),
        dropout: float(0, 0.5, { step: 0.1 }),
        l2: float(1e-6, 1e-2, { log: true }),
      }),
      trials,
      seed: 1,
    },
  );
  add({
    title: '5. A search',
    task: `Let Luthier choose learning rate, units, dropout and L2 in ${trials} trials by the validation loss.`,
    finding: `best loss ${value!.toFixed(3)} with ${JSON.stringify(params)}; the baseline had ${baseline.loss.toFixed(3)}`,
    numbers: { loss: value!, baseline: baseline.loss },
  });

  const before = await train(data, BASELINE, EPOCHS, 0, whole.test!);
  const after = await train(data, params!, EPOCHS, 0, whole.test!);
  add({
    title: '6. The test, once',
    task: 'Only now look at the test part, once: validation digits chose the settings, so they flatter them.',
    finding: `accuracy on the test digits ${percent(after.accuracy)}, the baseline has ${percent(before.accuracy)}`,
    numbers: { accuracy: after.accuracy, baseline: before.accuracy },
  });
  return steps;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runLab({
    onStep: ({ title, task, finding }) => process.stdout.write(`\n${title}\n  ${task}\n  -> ${finding}\n`),
  });
  process.stdout.write('\nNext: npx luthier tune examples/digits/tune.ts\n');
}

import { type LearningRateScan, LuthierError } from '@luthier/core';
import { lrScanChart, renderSvg } from '@luthier/plots';
import { hasValue, type Space } from '@luthier/search';
import { chosenParams } from './chosen-params.ts';
import type { LrScanEnd, LrScanFileOptions, TrainObserver } from './contract.ts';
import { loadTuning } from './load-tuning.ts';
import { checkedData, discover } from './prepare-study.ts';
import { shownPath, writePicture } from './result-files.ts';
import { runOnce } from './run-once.ts';
import { shellWord } from './shell-word.ts';

const DEFAULT_MIN = 1e-4;
const DEFAULT_MAX = 1e-1;

/** The hyperparameter that holds the learning rate, by the names it usually has, when it can take a value. */
function rateName(space: Space, rate: number): string | undefined {
  return space.parameters.find(
    (parameter) => /^(learning_?rate|lr)$/i.test(parameter.name) && hasValue(parameter, rate),
  )?.name;
}

/**
 * Scans the learning rate of one configuration of a tuning file and writes the picture; nothing else is kept.
 *
 * The batch size is that of the file's `fit`. Throws a LuthierError for bad input before anything is trained.
 *
 * @example
 * await scanFile({ file: 'tune.ts', cwd, set: {}, out: 'runs/lr-scan.svg', drain: new AbortController().signal });
 */
export async function scanFile(options: LrScanFileOptions, observer: TrainObserver = {}): Promise<LrScanEnd> {
  const { min, max, steps, seeds, batchSize } = options;
  if ((max ?? DEFAULT_MAX) <= (min ?? DEFAULT_MIN) || min === 0) {
    throw new LuthierError(
      'LU_SCAN_OPTION',
      `the scan would go from ${min ?? DEFAULT_MIN} to ${max ?? DEFAULT_MAX}`,
      { fix: 'Give --min above 0 and --max above it, such as --min 1e-6 --max 1.', where: '--min, --max' },
    );
  }
  const { definition, file, shown } = await loadTuning(options.file, options.cwd);
  const { model, space } = discover(definition, shown);
  await checkedData(definition, model, definition.folds);
  const params = chosenParams(space, options.set);
  const seed = options.seed ?? definition.seed ?? 0;
  observer.onStart?.({ file: shown, seed, params });
  const task = {
    kind: 'lrScan',
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(steps === undefined ? {} : { steps }),
    ...(seeds === undefined ? {} : { seeds }),
    ...(batchSize === undefined ? {} : { batchSize }),
  } as const;
  const job = { file, name: definition.name, params, seed, drain: options.drain, task };
  const { result, seconds } = await runOnce(job, observer);
  if (result.outcome === 'failed') {
    return { kind: 'failed', reason: result.reason ?? 'error', message: result.message ?? 'the scan failed' };
  }
  if (result.outcome !== 'complete') return { kind: 'interrupted' };
  const scan = result.details as unknown as LearningRateScan;
  const picture = renderSvg(lrScanChart(scan, { title: definition.name }), { width: 960, height: 480 });
  const path = await writePicture(options.cwd, options.out, picture);
  const { suggestion } = scan;
  const tried = suggestion === undefined ? undefined : Number(suggestion.toPrecision(2));
  const name = tried === undefined ? undefined : rateName(space, tried);
  return {
    kind: 'report',
    report: {
      file: shown,
      seed,
      params,
      scan,
      seconds,
      files: [{ path: shownPath(path, options.cwd), what: 'the scan as a picture' }],
      next:
        name === undefined
          ? [{ command: `npx luthier tune ${shellWord(shown)}`, what: 'search for better hyperparameters' }]
          : [
              {
                command: `npx luthier train ${shellWord(shown)} --set ${name}=${tried}`,
                what: 'train with that rate',
              },
            ],
    },
  };
}

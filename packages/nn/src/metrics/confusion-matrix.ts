import { LuthierError } from '@luthier/core';
import { sizeOf } from '../graph/tensor.ts';
import { ranges, refuseUnknown, requireNumber } from '../layers/options.ts';
import { describeTargets, type Table, type TensorLike, toLabels, toTable } from '../training/tables.ts';

/** Options of `confusionMatrix`. */
export interface ConfusionMatrixOptions {
  /** The output above which the answer is yes, where a sample has one output. Default 0.5. */
  readonly threshold?: number;
}

/** The first largest value of a row. */
function largest(table: Table, row: number): number {
  const start = row * table.rowSize;
  let best = 0;
  for (let i = 1; i < table.rowSize; i++) {
    if (table.data[start + i]! > table.data[start + best]!) best = i;
  }
  return best;
}

function labelsOf(labels: TensorLike, classes: number): readonly number[] {
  const where = 'confusionMatrix labels';
  const { sample } = describeTargets(where, labels);
  const width = sizeOf(sample);
  if (width === 1) return Array.from(toLabels(where, labels, classes).data);
  const table = toTable(where, labels);
  if (sample.length === 1 && width === classes) {
    return Array.from({ length: table.rows }, (_, row) => largest(table, row));
  }
  throw new LuthierError(
    'LU_DATA_TARGET',
    `${where}: samples of shape [${sample.join(', ')}] do not fit ${classes} classes`,
    { fix: `Give integer labels [n], or rows [n, ${classes}].`, where },
  );
}

/**
 * How often each class was taken for which: entry [i][j] counts samples of class i whose largest output is j.
 *
 * `outputs` are what a model gives, [n, classes], or [n] and [n, 1] for the answers no (0) and yes (1); `labels` are
 * integers or one-hot rows. The diagonal over the sum of all is the accuracy; over the sum of its row the recall of a
 * class, over that of its column the precision. Throws `LU_DATA_*` for other shapes, labels outside the classes and NaN.
 *
 * @example
 * confusionMatrix(await model.predict(test.x), test.y); // [[97, 3], [5, 95]]
 */
export function confusionMatrix(
  outputs: TensorLike,
  labels: TensorLike,
  options: ConfusionMatrixOptions = {},
): readonly (readonly number[])[] {
  const where = 'confusionMatrix';
  refuseUnknown('LU_METRIC_OPTION', where, options, ['threshold']);
  const threshold = requireNumber(
    'LU_METRIC_OPTION',
    where,
    'threshold',
    options.threshold ?? 0.5,
    ranges.finite,
  );
  const table = toTable(`${where} outputs`, outputs);
  if (table.sample.length > 1) {
    throw new LuthierError(
      'LU_DATA_SHAPE',
      `${where}: outputs of shape [${table.sample.join(', ')}] a sample have no classes`,
      { fix: 'Give outputs [n, classes].', where },
    );
  }
  const isBinary = table.rowSize === 1;
  const classes = isBinary ? 2 : table.rowSize;
  const truth = labelsOf(labels, classes);
  if (truth.length !== table.rows) {
    throw new LuthierError(
      'LU_DATA_LENGTH',
      `${where}: there are ${table.rows} outputs and ${truth.length} labels`,
      { fix: 'Give one label for every output.', where },
    );
  }
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [row, label] of truth.entries()) {
    const found = isBinary ? Number(table.data[row]! > threshold) : largest(table, row);
    counts[label]![found]! += 1;
  }
  return counts;
}

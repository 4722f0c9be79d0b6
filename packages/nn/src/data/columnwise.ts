import { LuthierError } from '@luthier/core';
import { rowSize, type Tensor } from './dataset.ts';
import { fitChain, type Preprocessor, requireColumns } from './preprocessor.ts';

/** Some columns, and the steps that prepare them. */
export interface ColumnSteps {
  /** Numbers of the columns, from 0. */
  readonly columns: readonly number[];
  /** In the order of application. Default none: the columns pass as they are. */
  readonly steps?: readonly Preprocessor[];
}

const KIND = 'columnwise';

function pick({ data, shape }: Tensor, columns: readonly number[]): Tensor {
  const rows = shape[0]!;
  const width = data.length / rows;
  const out = new Float64Array(rows * columns.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns.length; j++) out[i * columns.length + j] = data[i * width + columns[j]!]!;
  }
  return { data: out, shape: [rows, columns.length] };
}

function beside(parts: readonly Tensor[]): Tensor {
  const widths = parts.map(rowSize);
  const width = widths.reduce((sum, one) => sum + one, 0);
  const rows = parts[0]!.shape[0]!;
  const out = new Float64Array(rows * width);
  let start = 0;
  for (const [p, part] of parts.entries()) {
    const own = widths[p]!;
    for (let i = 0; i < rows; i++) out.set(part.data.subarray(i * own, (i + 1) * own), i * width + start);
    start += own;
  }
  return { data: out, shape: [rows, width] };
}

/**
 * Different steps for different columns; their results stand side by side in the order of the groups.
 *
 * Results are float64 of shape [n, columns]; columns in no group are left out. As scikit-learn's `ColumnTransformer`.
 *
 * @throws LuthierError LU_DATA_OPTION without groups; on fit LU_DATA_RANGE for a column that is not there; on transform
 * LU_DATA_SHAPE and those of the steps.
 *
 * @example
 * columnwise([
 *   { columns: [0, 1], steps: [impute(), standardize()] },
 *   { columns: [2], steps: [oneHot({ unknown: 'zeros' })] },
 * ])
 */
export function columnwise(groups: readonly ColumnSteps[]): Preprocessor {
  if (groups.length === 0 || groups.some(({ columns }) => columns.length === 0)) {
    throw new LuthierError('LU_DATA_OPTION', `${KIND}: a group without columns, or no groups`, {
      fix: 'Give groups such as { columns: [0, 1], steps: [standardize()] }.',
      where: KIND,
    });
  }
  return {
    fit: (train) => {
      const width = rowSize(train);
      for (const column of groups.flatMap(({ columns }) => columns)) {
        if (Number.isInteger(column) && column >= 0 && column < width) continue;
        throw new LuthierError('LU_DATA_RANGE', `${KIND}: there is no column ${column} among ${width}`, {
          fix: `Use whole numbers from 0 to ${width - 1}.`,
          where: KIND,
        });
      }
      const fitted = groups.map(({ columns, steps }) => {
        const transform = fitChain(steps ?? [], pick(train, columns));
        return (x: Tensor): Tensor => transform(pick(x, columns));
      });
      return {
        transform: (x) => {
          requireColumns(KIND, rowSize(x), width);
          return beside(fitted.map((transform) => transform(x)));
        },
      };
    },
  };
}

import { type BundledOptions, divide, readBundled, tableSamples } from './bundled.ts';
import type { Dataset } from './dataset.ts';

/**
 * Fisher's irises: 150 flowers of three kinds by length and width of sepal and petal in cm, float64 of shape [n, 4].
 *
 * With `{ validation: 0, test: 0 }` all are in `train`, in the order of the file (as `load_iris` of scikit-learn).
 *
 * @throws LuthierError LU_DATA_SPLIT, LU_DATA_OPTION.
 *
 * @example
 * const { train, validation, test, classes } = await iris(); // 90, 30 and 30 flowers
 */
export async function iris(options: BundledOptions = {}): Promise<Dataset> {
  const classes = ['setosa', 'versicolor', 'virginica'];
  return divide('iris', tableSamples(await readBundled('iris'), 'label'), options, classes);
}

/**
 * Wines of three growers: 178 samples by 13 chemical measurements in their own units, float64 of shape [n, 13].
 *
 * The columns differ in scale by a factor of 1,000: prepare them with `standardize`.
 *
 * @throws LuthierError LU_DATA_SPLIT, LU_DATA_OPTION.
 *
 * @example
 * const data = prepareDataset(await wine(), { x: [standardize()] });
 */
export async function wine(options: BundledOptions = {}): Promise<Dataset> {
  const classes = ['class_0', 'class_1', 'class_2'];
  return divide('wine', tableSamples(await readBundled('wine'), 'label'), options, classes);
}

/**
 * Breast cancer Wisconsin (diagnostic): 569 tumours, 212 malignant (label 0) and 357 benign (label 1), by 30 measurements
 * of cell nuclei in their own units, float64 of shape [n, 30].
 *
 * @throws LuthierError LU_DATA_SPLIT, LU_DATA_OPTION.
 *
 * @example
 * const data = prepareDataset(await breastCancer(), { x: [standardize()] });
 */
export async function breastCancer(options: BundledOptions = {}): Promise<Dataset> {
  const samples = tableSamples(await readBundled('breast-cancer'), 'label');
  return divide('breastCancer', samples, options, ['malignant', 'benign']);
}

/**
 * Diabetes: 442 patients by 10 measurements in their own units (age in years, sex, body mass index, blood pressure and six
 * of blood serum), float64 of shape [n, 10]; targets are a measure of progression after a year, 25 to 346, of shape [n, 1].
 *
 * scikit-learn's `load_diabetes` scales the columns; this is its raw form, to be prepared with `standardize`.
 *
 * @throws LuthierError LU_DATA_SPLIT, LU_DATA_OPTION.
 *
 * @example
 * const data = prepareDataset(await diabetes(), { x: [standardize()], y: [standardize()] });
 */
export async function diabetes(options: BundledOptions = {}): Promise<Dataset> {
  return divide('diabetes', tableSamples(await readBundled('diabetes'), 'real'), options);
}

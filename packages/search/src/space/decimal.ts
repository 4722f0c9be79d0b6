/** A decimal number as an integer count of units of 10^-places. */
interface Decimal {
  readonly units: bigint;
  readonly places: number;
}

function parseDecimal(value: number): Decimal {
  const [mantissa = '0', exponent = '0'] = String(value).split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  const places = fraction.length - Number(exponent);
  const units = BigInt(whole + fraction);
  return places >= 0 ? { units, places } : { units: units * 10n ** BigInt(-places), places: 0 };
}

function unitsAt(decimal: Decimal, places: number): bigint {
  return decimal.units * 10n ** BigInt(places - decimal.places);
}

/** Equally spaced decimals `min + i * step`, each the float64 nearest to the exact decimal. */
export interface DecimalSteps {
  /** Number of whole steps that fit below or at the maximum. */
  readonly steps: number;
  /** Whether the last step ends exactly at the maximum. */
  readonly exact: boolean;
  valueAt(index: number): number;
}

/**
 * The values `min, min + step, ...` in decimal arithmetic, so that 0.1 + 2 * 0.1 is 0.3.
 *
 * @example
 * decimalSteps(0.1, 0.5, 0.1).valueAt(2) // 0.3
 */
export function decimalSteps(min: number, max: number, step: number): DecimalSteps {
  const parsed = [parseDecimal(min), parseDecimal(max), parseDecimal(step)] as const;
  const places = Math.max(parsed[0].places, parsed[1].places, parsed[2].places);
  const first = unitsAt(parsed[0], places);
  const stride = unitsAt(parsed[2], places);
  const span = unitsAt(parsed[1], places) - first;
  const isSmall =
    places <= 22 &&
    [first, stride, first + span + stride].every((n) => n <= 2n ** 53n - 1n && n >= 1n - 2n ** 53n);
  const firstNumber = Number(first);
  const strideNumber = Number(stride);
  const power = 10 ** places;
  return {
    steps: Number(span / stride),
    exact: span % stride === 0n,
    // Up to 10^22 a power of ten is exact, so one correctly rounded division gives the nearest float64.
    valueAt: (index) =>
      isSmall
        ? (firstNumber + index * strideNumber) / power
        : Number(`${first + BigInt(index) * stride}e-${places}`),
  };
}

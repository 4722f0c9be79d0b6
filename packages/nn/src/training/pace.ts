/** Decides how many steps one call makes. */
export interface Pace {
  steps(): number;
  took(steps: number, milliseconds: number): void;
}

/** What a call should last: long enough to hide its overhead, short enough to answer at once. */
const TARGET_MS = 150;
/** Growth from one call to the next: a first call, slow with warming up, must not decide alone. */
const GROWTH = 4;
const MAX_STEPS = 4096;

/**
 * Adapts the number of steps a call to the time that steps take, aiming at 150 ms a call.
 *
 * The number has no influence on any result.
 *
 * @example
 * const pace = createPace();
 * pace.took(1, 3);
 * pace.steps(); // 4
 */
export function createPace(): Pace {
  let steps = 1;
  return {
    steps: () => steps,
    took: (made, milliseconds) => {
      const wanted = Math.floor((TARGET_MS * made) / Math.max(milliseconds, 1e-3));
      steps = Math.max(1, Math.min(wanted, Math.max(steps, made * GROWTH), MAX_STEPS));
    },
  };
}

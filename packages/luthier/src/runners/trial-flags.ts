/**
 * Flags of Node for the processes of trials.
 *
 * Each has one thread to compute on and a small heap: collecting garbage on threads of its own takes a twentieth of the
 * processor from the trial beside it, and nothing is faster for it.
 */
export const TRIAL_FLAGS: readonly string[] = [
  '--disable-warning=ExperimentalWarning',
  '--single-threaded-gc',
];

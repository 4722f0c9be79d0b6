/** What a training run looks like. */
export type VerdictKind =
  | 'overfit'
  | 'underfit'
  | 'good'
  | 'diverged'
  | 'undertrained'
  | 'noisy'
  | 'slow'
  | 'shift'
  | 'easyValidation'
  | 'dying'
  | 'penaltyDominates'
  | 'unclear';

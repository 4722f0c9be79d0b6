import type { Model } from '@luthier/nn';

/** The metrics that training a model with validation data reports: `loss`, `accuracy`, `valLoss`, `valAccuracy`, ... */
export function metricNames(model: Model): readonly string[] {
  const names = model.metricNames();
  return [...names, ...names.map((name) => `val${name.charAt(0).toUpperCase()}${name.slice(1)}`)];
}

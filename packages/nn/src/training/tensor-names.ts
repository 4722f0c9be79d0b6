/** Names of the inputs and outputs of the graphs that train and measure a model. */
export const names = {
  /** Samples of an input of the model, counted from 0. */
  x: (input: number): string => `x/${input}`,
  /** Targets of an output of the model, counted from 0. */
  y: (output: number): string => `y/${output}`,
  /** Weights of samples for an output of the model. */
  sampleWeight: (output: number): string => `sampleWeight/${output}`,
  /** The value of an output of the model. */
  output: (output: number): string => `output/${output}`,
  rows: 'rows',
  /** A number of the mixing of samples; `partners` are rows. */
  mix: (name: string): string => `mix/${name}`,
  knob: (name: string): string => `knob/${name}`,
  step: (name: string): string => `step/${name}`,
  key: (layer: string): string => `key/${layer}`,
  weight: (path: string): string => `weight/${path}`,
  slot: (path: string, slot: string): string => `slot/${path}/${slot}`,
  /** The name of a state's final value. */
  next: (state: string): string => `next/${state}`,
  metric: (name: string): string => `metric/${name}`,
  loss: 'loss',
  penalty: 'penalty',
} as const;

/** Colours by meaning, readable on white and apart for the colour-blind. */
export const COLORS: {
  readonly complete: string;
  readonly pruned: string;
  readonly failed: string;
  readonly best: string;
  readonly text: string;
  readonly faint: string;
  readonly line: string;
  readonly background: string;
} = {
  complete: '#3a6fb0',
  pruned: '#98a2ad',
  failed: '#c44e3b',
  best: '#12805c',
  text: '#1f2933',
  faint: '#66717d',
  line: '#e6e9ed',
  background: '#ffffff',
};

/** Fonts that every machine has in some form; names without quotes, which would break attributes. */
export const FONT = 'system-ui, Roboto, Helvetica, Arial, sans-serif';

/** A cross, drawn by its border. */
export const CROSS = 'path://M0,0L10,10M10,0L0,10';

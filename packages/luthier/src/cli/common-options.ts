import type { FlagOption, NumberOption, TextOption } from './options.ts';

/** Options that every command has. */
export const commonOptions: {
  readonly json: FlagOption;
  readonly quiet: FlagOption;
  readonly noColor: FlagOption;
  readonly debug: FlagOption;
} = {
  json: { kind: 'flag', text: 'print one JSON document on stdout' },
  quiet: { kind: 'flag', short: 'q', text: 'show no progress' },
  noColor: { kind: 'flag', text: 'plain text (NO_COLOR and FORCE_COLOR are honoured)' },
  debug: { kind: 'flag', text: 'show stack traces of errors' },
};

/** Where studies are kept. */
export const storeOption: { readonly store: TextOption } = {
  store: {
    kind: 'text',
    placeholder: 'path',
    text: 'the study file (default: LUTHIER_STORE, else runs/studies.db)',
  },
};

/** Which study; not needed when the store holds exactly one. */
export const studyOption: { readonly study: TextOption } = {
  study: { kind: 'text', placeholder: 'name', text: 'the study (default: the only one in the store)' },
};

export const seedOption: { readonly seed: NumberOption } = {
  seed: {
    kind: 'integer',
    min: 0,
    placeholder: 'n',
    text: 'seed of all random numbers (default: as in the file, else 0)',
  },
};

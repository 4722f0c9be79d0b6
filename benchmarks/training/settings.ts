import { NETWORKS } from './networks/catalogue.ts';

/** What is trained. */
export interface Setting {
  readonly optimizer: 'adam' | 'sgd';
  readonly batch: number;
}

const OPTIMIZERS: Readonly<Record<Setting['optimizer'], string>> = { adam: 'Adam', sgd: 'SGD momentum' };

/** `Adam, batch 32`. */
export function settingName({ optimizer, batch }: Setting): string {
  return `${OPTIMIZERS[optimizer]}, batch ${batch}`;
}

/** All settings of a network. */
export function settingsOf(network: string): readonly Setting[] {
  return (['adam', 'sgd'] as const).flatMap((optimizer) =>
    NETWORKS[network]!.batches.map((batch) => ({ optimizer, batch })),
  );
}

/** `mlp-128-adam`. */
export function settingKey(network: string, { optimizer, batch }: Setting): string {
  return `${network}-${batch}-${optimizer}`;
}

/** A setting by its key; throws, naming all, when there is none of that name. */
export function parseSetting(key: string): Setting & { readonly network: string } {
  const all = Object.keys(NETWORKS).flatMap((network) =>
    settingsOf(network).map((setting) => ({ network, ...setting })),
  );
  const found = all.find(({ network, ...setting }) => settingKey(network, setting) === key);
  if (found !== undefined) return found;
  const known = all.map(({ network, ...setting }) => settingKey(network, setting));
  throw new Error(`No setting '${key}'; there are ${known.join(', ')}`);
}

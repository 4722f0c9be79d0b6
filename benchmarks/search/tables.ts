import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Losses of one side after 25, 50, 100 and 200 trials: by task, then by seed; null where it was not run so far. */
export type PeerRows = Readonly<Record<string, readonly (readonly (number | null)[] | null)[]>>;

/** One sampler of another library. */
export interface Peer {
  /** Such as `optuna-default`. */
  readonly sampler: string;
  /** Such as `optuna-5.0.0`. */
  readonly version: string;
  readonly rows: PeerRows;
}

const TABLES = join(dirname(fileURLToPath(import.meta.url)), 'tables');

/** The committed tables of a suite, made by `benchmarks/peers/search_peers.py`. */
export function peersOf(suite: string): readonly Peer[] {
  const folder = join(TABLES, suite);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .flatMap((file) => {
      const { samplers } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
        readonly samplers: Readonly<Record<string, PeerRows>>;
      };
      const version = file.replace(/\.json$/, '');
      return Object.entries(samplers).map(([sampler, rows]) => ({ sampler, version, rows }));
    });
}

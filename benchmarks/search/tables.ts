import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Losses of one side after 25, 50, 100 and 200 trials: by task, then by seed; null where it was not run so far. */
export type PeerRows = Readonly<Record<string, readonly (readonly (number | null)[] | null)[]>>;

/** One sampler of another library. */
export interface Peer {
  /** Such as `optuna-default`; with its version when that is a pre-release. */
  readonly label: string;
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
      const isRelease = /-[\d.]+$/.test(version);
      return Object.entries(samplers).map(([sampler, rows]) => ({
        label: isRelease ? sampler : `${sampler} (${version})`,
        version,
        rows,
      }));
    });
}

/** What a table holds, in words: tasks, and seeds of the least and the most searched task. */
export function coverageOf({ label, version, rows }: Peer, suiteTasks: readonly string[]): string {
  const counts = suiteTasks.flatMap((task) => {
    const list = rows[task];
    return list === undefined ? [] : [list.filter((row) => row !== null).length];
  });
  if (counts.length === 0) return `${label} (${version}): none of these tasks`;
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const seeds = least === most ? String(least) : `${least} to ${most}`;
  return `${label} (${version}): ${counts.length} of ${suiteTasks.length} tasks, ${seeds} seeds`;
}

/** What differs, side by side: a name and a text for each. */
export type Row = readonly [name: string, a: string, b: string];

/** A comparison as data and as rows for people. */
export interface Comparison {
  readonly titles: readonly [string, string];
  readonly rows: readonly Row[];
  /** Whether the lead is more than luck. */
  readonly note: string;
  readonly json: Readonly<Record<string, unknown>>;
}

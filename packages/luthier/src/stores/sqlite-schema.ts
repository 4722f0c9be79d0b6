/** Marks a SQLite file as a Luthier store: the letters `LuTh`. */
export const APPLICATION_ID = 0x4c755468;

/** Version of the tables; a store of a newer one is refused. */
export const SCHEMA_VERSION = 1;

/** The tables that make a file a store. */
export const TABLES: readonly string[] = ['events', 'snapshots', 'leases'];

const ISO = (column: string): string => `strftime('%Y-%m-%dT%H:%M:%fZ', ${column} / 1000.0, 'unixepoch')`;

/** A number as SQL has it: the infinities are kept, NaN is NULL. */
const NUMBER = (type: string, special: string, plain: string): string => `
  CASE WHEN ${type} = 'object' THEN
    CASE ${special} WHEN 'Infinity' THEN 9e999 WHEN '-Infinity' THEN -9e999 WHEN '-0' THEN -0.0 END
  ELSE ${plain} END`;

/**
 * Tables and views of a store.
 *
 * `events` is the truth: `body` holds an event as JSON without the fields that have columns of their own; NaN, the
 * infinities and negative zero are written `{"$number":"NaN"}`. Times `at` are milliseconds since 1970.
 *
 * Views, for people who like SQL (NaN is NULL in them):
 * - `trials`: study, trial, state (asked | running | complete | pruned | failed | interrupted), value (of the first
 *   objective, when complete), metrics (JSON), attempt, runner, reason, message, sampler, why, purpose, seed, asked_at, started_at,
 *   finished_at (UTC, ISO 8601).
 * - `params`: study, trial, name, value (booleans are 0 and 1), kind (number | text | boolean).
 * - `metrics`: study, trial, attempt, step, seconds, metric, value; one row a measurement, every attempt.
 */
export const SCHEMA: string = `
CREATE TABLE events (
  study TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  trial INTEGER,
  claim TEXT,
  body TEXT NOT NULL,
  PRIMARY KEY (study, sequence)
) STRICT;
CREATE UNIQUE INDEX events_claim ON events (study, claim) WHERE claim IS NOT NULL;
CREATE INDEX events_type ON events (study, type, trial);

CREATE TABLE snapshots (
  study TEXT NOT NULL PRIMARY KEY,
  sequence INTEGER NOT NULL,
  history TEXT NOT NULL
) STRICT;

CREATE TABLE leases (
  study TEXT NOT NULL,
  trial INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  holder TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (study, trial)
) STRICT;

CREATE VIEW trials AS
WITH started AS (
  SELECT study, trial, max(json_extract(body, '$.attempt')) AS attempt, json_extract(body, '$.runner') AS runner
  FROM events WHERE type = 'trial-started' GROUP BY study, trial
), first_start AS (
  SELECT study, trial, min(sequence), at FROM events WHERE type = 'trial-started' GROUP BY study, trial
), finished AS (
  SELECT study, trial, min(sequence), at, body, json_extract(body, '$.attempt') AS attempt
  FROM events WHERE type = 'trial-finished' GROUP BY study, trial, attempt
)
SELECT
  asked.study AS study,
  asked.trial AS trial,
  CASE WHEN finished.trial IS NOT NULL THEN json_extract(finished.body, '$.outcome')
    WHEN started.trial IS NOT NULL THEN 'running' ELSE 'asked' END AS state,
  CASE WHEN json_extract(finished.body, '$.outcome') = 'complete' THEN ${NUMBER(
    "json_type(finished.body, '$.values[0]')",
    `json_extract(finished.body, '$.values[0]."$number"')`,
    "json_extract(finished.body, '$.values[0]')",
  )} END AS value,
  json_extract(finished.body, '$.metrics') AS metrics,
  coalesce(started.attempt, 0) AS attempt,
  started.runner AS runner,
  json_extract(finished.body, '$.reason') AS reason,
  json_extract(finished.body, '$.message') AS message,
  json_extract(asked.body, '$.why.sampler') AS sampler,
  json_extract(asked.body, '$.why.text') AS why,
  coalesce(json_extract(asked.body, '$.purpose'), 'search') AS purpose,
  json_extract(asked.body, '$.seed') AS seed,
  ${ISO('asked.at')} AS asked_at,
  ${ISO('first_start.at')} AS started_at,
  ${ISO('finished.at')} AS finished_at
FROM events AS asked
LEFT JOIN started ON started.study = asked.study AND started.trial = asked.trial
LEFT JOIN first_start ON first_start.study = asked.study AND first_start.trial = asked.trial
LEFT JOIN finished ON finished.study = asked.study AND finished.trial = asked.trial
  AND finished.attempt = coalesce(started.attempt, 0)
WHERE asked.type = 'trial-asked'
ORDER BY asked.study, asked.trial;

CREATE VIEW params AS
WITH met AS (
  SELECT study, trial, max(sequence), json_extract(body, '$.params') AS params
  FROM events
  WHERE type IN ('trial-asked', 'trial-finished') AND json_type(body, '$.params') = 'object'
  GROUP BY study, trial
)
SELECT
  met.study AS study,
  met.trial AS trial,
  param.key AS name,
  ${NUMBER('param.type', `json_extract(param.value, '$."$number"')`, 'param.atom')} AS value,
  CASE param.type WHEN 'text' THEN 'text' WHEN 'true' THEN 'boolean' WHEN 'false' THEN 'boolean' ELSE 'number' END AS kind
FROM met, json_each(met.params) AS param
ORDER BY met.study, met.trial, param.id;

CREATE VIEW metrics AS
SELECT
  reported.study AS study,
  reported.trial AS trial,
  json_extract(reported.body, '$.attempt') AS attempt,
  json_extract(reported.body, '$.block.steps[' || measured.key || ']') AS step,
  json_extract(reported.body, '$.block.seconds[' || measured.key || ']') AS seconds,
  metric.key AS metric,
  ${NUMBER('measured.type', `json_extract(measured.value, '$."$number"')`, 'measured.atom')} AS value
FROM events AS reported,
  json_each(reported.body, '$.block.metrics') AS metric,
  json_each(metric.value) AS measured
WHERE reported.type = 'trial-reported'
ORDER BY reported.study, reported.trial, reported.sequence, measured.key, metric.key;
`;

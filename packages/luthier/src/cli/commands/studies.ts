import { readHistory } from '../../stores/read-history.ts';
import { type Command, defineCommand } from '../command.ts';
import { commonOptions, storeOption } from '../common-options.ts';
import { palette } from '../display/colors.ts';
import { formatMetric } from '../display/format.ts';
import { renderTable } from '../display/table.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLines, renderOptions } from '../output.ts';
import { storeOf, withLog } from '../read-study.ts';
import { bestTrial } from '../trial-facts.ts';

export const studiesCommand: Command = defineCommand({
  name: 'studies',
  summary: 'List the studies of a store',
  arguments: [],
  examples: [
    { command: 'luthier studies', text: 'all studies, the newest last' },
    { command: 'luthier studies --store other.db', text: 'those of another file' },
  ],
  options: { ...storeOption, ...commonOptions },
  run: async ({ options }, context) => {
    const store = storeOf(options.store, context);
    const rows = await withLog(store, context, 'read', async (log) => {
      const summaries = (await log.studies()).toSorted((a, b) => a.createdAt - b.createdAt);
      return Promise.all(
        summaries.map(async (summary) => {
          const history = await readHistory(log, summary.study);
          const search = history?.trials.filter(({ purpose }) => purpose === 'search') ?? [];
          const best = history === undefined ? undefined : bestTrial(history);
          return {
            ...summary,
            trials: search.length,
            complete: search.filter(({ state }) => state === 'complete').length,
            objective: history?.objectives[0],
            best:
              best === undefined ? undefined : { trial: best.trial.number, value: best.trial.values?.[0] },
          };
        }),
      );
    });
    if (options.json) {
      printJson(context, { store, studies: rows });
      return EXIT.done;
    }
    const style = renderOptions(context, options.noColor);
    const c = palette(style.color);
    if (rows.length === 0) {
      printLines(context, [`no studies in ${store}`, c.dim('luthier tune <file> makes one')]);
      return EXIT.done;
    }
    const columns = [
      { title: 'study' },
      { title: 'trials', align: 'right' as const },
      { title: 'complete', align: 'right' as const },
      { title: 'best' },
      { title: 'changed' },
    ];
    const cells = rows.map((row) => [
      c.strong(row.study),
      String(row.trials),
      String(row.complete),
      row.best === undefined
        ? '—'
        : `${row.objective?.metric} ${formatMetric(row.best.value)} (#${row.best.trial})`,
      new Date(row.changedAt).toISOString().slice(0, 16).replace('T', ' '),
    ]);
    printLines(context, renderTable(columns, cells, { title: c.dim, width: style.width }));
    return EXIT.done;
  },
});

import type { Decision, Scheduler } from '../schedulers/contract.ts';
import { truncatedBlock } from './fold.ts';
import type { History } from './history.ts';

/** Whether a trial goes on after its last `rows` rows; repeats and studies of several objectives are never stopped. */
export function decideRows(scheduler: Scheduler, history: History, trial: number, rows: number): Decision {
  const record = history.trials[trial]!;
  if (record.purpose !== 'search' || history.objectives.length !== 1)
    return { action: 'continue', text: 'not subject to the scheduler' };
  const { reports } = record;
  const total = reports.steps.length;
  // A block may cross several rungs: each row is judged as if it had come alone.
  for (let row = total - rows + 1; row < total; row++) {
    const trials = [...history.trials];
    trials[trial] = { ...record, reports: truncatedBlock(reports, row) };
    const decision = scheduler.decide({ ...history, trials }, trial);
    if (decision.action === 'stop') return decision;
  }
  return scheduler.decide(history, trial);
}

// The program of a trial process: see runners/pool.ts for the other end.
import { serveTrials } from '../runners/trial-process.ts';
import { runTrial } from './trial.ts';

serveTrials(runTrial);

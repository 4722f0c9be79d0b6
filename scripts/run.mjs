// Runs a TypeScript program of the repository: node scripts/run.mjs benchmarks/search/quality.ts [arguments]
import { install, run, runtime } from './setup.mjs';

install();
process.exitCode = await run(runtime(), process.argv.slice(2));

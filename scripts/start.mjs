// npm start: tunes the digit network on MNIST. Further arguments go to `luthier tune`.
import { join } from 'node:path';
import { install, root, run, runtime } from './setup.mjs';

install();
process.exitCode = await run(runtime(), [
  join(root, 'packages', 'luthier', 'bin', 'luthier.mjs'),
  'tune',
  join('examples', 'digits', 'tune.ts'),
  '--resume',
  ...process.argv.slice(2),
]);

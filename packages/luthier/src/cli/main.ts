import { createRequire } from 'node:module';
import { createInterface } from 'node:readline/promises';
import type { Command } from './command.ts';
import { bestCommand } from './commands/best.ts';
import { cheatsheetCommand } from './commands/cheatsheet.ts';
import { compareCommand } from './commands/compare.ts';
import { cvCommand } from './commands/cv.ts';
import { doctorCommand } from './commands/doctor.ts';
import { enqueueCommand } from './commands/enqueue.ts';
import { explainCommand } from './commands/explain.ts';
import { exportCommand } from './commands/export.ts';
import { importCommand } from './commands/import.ts';
import { importanceCommand } from './commands/importance.ts';
import { initCommand } from './commands/init.ts';
import { lrScanCommand } from './commands/lr-scan.ts';
import { rmCommand } from './commands/rm.ts';
import { showCommand } from './commands/show.ts';
import { studiesCommand } from './commands/studies.ts';
import { trainCommand } from './commands/train.ts';
import { trialsCommand } from './commands/trials.ts';
import { tuneCommand } from './commands/tune.ts';
import type { CliContext, StopSignalName, TextOutput } from './context.ts';
import { renderError } from './errors.ts';
import { exitCodeOf } from './exit-codes.ts';
import { parseInvocation } from './program.ts';

/** All commands, in the order of the help. */
export const commands: readonly Command[] = [
  tuneCommand,
  trainCommand,
  cvCommand,
  lrScanCommand,
  bestCommand,
  trialsCommand,
  showCommand,
  compareCommand,
  doctorCommand,
  importanceCommand,
  enqueueCommand,
  importCommand,
  exportCommand,
  studiesCommand,
  rmCommand,
  initCommand,
  explainCommand,
  cheatsheetCommand,
];

function version(): string {
  const manifest: unknown = createRequire(import.meta.url)('../../package.json');
  return (manifest as { readonly version: string }).version;
}

/**
 * Runs one command line (without the program's name) and gives its exit code; never throws.
 *
 * @example
 * await runCli(['best', '--json'], context) // 0
 */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  try {
    const invocation = parseInvocation(argv, commands, version());
    if (invocation.kind === 'print') {
      context.stdout.write(invocation.text);
      return 0;
    }
    return await invocation.command.run(invocation.positionals, invocation.options, context);
  } catch (error) {
    context.stderr.write(renderError(error, argv.includes('--debug')));
    return exitCodeOf(error, 'start');
  }
}

function textOutput(stream: NodeJS.WriteStream): TextOutput {
  // A reader that has seen enough (`luthier trials | head`) is no error.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    write: (text) => void stream.write(text),
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.isTTY ? stream.columns : undefined;
    },
    get rows() {
      return stream.isTTY ? stream.rows : undefined;
    },
  };
}

/** The real process as a context. */
export function processContext(): CliContext {
  return {
    stdout: textOutput(process.stdout),
    stderr: textOutput(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    clock: {
      now: Date.now,
      after: (ms, call) => {
        const timer = setTimeout(call, ms);
        timer.unref();
        return () => clearTimeout(timer);
      },
      every: (ms, call) => {
        const timer = setInterval(call, ms);
        timer.unref();
        return () => clearInterval(timer);
      },
    },
    confirm: async (question) => {
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
      } finally {
        lines.close();
      }
    },
    onSignal: (listen) => {
      const names: readonly StopSignalName[] = ['SIGINT', 'SIGTERM'];
      const handlers = names.map((name) => [name, () => listen(name)] as const);
      for (const [name, handler] of handlers) process.on(name, handler);
      return () => {
        for (const [name, handler] of handlers) process.off(name, handler);
      };
    },
    onExit: (last) => {
      process.once('exit', last);
      return () => void process.off('exit', last);
    },
    openStore: async (store, access) => {
      const { openStore } = await import('../stores/open-store.ts');
      return openStore(store, access === 'read' ? { readOnly: true } : { mustExist: true });
    },
    loadEngine: async () => {
      const [{ tune }, { train }, { crossValidateFile }, { scanFile }] = await Promise.all([
        import('../tune/tune.ts'),
        import('../tune/train.ts'),
        import('../tune/cross-validate-file.ts'),
        import('../tune/scan-file.ts'),
      ]);
      return { tune, train, crossValidate: crossValidateFile, lrScan: scanFile };
    },
  };
}

/** The program: runs the command line and leaves its exit code with the process. */
export async function main(argv: readonly string[]): Promise<void> {
  process.exitCode = await runCli(argv, processContext());
}

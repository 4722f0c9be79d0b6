import type { Model, Samples } from '@luthier/nn';
import { useRuntime } from '../../../packages/nn/src/runtime/current.ts';
import { releasePrograms } from '../../../packages/nn/src/training/program-cache.ts';
import { names } from '../../../packages/nn/src/training/tensor-names.ts';
import type { Round } from '../contender.ts';
import { createFloor, passTime } from '../floor.ts';
import { NETWORKS } from '../networks/catalogue.ts';
import { compiledFor } from '../networks/compiled.ts';
import { processorMs } from '../processor-ms.ts';
import type { Setting } from '../settings.ts';
import { timeFit } from '../time-fit.ts';
import { type ProfiledCall, profiledRuntime } from './profiled-runtime.ts';
import { type NodeTime, nodeTimes, opTimes, type StepProfile } from './step-profile.ts';

/** Steps left out at the beginning: memory is new then. */
const WARM_UP = 5;
/** About how long the profiled steps take without the profiler, whose memory is limited. */
const MILLISECONDS = 300;

/** A profile with all nodes. */
export interface DetailedProfile extends StepProfile {
  readonly nodes: readonly NodeTime[];
}

function stepsOf({ feeds }: ProfiledCall): number {
  return feeds[names.rows]?.shape[0] ?? 0;
}

/** The least processor time of some rounds: the profile is of an undisturbed step. */
async function least(round: () => Promise<Round>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 6; i++) times.push((await round()).cpu!);
  return Math.min(...times);
}

/** The calls of the session that trained, after its first steps. */
function trainingCalls(sessions: readonly (readonly ProfiledCall[])[]): readonly ProfiledCall[] {
  const total = (calls: readonly ProfiledCall[]): number =>
    calls.reduce((sum, call) => sum + stepsOf(call), 0);
  const calls = sessions.toSorted((a, b) => total(b) - total(a))[0] ?? [];
  let before = 0;
  return calls.filter((call) => {
    const isWarm = before >= WARM_UP;
    before += stepsOf(call);
    return isWarm;
  });
}

/**
 * Profiles the training step of a network, as `fit` makes it: kernels under ONNX Runtime's profiler, the step and what the
 * floor counts without it.
 */
export async function profileStep(network: string, { optimizer, batch }: Setting): Promise<DetailedProfile> {
  const { build, data, rows, products } = NETWORKS[network]!;
  const samples: Samples = await data();
  const model = (): Model => compiledFor(optimizer, build());
  const most = Math.floor(rows / batch) - 1;
  const known = model();
  const { cpu } = await timeFit(known, samples, { batch, steps: WARM_UP }, processorMs);
  const steps = Math.min(most, WARM_UP + Math.max(10, Math.round(MILLISECONDS / cpu)));
  const step = await least(() => timeFit(known, samples, { batch, steps }, processorMs));
  const floor = await createFloor(products(batch));
  const floorProducts = await least(() => floor.products(steps));

  await releasePrograms();
  const profiled = await profiledRuntime();
  useRuntime(profiled.runtime);
  await timeFit(model(), samples, { batch, steps });
  const calls = trainingCalls(profiled.end());
  const made = calls.reduce((sum, call) => sum + stepsOf(call), 0);
  const nodes = nodeTimes(calls, made);
  return {
    steps: made,
    step,
    floor: { products: floorProducts, update: passTime(build().countParams(), optimizer) },
    ops: opTimes(nodes),
    nodes,
  };
}

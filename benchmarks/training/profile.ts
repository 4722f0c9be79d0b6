// What a training step is made of, by kinds of kernels and by nodes, beside the floor.
// node scripts/run.mjs benchmarks/training/profile.ts mlp-128-adam [--nodes 40] [--json]
import { parseArgs } from 'node:util';
import { nodePart, profilePart } from './profiling/profile-part.ts';
import { profileStep } from './profiling/profile-step.ts';
import { parseSetting, settingName } from './settings.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { nodes: { type: 'string', default: '40' }, json: { type: 'boolean', default: false } },
});
const { network, ...setting } = parseSetting(positionals[0] ?? '');
const { nodes, ...profile } = await profileStep(network, setting);
if (flags.json) console.log(JSON.stringify(profile));
else {
  const lines = [
    `# ${network}, ${settingName(setting)}`,
    '',
    ...profilePart(profile),
    ...nodePart(nodes, profile.step, Number(flags.nodes)),
  ];
  console.log(lines.join('\n'));
}

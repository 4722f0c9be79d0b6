import { openStudy, random } from '@luthier/search';
import { describe, expect, it } from 'vitest';
import { smallStudy } from '../fixtures/study-log.ts';
import { cli } from '../fixtures/test-context.ts';

describe('luthier enqueue', () => {
  it('queues a configuration that the study asks for next, defaults filled in', async () => {
    const log = await smallStudy([{}]);
    const { code, out, opened } = await cli('enqueue --set dropout1=0.3 --set kind=b', { log });
    expect([code, opened]).toEqual([0, ['write /home/me/runs/studies.db']]);
    expect(out()).toBe(
      'queued for small: learningRate 1e-3  dropout1 0.3  kind b\n1 waiting; luthier tune <file> --resume takes them first\n',
    );
    const study = await openStudy({ log, name: 'small', sampler: random() });
    const asked = await study.ask();
    expect(asked).toMatchObject({
      kind: 'trial',
      trial: { params: { learningRate: 0.001, dropout1: 0.3, kind: 'b' }, why: { sampler: 'queue' } },
    });
  });

  it('prints JSON, counts what waits, and needs not know the sampler of the study', async () => {
    const log = await smallStudy([], { sampler: 'of-my-own' });
    await cli('enqueue --set dropout1=0.2', { log });
    const { out } = await cli('enqueue --set learningRate=0.05 --json', { log });
    expect(JSON.parse(out())).toEqual({
      study: 'small',
      id: 1,
      params: { learningRate: 0.05, dropout1: 0.1, kind: 'a' },
      waiting: 2,
    });
    expect((await cli('enqueue --set dropout1=0.4 --quiet', { log })).out()).toBe('');
  });

  it('refuses what was tried or waits already, unless a repeat is asked for', async () => {
    const log = await smallStudy([]);
    await cli('enqueue --set kind=b', { log });
    const { code, err } = await cli('enqueue --set kind=b', { log });
    expect(code).toBe(2);
    expect(err()).toContain('this configuration was tried or waits already');
    expect((await cli('enqueue --set kind=b --repeat', { log })).code).toBe(0);
    expect((await openStudy({ log, name: 'small' })).history.queue).toHaveLength(2);
  });

  it.each([
    ['enqueue', 'enqueue was given no configuration'],
    ['enqueue --set dropuot1=0.2', "no hyperparameter is called 'dropuot1'; did you mean 'dropout1'?"],
    ['enqueue --set dropout1=0.25', 'dropout1: 0.25 is not a value of'],
    ['enqueue --set learningRate=fast', 'learningRate: fast is not a value of'],
    ['enqueue --set kind=c', 'kind: c is not a value of'],
    ['enqueue --set kind', '--set takes name=value'],
    ['enqueue --set kind=a --study smal', "no study 'smal' in runs/studies.db; did you mean 'small'?"],
  ])('%s is refused and queues nothing', async (line, message) => {
    const log = await smallStudy([{}]);
    const { code, err, out } = await cli(line, { log });
    expect([code, out()]).toEqual([2, '']);
    expect(err()).toContain(message);
    expect((await openStudy({ log, name: 'small' })).history.queue).toEqual([]);
  });
});

import { expect, test } from 'vitest';
import { trialEnvironment } from './trial-environment.ts';

test('a trial process has the environment of its parent, what it is given, and huge pages', () => {
  const environment = trialEnvironment({ HOME: '/home/a', MODE: 'own' }, { MODE: 'given' });
  expect(environment).toEqual({ HOME: '/home/a', MODE: 'given', GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' });
});

test('other tunables stay, and so does a choice about huge pages, whoever made it', () => {
  const tunablesOf = (own?: string, given?: string): string | undefined =>
    trialEnvironment({ GLIBC_TUNABLES: own }, given === undefined ? {} : { GLIBC_TUNABLES: given })
      .GLIBC_TUNABLES;
  expect(tunablesOf('glibc.malloc.arena_max=2')).toBe('glibc.malloc.arena_max=2:glibc.malloc.hugetlb=1');
  expect(tunablesOf('glibc.malloc.hugetlb=0')).toBe('glibc.malloc.hugetlb=0');
  expect(tunablesOf('glibc.malloc.check=1', 'glibc.malloc.hugetlb=2')).toBe('glibc.malloc.hugetlb=2');
  expect(tunablesOf('')).toBe('glibc.malloc.hugetlb=1');
});

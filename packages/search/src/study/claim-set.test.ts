import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClaimSet } from './claim-set.ts';
import { claims } from './claims.ts';

describe('a claim set', () => {
  it('answers as a set of texts does, whatever the order and form of the claims', () => {
    const trial = fc.oneof(fc.nat(5), fc.nat(400), fc.constant(123_456_789), fc.constant(99_999));
    const claim = fc.oneof(
      trial.map(claims.asked),
      fc.tuple(trial, fc.nat(20)).map(([n, attempt]) => claims.started(n, attempt)),
      fc.tuple(trial, fc.nat(20)).map(([n, attempt]) => claims.ended(n, attempt)),
      fc.nat(9).map(claims.queued),
      fc.constantFrom('study/created', 'trial/01/asked', 'trial/1/attempt/01/started', 'trial/1', 'c'),
    );
    fc.assert(
      fc.property(fc.array(claim, { maxLength: 60 }), fc.array(claim, { maxLength: 30 }), (added, asked) => {
        const ours = createClaimSet();
        const plain = new Set<string>();
        for (const each of added) {
          expect(ours.has(each)).toBe(plain.has(each));
          ours.add(each);
          plain.add(each);
        }
        for (const each of [...added, ...asked]) expect(ours.has(each)).toBe(plain.has(each));
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

/** A set of claims that keeps those of trials as bits: 100,000 trials hold 300,000 of them. */
export interface ClaimSet {
  has(claim: string): boolean;
  add(claim: string): void;
}

const TRIAL = /^trial\/(0|[1-9]\d{0,8})\/(?:asked|attempt\/([1-9]\d?)\/(started|ended))$/;
// Two bits an attempt and one for the question fit into 32.
const ATTEMPTS = 15;

/** Number of the trial and its bit; undefined for a claim of another form. */
function bitOf(claim: string): { readonly trial: number; readonly bit: number } | undefined {
  const match = TRIAL.exec(claim);
  if (!match) return undefined;
  const attempt = Number(match[2] ?? 0);
  if (attempt > ATTEMPTS) return undefined;
  const place = attempt === 0 ? 0 : 2 * attempt - (match[3] === 'started' ? 1 : 0);
  return { trial: Number(match[1]), bit: 1 << place };
}

/** An empty set of claims. */
export function createClaimSet(): ClaimSet {
  const others = new Set<string>();
  let bits = new Int32Array(64);
  const within = (trial: number): boolean => trial < bits.length;
  return {
    has: (claim) => {
      const found = bitOf(claim);
      if (!found) return others.has(claim);
      return within(found.trial) ? (bits[found.trial]! & found.bit) !== 0 : others.has(claim);
    },
    add: (claim) => {
      const found = bitOf(claim);
      // Numbers come one after another: one far ahead is not worth the room between.
      if (!found || found.trial > 2 * bits.length) {
        others.add(claim);
        return;
      }
      if (!within(found.trial)) {
        const grown = new Int32Array(2 * bits.length + 1);
        grown.set(bits);
        bits = grown;
        for (const other of others) {
          const late = bitOf(other);
          if (!late || !within(late.trial)) continue;
          bits[late.trial]! |= late.bit;
          others.delete(other);
        }
      }
      bits[found.trial]! |= found.bit;
    },
  };
}

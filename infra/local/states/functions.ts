import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../clock';

const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** Most items that $range gives on AWS. */
const MAX_RANGE = 1_000;

/** The functions that Step Functions adds to JSONata, and those whose answer must follow our clock. */
export function stepFunctionsFunctions(
  clock: Clock,
  formatMillis: (millis: number, picture?: string, timezone?: string) => Promise<unknown>,
): Readonly<Record<string, unknown>> {
  return {
    partition: (items: unknown, size: unknown): unknown => {
      if (items === undefined) return undefined;
      if (!isWhole(size) || size < 1) throw new Error('$partition needs a chunk size of at least 1.');
      const whole: readonly unknown[] = Array.isArray(items) ? (items as unknown[]) : [items];
      const chunks: unknown[][] = [];
      for (let start = 0; start < whole.length; start += size) chunks.push(whole.slice(start, start + size));
      return chunks;
    },
    range: (first: unknown, last: unknown, step: unknown): unknown => {
      if (!isWhole(first) || !isWhole(last) || !isWhole(step)) throw new Error('$range needs three whole numbers.');
      if (step === 0) throw new Error('$range cannot step by 0.');
      const numbers: number[] = [];
      for (let next = first; step > 0 ? next <= last : next >= last; next += step) {
        if (numbers.length === MAX_RANGE) throw new Error(`$range gives at most ${MAX_RANGE} numbers.`);
        numbers.push(next);
      }
      // AWS treats the answer as a JSONata sequence: one number comes out bare.
      return Object.defineProperty(numbers, 'sequence', { value: true });
    },
    hash: (data: unknown, algorithm: unknown): unknown => {
      if (data === undefined) return undefined;
      const name = typeof algorithm === 'string' ? HASHES[algorithm] : undefined;
      if (!name || typeof data !== 'string') {
        throw new Error(`$hash needs a string and one of ${Object.keys(HASHES).join(', ')}.`);
      }
      return createHash(name).update(data).digest('hex');
    },
    random: (seed: unknown): number => (seed === undefined ? Math.random() : seeded(JSON.stringify(seed))),
    uuid: (): string => randomUUID(),
    parse: (json: unknown): unknown => {
      if (json === undefined) return undefined;
      if (typeof json !== 'string') throw new Error('$parse needs a string.');
      return JSON.parse(json) as unknown;
    },
    millis: (): number => clock.now(),
    now: (picture?: string, timezone?: string): Promise<unknown> => formatMillis(clock.now(), picture, timezone),
  };
}

function isWhole(value: unknown): value is number {
  return Number.isInteger(value);
}

/** The same number, from 0 up to 1, for the same seed; it is not AWS's number. */
function seeded(seed: string): number {
  return createHash('sha256').update(seed).digest().readUIntBE(0, 6) / 2 ** 48;
}

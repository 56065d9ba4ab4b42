import { createHash, timingSafeEqual } from 'node:crypto';
import { PermanentFault } from '../../domain/faults';

/**
 * Whether a text is one of the secrets, in a time that does not tell how much of it is right.
 *
 * @param carrier names the fault
 * @throws {PermanentFault} for an empty secret, which would accept a header without a value
 */
export function isKnownSecret(carrier: string, secrets: readonly string[], given: string): boolean {
  const digest = digestOf(given);
  return secrets.some((secret) => {
    if (secret === '') throw new PermanentFault(`${carrier}: connection with an empty webhook secret`);
    return timingSafeEqual(digestOf(secret), digest);
  });
}

/** Of one length, whatever was sent. */
const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

import { createHash } from 'node:crypto';

/** Crockford base 32: readable over the telephone, no I, L, O, U. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * A prefixed id derived from what identifies the thing, so that whoever creates it again creates the same.
 * 130 bits of SHA-256 over the parts, each with its length, so that no two lists of parts run together.
 */
export function derivedId(prefix: IdPrefix, ...parts: readonly (string | number)[]): string {
  return `${prefix}_${fingerprint(...parts)}`;
}

export type IdPrefix = 'ord' | 'can' | 'rfd' | 'shp' | 'evt' | 'cas' | 'mov' | 'wdr' | 'req' | 'str' | 'rcl';

/** Which of `count` shards an id belongs to: stable, from its last characters. */
export function shardOf(id: string, count: number): number {
  let hash = 0;
  for (const character of id.slice(-4)) hash = (hash * 31 + character.charCodeAt(0)) % 8_191;
  return hash % count;
}

/** 26 characters of base 32; also serves as provider idempotency key and payload fingerprint. */
export function fingerprint(...parts: readonly (string | number)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const text = String(part);
    hash.update(`${text.length}:${text};`);
  }
  return base32(hash.digest()).slice(0, 26);
}

function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(value >> bits) & 31];
      value &= (1 << bits) - 1;
    }
  }
  return text;
}

export const orderId = (tenant: string, merchantId: string, reference: string): string =>
  derivedId('ord', tenant, merchantId, reference);

/** The cancellation id is the idempotency record: one per caller and Idempotency-Key. */
export const cancellationId = (tenant: string, caller: string, idempotencyKey: string): string =>
  derivedId('can', tenant, caller, idempotencyKey);

export const refundId = (cancellation: string, leg: string): string => derivedId('rfd', cancellation, leg);

/** hash(leg, attempt): the attempt rises only by a recorded transition, so a retry of the same attempt has the same key. */
export const providerKey = (refund: string, attempt: number): string => `${refund}-${attempt}`;

/** Each cancellation has at most one case; it is found from the cancellation's id and leads back to it. */
export const caseId = (cancellation: string): string => cancellation.replace(/^can_/, 'cas_');
export const cancellationOfCase = (id: string): string => id.replace(/^cas_/, 'can_');

export const eventId = (order: string, sequence: number): string => derivedId('evt', order, sequence);

import { createHmac, timingSafeEqual } from 'node:crypto';

/** Keys are generated with 32 bytes; a short one, or none, could be guessed. */
const KEY = /^(?:[0-9a-f]{2}){16,}$/i;
const SIGNATURE = /^[A-Za-z0-9+/]{43}=$/;

/**
 * The bytes of a signature of Adyen's, the base64 of an HMAC-SHA256.
 * https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures
 *
 * @returns undefined for a text that is none
 */
export function signatureOf(text: string | undefined): Buffer | undefined {
  return text !== undefined && SIGNATURE.test(text) ? Buffer.from(text, 'base64') : undefined;
}

/**
 * Whether one of the keys signs this; compared in constant time.
 *
 * @param hexKeys as the Customer Area shows them; one that could be guessed signs nothing
 */
export function isSigned(data: string | Uint8Array, signature: Buffer, hexKeys: readonly string[]): boolean {
  return hexKeys.some((key) => KEY.test(key) && timingSafeEqual(hmacOf(data, key), signature));
}

function hmacOf(data: string | Uint8Array, hexKey: string): Buffer {
  return createHmac('sha256', Buffer.from(hexKey, 'hex')).update(data).digest();
}

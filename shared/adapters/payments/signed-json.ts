import { PermanentFault, SignatureInvalid } from '../../domain/faults';

/** Refuses bytes that are no UTF-8, and drops none: they would decode to other bytes than those that were signed. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A message that verified, read.
 *
 * @throws {SignatureInvalid} as `signedText`
 * @throws {PermanentFault} as `jsonIn`
 */
export function signedJson(provider: string, rawBody: Uint8Array): unknown {
  return jsonIn(provider, signedText(provider, rawBody));
}

/** @throws {SignatureInvalid} for bytes that are no UTF-8: no provider signs such */
export function signedText(provider: string, rawBody: Uint8Array): string {
  try {
    return utf8.decode(rawBody);
  } catch {
    throw new SignatureInvalid(`${provider}: body is not UTF-8`);
  }
}

/** @throws {PermanentFault} when what was signed is not JSON: the provider changed, a person must look */
export function jsonIn(provider: string, signed: string): unknown {
  try {
    return JSON.parse(signed);
  } catch (cause) {
    throw new PermanentFault(`${provider}: signed message is not JSON`, { cause });
  }
}

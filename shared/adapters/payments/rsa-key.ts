import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { PermanentFault } from '../../domain/faults';

/**
 * Keys as providers hand them out: PEM, or the bare base64 of the DER inside it. A certificate gives its public key.
 *
 * @param what names the key in the fault, which never shows any of it
 * @throws {PermanentFault} when it is missing or no RSA key
 */
export function privateKeyOf(text: string | undefined, what: string): KeyObject {
  return rsa(text, what, (key) =>
    // PKCS#8 is what Java tools write, PKCS#1 what the others do.
    firstOf(
      () => createPrivateKey(isPem(key) ? key : { key: der(key), format: 'der', type: 'pkcs8' }),
      () => createPrivateKey({ key: der(key), format: 'der', type: 'pkcs1' }),
    ),
  );
}

/** @throws as `privateKeyOf` */
export function publicKeyOf(text: string | undefined, what: string): KeyObject {
  return rsa(text, what, (key) => createPublicKey(isPem(key) ? key : { key: der(key), format: 'der', type: 'spki' }));
}

function rsa(text: string | undefined, what: string, read: (key: string) => KeyObject): KeyObject {
  if (text === undefined || text.trim() === '') throw new PermanentFault(`${what} is missing`);
  let key: KeyObject | undefined;
  try {
    key = read(text.trim());
  } catch {
    // The error of the library may quote the key.
  }
  if (key?.asymmetricKeyType !== 'rsa') throw new PermanentFault(`${what} is no RSA key`);
  return key;
}

function firstOf<T>(one: () => T, other: () => T): T {
  try {
    return one();
  } catch {
    return other();
  }
}

const isPem = (text: string): boolean => text.startsWith('-----BEGIN ');
const der = (text: string): Buffer => Buffer.from(text, 'base64');

import { sign, verify, type KeyObject } from 'node:crypto';
import type { Connection } from '../../ports/connections';
import { privateKeyOf, publicKeyOf } from './rsa-key';

/**
 * RSA2 of the open platform, which is RSA-SHA256 (PKCS#1 v1.5) in base64, over `name=value` joined by `&` in the order of
 * the names: https://opendocs.alipay.com/common/02kf5q. It is the only algorithm here, whatever a message says of itself:
 * the older RSA is SHA-1.
 */
const RSA2 = 'sha256';

export function signedText(parameters: Iterable<readonly [name: string, value: string]>): string {
  return [...parameters]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

export function signatureOf(text: string, key: KeyObject): string {
  return sign(RSA2, Buffer.from(text), key).toString('base64');
}

export function isSigned(text: string, signature: string, keys: readonly KeyObject[]): boolean {
  const bytes = Buffer.from(signature, 'base64');
  return keys.some((key) => verify(RSA2, Buffer.from(text), key, bytes));
}

/** @throws {PermanentFault} when it is missing or no RSA key */
export function appKey({ id, settings }: Connection): KeyObject {
  return privateKeyOf(settings?.['privateKey'], `connection ${id}: settings.privateKey`);
}

/** All under which Alipay may sign now. @throws {PermanentFault} when one of them is no RSA key */
export function alipayKeys({ id, webhookSecrets }: Connection): KeyObject[] {
  return webhookSecrets.map((key) => publicKeyOf(key, `connection ${id}: a key of Alipay in webhookSecrets`));
}

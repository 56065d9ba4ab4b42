/**
 * How the PayPal stand-in signs its webhooks: as PayPal does, with a certificate for `*.paypal.com`; but it is issued by an
 * authority of our own, which the connection names in its settings.
 */
import { generateKeyPair, sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { authorityOf, issueCertificate } from './certificate-authority';

/** The same in every process, so that a connection on disk stays right. It is trusted on laptops only. */
export const paypalAuthority = authorityOf('Laptop PayPal CA', Buffer.alloc(32, 'laptop-paypal'));

export const CERTIFICATE_PATH = '/v1/notifications/certs/CERT-360caa42-fca2a594-1aa11ab1';

export interface Signed {
  /** PEM. */
  readonly certificate: string;
  readonly key: KeyObject;
}

let own: Promise<Signed> | undefined;

/** Made when the first webhook is sent: it takes some tenths of a second. */
export function paypalSigner(): Promise<Signed> {
  return (own ??= certified());
}

export async function certified(commonName = 'messageverificationcerts.paypal.com'): Promise<Signed> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const certificate = issueCertificate({ commonName, publicKey, authority: false }, paypalAuthority);
  return { certificate, key: privateKey };
}

/** @param nowMs the time of this transmission, milliseconds since epoch */
export function transmissionHeaders(
  { key }: Signed,
  message: { id: string; webhookId: string; body: string | Uint8Array },
  nowMs: number,
): Record<string, string> {
  const time = `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
  const signed = `${message.id}|${time}|${message.webhookId}|${crc32(message.body)}`;
  return {
    'paypal-transmission-id': message.id,
    'paypal-transmission-time': time,
    'paypal-transmission-sig': sign('sha256', Buffer.from(signed), key).toString('base64'),
    'paypal-cert-url': `https://api.paypal.com${CERTIFICATE_PATH}`,
    'paypal-auth-algo': 'SHA256withRSA',
  };
}

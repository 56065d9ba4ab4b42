import type { X509Certificate } from 'node:crypto';
import { PermanentFault, SignatureInvalid, TransientFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import { httpClient, HttpFailure } from '../http-client';
import { partyAddress, type PartyAddress } from '../party-address';
import { commonNames, trustedLeaf } from './certificate-chain';

/** A bundle is some 5 KB. API Gateway has the caller wait for 29 s at most, PayPal gives up sooner. */
const http = httpClient({ timeoutMs: 4_000, maxBytes: 64 * 1024 });

/** PayPal uses one certificate for years; more than these are made up by somebody. */
const MOST_KEPT = 4;

const PATH = /^\/v1\/notifications\/certs\/[A-Za-z0-9-]{1,80}$/;

/** A name that holds anything else may hold another name. */
const HOSTNAME = /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/;

/** By connection object, which lives for minutes: what was fetched is fetched again now and then. */
const kept = new WeakMap<Connection, Map<string, string>>();

/**
 * Fetches the certificate that a message names, once per connection object. The message is not believed yet, so only an
 * address of PayPal's certificates is called at all. Where the connection leads to a stand-in, so does the path.
 *
 * @throws {SignatureInvalid} for another address, or where PayPal has no such certificate
 * @throws {TransientFault} when there is no answer
 */
export async function fetchCertificate(connection: Connection, certUrl: string): Promise<void> {
  const url = pinned(certUrl);
  const known = kept.get(connection) ?? new Map<string, string>();
  kept.set(connection, known);
  if (known.has(url.pathname)) return;
  const request = { method: 'GET', path: url.pathname, headers: { 'user-agent': 'order-cancellation' } } as const;
  try {
    const { status, text } = await http.send(placeOf(connection, url), request);
    if (status === 404) throw new SignatureInvalid('paypal: there is no such certificate');
    if (status !== 200) throw new TransientFault(`paypal: HTTP ${status} for a certificate`);
    const [oldest] = known.keys();
    if (known.size >= MOST_KEPT && oldest !== undefined) known.delete(oldest);
    known.set(url.pathname, text);
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    throw new TransientFault(`paypal: ${error.message}`, { cause: error });
  }
}

/**
 * The certificate, if it is PayPal's: its chain ends at an authority that is trusted (`webhookCa` of the connection's
 * settings, else the public ones), its common name ends in `.paypal.com`, and its key is RSA of 2048 bits or more.
 * The vendor's own packages check the chain and the name likewise:
 * https://github.com/paypal/PayPal-Python-SDK/blob/master/paypalrestsdk/notifications.py
 *
 * @param now seconds since epoch, UTC
 * @throws {SignatureInvalid} for any other certificate
 */
export function certificateOf(connection: Connection, certUrl: string, now: number): X509Certificate {
  const pem = kept.get(connection)?.get(pinned(certUrl).pathname);
  if (pem === undefined) throw new PermanentFault('paypal: the certificate was not fetched before reading');
  const leaf = trustedLeaf(pem, connection.settings?.['webhookCa'], now);
  if (leaf === undefined) throw new SignatureInvalid('paypal: the certificate leads to no trusted authority now');
  const [name = '', another] = commonNames(leaf);
  if (another !== undefined || !HOSTNAME.test(name) || !isOfPaypal(name.toLowerCase())) {
    throw new SignatureInvalid('paypal: the certificate is not of paypal.com');
  }
  const { asymmetricKeyType, asymmetricKeyDetails } = leaf.publicKey;
  if (asymmetricKeyType !== 'rsa' || (asymmetricKeyDetails?.modulusLength ?? 0) < 2048) {
    throw new SignatureInvalid('paypal: the certificate has another kind of key');
  }
  return leaf;
}

function pinned(certUrl: string): URL {
  const url = URL.canParse(certUrl) ? new URL(certUrl) : undefined;
  const isPaypals =
    url?.protocol === 'https:' &&
    isOfPaypal(url.hostname) &&
    url.port === '' &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === '' &&
    PATH.test(url.pathname);
  if (!isPaypals) throw new SignatureInvalid("paypal: the certificate's address is not PayPal's");
  return url;
}

function isOfPaypal(hostname: string): boolean {
  return hostname.endsWith('.paypal.com');
}

function placeOf(connection: Connection, url: URL): PartyAddress {
  const own = partyAddress(connection, url.origin);
  return isOfPaypal(own.host) ? partyAddress({ id: connection.id }, url.origin) : own;
}

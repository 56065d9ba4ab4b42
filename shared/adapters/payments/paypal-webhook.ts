import { verify, type X509Certificate } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { PermanentFault, SignatureInvalid } from '../../domain/faults';
import type { NamedByWebhook, PaymentWebhook } from '../../ports/payment-channel';
import { certificateOf, fetchCertificate } from './paypal-certificate';
import { disputesOf, stopsOf } from './paypal-dispute';
import { noticeOf } from './paypal-notice';
import { signedJson } from './signed-json';

/** PayPal sends again for three days and does not say whether a repetition has a time of its own. */
const OLDEST_SECONDS = 3 * 24 * 3_600 + 3_600;
const AHEAD_SECONDS = 300;

/** The only algorithm there is; a message does not choose. */
const ALGORITHM = 'SHA256withRSA';

interface Transmission {
  id: string;
  /** As sent. */
  time: string;
  signature: Buffer;
  certUrl: string;
}

/**
 * PayPal's webhooks: RSA-SHA256 over `transmission id | transmission time | webhook id | CRC32 of the raw body`, under a
 * certificate that the message names and `prepare` fetches. https://developer.paypal.com/api/rest/webhooks/rest
 *
 * The `webhookSecrets` of a connection are the ids of its webhooks at PayPal: they are no secrets, but part of what is
 * signed, so a message to another account does not verify here. CRC32 can be forged by whoever has one signed message:
 * what a notice names is re-read from PayPal before anything changes, and of disputes only what stops refunds is believed.
 */
export const paypalWebhook: PaymentWebhook<NamedByWebhook> = {
  async prepare(connection, headers) {
    await fetchCertificate(connection, transmissionOf(headers).certUrl);
  },

  read(connection, rawBody, headers, now) {
    const transmission = transmissionOf(headers);
    const age = now - Date.parse(transmission.time) / 1000;
    if (!(age <= OLDEST_SECONDS && age >= -AHEAD_SECONDS)) throw new SignatureInvalid('paypal: out of time');
    const certificate = certificateOf(connection, transmission.certUrl, now);
    if (!connection.webhookSecrets.some((webhookId) => signs(certificate, transmission, webhookId, rawBody))) {
      throw new SignatureInvalid('paypal: signed for no webhook of this connection');
    }
    const event = signedJson('paypal', rawBody);
    const disputes = disputesOf(event);
    return disputes === undefined
      ? noticeOf(connection.tenant, event)
      : stopsOf(disputes, Date.parse(transmission.time));
  },
};

function transmissionOf(headers: Record<string, string | undefined>): Transmission {
  const header = (name: string, form: RegExp): string => {
    const value = headers[`paypal-${name}`];
    if (value === undefined || !form.test(value)) throw new SignatureInvalid(`paypal: no ${name} that can be read`);
    return value;
  };
  if (header('auth-algo', /^\w{1,40}$/) !== ALGORITHM) throw new SignatureInvalid('paypal: another algorithm');
  return {
    // Without the separator, or two messages could be read out of one signed text.
    id: header('transmission-id', /^[\w-]{1,64}$/),
    time: header('transmission-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/),
    signature: Buffer.from(header('transmission-sig', /^[A-Za-z0-9+/]{100,1400}={0,2}$/), 'base64'),
    certUrl: header('cert-url', /^[\x21-\x7e]{1,500}$/),
  };
}

function signs(
  { publicKey }: X509Certificate,
  { id, time, signature }: Transmission,
  webhookId: string,
  rawBody: Uint8Array,
): boolean {
  // An empty id would accept what was signed for nobody.
  if (webhookId === '') throw new PermanentFault('paypal: connection with an empty webhook id');
  return verify('sha256', Buffer.from(`${id}|${time}|${webhookId}|${crc32(rawBody)}`), publicKey, signature);
}

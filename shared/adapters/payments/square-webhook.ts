import { createHmac, timingSafeEqual } from 'node:crypto';
import { PermanentFault, SignatureInvalid } from '../../domain/faults';
import type { PaymentWebhook, ProviderNotice } from '../../ports/payment-channel';
import { text } from '../json-members';
import { signedJson } from './signed-json';
import { disputeOfEvent } from './square-dispute';
import { noticeOfEvent } from './square-notice';

/** Base64 of 32 bytes. */
const SIGNATURE = /^[A-Za-z0-9+/]{43}=$/;

/**
 * Square's webhooks: header `x-square-hmacsha256-signature`, an HMAC over the notification URL and the raw body under the
 * signature key of a subscription. https://developer.squareup.com/docs/webhooks/step3validate
 *
 * `webhookSecrets` of the connection: signature keys. `settings.notificationUrl`: the address as it is registered at Square,
 * letter by letter; what a request says of its own address may have been rewritten on the way, or by a stranger.
 * `settings.merchantId`, where it is there: the seller whose events these are, because a subscription is told of every
 * seller of its application. No time is signed, so an old message can be sent again: what it names is re-read.
 */
export const squareWebhook: PaymentWebhook<ProviderNotice | undefined> = {
  read(connection, rawBody, headers) {
    const { notificationUrl, merchantId } = connection.settings ?? {};
    if (!notificationUrl) {
      throw new PermanentFault(`square: connection ${connection.id} has no notificationUrl in its settings`);
    }
    const header = headers['x-square-hmacsha256-signature'] ?? '';
    if (!SIGNATURE.test(header)) throw new SignatureInvalid('square: no signature header');
    const given = Buffer.from(header, 'base64');
    const signs = (secret: string): boolean => timingSafeEqual(hmacOf(secret, notificationUrl, rawBody), given);
    if (!connection.webhookSecrets.some(signs)) throw new SignatureInvalid('square: no live key signs this message');
    const event = signedJson('square', rawBody);
    if (merchantId !== undefined && text(event, 'merchant_id') !== merchantId) return undefined;
    return disputeOfEvent(event) ?? noticeOfEvent(connection.tenant, event);
  },
};

function hmacOf(secret: string, notificationUrl: string, rawBody: Uint8Array): Buffer {
  // An empty key would accept what anybody can sign.
  if (secret === '') throw new PermanentFault('square: connection with an empty signature key');
  return createHmac('sha256', secret).update(notificationUrl).update(rawBody).digest();
}

import { createHmac, timingSafeEqual } from 'node:crypto';
import { PermanentFault, SignatureInvalid } from '../../domain/faults';
import type { CarrierNotice, CarrierWebhook } from '../../ports/carrier';
import type { Connection } from '../../ports/connections';
import { member, text } from '../json-members';
import { positionOf, postageRefundOf, voidOf } from './easypost-words';

const SIGNATURE = /^hmac-sha256-hex=([0-9a-f]{64})$/;

/**
 * EasyPost's webhooks: header `X-Hmac-Signature: hmac-sha256-hex=...` over the raw body, under the secret after
 * Unicode normalisation NFKD (https://docs.easypost.com/guides/webhooks-guide). There is no time stamp, so an old
 * message can be sent again: what it names is re-read from EasyPost before anything changes.
 */
export const easypostWebhook = {
  read(connection: Connection, rawBody: Uint8Array, headers: Record<string, string | undefined>) {
    const signature = SIGNATURE.exec(headers['x-hmac-signature'] ?? '')?.[1];
    if (signature === undefined) throw new SignatureInvalid('easypost: no signature header');
    const given = Buffer.from(signature, 'hex');
    if (!connection.webhookSecrets.some((secret) => timingSafeEqual(hmacOf(rawBody, secret), given))) {
      throw new SignatureInvalid('easypost: no live secret signs this message');
    }
    return noticeOf(parse(rawBody));
  },
} satisfies CarrierWebhook;

function hmacOf(rawBody: Uint8Array, secret: string): Buffer {
  // An empty secret would accept what anybody can sign.
  if (secret === '') throw new PermanentFault('easypost: connection with an empty webhook secret');
  return createHmac('sha256', secret.normalize('NFKD')).update(rawBody).digest();
}

function noticeOf(event: unknown): CarrierNotice | undefined {
  const type = text(event, 'description');
  const result = member(event, 'result');
  const concerns = type?.startsWith('tracker.') ? 'Tracker' : type?.startsWith('refund.') ? 'Refund' : undefined;
  if (type === undefined || concerns === undefined) return undefined;
  const eventId = text(event, 'id');
  if (eventId === undefined || text(result, 'object') !== concerns) {
    throw new PermanentFault(`easypost: signed ${type} that names no ${concerns}`);
  }
  return {
    eventId,
    type,
    providerShipmentRef: text(result, 'shipment_id'),
    trackingCode: text(result, 'tracking_code'),
    position: concerns === 'Tracker' ? positionOf(result) : undefined,
    void: concerns === 'Refund' ? voidOf(text(result, 'status') ?? '') : undefined,
    postageRefund: concerns === 'Refund' ? postageRefundOf(text(result, 'status') ?? '') : undefined,
  };
}

function parse(rawBody: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(rawBody).toString('utf8'));
  } catch (cause) {
    throw new PermanentFault('easypost: signed message is not JSON', { cause });
  }
}

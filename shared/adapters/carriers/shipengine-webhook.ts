import { verify } from 'node:crypto';
import { PermanentFault, SignatureInvalid } from '../../domain/faults';
import type { CarrierNotice, CarrierWebhook } from '../../ports/carrier';
import { member, text } from '../json-members';
import { signedJson } from '../payments/signed-json';
import { eventIdOf } from './event-id';
import { isKnownSecret } from './known-secret';
import { fetchKey, keyOf } from './shipengine-keys';
import { positionOf } from './shipengine-words';

/** ShipEngine's own advice: https://docs.shipstation.com/apis/docs/guides/webhooks-validation */
const TOLERANCE_SECONDS = 300;

/** The custom header that the shop sets with its webhook at ShipEngine; its value is one of the connection's secrets. */
const SECRET_HEADER = 'x-connection-secret';

/** Events of tracking, under the name of each edition of the API. */
const TRACKED: ReadonlySet<string> = new Set(['API_TRACK', 'TRACK_EVENT_V2']);

const LABEL = /\/labels\/(se(?:-[a-z0-9]+)+)(?:\/track)?$/;

interface Transmission {
  keyId: string;
  /** As sent. */
  time: string;
  signature: Buffer;
}

/**
 * ShipEngine's webhooks: RSA-SHA256 over `<time stamp>.<raw body>`, under a key that the message names and ShipEngine
 * publishes. There is no other algorithm; a message does not choose.
 *
 * That key is ShipEngine's and signs for all of its customers, so it does not say whose message this is: a header that only
 * this shop and ShipEngine know does. A label is known by the address of the event; events about tracking numbers that
 * anybody may subscribe to name none.
 */
export const shipengineWebhook: CarrierWebhook = {
  async prepare(connection, headers) {
    const { keyId } = transmissionOf(headers);
    if (!isKnownSecret('shipengine', connection.webhookSecrets, headers[SECRET_HEADER] ?? '')) {
      throw new SignatureInvalid('shipengine: not sent for this connection');
    }
    await fetchKey(connection, keyId, Date.now());
  },

  read(connection, rawBody, headers, now) {
    const { keyId, time, signature } = transmissionOf(headers);
    const age = now - Date.parse(time) / 1000;
    if (!(Math.abs(age) <= TOLERANCE_SECONDS)) throw new SignatureInvalid('shipengine: out of time');
    if (!isKnownSecret('shipengine', connection.webhookSecrets, headers[SECRET_HEADER] ?? '')) {
      throw new SignatureInvalid('shipengine: not sent for this connection');
    }
    const signed = Buffer.concat([Buffer.from(`${time}.`), rawBody]);
    if (!verify('sha256', signed, keyOf(connection, keyId), signature)) {
      throw new SignatureInvalid('shipengine: the named key did not sign this message');
    }
    return noticeOf(signedJson('shipengine', rawBody), rawBody);
  },
};

function transmissionOf(headers: Record<string, string | undefined>): Transmission {
  const header = (name: string, form: RegExp): string => {
    const value = headers[name];
    if (value === undefined || !form.test(value)) throw new SignatureInvalid(`shipengine: no ${name} that can be read`);
    return value;
  };
  return {
    keyId: header('x-shipengine-rsa-sha256-key-id', /^[\w.:-]{1,100}$/),
    time: header('x-shipengine-timestamp', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/),
    signature: Buffer.from(header('x-shipengine-rsa-sha256-signature', /^[A-Za-z0-9+/]{300,1400}={0,2}$/), 'base64'),
  };
}

function noticeOf(event: unknown, rawBody: Uint8Array): CarrierNotice | undefined {
  const type = text(event, 'resource_type');
  if (type === undefined || !TRACKED.has(type)) return undefined;
  const tracking = member(event, 'data');
  const trackingCode = text(tracking, 'tracking_number');
  if (trackingCode === undefined) throw new PermanentFault(`shipengine: signed ${type} that names no parcel`);
  return {
    eventId: eventIdOf(rawBody),
    type,
    providerShipmentRef: LABEL.exec(pathOf(text(event, 'resource_url') ?? ''))?.[1],
    trackingCode,
    position: positionOf(tracking),
    void: undefined,
  };
}

const pathOf = (address: string): string => (URL.canParse(address) ? new URL(address).pathname : '');

import { PermanentFault, SignatureInvalid } from '../../domain/faults';
import type { CarrierNotice, CarrierWebhook } from '../../ports/carrier';
import type { Connection } from '../../ports/connections';
import { member, text } from '../json-members';
import { jsonIn, signedText } from '../payments/signed-json';
import { eventIdOf } from './event-id';
import { isKnownSecret } from './known-secret';
import { digestOf } from './sf-express-digest';
import { inOrder, listOf, positionOf } from './sf-express-routes';

/** SF pushes again what was not taken, and does not say whether a repetition has a time of its own. */
const TOLERANCE_SECONDS = 3_600;

const SERVICE = 'RoutePushService';

/**
 * SF's pushes of routes: a form with `msgData`, `timestamp` and `msgDigest`, which is made as for our own calls, under the
 * checkword. A push without a digest says nothing of who has sent it, and is not taken: parcels of such an account are asked
 * for. One push names up to ten nodes. https://www.showdoc.com.cn/hnqiao/9157102515696868
 */
export const sfExpressWebhook: CarrierWebhook = {
  acknowledgement: { contentType: 'application/json', body: '{"return_code":"0000","return_msg":"成功"}' },

  read(connection, rawBody, _headers, now) {
    const form = new URLSearchParams(signedText('sf_express', rawBody));
    const { msgData, timestamp } = signedBy(connection, form, now);
    if (form.get('serviceCode') !== SERVICE) return undefined;
    const body = member(jsonIn('sf_express', msgData), 'Body');
    const nodes = inOrder(listOf(member(body, 'WaybillRoute')));
    if (nodes.length === 0) throw new PermanentFault(`sf_express: a push of ${timestamp} that names no parcel`);
    return nodes.map(noticeOf);
  },
};

/** @throws {SignatureInvalid} unless each part is there once, in time, and under a live checkword */
function signedBy(connection: Connection, form: URLSearchParams, now: number): { msgData: string; timestamp: string } {
  const only = (name: string): string => {
    const [value, another] = form.getAll(name);
    if (value === undefined || value === '' || another !== undefined) {
      throw new SignatureInvalid(`sf_express: no single ${name}`);
    }
    return value;
  };
  const [msgData, timestamp, msgDigest] = [only('msgData'), only('timestamp'), only('msgDigest')];
  // Seconds or milliseconds: SF's own tools send both.
  if (!/^(\d{10}|\d{13})$/.test(timestamp)) throw new SignatureInvalid('sf_express: no time that can be read');
  const seconds = timestamp.length === 13 ? Number(timestamp) / 1000 : Number(timestamp);
  if (!(Math.abs(now - seconds) <= TOLERANCE_SECONDS)) throw new SignatureInvalid('sf_express: out of time');
  if (connection.webhookSecrets.includes('')) {
    throw new PermanentFault('sf_express: connection with an empty webhook secret');
  }
  const digests = connection.webhookSecrets.map((checkword) => digestOf(msgData, timestamp, checkword));
  if (!isKnownSecret('sf_express', digests, msgDigest)) {
    throw new SignatureInvalid('sf_express: no live checkword signs this message');
  }
  return { msgData, timestamp };
}

function noticeOf(node: unknown): CarrierNotice {
  const trackingCode = text(node, 'mailno');
  if (trackingCode === undefined) throw new PermanentFault('sf_express: a signed node that names no parcel');
  const opCode = text(node, 'opCode');
  const position = positionOf(node);
  return {
    eventId: eventIdOf(trackingCode, text(node, 'id'), opCode, text(node, 'acceptTime')),
    type: `${SERVICE} ${opCode ?? ''}`,
    providerShipmentRef: text(node, 'orderid'),
    trackingCode,
    position,
    void: undefined,
    interception: position === 'returning' ? 'succeeded' : undefined,
  };
}

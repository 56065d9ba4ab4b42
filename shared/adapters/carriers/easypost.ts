import { PermanentFault, TransientFault, UnknownOutcome } from '../../domain/faults';
import type { Carrier, CarrierView, VoidAnswer } from '../../ports/carrier';
import type { Connection } from '../../ports/connections';
import { httpClient, HttpFailure, jsonOf, type HttpClient } from '../http-client';
import { member, text } from '../json-members';
import { partyAddress } from '../party-address';
import { positionOf, postageRefundOf, voidOf } from './easypost-words';

const PUBLIC_ADDRESS = 'https://api.easypost.com';

/** A shipment with all its rates is some 20 KB. */
const LIMITS = { timeoutMs: 8_000, maxBytes: 1024 * 1024 };

/** HTTP statuses that say something about us or our address, not about the label. */
const NOT_ABOUT_THE_LABEL: ReadonlySet<number> = new Set([401, 402, 403, 404, 405]);

type CallKind = 'read' | 'write';

interface Answer {
  status: number;
  body: unknown;
  /** EasyPost's error code, whatever the HTTP status. */
  errorCode: string | undefined;
}

/**
 * EasyPost, API v2: https://docs.easypost.com/docs/shipments/shipping-refund
 *
 * Asking for the postage back is what voids a label there. A refusal comes as a 4xx, as 200 with an error inside, or
 * as a shipment whose `refund_status` is `rejected`.
 */
export function easypostCarrier({ timeoutMs = LIMITS.timeoutMs }: { timeoutMs?: number } = {}): Carrier {
  const http = httpClient({ ...LIMITS, timeoutMs });
  return {
    async voidLabel({ connection, providerShipmentRef }) {
      const answer = await ask(http, connection, 'POST', `${shipmentPath(providerShipmentRef)}/refund`);
      if (answer.errorCode === undefined) return voidAnswer(answer.body, providerShipmentRef, 'write');
      // An error may also mean that an earlier request has voided it: the shipment itself knows.
      const shipment = await retrieve(http, connection, providerShipmentRef);
      const now = shipment === undefined ? undefined : voidAnswer(shipment, providerShipmentRef, 'read');
      return now?.outcome === 'accepted' ? now : { outcome: 'refused', word: answer.errorCode };
    },

    async query({ connection, providerShipmentRef }) {
      const shipment = await retrieve(http, connection, providerShipmentRef);
      return shipment === undefined ? undefined : viewOf(shipment, providerShipmentRef);
    },
  };
}

/** @returns undefined when EasyPost says that it knows no such shipment */
async function retrieve(http: HttpClient, connection: Connection, shipmentRef: string): Promise<unknown> {
  const answer = await ask(http, connection, 'GET', shipmentPath(shipmentRef));
  if (answer.status === 404) return undefined;
  if (answer.errorCode !== undefined) {
    throw new PermanentFault(`easypost: ${answer.errorCode} [${answer.status}] for ${shipmentRef}`);
  }
  return answer.body;
}

/** One exchange; what comes back is a success, or an error of EasyPost's own that is about this shipment. */
async function ask(http: HttpClient, connection: Connection, method: 'GET' | 'POST', path: string): Promise<Answer> {
  const kind: CallKind = method === 'GET' ? 'read' : 'write';
  const address = partyAddress(connection, PUBLIC_ADDRESS);
  const headers = {
    accept: 'application/json',
    authorization: `Basic ${Buffer.from(`${connection.apiKey}:`).toString('base64')}`,
    'user-agent': 'order-cancellation',
  };
  let status: number;
  let body: unknown;
  try {
    const answer = await http.send(address, { method, path, headers });
    status = answer.status;
    // Judged before the body is read: a gateway in between answers in HTML.
    if (status === 429) throw new TransientFault('easypost: RATE_LIMITED [429]');
    if (status >= 500) throw lost(`easypost: HTTP ${status}`, kind);
    body = jsonOf(answer);
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    if (error.trouble === 'not_sent') throw new TransientFault(`easypost: ${error.message}`, { cause: error });
    throw lost(`easypost: ${error.message}`, kind, error);
  }
  const error = member(body, 'error');
  const errorCode = error === undefined ? undefined : (text(error, 'code') ?? 'UNNAMED');
  if (status >= 200 && status < 300) return { status, body, errorCode };
  // A 404 without EasyPost's own error object is no statement about the shipment.
  if (errorCode === undefined) throw lost(`easypost: HTTP ${status} without an error object`, kind);
  if (kind === 'read' && status === 404) return { status, body, errorCode };
  if (NOT_ABOUT_THE_LABEL.has(status)) throw new PermanentFault(`easypost: ${errorCode} [${status}]`);
  return { status, body, errorCode };
}

function voidAnswer(shipment: unknown, shipmentRef: string, kind: CallKind): VoidAnswer {
  const word = refundStatus(checked(shipment, shipmentRef, kind));
  const state = word === undefined ? undefined : voidOf(word);
  if (word !== undefined && state === 'accepted') {
    const postageRefund = postageRefundOf(word);
    return { outcome: 'accepted', word, ...(postageRefund !== undefined && { postageRefund }) };
  }
  if (word !== undefined && state === 'refused') return { outcome: 'refused', word };
  if (kind === 'read') return { outcome: 'refused', word: word ?? 'none' };
  throw lost(`easypost: refund_status ${word ?? 'missing'} after asking for a refund of ${shipmentRef}`, kind);
}

function viewOf(shipment: unknown, shipmentRef: string): CarrierView {
  const found = checked(shipment, shipmentRef, 'read');
  const word = refundStatus(found);
  const view: CarrierView = {
    position: shipmentPosition(found),
    // A word that EasyPost has added since is not taken for a success.
    void: word === undefined ? 'none' : (voidOf(word) ?? 'refused'),
  };
  const postageRefund = word === undefined ? undefined : postageRefundOf(word);
  if (postageRefund !== undefined) view.postageRefund = postageRefund;
  const trackingCode = text(found, 'tracking_code');
  if (trackingCode !== undefined) view.trackingCode = trackingCode;
  return view;
}

function shipmentPosition(shipment: unknown): CarrierView['position'] {
  const tracker = member(shipment, 'tracker');
  // Without a readable word a person should look, rather than a rule.
  if (text(tracker, 'status') !== undefined) return positionOf(tracker) ?? 'exception';
  return member(shipment, 'postage_label') ? 'label_created' : 'not_created';
}

function refundStatus(shipment: unknown): string | undefined {
  return text(shipment, 'refund_status');
}

function checked(shipment: unknown, shipmentRef: string, kind: CallKind): unknown {
  if (text(shipment, 'object') === 'Shipment' && text(shipment, 'id') === shipmentRef) return shipment;
  throw lost(`easypost: answer not believed: not shipment ${shipmentRef}`, kind);
}

function lost(says: string, kind: CallKind, cause?: unknown): Error {
  return kind === 'write' ? new UnknownOutcome(says, { cause }) : new TransientFault(says, { cause });
}

function shipmentPath(shipmentRef: string): string {
  return `/v2/shipments/${encodeURIComponent(shipmentRef)}`;
}

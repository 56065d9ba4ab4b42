import type { Carrier, CarrierView, Label, VoidAnswer } from '../../ports/carrier';
import { httpClient, type HttpClient } from '../http-client';
import { member, text } from '../json-members';
import { limits, lost, type CallKind } from '../payments/provider-call';
import { call, ifThere, refusalOfLabel } from './shipengine-call';
import { positionOf, postageRefundOf } from './shipengine-words';

/**
 * ShipEngine (ShipStation API): https://github.com/ShipEngine/shipengine-openapi
 *
 * A shipment is named by the id of its label (`se-...`). A refused void is HTTP 200 with `approved: false`. There is no
 * operation that stops a parcel on its way.
 */
export function shipengineCarrier({ timeoutMs = limits.timeoutMs }: { timeoutMs?: number } = {}): Carrier {
  const http = httpClient({ ...limits, timeoutMs });
  return {
    voidLabel: (label) => voidLabel(http, label),
    query: (label) => query(http, label),
  };
}

async function voidLabel(http: HttpClient, label: Label): Promise<VoidAnswer> {
  try {
    return voidAnswer(await call(http, label.connection, 'PUT', `${pathOf(label)}/void`));
  } catch (error) {
    const refusal = refusalOfLabel(error);
    if (refusal === undefined) throw error;
    // It may also be refused because an earlier request has voided it: the label itself knows.
    const found = await labelOf(http, label);
    return found !== undefined && isVoid(found)
      ? { outcome: 'accepted', word: 'voided' }
      : { outcome: 'refused', word: refusal.code };
  }
}

function voidAnswer(body: unknown): VoidAnswer {
  const approved = member(body, 'approved');
  if (approved === true) return { outcome: 'accepted', word: 'approved' };
  if (approved !== false) throw lost('shipengine: answer not believed: neither approved nor refused', 'write');
  const word = text(body, 'reason_code') ?? 'unspecified';
  return { outcome: word === 'label_already_voided' ? 'accepted' : 'refused', word };
}

async function query(http: HttpClient, label: Label): Promise<CarrierView | undefined> {
  const found = await labelOf(http, label);
  if (found === undefined) return undefined;
  // A void label may be scanned all the same: where the parcel is says its tracking.
  const tracking = await ifThere(call(http, label.connection, 'GET', `${pathOf(label)}/track`));
  const trackingCode = text(found, 'tracking_number');
  const view: CarrierView = {
    position: positionIn(found, tracking, trackingCode),
    void: isVoid(found) ? 'accepted' : 'none',
  };
  const postageRefund = postageRefundOf(member(found, 'refund_details'));
  if (postageRefund !== undefined) view.postageRefund = postageRefund;
  if (trackingCode !== undefined) view.trackingCode = trackingCode;
  return view;
}

function positionIn(found: unknown, tracking: unknown, trackingCode: string | undefined): CarrierView['position'] {
  if (tracking !== undefined && text(tracking, 'tracking_number') !== trackingCode) {
    throw lost('shipengine: answer not believed: tracking of another parcel', 'read');
  }
  // Without a readable word a person should look, rather than a rule.
  const position = tracking === undefined ? unlabelled(found) : (positionOf(tracking) ?? 'exception');
  return position === 'label_created' && isVoid(found) ? 'voided' : position;
}

/** https://github.com/ShipEngine/shipengine-openapi, label_status */
function unlabelled(found: unknown): CarrierView['position'] {
  return text(found, 'status') === 'processing' || text(found, 'status') === 'error' ? 'not_created' : 'label_created';
}

async function labelOf(http: HttpClient, label: Label): Promise<unknown> {
  const kind: CallKind = 'read';
  const found = await ifThere(call(http, label.connection, 'GET', pathOf(label)));
  if (found === undefined || text(found, 'label_id') === label.providerShipmentRef) return found;
  throw lost(`shipengine: answer not believed: not label ${label.providerShipmentRef}`, kind);
}

function isVoid(found: unknown): boolean {
  return member(found, 'voided') === true || text(found, 'status') === 'voided';
}

function pathOf({ providerShipmentRef }: Label): string {
  return `/v1/labels/${encodeURIComponent(providerShipmentRef)}`;
}

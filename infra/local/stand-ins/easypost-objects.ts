/** EasyPost's objects and errors as they go over the wire; https://docs.easypost.com/docs, API v2. */
import type { StandInReply } from '../stand-in';
import { trackerStatus, type Shipment } from './easypost-shipments';

export function shipmentObject(shipment: Shipment): Record<string, unknown> {
  return {
    id: shipment.id,
    object: 'Shipment',
    mode: 'test',
    created_at: iso(shipment.createdAt),
    updated_at: iso(shipment.updatedAt),
    is_return: false,
    messages: [],
    options: { currency: 'USD', payment: { type: 'SENDER' }, date_advance: 0 },
    reference: null,
    status: trackerStatus(shipment),
    tracking_code: shipment.label ? shipment.trackingCode : null,
    batch_id: null,
    batch_status: null,
    batch_message: null,
    insurance: null,
    order_id: null,
    postage_label: shipment.label
      ? {
          object: 'PostageLabel',
          id: `pl_${shipment.id.slice(4)}`,
          created_at: iso(shipment.createdAt),
          updated_at: iso(shipment.createdAt),
          label_file_type: 'image/png',
          label_size: '4x6',
          label_type: 'default',
          label_url: `https://labels.invalid/${shipment.id}.png`,
        }
      : null,
    rates: [],
    refund_status: shipment.refundStatus,
    scan_form: null,
    selected_rate: null,
    tracker: shipment.label ? trackerObject(shipment) : null,
    usps_zone: 4,
    forms: [],
    fees: [
      {
        object: 'Fee',
        type: 'PostageFee',
        amount: '8.20000',
        charged: shipment.label,
        refunded: shipment.refundStatus === 'refunded',
      },
    ],
  };
}

export function trackerObject(shipment: Shipment): Record<string, unknown> {
  return {
    id: shipment.tracker,
    object: 'Tracker',
    mode: 'test',
    tracking_code: shipment.trackingCode,
    status: trackerStatus(shipment),
    status_detail: shipment.scans.at(-1)?.detail ?? 'unknown',
    created_at: iso(shipment.createdAt),
    updated_at: iso(shipment.updatedAt),
    signed_by: null,
    weight: null,
    est_delivery_date: null,
    shipment_id: shipment.id,
    carrier: shipment.carrier,
    tracking_details: shipment.scans.map((scan) => ({
      object: 'TrackingDetail',
      message: scan.detail,
      description: scan.detail,
      status: scan.status,
      status_detail: scan.detail,
      datetime: iso(scan.at),
      source: shipment.carrier,
      carrier_code: null,
      tracking_location: { object: 'TrackingLocation', city: null, state: null, country: null, zip: null },
    })),
    fees: [],
    carrier_detail: null,
    public_url: `https://track.invalid/${shipment.tracker}`,
  };
}

export function refundObject(shipment: Shipment): Record<string, unknown> {
  return {
    id: shipment.refundId,
    object: 'Refund',
    created_at: iso(shipment.updatedAt),
    updated_at: iso(shipment.updatedAt),
    tracking_code: shipment.trackingCode,
    confirmation_number: null,
    status: shipment.refundStatus,
    carrier: shipment.carrier,
    shipment_id: shipment.id,
  };
}

export function eventObject(
  id: string,
  description: string,
  result: Record<string, unknown>,
  now: number,
): Record<string, unknown> {
  return {
    description,
    mode: 'test',
    previous_attributes: {},
    created_at: iso(now),
    pending_urls: ['local'],
    completed_urls: [],
    updated_at: iso(now),
    id,
    user_id: 'user_local',
    status: 'pending',
    object: 'Event',
    result,
  };
}

export function errorReply(status: number, code: string, message: string): Exclude<StandInReply, 'hang-up'> {
  return jsonReply(status, { error: { code, message, errors: [] } });
}

export function jsonReply(status: number, body: unknown): Exclude<StandInReply, 'hang-up'> {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) };
}

/** Without fractions of a second, as EasyPost writes them. */
function iso(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

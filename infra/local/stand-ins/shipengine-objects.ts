/** ShipEngine's objects and errors as they go over the wire; https://github.com/ShipEngine/shipengine-openapi. */
import { randomUUID } from 'node:crypto';
import type { StandInReply } from '../stand-in';
import type { Parcel, Scan } from './carrier-parcels';

/** A detail of tracking -> the code that stands above it. */
const CODE_OF: Readonly<Record<string, string>> = {
  SHIPMENT_CREATED: 'NY',
  AWAITING_PICKUP_DROP_OFF: 'NY',
  PICKED_UP: 'AC',
  DROPPED_OFF: 'AC',
  HUB_SCAN_IN: 'IT',
  OUT_FOR_DELIVERY: 'IT',
  COLLECT_AT_LOCAL_PO: 'SP',
  DELIVERED: 'DE',
  RETURN_TO_SENDER: 'EX',
  UNDELIVERABLE_RETURNED_TO_SENDER: 'EX',
  PARCEL_LOST: 'EX',
  CANCELLED: 'EX',
};

const cost = { currency: 'usd', amount: 8.2 };

/** A word of a scan as a code, with its detail where it has one. */
function words(word: string): { status_code: string; status_detail_code?: string } {
  const code = CODE_OF[word];
  return code === undefined ? { status_code: word } : { status_code: code, status_detail_code: word };
}

export function labelObject(parcel: Parcel): Record<string, unknown> {
  const voided = parcel.voidedAt !== undefined;
  return {
    label_id: parcel.id,
    status: voided ? 'voided' : 'completed',
    shipment_id: `se-${parcel.id.replace(/[^0-9]/g, '') || '0'}1`,
    ship_date: iso(parcel.createdAt),
    created_at: iso(parcel.createdAt),
    shipment_cost: cost,
    insurance_cost: { currency: 'usd', amount: 0 },
    tracking_number: parcel.trackingNumber,
    is_return_label: false,
    rma_number: null,
    is_international: false,
    carrier_id: 'se-28529731',
    charge_event: 'carrier_default',
    service_code: 'ups_ground',
    package_code: 'package',
    voided,
    voided_at: parcel.voidedAt === undefined ? null : iso(parcel.voidedAt),
    label_format: 'pdf',
    display_scheme: 'label',
    label_layout: '4x6',
    trackable: true,
    label_image_id: null,
    carrier_code: 'ups',
    tracking_status: 'unknown',
    form_download: null,
    insurance_claim: null,
    refund_details: parcel.refund
      ? { refund_status: parcel.refund.word, request_date: iso(parcel.refund.at), amount_requested: cost }
      : null,
  };
}

export function trackingObject(parcel: Parcel): Record<string, unknown> {
  const last = parcel.scans.at(-1);
  return {
    tracking_number: parcel.trackingNumber,
    ...words(last?.word ?? 'NY'),
    carrier_code: 'ups',
    carrier_id: 3,
    status_description: last?.remark ?? '',
    carrier_status_code: last?.word ?? 'M',
    carrier_detail_code: 'MP',
    carrier_status_description: last?.remark ?? '',
    events: parcel.scans.map(eventObject).reverse(),
  };
}

function eventObject({ word, remark, at }: Scan): Record<string, unknown> {
  return {
    occurred_at: iso(at),
    description: remark,
    city_locality: '',
    state_province: 'TX',
    postal_code: '',
    carrier_detail_code: 'MP',
    ...words(word),
    status_description: word,
    carrier_status_code: word,
    carrier_status_description: remark,
  };
}

export function errorReply(status: number, type: string, code: string): Exclude<StandInReply, 'hang-up'> {
  const error = { error_source: 'shipengine', error_type: type, error_code: code, message: `It says ${code}.` };
  return jsonReply(status, { request_id: randomUUID(), errors: [error] });
}

export function jsonReply(status: number, body: unknown): Exclude<StandInReply, 'hang-up'> {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) };
}

const iso = (ms: number): string => new Date(ms).toISOString();

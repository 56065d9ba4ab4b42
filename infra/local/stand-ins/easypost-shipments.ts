/** The parcel side of the EasyPost stand-in: shipments, their labels and scans, and what is on disk. */
import { randomBytes } from 'node:crypto';
import type { StandInHost } from '../stand-in';
import { emptyStore } from './party-settings';
import type { Notice } from './webhook-sender';

const PREFIX = 'shipment/';

export type RefundStatus = 'submitted' | 'refunded' | 'rejected' | 'not_applicable';

export const REFUND_STATUSES: readonly RefundStatus[] = ['submitted', 'refunded', 'rejected', 'not_applicable'];

export interface Scan {
  readonly status: string;
  readonly detail: string;
  /** Host's clock, milliseconds. */
  readonly at: number;
}

/** One shipment with its scans and the webhooks it still owes: written as one value. */
export interface Shipment {
  readonly id: string;
  readonly tracker: string;
  readonly account: string;
  readonly trackingCode: string;
  readonly carrier: string;
  readonly createdAt: number;
  updatedAt: number;
  label: boolean;
  scans: Scan[];
  refundStatus: RefundStatus | null;
  refundId?: string;
  /** What becomes of the refund by itself. */
  due?: { at: number; status: RefundStatus };
  outbox: Notice[];
}

export class EasypostShipments {
  private readonly shipments = new Map<string, Shipment>();

  constructor(private readonly host: StandInHost) {}

  async load(): Promise<void> {
    for (const { value } of await this.host.store.all<Shipment>(PREFIX)) this.shipments.set(value.id, value);
  }

  all(): IterableIterator<Shipment> {
    return this.shipments.values();
  }

  /** Another account's shipments are unknown. */
  find(account: string, id: string): Shipment | undefined {
    const shipment = this.shipments.get(id);
    return shipment?.account === account ? shipment : undefined;
  }

  get(id: string): Shipment | undefined {
    return this.shipments.get(id);
  }

  create(wish: { id: string; account: string; trackingCode?: string; carrier?: string; label: boolean }): Shipment {
    const now = this.host.clock.now();
    const shipment: Shipment = {
      id: wish.id,
      tracker: newId('trk'),
      account: wish.account,
      trackingCode: wish.trackingCode ?? `94${randomBytes(8).readBigUInt64BE().toString().padStart(20, '0')}`,
      carrier: wish.carrier ?? 'USPS',
      createdAt: now,
      updatedAt: now,
      label: wish.label,
      scans: wish.label ? [{ status: 'pre_transit', detail: 'label_created', at: now }] : [],
      refundStatus: null,
      outbox: [],
    };
    this.shipments.set(shipment.id, shipment);
    return shipment;
  }

  scan(shipment: Shipment, status: string, detail: string): void {
    const now = this.host.clock.now();
    shipment.scans.push({ status, detail, at: now });
    shipment.updatedAt = now;
  }

  setRefund(shipment: Shipment, status: RefundStatus): void {
    shipment.refundStatus = status;
    shipment.refundId ??= newId('rfnd');
    delete shipment.due;
    shipment.updatedAt = this.host.clock.now();
  }

  save(shipment: Shipment): Promise<void> {
    return this.host.store.put(`${PREFIX}${shipment.id}`, shipment);
  }

  async forget(): Promise<void> {
    this.shipments.clear();
    await emptyStore(this.host.store, PREFIX);
  }
}

export function trackerStatus(shipment: Shipment): string {
  return shipment.scans.at(-1)?.status ?? 'unknown';
}

export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(16).toString('hex')}`;
}

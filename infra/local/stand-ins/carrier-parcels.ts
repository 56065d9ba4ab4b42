/** The parcels of a carrier's stand-in, with their scans, what was asked of them, and what is on disk. */
import { randomBytes } from 'node:crypto';
import type { StandInHost } from '../stand-in';
import { emptyStore } from './party-settings';
import type { Notice } from './webhook-sender';

const PREFIX = 'parcel/';

export interface Scan {
  /** The carrier's own word. */
  readonly word: string;
  readonly remark: string;
  /** Host's clock, milliseconds. */
  readonly at: number;
}

/** A wish to stop the parcel on its way. */
export interface Interception {
  readonly kind: 'return' | 'address';
  /** The carrier's id of it. */
  readonly ref: string;
  readonly at: number;
  state: 'accepted' | 'refused' | 'withdrawn';
}

/** What happens by itself: a scan, or a late refusal of the wish. */
export interface Due {
  readonly at: number;
  readonly then: string;
}

/** One parcel with all that belongs to it and the webhooks that it still owes: written as one value. */
export interface Parcel {
  /** What a shop knows it by. */
  readonly id: string;
  readonly account: string;
  readonly trackingNumber: string;
  readonly createdAt: number;
  readonly scans: Scan[];
  voidedAt?: number;
  /** What became of the postage, in the carrier's own word, where it says so. */
  refund?: { readonly word: string; readonly at: number };
  interception?: Interception;
  due: Due[];
  outbox: Notice[];
}

export class CarrierParcels {
  private readonly parcels = new Map<string, Parcel>();

  constructor(private readonly host: StandInHost) {}

  async load(): Promise<void> {
    for (const { value } of await this.host.store.all<Parcel>(PREFIX)) this.parcels.set(value.id, value);
  }

  all(): Parcel[] {
    return [...this.parcels.values()];
  }

  get(id: string): Parcel | undefined {
    return this.parcels.get(id);
  }

  /** By its id or its tracking number; another account's parcels are unknown. */
  find(account: string, name: string): Parcel | undefined {
    const known = this.parcels.get(name) ?? this.all().find(({ trackingNumber }) => trackingNumber === name);
    return known?.account === account ? known : undefined;
  }

  create(id: string, account: string, trackingNumber: string): Parcel {
    const parcel: Parcel = {
      id,
      account,
      trackingNumber,
      createdAt: this.host.clock.now(),
      scans: [],
      due: [],
      outbox: [],
    };
    this.parcels.set(id, parcel);
    return parcel;
  }

  save(parcel: Parcel): Promise<void> {
    return this.host.store.put(`${PREFIX}${parcel.id}`, parcel);
  }

  async forget(): Promise<void> {
    this.parcels.clear();
    await emptyStore(this.host.store, PREFIX);
  }
}

/** Upper-case letters and digits, as carriers number things. */
export function newNumber(length: number): string {
  return randomBytes(length).toString('hex').slice(0, length).toUpperCase();
}

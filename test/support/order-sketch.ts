/** Orders of the journeys: a sketch says what the journey is about, everything else is filled in. */
import { needsConnection, type PaymentChannelName } from '../../shared/domain/channel';
import type { Policy } from '../../shared/domain/policy';
import type { NoRestockReason } from '../../shared/domain/stock';
import type { Caller } from './api-client';
import { aPolicy } from './orders';

export interface SketchedLine {
  readonly id?: string;
  readonly kind?: 'goods' | 'prepared' | 'service' | 'digital';
  readonly quantity?: number;
  /** For all units of the line, minor units; 1000 each unless said. */
  readonly net?: number;
  readonly discount?: number;
  readonly tax?: number;
  readonly duty?: number;
  readonly stage?: 'placed' | 'accepted' | 'started' | 'served';
  readonly startsAt?: string;
  /** Of a gift card that the line sold. */
  readonly spent?: number;
  /** Of a bundle; `sku` is one of the order's own, or of another one that `of` names. */
  readonly components?: readonly { readonly sku: string; readonly quantity: number; readonly of?: string }[];
  readonly reservedBy?: 'opening' | 'movements';
  readonly noRestock?: NoRestockReason;
  /** What is opened of it, or of each of its components; absent: what is sold, all of it reserved. */
  readonly opened?: { readonly onHand: number; readonly reserved: number; readonly spread?: number };
}

/** A card at the provider, captured whole unless said, store credit on our own ledger, or a payment of any channel. */
export type Tender =
  | { readonly card: number; readonly captured?: number; readonly disputed?: true; readonly label?: string }
  | { readonly storeCredit: number }
  | ChannelTender;

export interface ChannelTender {
  readonly channel: PaymentChannelName;
  readonly amount: number;
  /** In how many captures it was taken, and what each took; absent: all in one. */
  readonly captured?: readonly number[];
  /** How long ago the buyer paid, as its provider sees it. */
  readonly daysAgo?: number;
  readonly account?: string;
  readonly points?: number;
}

export interface SketchedParcel {
  readonly ref: string;
  readonly lines: readonly { lineId: string; quantity: number }[];
  readonly position?: 'label_created' | 'handed_over';
  /** With a label of the carrier; without, the warehouse merely claims the units. */
  readonly carried?: boolean;
  /** Whose label it has; absent: EasyPost's. */
  readonly carrier?: 'easypost' | 'sf_express';
}

export interface OrderSketch {
  readonly lines?: readonly SketchedLine[];
  readonly currency?: string;
  readonly policy?: Partial<Policy>;
  /** Off the whole order. */
  readonly discount?: number;
  readonly shipping?: { amount: number; tax?: number };
  /** Absent: one card for the total. */
  readonly tenders?: readonly Tender[];
  readonly parcels?: readonly SketchedParcel[];
  readonly customer?: Caller;
  readonly placedAt?: string;
}

/** An order as it was put. */
export interface Placed {
  readonly id: string;
  readonly reference: string;
  readonly merchantId: string;
  readonly total: number;
  readonly body: Readonly<Record<string, unknown>> & { readonly version: number };
  /** Payment references in the order of the tenders. */
  readonly payments: readonly string[];
  readonly skus: readonly string[];
  /** The carrier's own ids of its parcels. */
  readonly parcels: readonly string[];
}

interface Circumstances {
  readonly reference: string;
  readonly merchantId: string;
  readonly customerId: string;
  readonly now: Date;
  /** No provider can be played: every tender is store credit. */
  readonly onOwnLedger: boolean;
}

/** What has to be told to whom, so that the order stands as sketched. */
export function intakeOf(sketch: OrderSketch, at: Circumstances) {
  const { reference, merchantId } = at;
  const currency = sketch.currency ?? 'GBP';
  const sketched = sketch.lines ?? [{ quantity: 2 }];
  const lines = sketched.map((line, index) => filledIn(line, index, reference));
  const total = totalOf(lines, sketch);
  const wishes: readonly Tender[] = sketch.tenders ?? (total === 0 ? [] : [{ card: total }]);
  const tenders = wishes.map((tender, index) => paymentOf(tender, `${reference}-${index + 1}`, at.onOwnLedger));
  const shipments = (sketch.parcels ?? []).map((parcel) => shipmentOf(parcel, reference));
  const body = {
    version: 1,
    merchantId,
    placedAt: sketch.placedAt ?? at.now.toISOString(),
    currency,
    customer: { id: at.customerId },
    contract: { policy: aPolicy(sketch.policy) },
    lines,
    ...(sketch.discount === undefined ? {} : { discount: sketch.discount }),
    ...(sketch.shipping === undefined ? {} : { shipping: sketch.shipping }),
    payments: tenders,
    shipments,
  };
  const parcels = shipments.flatMap(({ providerShipmentRef }) => providerShipmentRef ?? []);
  const labels = shipments.flatMap(({ carrier, providerShipmentRef: shipment, connectionId: account, position }) =>
    carrier === undefined || shipment === undefined || account === undefined
      ? []
      : [{ carrier, shipment, account, position }],
  );
  return {
    body,
    paid: wishes.flatMap((tender, index) => {
      const payment = tenders[index];
      return 'channel' in tender && payment !== undefined ? [{ tender, payment }] : [];
    }),
    cards: tenders
      .filter((_payment, index) => 'card' in (wishes[index] ?? {}))
      .filter(({ channel }) => channel === 'stripe')
      .map(({ ref, authorized, captures }) => ({
        payment_intent: ref,
        charge: `ch_${ref}`,
        amount: authorized,
        amount_captured: captures[0]?.amount ?? 0,
        currency,
        account: 'con_stripe_demo',
      })),
    parcels: labels
      .filter(({ carrier }) => carrier === 'easypost')
      .map(({ shipment, account }) => ({ shipment, account })),
    furtherParcels: labels
      .filter(({ carrier }) => carrier !== 'easypost')
      .map(({ carrier, shipment, account, position }) => ({
        ...{ carrier, shipment, account, tracking_code: `no-${shipment}` },
        ...(position === 'label_created' ? {} : { status: PICKED_UP }),
      })),
    stock: lines.flatMap((line, index) => openingsOf(line, sketched[index]?.opened)),
    placed: {
      reference,
      merchantId,
      total,
      body,
      payments: tenders.map(({ ref }) => ref),
      skus: lines.map(({ sku }) => sku),
      parcels,
    },
  };
}

function openingsOf(
  { sku, quantity, components, location }: ReturnType<typeof filledIn>,
  opened: SketchedLine['opened'],
) {
  if (components === undefined && location === undefined) return [];
  const opens = components ?? [{ sku, quantity: 1 }];
  // What is another order's was opened with that.
  return opens
    .filter((part) => part.sku.startsWith(sku.slice(0, sku.lastIndexOf('-'))))
    .map((part) => ({
      ...{ sku: part.sku, location: 'main', ref: part.sku },
      ...(opened ?? { onHand: quantity * part.quantity, reserved: quantity * part.quantity }),
    }));
}

function filledIn({ opened, components: parts, ...line }: SketchedLine, index: number, reference: string) {
  const quantity = line.quantity ?? 1;
  const kind = line.kind ?? 'goods';
  const id = line.id ?? String(index + 1);
  const components = parts?.map(({ of = reference, sku, quantity: per }) => ({
    sku: `${of}-${sku}`,
    location: 'main',
    quantity: per,
  }));
  // What is no goods takes up capacity only where the sketch opens some.
  const location = components === undefined && (kind === 'goods' || opened !== undefined) ? 'main' : undefined;
  const filled = { net: quantity * 1_000, ...line, id, kind, quantity, sku: `${reference}-${id}` };
  return { ...filled, ...(location !== undefined && { location }), ...(components !== undefined && { components }) };
}

function totalOf(lines: readonly SketchedLine[], { discount = 0, shipping }: OrderSketch): number {
  const ofLines = lines.reduce(
    (sum, line) => sum + (line.net ?? 0) - (line.discount ?? 0) + (line.tax ?? 0) + (line.duty ?? 0),
    0,
  );
  return ofLines - discount + (shipping?.amount ?? 0) + (shipping?.tax ?? 0);
}

/** A payment as an order states it. */
export interface SketchedPayment {
  readonly ref: string;
  readonly channel: PaymentChannelName;
  readonly connectionId?: string;
  readonly authorized: number;
  readonly captures: readonly { readonly ref: string; readonly amount: number }[];
  readonly account?: string;
  readonly points?: number;
}

function paymentOf(tender: Tender, name: string, onOwnLedger: boolean): SketchedPayment {
  if ('channel' in tender) return channelPayment(tender, name);
  const amount = 'card' in tender ? tender.card : tender.storeCredit;
  const captured = 'card' in tender ? (tender.captured ?? amount) : amount;
  const ref = 'card' in tender ? `pi_${name}` : `credit-${name}`;
  const captures = captured === 0 ? [] : [{ ref: `ch_${ref}`, amount: captured }];
  if (onOwnLedger || !('card' in tender))
    return { ref, channel: 'store_credit' as const, authorized: amount, captures };
  const { card: _card, captured: _captured, ...more } = tender;
  return {
    ref,
    channel: 'stripe' as const,
    connectionId: 'con_stripe_demo',
    authorized: amount,
    captures,
    ...more,
  };
}

/** Square has one id for both, the payment's. */
function channelPayment({ channel, amount, captured = [amount], account, points }: ChannelTender, name: string) {
  const ref = `${channel}-${name}`.replaceAll('_', '-');
  return {
    ref,
    channel,
    authorized: amount,
    captures: captured.map((part, index) => ({
      ref: channel === 'square' ? ref : `${ref}-c${index + 1}`,
      amount: part,
    })),
    ...(needsConnection(channel) ? { connectionId: `con_${channel}_demo` } : {}),
    ...(account === undefined ? {} : { account }),
    ...(points === undefined ? {} : { points }),
  };
}

/** SF's word for a parcel that it has. */
const PICKED_UP = '50';

function shipmentOf(
  { ref, lines, position = 'label_created', carried = false, carrier = 'easypost' }: SketchedParcel,
  reference: string,
) {
  const label = {
    carrier,
    connectionId: `con_${carrier}_demo`,
    providerShipmentRef: `shp_${reference}-${ref}`,
  };
  return { ref, lines, position, ...(carried ? label : {}) };
}

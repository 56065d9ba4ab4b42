/** Everything there is to see when a run has come to rest, in the words of the domain. */
import type { Cancellation, RefundLeg } from '../../../shared/domain/cancellation';
import type { CreditNote } from '../../../shared/domain/credit-note';
import type { Payment, Shipment } from '../../../shared/domain/order';
import type { MovementType } from '../../../shared/domain/stock';
import type { TimelineEntry } from '../../../shared/domain/events';
import type { Return } from '../../../shared/domain/return';
import type { StrayRefund } from '../../../shared/domain/stray-refund';
import { fromItem } from '../../../shared/adapters/dynamodb/cancellation-item';
import { toNote } from '../../../shared/adapters/dynamodb/credit-notes';
import { stockPartition } from '../../../shared/adapters/dynamodb/keys';
import { toPayments, toShipment } from '../../../shared/adapters/dynamodb/order-items';
import { toReturn } from '../../../shared/adapters/dynamodb/return-item';
import { referenceOf } from './attempts';
import type { PlacedOrder, Stage } from '../scenarios/scenario';
import type { HeardEvent } from '../world/bus';
import type { Told } from '../world/client';
import type { Cloud } from '../world/cloud';
import { isLive, legOfAttempt, type Books, type LedgerRefund, type PaymentAtProvider } from '../world/ledgers';
import type { ParcelAtCarrier } from '../world/parties';
import { tableNames } from '../world/settings';

type Item = Readonly<Record<string, unknown>>;

export interface Header {
  readonly id: string;
  readonly tenant: string;
  readonly customerId: string;
  readonly status: string;
  readonly version: number;
  readonly sequence: number;
  readonly units: number;
  readonly cancelledUnits: number;
  readonly total: number;
  readonly placedAt: string;
  readonly activePk?: string;
}

export interface OrderEnd {
  readonly placed: PlacedOrder;
  readonly header: Header;
  readonly cancellations: readonly Cancellation[];
  readonly shipments: readonly Shipment[];
  readonly returns: readonly Return[];
  readonly payments: readonly Payment[];
}

export interface Movement {
  readonly partition: string;
  readonly type: 'opening' | MovementType;
  readonly quantity: number;
  readonly cancellationId?: string;
  readonly orderId?: string;
  readonly lineId: string;
  readonly sku?: string;
  /** The place in line that it changed. */
  readonly since?: string;
  readonly onHand: number;
  readonly reserved: number;
}

export interface Balance {
  readonly partition: string;
  readonly onHand: number;
  readonly reserved: number;
  readonly available: number;
  readonly waiting: number;
}

export interface CreditEntry {
  readonly partition: string;
  readonly legId: string;
  readonly amount: number;
  readonly currency: string;
  readonly points?: number;
  readonly cancellationId: string;
}

/** What was seen on the way, which nothing that is there at the end still tells. */
export interface Witnessed {
  /** Changes that the machine of a cancellation or a leg does not allow. */
  readonly leaps: readonly string[];
  /** Writes into another tenant's items. */
  readonly crossings: readonly string[];
  readonly parties: {
    /** The most that each leg had under way at once, by our reference. */
    readonly most: ReadonlyMap<string, number>;
    /** How often each label was taken back. */
    readonly labelsTaken: ReadonlyMap<string, number>;
    /** Parcels that a carrier was asked to bring back: under which keys, and how often it took that on. */
    readonly calledBack: ReadonlyMap<string, { readonly keys: ReadonlySet<string>; readonly taken: number }>;
  };
  /** Money that went back for a parcel before its terms let it. */
  readonly tooEarly: readonly string[];
  /** Connections of which a webhook was lost for good. */
  readonly unheard: ReadonlySet<string>;
}

/** What tables, parties, bus and callers have at the end. */
export interface Remains {
  readonly cloud: Witnessed;
  readonly orders: readonly Item[];
  readonly stock: readonly Item[];
  readonly views: readonly Item[];
  readonly ledger: Books;
  readonly parcelsAtCarriers: readonly ParcelAtCarrier[];
  readonly events: readonly HeardEvent[];
  readonly told: readonly Told[];
  /** Partitions with a record that no reader would take. */
  readonly deadLetters: readonly string[];
  /** Partitions of orders of which a listener has given up a message. */
  readonly givenUp: readonly string[];
}

export interface Aftermath {
  readonly cloud: Witnessed;
  readonly orders: readonly OrderEnd[];
  /** All of them, of all orders. */
  readonly cancellations: readonly Cancellation[];
  readonly refunds: readonly LedgerRefund[];
  readonly paymentsAtProvider: readonly PaymentAtProvider[];
  readonly parcelsAtCarriers: readonly ParcelAtCarrier[];
  readonly credits: readonly CreditEntry[];
  readonly creditNotes: readonly { readonly merchant: string; readonly orderId: string; readonly note: CreditNote }[];
  readonly creditBalances: ReadonlyMap<string, number>;
  readonly movements: readonly Movement[];
  readonly balances: readonly Balance[];
  /** Of each cancellation, by its number. */
  readonly histories: ReadonlyMap<string, ReadonlyMap<number, TimelineEntry>>;
  readonly customerViews: ReadonlyMap<string, { readonly status: string; readonly version: number }>;
  readonly events: readonly HeardEvent[];
  readonly told: readonly Told[];
  /** Announcements that a person has to look at: parked ones, and records that no reader would take. */
  readonly setAside: ReadonlySet<string>;
  /** Orders whose credit notes a person has to see to: their events were not told, or their listener gave one up. */
  readonly unissued: ReadonlySet<string>;
}

export async function aftermathOf(
  cloud: Cloud,
  stage: Stage,
  placed: readonly PlacedOrder[],
): Promise<Aftermath & { readonly cloud: Cloud }> {
  const remains = {
    cloud,
    orders: [...cloud.tables.items(tableNames.orders)],
    views: [...cloud.tables.items(tableNames.views)],
    stock: [...cloud.tables.items(tableNames.stock)],
    ledger: await cloud.parties.books(),
    parcelsAtCarriers: await cloud.parties.parcels(),
    events: cloud.bus.events,
    told: stage.clients.flatMap(({ told }) => told),
    deadLetters: cloud.feed.deadLetters.map(({ record }) => String(record.dynamodb.Keys['pk']?.S)),
    givenUp: cloud.listeners.deadLetters.map(({ partition }) => partition),
  };
  return { ...aftermathFrom(placed, remains), cloud };
}

export function aftermathFrom(placed: readonly PlacedOrder[], remains: Remains): Aftermath {
  const { orders: orderItems, views, stock, ledger } = remains;
  const setAside = new Set([...parkedIn(views), ...remains.deadLetters]);
  const ofPartition = new Map<string, Item[]>();
  for (const item of orderItems) {
    const partition = String(item['pk']);
    ofPartition.set(partition, [...(ofPartition.get(partition) ?? []), item]);
  }
  const orders = placed.map((order): OrderEnd => {
    const items = ofPartition.get(`T#${order.tenant}#O#${order.id}`) ?? [];
    return {
      placed: order,
      header: items.find(({ sk }) => sk === 'HEAD') as unknown as Header,
      cancellations: sorted(items, 'CAN#').map((item) => fromItem(item)),
      shipments: sorted(items, 'SHP#').map((item) => toShipment(item)),
      returns: sorted(items, 'RET#').map((item) => toReturn(item)),
      payments: toPayments(items),
    };
  });
  const strays = new Set(
    orderItems.flatMap((item) => {
      const stray = item['stray'] as StrayRefund | undefined;
      return stray === undefined ? [] : [`${stray.provider} ${stray.providerRef}`];
    }),
  );
  const credit = orderItems.filter(({ pk }) => /^T#[^#]+#(SC|GC|LP)#/.test(String(pk)));
  return {
    cloud: remains.cloud,
    orders,
    cancellations: orders.flatMap(({ cancellations }) => cancellations),
    // What a person has, or had, as a case of its own is no refund of ours.
    refunds: ledger.refunds.filter(({ channel, id }) => !strays.has(`${channel} ${id}`)),
    paymentsAtProvider: ledger.payments,
    parcelsAtCarriers: remains.parcelsAtCarriers,
    credits: credit
      .filter(({ sk }) => String(sk).startsWith('E#'))
      .map((item) => ({ ...(item as unknown as CreditEntry), partition: String(item['pk']) })),
    creditNotes: orderItems.flatMap((head) => {
      if (head['creditNote'] === undefined) return [];
      const note = toNote(sorted(ofPartition.get(String(head['pk'])) ?? [], String(head['sk'])));
      if (note === undefined) return [];
      const merchant = `${String(head['tenant'])} ${String(head['merchantId'])}`;
      return [{ merchant, orderId: String(head['orderId']), note }];
    }),
    creditBalances: new Map(
      credit
        .filter(({ sk }) => String(sk).startsWith('BALANCE#'))
        .map((item) => [`${String(item['pk'])} ${String(item['sk']).slice(8)}`, Number(item['amount'])]),
    ),
    movements: stock
      .filter(({ sk }) => String(sk).startsWith('M#'))
      .map((item) => ({ ...(item as unknown as Movement), partition: balanceOfMovement(item) })),
    balances: balancesIn(stock),
    histories: historiesOf(views),
    customerViews: new Map(
      views
        .filter(({ pk }) => /^T#[^#]+#CU#/.test(String(pk)))
        .map((item) => [
          `${String(item['pk']).split('#')[1] ?? ''} ${String(item['id'])}`,
          { status: String(item['status']), version: Number(item['version']) },
        ]),
    ),
    events: remains.events,
    told: remains.told,
    setAside,
    unissued: new Set([...setAside, ...remains.givenUp]),
  };
}

const sorted = (items: readonly Item[], prefix: string): Item[] =>
  items
    .filter(({ sk }) => String(sk).startsWith(prefix))
    .sort((one, other) => (String(one['sk']) < String(other['sk']) ? -1 : 1));

function historiesOf(views: readonly Item[]): Map<string, Map<number, TimelineEntry>> {
  const histories = new Map<string, Map<number, TimelineEntry>>();
  for (const item of views) {
    const [, subject] = /^T#[^#]+#H#(.+)$/.exec(String(item['pk'])) ?? [];
    if (subject === undefined) continue;
    const entries = histories.get(subject) ?? new Map<number, TimelineEntry>();
    entries.set(Number(item['sk']), item as unknown as TimelineEntry);
    histories.set(subject, entries);
  }
  return histories;
}

/** A balance that is spread over several items is the sum of them. */
function balancesIn(stock: readonly Item[]): Balance[] {
  const sums = new Map<string, Balance>();
  for (const item of stock.filter(({ sk }) => sk === 'BALANCE')) {
    const partition = String(item['pk']).replace(/^(T#[^#]*#S#[^#]*#[^#/]*)\/\d+#/, '$1#');
    const sum = sums.get(partition) ?? { onHand: 0, reserved: 0, available: 0, waiting: 0 };
    const { onHand, reserved, available, waiting = 0 } = item as unknown as Balance & { waiting?: number };
    sums.set(partition, {
      partition,
      onHand: sum.onHand + onHand,
      reserved: sum.reserved + reserved,
      available: sum.available + available,
      waiting: sum.waiting + waiting,
    });
  }
  return [...sums.values()];
}

/** Movements of an order lie with the order and say whose balance they moved. */
function balanceOfMovement({ pk, merchantId, sku, location }: Item): string {
  if (sku === undefined) return String(pk);
  const [, tenant = ''] = String(pk).split('#');
  return stockPartition(tenant, merchantId as string, sku as string, location as string);
}

function parkedIn(views: readonly Item[]): string[] {
  return views
    .map(({ pk }) => /^T#([^#]+)#PARKED#(.+)$/.exec(String(pk)))
    .filter((found) => found !== null)
    .map(([, tenant = '', order = '']) => `T#${tenant}#O#${order}`);
}

export const partitionOf = ({ placed }: OrderEnd): string => `T#${placed.tenant}#O#${placed.id}`;

/** Refunds at the provider that are meant for a leg and have not failed. */
export function liveRefunds({ refunds }: Pick<Aftermath, 'refunds'>, cancellation: Cancellation, leg: RefundLeg) {
  const reference = referenceOf(cancellation, leg);
  return refunds.filter((refund) => isLive(refund) && legOfAttempt(refund.attempt ?? '') === reference);
}

export const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

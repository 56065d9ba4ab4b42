import { shardOf } from '../../domain/ids';

/**
 * Every key of the tables, in one place. Partition keys start with the tenant; the one exception is the index of due
 * work, which only the schedules read, over all tenants, and which is spread over shards.
 */
export const orderPartition = (tenant: string, orderId: string): string => `T#${tenant}#O#${orderId}`;
/** @throws Error for the key of something else */
export function orderOfPartition(pk: string): { tenant: string; orderId: string } {
  const [, tenant, orderId] = /^T#([^#]+)#O#([^#]+)$/.exec(pk) ?? [];
  if (tenant === undefined || orderId === undefined) throw new Error(`${pk} is no key of an order`);
  return { tenant, orderId };
}
export const head = 'HEAD';
/** Chunks carry the intake version, so that a replaced order never mixes old and new lines. */
export const linesChunk = (intakeVersion: number, chunk: number): string =>
  `LINES#${String(intakeVersion).padStart(12, '0')}#${String(chunk).padStart(4, '0')}`;
export const paymentSort = (ref: string): string => `PAY#${ref}`;
export const shipmentSort = (shipmentId: string): string => `SHP#${shipmentId}`;
export const returnSort = (cancellationId: string): string => `RET#${cancellationId}`;
export const cancellationSort = (cancellationId: string): string => `CAN#${cancellationId}`;

const creditNote = 'CRN#';
export const creditNoteSort = (cancellationId: string): string => `${creditNote}${cancellationId}`;
/** Further lines of a note, from chunk 1 on. */
export const creditNoteChunk = (cancellationId: string, chunk: number): string =>
  `${creditNoteSort(cancellationId)}#${String(chunk).padStart(4, '0')}`;
export const cancellationOfNote = (sort: string): string => sort.slice(creditNote.length);

/** What a merchant has of its own. */
export const merchantPartition = (tenant: string, merchantId: string): string => `T#${tenant}#MR#${merchantId}`;
export const creditNumberSort = 'CREDIT_NOTES';

export const cancellationPartition = (tenant: string, cancellationId: string): string =>
  `T#${tenant}#C#${cancellationId}`;
export const pointerSort = 'AT';
export const tokenSort = (wait: string): string => `TOKEN#${wait}`;

/** From a carrier's own shipment id to ours. */
export const parcelPartition = (tenant: string, connectionId: string, ref: string): string =>
  `T#${tenant}#PS#${connectionId}#${ref}`;
/** Whose a carrier's tracking code is. */
export const trackingPartition = (tenant: string, carrier: string, code: string): string =>
  `T#${tenant}#TR#${carrier}#${code.toUpperCase()}`;
export const isOfParcel = (pk: string | undefined): boolean => pk !== undefined && /^T#[^#]*#(PS|TR)#/.test(pk);

export const accountPartition = (tenant: string, accountId: string): string => `T#${tenant}#A#${accountId}`;
export const standingSort = 'STANDING';
export const personPartition = (tenant: string, customerId: string): string => `T#${tenant}#U#${customerId}`;
export const personSort = 'PERSON';

const ledgers = { store_credit: 'SC', gift_card: 'GC', loyalty_points: 'LP' } as const;
export type OwnLedgerKind = keyof typeof ledgers;
export const ledgerPartition = (kind: OwnLedgerKind, tenant: string, account: string): string =>
  `T#${tenant}#${ledgers[kind]}#${account}`;
export const ledgerBalance = (unit: string): string => `BALANCE#${unit}`;
export const ledgerEntry = (key: string): string => `E#${key}`;

/** What providers say of disputes about one payment or capture of theirs. */
export const disputesPartition = (tenant: string, payment: string): string => `T#${tenant}#DSP#${payment}`;
export const disputeSort = (dispute: string): string => `D#${dispute}`;

export const receiptPartition = (tenant: string, provider: string, eventId: string): string =>
  `T#${tenant}#R#${provider}#${eventId}`;
export const receiptSort = 'SEEN';

/** How far an outside party was heard. */
export const reconciledPartition = (tenant: string, connectionId: string): string => `T#${tenant}#REC#${connectionId}`;
export const refundsHeardSort = 'REFUNDS';

const stray = (tenant: string): string => `T#${tenant}#STR#`;
/** A refund at a provider that our books do not have. */
export const strayPartition = (tenant: string, id: string): string => `${stray(tenant)}${id}`;
export const straySort = 'STRAY';
/** @returns undefined for the partition of something else */
export const strayOfPartition = (tenant: string, pk: string): string | undefined =>
  pk.startsWith(stray(tenant)) ? pk.slice(stray(tenant).length) : undefined;

export const answerPartition = (tenant: string, key: string): string => `T#${tenant}#K#${key}`;
export const answerSort = 'ANSWER';

/**
 * The SKU stands last, because it is the shop's own text and may contain anything. A balance that is spread has further
 * items in partitions of their own; no location has a slash.
 */
export const stockPartition = (tenant: string, merchantId: string, sku: string, location: string, share = 0): string =>
  `T#${tenant}#S#${merchantId}#${location}${share === 0 ? '' : `/${share}`}#${sku}`;
export const stockBalance = 'BALANCE';
export const movementSort = (movementId: string): string => `M#${movementId}`;
/** Orders that wait for units of a SKU, in the order in which they came. */
export const waitingStart = 'W#';
export const waitingSort = (since: string, movementId: string): string => `${waitingStart}${since}#${movementId}`;
/**
 * Movements of an order's units lie with the order, so that those of one SKU lie apart: however many orders of it are
 * cancelled at once, no partition gets them all.
 */
export const orderStockPartition = (tenant: string, orderId: string): string => `T#${tenant}#SO#${orderId}`;
export const stockRevision = 'REVISION';

export const historyPartition = (tenant: string, subject: string): string => `T#${tenant}#H#${subject}`;
export const historySort = (revision: number): string => String(revision).padStart(8, '0');
export const customerPartition = (tenant: string, customerId: string): string => `T#${tenant}#CU#${customerId}`;
export const parkedPartition = (tenant: string, orderId: string): string => `T#${tenant}#PARKED#${orderId}`;
export const parkedSort = (sequence: number): string => String(sequence).padStart(10, '0');
/** Which orders have parked events, so that redrive finds them. */
export const parkedList = 'PARKED';

export const activeIndex = 'active';
export const activePartition = (tenant: string, customerId: string): string => `T#${tenant}#U#${customerId}`;
export const queueIndex = 'queue';
export const queuePartition = (tenant: string, merchantId: string): string => `T#${tenant}#M#${merchantId}`;
export const openIndex = 'open';
/** What every key of a tenant begins with. */
export const tenantStart = (tenant: string): string => `T#${tenant}#`;
export const casesPartition = (tenant: string): string => `T#${tenant}#CASES`;
/** Goods that may not be where they should be, of a tenant in the index `open`, of a merchant in the index `queue`. */
export const goodsPartition = (tenant: string): string => `T#${tenant}#GOODS`;
export const goodsOfMerchantPartition = (tenant: string, merchantId: string): string => `T#${tenant}#MG#${merchantId}`;
/** `SHP#<id>`: the id behind the kind. */
export const idOfGoods = (sort: string): string => sort.slice(sort.indexOf('#') + 1);

/** A partition serves 1,000 write units a second; eight shards carry 8,000 cancellations a second. */
export const dueShards = 8;
export const duePartition = (shard: number): string => `DUE#${shard}`;

export const dueShardOf = (id: string): number => shardOf(id, dueShards);

/** Void labels whose carriers are asked after their postage at one time of the day. */
export const postagePartition = (slot: number): string => `POSTAGE#${slot}`;
/** The connection stands in the key, so that labels are sorted by their carrier before an order is read. */
export const postageSort = (shipmentId: string, connectionId: string): string => `${shipmentId}#${connectionId}`;
export const connectionOfPostage = (sort: string): string => sort.slice(sort.indexOf('#') + 1);

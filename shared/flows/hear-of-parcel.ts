import { cancellationsHolding, type OrderAggregate } from '../domain/aggregate';
import type { Cancellation } from '../domain/cancellation';
import { TransientFault } from '../domain/faults';
import { isInDoubt, withoutOldTrouble } from '../domain/goods-exception';
import { caseId } from '../domain/ids';
import type { Shipment, ShipmentPosition } from '../domain/order';
import { postageAfter } from '../domain/postage';
import { afterNews, isInterception, type ParcelNews } from '../domain/recall';
import { afterDelivery } from '../domain/return';
import { nextRun } from '../domain/run';
import type { Instant } from '../domain/time';
import type { CancellationStore } from '../ports/cancellation-store';
import type { Carrier, CarrierNotice, CarrierView, ParcelPosition } from '../ports/carrier';
import type { Connection } from '../ports/connections';
import type { OrderStore } from '../ports/order-store';
import type { Returns } from '../ports/returns';
import type { ShipmentFinder } from '../ports/shipment-finder';
import type { Workflow } from '../ports/workflow';
import { changeCancellation } from './change-cancellation';
import { eventsOfPostage, eventsOfRecall } from './change-shipment';
import { ourPosition } from './our-position';
import { wakeWhoWaits } from './wake-who-waits';
import { changeReturn } from './work-return';

export interface ParcelPorts {
  orders: OrderStore;
  cancellations: CancellationStore;
  returns: Returns;
  shipments: ShipmentFinder;
  carriers: Readonly<Record<string, Carrier>>;
  workflow: Workflow;
}

const attempts = 8;

/**
 * Takes in where a parcel is or what became of our wish to have it back, for the shipment that the carrier's id leads to. The
 * way of a parcel only goes on; an event that is behind what we know came late and changes nothing. Money turns on a recall,
 * so a notice that would change one, or speaks against a void that we rely on, only names the shipment: the carrier is asked.
 */
export async function hearOfParcel(
  ports: ParcelPorts,
  connection: Connection,
  notice: CarrierNotice,
  now: Instant,
): Promise<'heard' | 'nothing_new' | 'unknown_shipment'> {
  const { providerShipmentRef } = notice;
  if (providerShipmentRef === undefined) return 'unknown_shipment';
  const at = await ports.shipments.find(connection.tenant, connection.id, providerShipmentRef);
  if (at === undefined) return 'unknown_shipment';
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const aggregate = await ports.orders.find(connection.tenant, at.orderId);
    const shipment = aggregate?.shipments.find(({ id }) => id === at.shipmentId);
    if (aggregate === undefined || shipment === undefined) return 'unknown_shipment';
    const doubted = contradicts(shipment, notice) || changesRecall(shipment, notice);
    const view = doubted
      ? await ports.carriers[connection.provider]?.query({ connection, providerShipmentRef })
      : undefined;
    const moved = doubted ? asSeen(shipment, view) : afterNews(shipment, newsOf(notice));
    const postage = postageAfter(shipment.postage, (doubted ? view : notice)?.postageRefund);
    if (moved === undefined && postage === undefined) return 'nothing_new';
    const after = { ...(moved ?? shipment), ...(postage !== undefined && { postage }) };
    const holders = doubted ? cancellationsHolding(aggregate, shipment) : [];
    const relying = isLost(shipment, after) ? holders.find(reliesOnIt) : undefined;
    if (relying !== undefined) {
      // The case comes first: once the shipment says `refused`, the same notice again finds nothing to do.
      await openCase(ports.cancellations, relying, shipment, now);
      continue;
    }
    const events = [...eventsOfRecall(shipment, after), ...eventsOfPostage(shipment, after)];
    if (after.position !== shipment.position) events.push('shipment.moved');
    const outcome = moved === undefined ? `postage_${postage ?? ''}` : after.position;
    const entry = { actor: 'carrier', step: 'carrier-update', outcome, at: now };
    const inCase = isLost(shipment, after) ? holders.find(({ status }) => status === 'in_case') : undefined;
    if (after.position === 'delivered' && shipment.position !== 'delivered')
      await beginSendingBack(ports, aggregate, shipment, now);
    const fresh = withoutOldTrouble(shipment, after);
    const stored = inCase === undefined ? fresh : { ...fresh, failed: { cancellationId: inCase.id, at: now } };
    if ((await ports.orders.saveShipment(aggregate.order, stored, events, entry)) !== 'stored') continue;
    if (after.recall !== shipment.recall) for (const holder of holders) await wakeWhoWaits(ports, holder);
    return 'heard';
  }
  throw new TransientFault(`order ${at.orderId} is being written by others`);
}

/** Whether a notice would change anything about a parcel as it is known; the same that `hearOfParcel` finds out. */
export const isNews = (shipment: Shipment, notice: CarrierNotice): boolean =>
  contradicts(shipment, notice) ||
  afterNews(shipment, newsOf(notice)) !== undefined ||
  postageAfter(shipment.postage, notice.postageRefund) !== undefined;

/** Before the delivery is stored: whoever dies in between does it again. */
async function beginSendingBack(
  { returns }: ParcelPorts,
  { returns: given = [] }: OrderAggregate,
  { id }: Shipment,
  now: Instant,
): Promise<void> {
  const by = { actor: 'carrier', step: 'carrier-update', now };
  for (const one of given.filter(({ shipments }) => shipments.includes(id)))
    await changeReturn(returns, one, by, (before) => afterDelivery(before, now));
}

const newsOf = ({ position, interception }: CarrierNotice | CarrierView): ParcelNews => ({
  position: ourPosition(position),
  interception,
});

function changesRecall(shipment: Shipment, notice: CarrierNotice): boolean {
  const after = afterNews(shipment, newsOf(notice));
  return after !== undefined && after.recall !== shipment.recall;
}

/** Whether a notice speaks against a label that we hold for void, or are about to, or of one that is in doubt. */
function contradicts(shipment: Shipment, notice: CarrierNotice): boolean {
  const { position, recall } = shipment;
  if (isInterception(shipment)) return false;
  const relied = position === 'voided' || recall === 'accepted';
  if (notice.void === 'refused') return relied || recall === 'requested';
  if (notice.void === 'accepted' && isInDoubt(shipment)) return true;
  return relied && onItsWay(notice.position) !== undefined;
}

function asSeen(shipment: Shipment, view: CarrierView | undefined): Shipment | undefined {
  if (isInterception(shipment)) return view && afterNews(shipment, newsOf(view));
  if (view?.void === 'accepted' && isInDoubt(shipment) && onItsWay(view.position) === undefined)
    return { ...shipment, recall: 'accepted', position: 'voided' };
  return notVoided(shipment, view);
}

/** What the shipment really is when its label is not void. @returns undefined when the carrier says that it is */
function notVoided(shipment: Shipment, view: CarrierView | undefined): Shipment | undefined {
  const position = onItsWay(view?.position);
  if (position !== undefined) return { ...shipment, recall: 'refused', position };
  return view?.void === 'refused' ? { ...shipment, recall: 'refused', position: 'label_created' } : undefined;
}

/** Where a parcel is that has left; a carrier's trouble with a label says nothing of the kind. */
function onItsWay(position: ParcelPosition | undefined): ShipmentPosition | undefined {
  const ours = ourPosition(position);
  return ours === 'label_created' || ours === 'voided' ? undefined : ours;
}

/**
 * Its money went back, or is about to, because the parcel was thought to stay or to come back. A run that still waits for the
 * parcel relies on nothing: it is woken.
 */
function reliesOnIt({ status, goodsUntil }: Cancellation): boolean {
  return (status === 'executing' && goodsUntil === undefined) || status === 'refund_pending' || status === 'closed';
}

/** A label that is refused while its run still asks for it is that run's matter. */
function isLost(before: Shipment, { recall }: Shipment): boolean {
  if (recall !== 'refused' || before.recall === 'refused') return false;
  return isInterception(before) || before.recall === 'accepted';
}

/** Goods and money are both on their way: a person decides, and the run that goes on without knowing is stopped. */
async function openCase(
  store: CancellationStore,
  { tenant, orderId, id }: Cancellation,
  shipment: Shipment,
  now: Instant,
): Promise<void> {
  await changeCancellation(store, { tenant, orderId, cancellationId: id }, (before) => {
    if (!reliesOnIt(before)) return undefined;
    const failure = isInterception(shipment)
      ? 'the parcel did not come back although its carrier had taken that on'
      : 'the parcel left although its label was void';
    const after = { ...nextRun(before, now), status: 'in_case' as const, caseId: caseId(id), failure };
    const entry = { actor: 'carrier', step: 'carrier-update', outcome: 'in_case', at: now, detail: shipment.id };
    return { after, entry, events: ['case.opened'] };
  });
}

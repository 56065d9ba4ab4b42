import { fingerprint } from '../domain/ids';
import { isPostageOpen, postageGivenUp, slotAt } from '../domain/open-postage';
import type { Shipment } from '../domain/order';
import { isPast, later, type Instant } from '../domain/time';
import type { CarrierNotice, CarrierView } from '../ports/carrier';
import type { Connections } from '../ports/connections';
import type { OpenPostage, VoidLabel } from '../ports/open-postage';
import { labelOf } from './carrier-of';
import { changeShipment } from './change-shipment';
import { hearOfParcel, isNews, type ParcelPorts } from './hear-of-parcel';

/** Of one round, over all connections; the same time of day has another round tomorrow. */
const perRound = 300;
/** Nothing new is begun after this; what is under way then ends well before the function's time does. */
const patience = { length: 25, unit: 'seconds' } as const;
/** A carrier that fails so often in a row is left alone until tomorrow. */
const failuresAtMost = 3;

export type PostagePorts = ParcelPorts & {
  connections: Connections;
  postage: OpenPostage;
  /** The time now, as it goes on. */
  clock: () => Instant;
  tell: (trouble: PostageTrouble) => void;
};

/** What somebody should be able to look up; ids only. */
export type PostageTrouble =
  { event: 'postage_not_listed'; error: unknown } | ({ event: 'postage_not_asked'; error: unknown } & VoidLabel);

/** Of the void labels of this time of day. */
export interface PostageRound {
  /** Whose carrier was asked. */
  postageAsked: number;
  /** Of which it had news. */
  postageHeard: number;
  /** Which nobody asks after any more. */
  postageGivenUp: number;
  postageFailed: number;
  /** That had to wait until tomorrow. */
  postageLeft: number;
}

/**
 * Asks carriers what became of the postage of void labels, each label once daily. What they say goes the way of a webhook. A
 * carrier that is slow or fails stops no other: each has a turn of its own, with an end.
 */
export async function askAfterPostage(ports: PostagePorts, now: Instant): Promise<PostageRound> {
  const round: PostageRound = { postageAsked: 0, postageHeard: 0, postageGivenUp: 0, postageFailed: 0, postageLeft: 0 };
  // Begins elsewhere every day, so that where there are too many nobody is always the last.
  const from = `shp_${fingerprint(now.slice(0, 10))}`;
  const labels = await ports.postage.list(slotAt(now), from, perRound).catch((error: unknown) => {
    round.postageFailed += 1;
    ports.tell({ event: 'postage_not_listed', error });
    return [];
  });
  const turns = new Map<string, VoidLabel[]>();
  for (const label of labels) turns.set(label.connectionId, [...(turns.get(label.connectionId) ?? []), label]);
  await Promise.all([...turns.values()].map((turn) => askInTurn(ports, turn, round, now)));
  return round;
}

async function askInTurn(
  ports: PostagePorts,
  turn: readonly VoidLabel[],
  round: PostageRound,
  now: Instant,
): Promise<void> {
  let failures = 0;
  for (const label of turn) {
    if (failures === failuresAtMost || isPast(later(now, patience), ports.clock())) {
      round.postageLeft += 1;
      continue;
    }
    try {
      await askAfter(ports, label, round, now);
      failures = 0;
    } catch (error) {
      failures += 1;
      round.postageFailed += 1;
      ports.tell({ event: 'postage_not_asked', ...label, error });
    }
  }
}

async function askAfter(ports: PostagePorts, at: VoidLabel, round: PostageRound, now: Instant): Promise<void> {
  const aggregate = await ports.orders.find(at.tenant, at.orderId);
  const shipment = aggregate?.shipments.find(({ id }) => id === at.shipmentId);
  if (shipment === undefined || !isPostageOpen(shipment)) return;
  try {
    const { carrier, label } = await labelOf(ports, at, shipment);
    const view = await carrier.query(label);
    round.postageAsked += 1;
    const notice = noticeOf(label.providerShipmentRef, view);
    if (!isNews(shipment, notice)) return;
    await hearOfParcel(ports, label.connection, notice, now);
    round.postageHeard += 1;
  } finally {
    // Also of a carrier that cannot be asked any more: a person hears of it in the end.
    await giveUp(ports, at, shipment, round, now);
  }
}

function noticeOf(providerShipmentRef: string, view: CarrierView | undefined): CarrierNotice {
  return {
    ...{ eventId: '', type: 'asked', trackingCode: undefined, providerShipmentRef },
    position: view?.position,
    void: view?.void,
    interception: view?.interception,
    postageRefund: view?.postageRefund,
  };
}

async function giveUp(
  { orders }: PostagePorts,
  at: VoidLabel,
  asked: Shipment,
  round: PostageRound,
  now: Instant,
): Promise<void> {
  if (postageGivenUp(asked, now) === undefined) return;
  const { shipment } = await changeShipment(orders, at, at.shipmentId, now, (known) => {
    const postage = postageGivenUp(known, now);
    return postage && { postage };
  });
  if (shipment.postage === 'overdue' || shipment.postage === 'untold') round.postageGivenUp += 1;
}

import { isCancelledWhole, mayBeCalledBack, sentBackBy } from '../domain/call-back';
import { PermanentFault, TransientFault } from '../domain/faults';
import { derivedId } from '../domain/ids';
import type { Shipment } from '../domain/order';
import { afterNews, isInterception, moneyOfParcel, secondsHeld, type MoneyOfParcel } from '../domain/recall';
import type { Instant } from '../domain/time';
import type { Run } from '../ports/workflow';
import { labelOf, type Secured, type SecurePorts } from './carrier-of';
import { changeShipment, type Parcel } from './change-shipment';
import { ourPosition } from './our-position';

/**
 * Calls back one parcel that has left: the intent is stored, the carrier is asked, its word is stored. Whoever finds the wish
 * made looks first what became of it; a carrier that shows no trace of it, when none can be on its way any more, is asked
 * again under the same key. One of which something stays sold is not called back. Whether money may go back by now is said by the terms.
 */
export async function interceptParcel(ports: SecurePorts, run: Run, id: string, now: Instant): Promise<Secured> {
  let mine = false;
  const wished = await changeShipment(ports.orders, run, id, now, (shipment, policy, aggregate) => {
    mine = mayBeCalledBack(shipment, policy) && isCancelledWhole(aggregate, shipment);
    const called = { recall: 'requested', recallKind: 'interception', recalledAt: now } as const;
    return mine ? { ...called, ...sentBackBy(policy) } : undefined;
  });
  if (!isInterception(wished.shipment)) return { outcome: 'refused' };
  const known: Looked = mine ? wished : await look(ports, run, wished, now);
  const { shipment } = known;
  const money = moneyOf(known, now);
  const mayAsk = mine || (shipment.recall === 'requested' && known.silent === true && money.answer !== 'no');
  if (!mayAsk) return settle(ports, run, known, money, now);
  const seconds = mine ? 0 : secondsHeld(shipment, now);
  if (seconds > 0) return { outcome: 'hold', seconds };
  const asked = await ask(ports, run, shipment, now);
  return settle(ports, run, asked, moneyOf(asked, now), now);
}

/** `silent`: its carrier knows nothing of the wish. */
type Looked = Parcel & { silent?: boolean };

/**
 * @returns the parcel as its carrier shows it; as it was known where that cannot be seen now, because a carrier's trouble of an
 *   hour must not end what has weeks
 */
async function look(ports: SecurePorts, run: Run, parcel: Parcel, now: Instant): Promise<Looked> {
  const { carrier, label } = await labelOf(ports, run, parcel.shipment);
  const view = await carrier.query(label).catch((error: unknown): 'not seen' => {
    if (error instanceof TransientFault) return 'not seen';
    throw error;
  });
  if (view === 'not seen') return parcel;
  if (view === undefined) return { ...parcel, silent: true };
  const news = { position: ourPosition(view.position), interception: view.interception };
  const looked = await changeShipment(ports.orders, run, parcel.shipment.id, now, (known) => afterNews(known, news));
  return { ...looked, silent: (view.interception ?? 'none') === 'none' };
}

async function ask(ports: SecurePorts, run: Run, shipment: Shipment, now: Instant): Promise<Parcel> {
  const { carrier, label } = await labelOf(ports, run, shipment);
  if (carrier.interception === undefined)
    throw new PermanentFault(`${shipment.carrier ?? 'its carrier'} intercepts nothing`);
  const key = `${derivedId('rcl', run.tenant, shipment.id)}-1`;
  const { outcome: interception } = await carrier.interception.request({ ...label, key });
  return changeShipment(ports.orders, run, shipment.id, now, (known) => afterNews(known, { interception }));
}

/** What the terms say; a wish that was not answered in time is given up. */
async function settle(
  ports: SecurePorts,
  run: Run,
  { shipment }: Parcel,
  money: MoneyOfParcel,
  now: Instant,
): Promise<Secured> {
  switch (money.answer) {
    case 'yes':
      return { outcome: 'accepted' };
    case 'overdue':
      return { outcome: 'overdue' };
    case 'wait':
      return { outcome: 'wait', until: money.until };
    case 'no':
      await changeShipment(ports.orders, run, shipment.id, now, ({ recall }) =>
        recall === 'requested' ? { recall: 'refused' } : undefined,
      );
      return { outcome: 'refused' };
  }
}

/** Terms without a rule for parcels call none back, so that one which was called back has a rule. */
function moneyOf({ shipment, policy }: Parcel, now: Instant): MoneyOfParcel {
  return policy.parcels === undefined ? { answer: 'no' } : moneyOfParcel(shipment, policy.parcels, now);
}

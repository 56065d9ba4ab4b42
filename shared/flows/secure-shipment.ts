import { isCancelledWhole, mayBeCalledBack, sentBackBy } from '../domain/call-back';
import type { Shipment } from '../domain/order';
import { isInterception, secondsHeld } from '../domain/recall';
import type { Policy } from '../domain/policy';
import { postageAfter } from '../domain/postage';
import type { Instant } from '../domain/time';
import type { PostageRefund } from '../ports/carrier';
import type { Run } from '../ports/workflow';
import { labelOf, type Secured, type SecurePorts } from './carrier-of';
import { changeShipment } from './change-shipment';
import { interceptParcel } from './intercept-parcel';

/**
 * Stops one parcel. Its label is taken back while it is here: the intent is stored on the shipment, the carrier is asked to
 * void the label, its word is stored. Whoever finds the wish made, a later try of the same run or another cancellation of the
 * same parcel, looks first what became of it. A carrier that knows nothing of it may still hear it: it is asked again only
 * when nothing can be on its way any more, so that a wish is heard once. A parcel without a carrier's label is simply held:
 * the claim to hand it over loses against the cancellation. The carrier's refund of the postage is not waited for. A parcel
 * that has left, also while its label was being taken back, is called back where the terms and its carrier let it. Whether
 * something in it stays sold is noted with the wish: if it cannot be stopped, those units have left their cancellation afterwards.
 */
export async function secureShipment(ports: SecurePorts, run: Run, shipmentId: string, now: Instant): Promise<Secured> {
  let mine = false;
  const wish = (may: boolean, known: Partial<Shipment> = {}): Partial<Shipment> | undefined => {
    mine = may;
    return may ? { ...known, recall: 'requested', recalledAt: now } : undefined;
  };
  const { shipment: asked, policy } = await changeShipment(
    ports.orders,
    run,
    shipmentId,
    now,
    (shipment, terms, order) =>
      isOnItsWay(shipment, terms)
        ? undefined
        : wish(shipment.recall === 'none', {
            ...(isCancelledWhole(order, shipment) ? {} : { partlyKept: true as const }),
            ...sentBackBy(terms),
          }),
  );
  if (isOnItsWay(asked, policy)) return interceptParcel(ports, run, shipmentId, now);
  if (asked.recall === 'accepted' || asked.recall === 'refused') return { outcome: asked.recall };
  if (asked.position !== 'label_created') return settle(ports, run, shipmentId, now, 'refused');
  if (asked.carrier === undefined || asked.providerShipmentRef === undefined)
    return settle(ports, run, shipmentId, now, 'accepted');

  const { carrier, label } = await labelOf(ports, run, asked);
  if (!mine) {
    const known = await carrier.query(label);
    if (known !== undefined && known.void !== 'none')
      return settle(ports, run, shipmentId, now, known.void, known.postageRefund);
    const { shipment: latest } = await changeShipment(ports.orders, run, shipmentId, now, (shipment) =>
      wish(shipment.recall === 'requested' && secondsHeld(shipment, now) === 0),
    );
    if (latest.recall === 'accepted' || latest.recall === 'refused') return { outcome: latest.recall };
    if (!mine) return { outcome: 'hold', seconds: secondsHeld(latest, now) };
  }
  const answer = await carrier.voidLabel(label);
  const told = answer.outcome === 'accepted' ? answer.postageRefund : undefined;
  return settle(ports, run, shipmentId, now, answer.outcome, told);
}

const isOnItsWay = (shipment: Shipment, policy: Policy): boolean =>
  isInterception(shipment) || mayBeCalledBack(shipment, policy);

async function settle(
  ports: SecurePorts,
  run: Run,
  shipmentId: string,
  now: Instant,
  recall: 'accepted' | 'refused',
  told?: PostageRefund,
): Promise<Secured> {
  const { shipment: settled, policy } = await changeShipment(ports.orders, run, shipmentId, now, (shipment) => {
    if (shipment.recall !== 'requested') return undefined;
    // A parcel that was scanned while the carrier was asked has left, whatever the carrier said of its label.
    if (shipment.position !== 'label_created') return { recall: 'refused' };
    if (recall === 'refused') return { recall };
    const postage = postageAfter(shipment.postage, told);
    return { recall, position: 'voided', ...(postage !== undefined && { postage }) };
  });
  if (isOnItsWay(settled, policy)) return interceptParcel(ports, run, shipmentId, now);
  return { outcome: settled.recall === 'accepted' ? 'accepted' : 'refused' };
}

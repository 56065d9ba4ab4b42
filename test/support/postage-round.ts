import { slotAt, slotMinutes, slotOf } from '../../shared/domain/open-postage';
import type { Placed } from './order-sketch';
import type { Service } from './service';

/** Lets the next round come in which the carriers of an order's labels are asked after their postage. */
export async function postageRound(service: Service, order: Placed): Promise<void> {
  const { shipments } = await service.orderNow(order.id);
  for (const { id } of shipments) {
    const now = (await service.local.now()).toISOString();
    const slots = (slotOf(id) - slotAt(now) + (24 * 60) / slotMinutes) % ((24 * 60) / slotMinutes);
    await service.local.pass({ minutes: slots * slotMinutes });
    await service.local.fire('Reconcile');
  }
}

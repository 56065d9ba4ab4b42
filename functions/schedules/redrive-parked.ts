import type { DomainEvent } from '../../shared/domain/events';
import { scheduleHandler } from '../../shared/edge/schedule';
import type { EventBus } from '../../shared/ports/event-bus';
import { eventBus, parkedEvents } from '../../shared/wiring';

/** Tells parked events again, order by order and in sequence; stops an order at the first that still cannot be told. */
export const handler = scheduleHandler({
  ports: () => ({ bus: eventBus(), parked: parkedEvents() }),
  async handle({ bus, parked }) {
    let told = 0;
    let waiting = 0;
    for (const { tenant, orderId } of await parked.list(50)) {
      const events = await parked.of(tenant, orderId);
      const sent: number[] = [];
      for (const event of events) {
        if (!(await tell(bus, event))) break;
        sent.push(event.sequence);
      }
      await parked.release(tenant, orderId, sent, sent.length === events.length);
      told += sent.length;
      waiting += events.length - sent.length;
    }
    return { told, waiting };
  },
});

async function tell(bus: EventBus, event: DomainEvent): Promise<boolean> {
  try {
    return (await bus.publish([event])).length === 0;
  } catch {
    return false;
  }
}

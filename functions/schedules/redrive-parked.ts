import type { DomainEvent } from '../../shared/domain/events';
import { log } from '../../shared/edge/log';
import { scheduleHandler } from '../../shared/edge/schedule';
import type { EventBus } from '../../shared/ports/event-bus';
import type { ParkedEvent } from '../../shared/ports/views';
import { eventBus, eventsOf, parkedEvents } from '../../shared/wiring';

/** Tells parked events again, order by order and in sequence; stops an order at the first that still cannot be told. */
export const handler = scheduleHandler({
  ports: () => ({ bus: eventBus(), parked: parkedEvents() }),
  async handle({ bus, parked }, now) {
    let told = 0;
    let waiting = 0;
    for (const { tenant, orderId } of await parked.list(50)) {
      // Before anything is tried: an order that breaks this run must not stand first in the next one.
      await parked.tried(tenant, orderId, now);
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

/** What could not be read is read again: since then a release may have learned to. */
async function tell(bus: EventBus, parked: ParkedEvent): Promise<boolean> {
  try {
    const event = 'event' in parked ? parked.event : eventOf(parked);
    return event !== undefined && (await bus.publish([event])).length === 0;
  } catch (error) {
    log('warn', { event: 'event_still_parked', sequence: parked.sequence, error });
    return false;
  }
}

const eventOf = ({ unread, sequence }: Extract<ParkedEvent, { unread: unknown }>): DomainEvent | undefined =>
  eventsOf(unread).find((event) => event.sequence === sequence);

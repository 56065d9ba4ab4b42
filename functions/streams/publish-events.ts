import type { DomainEvent } from '../../shared/domain/events';
import { log } from '../../shared/edge/log';
import { streamHandler } from '../../shared/edge/stream';
import type { EventBus } from '../../shared/ports/event-bus';
import { eventBus, eventsOf, parkedEvents } from '../../shared/wiring';

/**
 * Reads events off the order table's changes and puts them on the bus. What cannot be told, because the bus refuses it or
 * is away, parks its order and no other: later events of that order wait behind it until redrive has told them in order.
 */
export const handler = streamHandler({
  ports: () => ({ bus: eventBus(), parked: parkedEvents() }),
  async handle(change, { bus, parked }) {
    const events = eventsOf(change);
    const [first] = events;
    if (first === undefined) return;
    if (await parked.isParked(first.tenant, first.orderId)) return parked.park(events, 'behind a parked event');
    const refused = await publish(bus, events);
    if (refused.length === 0) return;
    const error = refused[0]?.error ?? 'refused';
    log('error', { event: 'event_parked', orderId: first.orderId, error });
    // What comes after the first refused one waits with it, so that consumers never see a gap close wrongly.
    const from = Math.min(...refused.map(({ event }) => event.sequence));
    await parked.park(
      events.filter(({ sequence }) => sequence >= from),
      error,
    );
  },
});

/** A bus that does not answer has refused everything; an event that did get out is told again under the same id. */
async function publish(
  bus: EventBus,
  events: readonly DomainEvent[],
): Promise<readonly { event: DomainEvent; error: string }[]> {
  try {
    return await bus.publish(events);
  } catch (error) {
    return events.map((event) => ({ event, error: (error as Error).name }));
  }
}

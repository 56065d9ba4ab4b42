import type { Change, DomainEvent } from '../../shared/domain/events';
import { log } from '../../shared/edge/log';
import { streamHandler } from '../../shared/edge/stream';
import type { EventBus } from '../../shared/ports/event-bus';
import type { ParkedEvents } from '../../shared/ports/views';
import { eventBus, eventsOf, marksOf, parkedEvents } from '../../shared/wiring';

/**
 * Reads events off the order table's changes and puts them on the bus. What cannot be told, because it cannot be read or
 * the bus refuses it or is away, parks its order and no other: later events of that order wait behind it until redrive
 * has told them in order.
 */
export const handler = streamHandler({
  ports: () => ({ bus: eventBus(), parked: parkedEvents() }),
  async handle(change, { bus, parked }) {
    const events = await readable(change, parked);
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

/** What cannot be read parks its order too: repeating it would hold up the others, and dropping it would leave a gap. */
async function readable(change: Change, parked: ParkedEvents): Promise<readonly DomainEvent[]> {
  try {
    return eventsOf(change);
  } catch (error) {
    const marks = marksOf(change);
    const { pk, sk } = change.after ?? {};
    log('error', { event: 'event_unreadable', pk, sk, sequences: marks.sequences, error });
    await parked.parkUnread(marks, change, (error as Error).name);
    return [];
  }
}

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

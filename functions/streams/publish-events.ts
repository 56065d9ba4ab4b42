import { streamHandler } from '../../shared/edge/stream';
import { eventsOf } from '../../shared/flows/tell';
import { log } from '../../shared/edge/log';
import { eventBus, parkedEvents } from '../../shared/wiring';

/** Reads events off the order table's changes and puts them on the bus. What cannot be told parks its order and no other. */
export const handler = streamHandler({
  ports: () => ({ bus: eventBus(), parked: parkedEvents() }),
  async handle(change, { bus, parked }) {
    const events = eventsOf(change);
    const [first] = events;
    if (first === undefined) return;
    if (await parked.isParked(first.tenant, first.orderId)) return parked.park(events, 'behind a parked event');
    const refused = await bus.publish(events);
    if (refused.length === 0) return;
    log('error', { event: 'event_parked', orderId: first.orderId, error: refused[0]?.error });
    // What comes after the first refused one waits with it, so that consumers never see a gap close wrongly.
    const from = Math.min(...refused.map(({ event }) => event.sequence));
    await parked.park(
      events.filter(({ sequence }) => sequence >= from),
      refused[0]?.error ?? 'refused',
    );
  },
});

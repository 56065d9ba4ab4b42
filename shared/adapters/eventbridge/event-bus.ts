import { PutEventsCommand, type EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { DomainEvent } from '../../domain/events';
import type { EventBus } from '../../ports/event-bus';

/** EventBridge takes ten entries a call. */
const perCall = 10;

export class EventBridgeBus implements EventBus {
  constructor(
    private readonly client: EventBridgeClient,
    private readonly bus: string,
  ) {}

  async publish(events: readonly DomainEvent[]): Promise<readonly { event: DomainEvent; error: string }[]> {
    const refused: { event: DomainEvent; error: string }[] = [];
    for (let start = 0; start < events.length; start += perCall) {
      const part = events.slice(start, start + perCall);
      const { Entries } = await this.client.send(
        new PutEventsCommand({
          Entries: part.map((event) => ({
            EventBusName: this.bus,
            Source: 'order-cancellation',
            DetailType: event.type,
            Time: new Date(event.at),
            Resources: [event.orderId],
            Detail: JSON.stringify(event),
          })),
        }),
      );
      part.forEach((event, index) => {
        const error = Entries?.[index]?.ErrorCode;
        if (error !== undefined) refused.push({ event, error });
      });
    }
    return refused;
  }
}

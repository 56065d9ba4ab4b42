import type { DomainEvent } from '../domain/events';

export interface EventBus {
  /** Publishes events. @returns those that the bus refused, with its word for it; an exception means that none is known to be out */
  publish(events: readonly DomainEvent[]): Promise<readonly { event: DomainEvent; error: string }[]>;
}

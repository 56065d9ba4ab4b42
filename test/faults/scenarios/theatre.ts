/** As much of a stage as a made up story needs: the world in memory has one, and so has the laptop host. */
import type { OrderSketch } from '../../support/order-sketch';
import type { ApiAnswer } from '../world/gateway';
import type { PlacedOrder, Role } from './scenario';

/** Somebody who asks and waits by a script. */
export interface Actor {
  post(path: string, key: string, body: unknown): Promise<ApiAnswer>;
  pause(ms: number): Promise<void>;
}

export interface Theatre {
  readonly cloud: {
    readonly parties: { control(party: string, path: string, body?: unknown): Promise<unknown> };
  };
  let(role: Role, tenant: string, name: string, script: (actor: Actor) => Promise<void>): void;
  place(tenant: string, reference: string, sketch: OrderSketch): Promise<PlacedOrder>;
}

/** A story that any stage can show, with chance in who asks what and when. */
export interface Story {
  prepare(stage: Theatre): Promise<readonly PlacedOrder[]>;
  actBy(stage: Theatre, orders: readonly PlacedOrder[], chance: () => number): void;
}

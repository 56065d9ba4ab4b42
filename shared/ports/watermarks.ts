import type { Instant } from '../domain/time';
import type { ProviderNotice } from './payment-channel';

/** How far a provider was heard under one connection, so that the next round goes on from there. */
export interface Watermark {
  /** Everything before this was heard, but for `unheard`. */
  until: Instant;
  /** A reading that did not come to its end yet. */
  reading?: Reading;
  /** Notices that could not be heard, and since when. */
  unheard: readonly { notice: ProviderNotice; since: Instant }[];
}

/** It began at `begun`, goes back to `since`, and has come to `after`. */
export interface Reading {
  begun: Instant;
  since: Instant;
  after?: string;
}

export interface Watermarks {
  find(tenant: string, connectionId: string): Promise<Placed | undefined>;
  /**
   * Replaces `before` by `after`; without `before`, sets the first one.
   * @returns `lost` when another round has moved it meanwhile
   */
  move(tenant: string, connectionId: string, before: Placed | undefined, after: Watermark): Promise<Placed | 'lost'>;
}

/** A watermark as it is stored; `version` rises with every move. */
export type Placed = Watermark & { version: number };

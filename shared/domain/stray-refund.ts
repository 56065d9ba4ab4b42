import { derivedId } from './ids';
import type { Instant } from './time';

/**
 * A refund at a provider that bears our ids and that our books do not have like this: a second one of a leg, one of another
 * amount, one for an order that stands. Nothing is repaired by it; a person finds out who has made it, and closes it.
 */
export interface StrayRefund {
  /** `str_`: the same for every notice of the same refund. */
  id: string;
  tenant: string;
  connectionId: string;
  provider: string;
  /** The provider's id of the refund. */
  providerRef: string;
  /** Where its ids lead, whether or not there is anything. */
  orderId: string;
  cancellationId: string;
  /** What the provider's notice has said of it; absent where it said nothing of the kind. */
  claims?: string;
  foundAt: Instant;
  closed?: StrayClosed;
}

export interface StrayClosed {
  at: Instant;
  by: string;
  reason: string;
  /** Fingerprint of the request, so that the same one twice is one. */
  request: string;
}

export const strayId = (tenant: string, provider: string, providerRef: string): string =>
  derivedId('str', tenant, provider, providerRef);

export const isStrayId = (id: string): boolean => id.startsWith('str_');

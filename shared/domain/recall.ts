import type { Shipment } from './order';
import { later, secondsUntil, type Instant } from './time';

/**
 * No wish is on its way for this long: the function that stored it lives 25 seconds (`infra/functions.ts`), its call of
 * the carrier 8, and clocks differ. What the carrier does not know of by then never reached it.
 */
const surelyHeard = { length: 60, unit: 'seconds' } as const;

/** How long a carrier that knows nothing of a wish may still hear of it, in whole seconds; 0 when it may be asked again. */
export function secondsHeld({ recalledAt }: Pick<Shipment, 'recalledAt'>, now: Instant): number {
  return recalledAt === undefined ? 0 : secondsUntil(later(recalledAt, surelyHeard), now);
}

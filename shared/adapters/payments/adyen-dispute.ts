import type { DisputeNotice } from '../../ports/payment-channel';
import type { SignedItem } from './adyen-signature';

/**
 * What each event of a dispute says, and how late in its course it comes: there is no time among the signed fields.
 * CHARGEBACK_REVERSED is not the end, the bank may charge back again. Requests for information (REQUEST_FOR_INFORMATION) and
 * alerts (NOTIFICATION_OF_FRAUD) take no money, and a refund is an answer to them.
 * https://docs.adyen.com/risk-management/disputes-api/dispute-notifications/
 */
const EVENTS: Readonly<Record<string, Pick<DisputeNotice, 'stops' | 'order'>>> = {
  NOTIFICATION_OF_CHARGEBACK: { stops: true, order: 1 },
  CHARGEBACK: { stops: true, order: 2 },
  DISPUTE_DEFENSE_PERIOD_ENDED: { stops: true, order: 2 },
  CHARGEBACK_REVERSED: { stops: true, order: 3 },
  ISSUER_RESPONSE_TIMEFRAME_EXPIRED: { stops: false, order: 4 },
  SECOND_CHARGEBACK: { stops: true, order: 5 },
  PREARBITRATION_OPEN: { stops: true, order: 5 },
  PREARBITRATION_LOST: { stops: true, order: 6 },
  PREARBITRATION_WON: { stops: false, order: 6 },
  PREARBITRATION_ISSUER_WITHDRAWN: { stops: false, order: 6 },
  SCHEME_ARBITRATION: { stops: true, order: 7 },
  SCHEME_ARBITRATION_LOST: { stops: true, order: 8 },
  SCHEME_ARBITRATION_WON: { stops: false, order: 8 },
};

/** @returns undefined for an item that is no event of a dispute */
export function disputeOf({ eventCode, pspReference, originalReference }: SignedItem): DisputeNotice | undefined {
  const event = Object.hasOwn(EVENTS, eventCode) ? EVENTS[eventCode] : undefined;
  if (event === undefined || originalReference === '') return undefined;
  const eventId = `${eventCode}:${pspReference}`;
  return { eventId, type: eventCode, dispute: pspReference, payment: originalReference, ...event };
}

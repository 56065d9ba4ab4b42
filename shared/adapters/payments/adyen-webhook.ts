import { unitsOf } from '../../domain/channel';
import { SignatureInvalid } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import type { PaymentWebhook, ProviderNotice, RefundAnswer } from '../../ports/payment-channel';
import { member } from '../json-members';
import { merchantAccountOf } from './adyen-account';
import { disputeOf } from './adyen-dispute';
import { signedItem, type SignedItem } from './adyen-signature';
import { readCompactTrail } from './compact-trail';
import { signedJson } from './signed-json';
import { fromUnits } from './units';

type Outcome = RefundAnswer['status'];

/**
 * What each event says of our call, by its `success`, which is that of the event: REFUND_FAILED with success is a failure.
 * An event that did not happen (REFUND_FAILED without success) says nothing.
 * https://docs.adyen.com/online-payments/refund, https://docs.adyen.com/online-payments/reversal, https://docs.adyen.com/online-payments/cancel
 */
const EVENTS: Readonly<Record<string, { happened: Outcome; didNot?: Outcome }>> = {
  REFUND: { happened: 'succeeded', didNot: 'failed' },
  REFUND_FAILED: { happened: 'failed' },
  REFUNDED_REVERSED: { happened: 'failed' },
  CANCELLATION: { happened: 'succeeded', didNot: 'failed' },
  CANCEL_OR_REFUND: { happened: 'succeeded', didNot: 'failed' },
  TECHNICAL_CANCEL: { happened: 'succeeded', didNot: 'failed' },
};

/**
 * Adyen's standard webhooks: a batch of `notificationItems`, each signed for itself; one that is not makes the whole
 * message unsigned. There is no time stamp and no event id, so a message can be sent again at any time, and duplicates have
 * the same eventCode and pspReference: https://docs.adyen.com/development-resources/webhooks/handle-webhook-events
 *
 * Only the signed fields are passed on. `reason`, `eventDate` and the rest of `additionalData` are not signed: what a person
 * is told of a failure is the event's own name. Items of other merchant accounts and of calls that others made are left out.
 *
 * `connection.webhookSecrets` are the HMAC keys as the Customer Area shows them, in hexadecimal; `settings.merchantAccount`
 * says which account the connection is.
 */
export const adyenWebhook: PaymentWebhook<readonly ProviderNotice[]> = {
  // Any 2xx is enough for webhooks set up today; older ones are sent again until they read this.
  acknowledgement: { contentType: 'text/plain', body: '[accepted]' },
  read(connection, rawBody) {
    const items = member(parsed(rawBody), 'notificationItems');
    if (!Array.isArray(items) || items.length === 0)
      throw new SignatureInvalid('adyen: no items, so nothing is signed');
    const signed = items.map((item) => signedItem(member(item, 'NotificationRequestItem'), connection.webhookSecrets));
    return signed.map((item) => noticeOf(connection, item)).filter((notice) => notice !== undefined);
  },
};

function noticeOf(connection: Connection, item: SignedItem): ProviderNotice | undefined {
  const { eventCode, success, pspReference: providerRef, currency } = item;
  if (item.merchantAccountCode !== merchantAccountOf(connection)) return undefined;
  const dispute = disputeOf(item);
  if (dispute !== undefined) return dispute;
  const event = Object.hasOwn(EVENTS, eventCode) ? EVENTS[eventCode] : undefined;
  const status = success ? event?.happened : event?.didNot;
  if (status === undefined) return undefined;
  const trail = readCompactTrail(connection.tenant, item.merchantReference);
  if (trail === undefined) return undefined;
  const failureReason = success ? eventCode : `${eventCode} success=false`;
  const outcome = { status, providerRef, amount: amountOf(item), ...(status === 'failed' ? { failureReason } : {}) };
  return {
    eventId: `${eventCode}:${providerRef}:${success}`,
    type: eventCode,
    providerRef,
    trail,
    claims: status,
    signed: { ...outcome, currency },
  };
}

/** An amount that ours cannot state is that of no leg. */
function amountOf({ value, currency }: SignedItem): number {
  if (unitsOf('adyen', currency) === undefined) return Number.NaN;
  return fromUnits('adyen', value, currency) ?? Number.NaN;
}

function parsed(rawBody: Uint8Array): unknown {
  try {
    return signedJson('adyen', rawBody);
  } catch {
    throw new SignatureInvalid('adyen: not JSON in UTF-8, so nothing is signed');
  }
}

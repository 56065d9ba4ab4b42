import Stripe from 'stripe';
import { PermanentFault, SignatureInvalid } from '../../domain/faults';
import type { PaymentNotice, PaymentWebhook, RefundTrail } from '../../ports/payment-channel';
import { member, text } from '../json-members';

/** Stripe's own default; https://docs.stripe.com/webhooks#verify-events */
const TOLERANCE_SECONDS = 300;

/** `charge.refunded` repeats what these say, without naming the refund: it is ignored. */
const REFUND_TYPES: ReadonlySet<string> = new Set(['refund.created', 'refund.updated', 'refund.failed']);

/** Refuses bytes that are no UTF-8: they would decode to other bytes than those that were signed. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Stripe's webhooks: header `Stripe-Signature: t=...,v1=...`, an HMAC over the raw body under one of the live secrets.
 */
export const stripeWebhook: PaymentWebhook = {
  read(connection, rawBody, headers, now) {
    const header = headers['stripe-signature'];
    if (!header) throw new SignatureInvalid('stripe: no signature header');
    const payload = decode(rawBody);
    // The package refuses old time stamps only.
    if (timeOf(header) > now + TOLERANCE_SECONDS) throw new SignatureInvalid('stripe: time stamp in the future');
    if (!connection.webhookSecrets.some((secret) => signs(secret, payload, header, now))) {
      throw new SignatureInvalid('stripe: no live secret signs this message now');
    }
    return noticeOf(payload);
  },
};

function decode(rawBody: Uint8Array): string {
  try {
    return utf8.decode(rawBody);
  } catch {
    throw new SignatureInvalid('stripe: body is not UTF-8');
  }
}

function timeOf(header: string): number {
  const stamps = [...header.matchAll(/(?:^|,)\s*t=([^,]*)/g)].map((match) => match[1] ?? '');
  const [stamp] = stamps;
  if (stamps.length !== 1 || stamp === undefined || !/^\d{1,12}$/.test(stamp)) {
    throw new SignatureInvalid('stripe: no single time stamp');
  }
  return Number(stamp);
}

function signs(secret: string, payload: string, header: string, now: number): boolean {
  const verifier = Stripe.webhooks.signature;
  if (!verifier) throw new PermanentFault('stripe: the package offers no verification');
  try {
    // Tolerance 0 would switch the time check off; `receivedAt` is in milliseconds.
    return verifier.verifyHeader(payload, header, secret, TOLERANCE_SECONDS, undefined, now * 1000);
  } catch {
    // Not only its own error: an empty signature makes the package throw a plain one. Whatever fails is not signed.
    return false;
  }
}

/** @throws {PermanentFault} when an authentic refund event cannot be read: Stripe changed, a person must look */
function noticeOf(payload: string): PaymentNotice | undefined {
  const event = parse(payload);
  const type = text(event, 'type');
  if (type === undefined || !REFUND_TYPES.has(type)) return undefined;
  const refund = member(member(event, 'data'), 'object');
  const eventId = text(event, 'id');
  const providerRef = text(refund, 'id');
  if (eventId === undefined || providerRef === undefined || text(refund, 'object') !== 'refund') {
    throw new PermanentFault(`stripe: signed ${type} that names no refund`);
  }
  return { eventId, type, providerRef, trail: trailOf(member(refund, 'metadata')) };
}

/** Undefined for a refund that somebody made elsewhere, e.g. in Stripe's dashboard. */
function trailOf(metadata: unknown): RefundTrail | undefined {
  const tenant = text(metadata, 'tenant');
  const orderId = text(metadata, 'order_id');
  const cancellationId = text(metadata, 'cancellation_id');
  const legId = text(metadata, 'leg_id');
  if (!tenant || !orderId || !cancellationId || !legId) return undefined;
  return { tenant, orderId, cancellationId, legId };
}

function parse(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch (cause) {
    throw new PermanentFault('stripe: signed message is not JSON', { cause });
  }
}

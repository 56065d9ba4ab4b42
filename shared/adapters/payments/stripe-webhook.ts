import Stripe from 'stripe';
import { PermanentFault, SignatureInvalid } from '../../domain/faults';
import type { PaymentWebhook, ProviderNotice } from '../../ports/payment-channel';
import { jsonIn, signedText } from './signed-json';
import { noticeOf } from './stripe-notice';

/** Stripe's own default; https://docs.stripe.com/webhooks#verify-events */
const TOLERANCE_SECONDS = 300;

/**
 * Stripe's webhooks: header `Stripe-Signature: t=...,v1=...`, an HMAC over the raw body under one of the live secrets.
 */
export const stripeWebhook: PaymentWebhook<ProviderNotice | undefined> = {
  read(connection, rawBody, headers, now) {
    const header = headers['stripe-signature'];
    if (!header) throw new SignatureInvalid('stripe: no signature header');
    const payload = signedText('stripe', rawBody);
    // The package refuses old time stamps only.
    if (timeOf(header) > now + TOLERANCE_SECONDS) throw new SignatureInvalid('stripe: time stamp in the future');
    if (!connection.webhookSecrets.some((secret) => signs(secret, payload, header, now))) {
      throw new SignatureInvalid('stripe: no live secret signs this message now');
    }
    return noticeOf(jsonIn('stripe', payload));
  },
};

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

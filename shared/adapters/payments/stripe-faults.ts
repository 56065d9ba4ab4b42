import Stripe from 'stripe';
import { AnswerSaved, PermanentFault, TransientFault, UnknownOutcome } from '../../domain/faults';
import { meaningOf } from '../../domain/refund-failure';
import { lost, NOT_LET_IN, type CallKind } from './provider-call';
import { codeOf } from './stripe-client';

/** Failures before a single byte was sent: nothing can have happened. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

const ours = [TransientFault, PermanentFault, UnknownOutcome, AnswerSaved];

/**
 * Says in our words what a failed call to Stripe means. The message carries Stripe's own code, status and request id
 * for the person who works the case; never the key.
 *
 * Source: https://docs.stripe.com/error-low-level and https://docs.stripe.com/api/idempotent_requests (every
 * answer of a call that was begun is saved for a day and replayed under its key. A 5xx among them says neither that the money
 * moved nor that it did not).
 */
export function faultOf(error: unknown, call: CallKind): Error {
  if (ours.some((fault) => error instanceof fault)) return error as Error;
  if (!(error instanceof Stripe.errors.StripeError)) return lost(`stripe: ${reason(error)}`, call, error);

  const says = describe(error);
  if (error instanceof Stripe.errors.StripeConnectionError) {
    const code = codeOf(error.detail);
    return code !== undefined && NEVER_SENT.has(code)
      ? new TransientFault(`${says} (${code})`, { cause: error })
      : lost(says, call, error);
  }
  const status = error.statusCode;
  // No status: the body was no JSON, so it says nothing about what was done.
  if (status === undefined || status < 400) return lost(says, call, error);
  if (NOT_LET_IN.has(status)) return new TransientFault(says, { cause: error });
  if (status === 409 || status === 429 || error.code === 'lock_timeout' || error.code === 'rate_limit') {
    return new TransientFault(says, { cause: error });
  }
  const repeated = call === 'write' && error.headers?.['idempotent-replayed'] === 'true';
  // That there was too little money a day ago says nothing of now, and the same key will not say more.
  const mayHaveChanged = status >= 500 || meaningOf('stripe', says) === 'balance_too_low';
  if (repeated && mayHaveChanged) return new AnswerSaved(says, { cause: error });
  if (status >= 500) return lost(says, call, error);
  return new PermanentFault(says, { cause: error });
}

/**
 * Whether Stripe says that the object asked for does not exist in this account. A bare 404 does not say that: it may
 * come from a wrong address, and "no trace" is what permits another refund.
 */
export function isMissing(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeError && error.code === 'resource_missing';
}

function describe(error: Stripe.errors.StripeError): string {
  const word = [error.code ?? error.rawType ?? error.type, error.param && `(${error.param})`].filter(Boolean).join(' ');
  const place = [error.statusCode, error.requestId].filter(Boolean).join(', ');
  // An authentication error quotes a part of the key.
  const text = error instanceof Stripe.errors.StripeAuthenticationError ? '' : `: ${error.message.slice(0, 300)}`;
  return `stripe: ${word}${place && ` [${place}]`}${text}`;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

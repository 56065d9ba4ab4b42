import type Stripe from 'stripe';
import { PermanentFault, TransientFault } from '../../domain/faults';
import { epochSeconds } from '../../domain/time';
import { text } from '../json-members';
import type {
  ChangesRequest,
  NoticePage,
  PaymentChannel,
  ProviderNotice,
  QueryRequest,
  RefundAnswer,
  RefundRequest,
  RefundTrail,
  ReverseRequest,
} from '../../ports/payment-channel';
import { lost, type CallKind } from './provider-call';
import { refundOfLeg } from './refund-of-leg';
import { amountOf, isRefundStatus, refundAnswer, voidAnswer } from './stripe-answer';
import { stripeClient } from './stripe-client';
import { disputeEventTypes } from './stripe-dispute';
import { faultOf, isMissing } from './stripe-faults';
import { noticeOf, refundEventTypes } from './stripe-notice';
import { toUnits } from './units';

/** Lambda functions that call a provider run at most 10 s; the answer to a slow call is found by `query`. */
const TIMEOUT_MS = 8_000;

/** States in which an intent has taken no money yet; https://docs.stripe.com/api/payment_intents/cancel */
const VOIDABLE: ReadonlySet<string> = new Set([
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
  'requires_capture',
]);

/**
 * Stripe, API v1: https://docs.stripe.com/api/refunds and https://docs.stripe.com/api/payment_intents.
 *
 * Amounts go in and out in our minor units. Every refund carries our ids in its metadata, so that webhooks and lists
 * lead back to the leg. The Idempotency-Key protects for a day only: after that, and after any `UnknownOutcome`,
 * `query` comes before the next write.
 */
export function stripeChannel({ timeoutMs = TIMEOUT_MS }: { timeoutMs?: number } = {}): PaymentChannel {
  return {
    reverse: (request) => reverse(request, timeoutMs),
    refund: (request) => refund(request, timeoutMs),
    query: (request) => query(request, timeoutMs),
    changesSince: (request) => changesSince(request, timeoutMs),
  };
}

async function refund(request: RefundRequest, timeoutMs: number): Promise<RefundAnswer> {
  const client = stripeClient(request.connection, timeoutMs);
  const { amount, currency, legId } = request;
  const params: Stripe.RefundCreateParams = {
    ...target(request.captureRef),
    amount: toUnits('stripe', amount, currency),
    ...purpose(request.trail),
  };
  return call('write', timeoutMs, async () => {
    const answer = await client.refunds.create(params, { idempotencyKey: request.key });
    return refundAnswer(answer, { currency, amount, legId, call: 'write' });
  });
}

async function reverse(request: ReverseRequest, timeoutMs: number): Promise<RefundAnswer> {
  const client = stripeClient(request.connection, timeoutMs);
  const { paymentRef, currency, legId, key } = request;
  toUnits('stripe', request.amount, currency); // refuses an unknown currency before anything is asked

  const intent = await call('read', timeoutMs, () => client.paymentIntents.retrieve(paymentRef));
  if (
    intent?.object !== 'payment_intent' ||
    intent.id !== paymentRef ||
    !Number.isSafeInteger(intent.amount_received)
  ) {
    throw lost(`stripe: answer not believed: not payment ${paymentRef}`, 'read');
  }
  if (intent.status === 'canceled') return voidAnswer(intent, { paymentRef, currency, call: 'read' });
  if (intent.status === 'processing') throw new TransientFault(`stripe: ${paymentRef} is being processed`);
  if (VOIDABLE.has(intent.status)) {
    if (intent.amount_received > 0) {
      // Neither a void nor a refund alone gives all of it back, and one answer cannot state both.
      throw new PermanentFault(`stripe: partly_captured: ${paymentRef} is captured in part and still open`);
    }
    return call('write', timeoutMs, async () => {
      const params: Stripe.PaymentIntentCancelParams = { cancellation_reason: 'requested_by_customer' };
      const canceled = await client.paymentIntents.cancel(paymentRef, params, { idempotencyKey: key });
      return voidAnswer(canceled, { paymentRef, currency, call: 'write' });
    });
  }
  // No amount: Stripe refunds what is left, and a repetition has the same parameters however much that was.
  return call('write', timeoutMs, async () => {
    const params: Stripe.RefundCreateParams = { payment_intent: paymentRef, ...purpose(request.trail) };
    const answer = await client.refunds.create(params, { idempotencyKey: key });
    return refundAnswer(answer, { currency, legId, call: 'write' });
  });
}

/** @throws {PermanentFault} as `refundOfLeg` */
async function query(request: QueryRequest, timeoutMs: number): Promise<RefundAnswer | undefined> {
  const { currency, legId, providerRef } = request;
  const expected = { currency, legId, call: 'read' as const };
  const client = stripeClient(request.connection, timeoutMs);
  if (providerRef?.startsWith('pi_')) return findVoid(client, providerRef, currency, timeoutMs);
  if (providerRef !== undefined) {
    const found = await ifThere(call('read', timeoutMs, () => client.refunds.retrieve(providerRef)));
    return found && refundAnswer(found, expected);
  }
  const paid = target(request.captureRef ?? request.paymentRef);
  const refunds = (await ifThere(call('read', timeoutMs, () => refundsOf(client, paid)))) ?? [];
  const listed = refunds.map((one) => ({
    legId: one.metadata?.['leg_id'],
    status: isRefundStatus(one.status) ? one.status : undefined,
    amount: amountOf(one.amount, one.currency, currency),
    read: () => refundAnswer(one, expected),
  }));
  const ours = refundOfLeg('stripe', request, listed);
  if (ours !== undefined || !request.paymentRef.startsWith('pi_')) return ours;
  return findVoid(client, request.paymentRef, currency, timeoutMs);
}

/**
 * Stripe's own way to what a webhook failed to bring; events are kept for 30 days:
 * https://docs.stripe.com/webhooks/process-undelivered-events and https://docs.stripe.com/api/events/list
 *
 * All events are asked for, not only those with `delivery_success=false`: a webhook counts as delivered when somebody
 * answered 200, and what became of it after that is not known there.
 */
async function changesSince({ connection, since, after }: ChangesRequest, timeoutMs: number): Promise<NoticePage> {
  const client = stripeClient(connection, timeoutMs);
  const params: Stripe.EventListParams = {
    types: [...refundEventTypes, ...disputeEventTypes],
    created: { gte: epochSeconds(since) },
    limit: 100,
  };
  const page = async (more: Stripe.EventListParams): Promise<NoticePage> =>
    call('read', timeoutMs, async () => noticePage(await client.events.list({ ...params, ...more })));
  if (after === undefined) return page({});
  // Newest come first: a place in the list that has aged away has nothing behind it.
  return (await ifThere(page({ starting_after: after }))) ?? { notices: [], unreadable: [] };
}

function noticePage(list: Stripe.ApiList<Stripe.Event>): NoticePage {
  if (list?.object !== 'list' || !Array.isArray(list.data) || typeof list.has_more !== 'boolean') {
    throw lost('stripe: answer not believed: not a list of events', 'read');
  }
  const notices: ProviderNotice[] = [];
  const unreadable: string[] = [];
  for (const event of list.data) {
    try {
      const notice = noticeOf(event);
      if (notice !== undefined) notices.push(notice);
    } catch {
      unreadable.push(text(event, 'id') ?? 'without an id');
    }
  }
  const next = list.has_more ? text(list.data.at(-1), 'id') : undefined;
  return { notices, unreadable, ...(next === undefined ? {} : { next }) };
}

/** A void leaves no object of its own: the payment is cancelled, or there is no trace. */
async function findVoid(
  client: Stripe,
  paymentRef: string,
  currency: string,
  timeoutMs: number,
): Promise<RefundAnswer | undefined> {
  const intent = await ifThere(call('read', timeoutMs, () => client.paymentIntents.retrieve(paymentRef)));
  return intent?.status === 'canceled' ? voidAnswer(intent, { paymentRef, currency, call: 'read' }) : undefined;
}

/** Stripe lists the newest first; here they come as they were made. */
async function refundsOf(client: Stripe, paid: Stripe.RefundListParams): Promise<Stripe.Refund[]> {
  const refunds: Stripe.Refund[] = [];
  for await (const one of client.refunds.list({ ...paid, limit: 100 })) refunds.unshift(one);
  return refunds;
}

function target(captureRef: string): { payment_intent: string } | { charge: string } {
  return captureRef.startsWith('pi_') ? { payment_intent: captureRef } : { charge: captureRef };
}

/** `fraudulent` would put the customer's card and address on block lists; a cancellation is never that. */
function purpose(trail: RefundTrail): Pick<Stripe.RefundCreateParams, 'reason' | 'metadata'> {
  return {
    reason: 'requested_by_customer',
    metadata: {
      tenant: trail.tenant,
      order_id: trail.orderId,
      cancellation_id: trail.cancellationId,
      leg_id: trail.legId,
    },
  };
}

/** Runs one call under a limit for the whole of it: the package's own one restarts with every byte that drips in. */
async function call<T>(kind: CallKind, timeoutMs: number, run: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no complete answer within ${timeoutMs} ms`)), timeoutMs + 250);
  });
  try {
    return await Promise.race([run(), limit]);
  } catch (error) {
    throw faultOf(error, kind);
  } finally {
    clearTimeout(timer);
  }
}

/** @returns undefined where Stripe says that there is no such object */
async function ifThere<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof PermanentFault && isMissing(error.cause)) return undefined;
    throw error;
  }
}

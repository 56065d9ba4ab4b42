/** What each route of the Stripe stand-in does with the ledger. Synchronous: two requests can never interleave here. */
import type { StandInReply } from '../stand-in';
import type { FormValue } from './form-body';
import type { StripeEvents } from './stripe-events';
import { newId, type Behaviour, type StripeLedger } from './stripe-ledger';
import {
  chargeObject,
  errorReply,
  intentObject,
  jsonReply,
  listObject,
  Refusal,
  refundedOf,
  refundObject,
  type LedgerRefund,
  type Payment,
} from './stripe-objects';

export interface StripeCall {
  readonly account: string;
  readonly method: string;
  readonly path: string;
  readonly params: Record<string, FormValue>;
}

export interface Effect {
  readonly reply: Exclude<StandInReply, 'hang-up'>;
  /** The payment that was changed, or asked about. */
  readonly payment?: Payment;
  readonly created?: LedgerRefund;
  /** Whether a repetition under the same key meets this answer again. */
  readonly kept: boolean;
}

export interface Books {
  readonly ledger: StripeLedger;
  readonly events: StripeEvents;
  /** Host's clock, milliseconds. */
  readonly now: number;
}

const REFUND_PARAMS = new Set([
  'amount',
  'charge',
  'payment_intent',
  'reason',
  'metadata',
  'expand',
  'instructions_email',
]);
const REASONS = new Set(['duplicate', 'fraudulent', 'requested_by_customer']);

export function route(
  books: Books,
  call: StripeCall,
  behaviourFor: (payment: Payment) => Behaviour | undefined,
): Effect {
  const payment = paymentOf(books.ledger, call);
  try {
    return { kept: true, ...answer(books, call, behaviourFor) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { reply: errorReply(error.status, error.error), kept: error.kept, ...(payment && { payment }) };
  }
}

/** The payment that a request is about, found without doing anything. */
export function paymentOf(ledger: StripeLedger, call: StripeCall): Payment | undefined {
  const inPath = /^\/v1\/(?:payment_intents|charges)\/([^/]+)/.exec(call.path)?.[1];
  const ref = inPath ?? call.params['payment_intent'] ?? call.params['charge'];
  return typeof ref === 'string' ? ledger.find(call.account, ref) : undefined;
}

function answer(
  { ledger, events, now }: Books,
  call: StripeCall,
  behaviourFor: (payment: Payment) => Behaviour | undefined,
): Omit<Effect, 'kept'> {
  const [, , kind, id, verb] = call.path.split('/');
  const form = `${call.method} ${kind ?? ''}${id === undefined ? '' : '/id'}${verb === undefined ? '' : `/${verb}`}`;
  switch (form) {
    case 'POST refunds':
      return createRefund(ledger, call, behaviourFor);
    case 'GET refunds':
      return { reply: jsonReply(200, listRefunds(ledger, call)) };
    case 'GET refunds/id': {
      const found = ledger.findRefund(id ?? '');
      if (!found || found.payment.account !== call.account) throw missing('refund', id ?? '', 'id');
      return { reply: jsonReply(200, refundObject(found.payment, found.refund)) };
    }
    case 'POST payment_intents': {
      const payment = createIntent(ledger, call);
      return { reply: jsonReply(200, intentObject(payment)), payment };
    }
    case 'GET payment_intents/id': {
      const payment = known(ledger, call, id ?? '', 'payment_intent', 'intent');
      return { reply: jsonReply(200, intentObject(payment)) };
    }
    case 'POST payment_intents/id/cancel': {
      const payment = known(ledger, call, id ?? '', 'payment_intent', 'intent');
      ledger.cancel(payment, textParam(call, 'cancellation_reason'));
      return { reply: jsonReply(200, intentObject(payment)), payment };
    }
    case 'POST payment_intents/id/capture': {
      const payment = known(ledger, call, id ?? '', 'payment_intent', 'intent');
      ledger.capture(payment, integerParam(call, 'amount_to_capture'));
      return { reply: jsonReply(200, intentObject(payment)), payment };
    }
    case 'GET charges/id':
      return { reply: jsonReply(200, chargeObject(known(ledger, call, id ?? '', 'charge', 'id'))) };
    case 'GET events':
      return { reply: jsonReply(200, events.list(call, now)) };
    case 'GET balance':
      return { reply: jsonReply(200, balance(ledger, call.account)) };
    default:
      throw new Refusal(404, {
        type: 'invalid_request_error',
        message: `Unrecognized request URL (${call.method}: ${call.path}).`,
      });
  }
}

function createRefund(
  ledger: StripeLedger,
  call: StripeCall,
  behaviourFor: (payment: Payment) => Behaviour | undefined,
): Omit<Effect, 'kept'> {
  for (const name of Object.keys(call.params)) {
    if (!REFUND_PARAMS.has(name)) throw invalid('parameter_unknown', name, `Received unknown parameter: ${name}`);
  }
  const reason = textParam(call, 'reason');
  if (reason !== undefined && !REASONS.has(reason)) throw invalid(undefined, 'reason', `Invalid reason: ${reason}`);
  const amount = integerParam(call, 'amount');
  if (amount !== undefined && amount <= 0)
    throw invalid('parameter_invalid_integer', 'amount', 'Invalid positive integer');
  const intent = textParam(call, 'payment_intent');
  const charge = textParam(call, 'charge');
  const ref = intent ?? charge;
  if (ref === undefined) throw invalid('parameter_missing', 'charge', 'One of charge or payment_intent is required.');
  const payment =
    intent !== undefined
      ? known(ledger, call, intent, 'payment_intent', 'payment_intent')
      : known(ledger, call, ref, 'charge', 'charge');
  const metadata = call.params['metadata'];
  const wish = { amount, reason: reason ?? null, metadata: typeof metadata === 'object' ? metadata : {} };
  const created = ledger.refund(payment, wish, behaviourFor(payment));
  return { reply: jsonReply(200, refundObject(payment, created)), payment, created };
}

function createIntent(ledger: StripeLedger, call: StripeCall): Payment {
  const amount = integerParam(call, 'amount');
  const currency = textParam(call, 'currency');
  if (amount === undefined || amount <= 0)
    throw invalid('parameter_missing', 'amount', 'Missing required param: amount.');
  if (currency === undefined) throw invalid('parameter_missing', 'currency', 'Missing required param: currency.');
  const metadata = call.params['metadata'];
  const captured = call.params['capture_method'] === 'manual' ? 0 : amount;
  return ledger.create({
    id: newId('pi'),
    charge: newId('ch'),
    account: call.account,
    amount,
    captured,
    currency,
    metadata: typeof metadata === 'object' ? metadata : {},
  });
}

/** Newest first, in pages of at most 100; https://docs.stripe.com/api/pagination */
function listRefunds(ledger: StripeLedger, call: StripeCall): Record<string, unknown> {
  const intent = textParam(call, 'payment_intent');
  const charge = textParam(call, 'charge');
  const payments =
    intent !== undefined
      ? [known(ledger, call, intent, 'payment_intent', 'payment_intent')]
      : charge !== undefined
        ? [known(ledger, call, charge, 'charge', 'charge')]
        : [...ledger.all()].filter((payment) => payment.account === call.account);
  const newestFirst = payments
    .flatMap((payment) => payment.refunds.map((refund) => ({ payment, refund })).reverse())
    .sort((a, b) => b.refund.created - a.refund.created);
  const limit = Math.min(Math.max(integerParam(call, 'limit') ?? 10, 1), 100);
  const after = textParam(call, 'starting_after');
  const start = after === undefined ? 0 : newestFirst.findIndex(({ refund }) => refund.id === after) + 1;
  if (after !== undefined && start === 0) throw missing('refund', after, 'starting_after');
  const page = newestFirst.slice(start, start + limit);
  const data = page.map(({ payment, refund }) => refundObject(payment, refund));
  return listObject('/v1/refunds', data, start + limit < newestFirst.length);
}

function balance(ledger: StripeLedger, account: string): Record<string, unknown> {
  const sums = new Map<string, number>();
  for (const payment of ledger.all()) {
    if (payment.account !== account) continue;
    sums.set(payment.currency, (sums.get(payment.currency) ?? 0) + payment.captured - refundedOf(payment));
  }
  const available = [...sums].map(([currency, amount]) => ({ amount, currency, source_types: { card: amount } }));
  return { object: 'balance', available, livemode: false, pending: [] };
}

function known(ledger: StripeLedger, call: StripeCall, ref: string, kind: string, param: string): Payment {
  const payment = ledger.find(call.account, ref);
  if (!payment || (kind === 'charge' ? payment.charge : payment.id) !== ref) throw missing(kind, ref, param);
  return payment;
}

export function missing(kind: string, ref: string, param: string): Refusal {
  return new Refusal(404, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    param,
    message: `No such ${kind}: '${ref}'`,
  });
}

export function invalid(code: string | undefined, param: string, message: string): Refusal {
  return new Refusal(400, { type: 'invalid_request_error', ...(code !== undefined && { code }), param, message });
}

export function textParam(call: StripeCall, name: string): string | undefined {
  const value = call.params[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function integerParam(call: StripeCall, name: string): number | undefined {
  const value = textParam(call, name);
  if (value === undefined) return undefined;
  if (!/^-?\d{1,12}$/.test(value)) throw invalid('parameter_invalid_integer', name, `Invalid integer: ${value}`);
  return Number(value);
}

import { recordOf } from '../../domain/channel';
import { PermanentFault, UnknownOutcome } from '../../domain/faults';
import type { PaymentChannel, RefundAnswer, RefundRequest, ReverseRequest } from '../../ports/payment-channel';
import { httpClient, type HttpClient } from '../http-client';
import { member, text } from '../json-members';
import { merchantAccountOf } from './adyen-account';
import { modify } from './adyen-call';
import { compactTrail } from './compact-trail';
import { limits } from './provider-call';
import { fromUnits, toUnits } from './units';

/** An hour less than keys are known at least, because a repetition also has to arrive in that time. Not known: none may. */
const repeatableFor = {
  length: Math.max(0, (recordOf('adyen').facts.keyKeptHours.value ?? 0) - 1),
  unit: 'hours',
} as const;

/**
 * Adyen, Checkout API v72: https://docs.adyen.com/api-explorer/Checkout/72/post/payments/(paymentPspReference)/refunds
 *
 * Amounts go in and out in our minor units. Every call is only received (`pending`); its outcome comes in a signed webhook
 * (`adyenWebhook`), and there is no call that reads or lists a refund: hence `withoutQuery`, a `query` that always raises
 * `no_query`, and `changesSince` with an empty page. What leads back to the leg is the `reference` of the call, at most 80
 * characters, which its webhooks repeat as `merchantReference`.
 *
 * `paymentRef` is the pspReference of the payment. `reverse` cancels the payment or refunds it, as Adyen finds it; it is
 * always the whole payment, so Adyen refuses it, in its webhook, when a part was given back or captured in parts before:
 * https://docs.adyen.com/online-payments/reversal. Its answer states no amount; the one that was asked for is passed on, and
 * the webhook's must agree. Refunds of a part are refused by payment methods that want line items with them.
 *
 * The connection's `settings`: `merchantAccount`, and for live payments `liveEndpointPrefix`.
 */
export function adyenChannel({ timeoutMs = limits.timeoutMs }: { timeoutMs?: number } = {}): PaymentChannel {
  const http = httpClient({ ...limits, timeoutMs });
  return {
    withoutQuery: { repeatableFor },
    reverse: (request) => reverse(http, request),
    refund: (request) => refund(http, request),
    query: () => Promise.reject(new PermanentFault('adyen: no_query: outcomes are told by webhook only')),
    changesSince: () => Promise.resolve({ notices: [], unreadable: [] }),
  };
}

async function refund(http: HttpClient, request: RefundRequest): Promise<RefundAnswer> {
  const { connection, paymentRef, amount, currency } = request;
  const sent = { ...whose(request), amount: { currency, value: toUnits('adyen', amount, currency) } };
  const answer = await modify(http, connection, paymentRef, 'refunds', request.key, sent);
  const stated = member(answer, 'amount');
  const value = member(stated, 'value');
  if (text(stated, 'currency') !== currency || typeof value !== 'number')
    throw notBelieved('no amount in its currency');
  if (fromUnits('adyen', value, currency) !== amount) throw notBelieved(`${value} of its units, not ${amount} of ours`);
  return received(answer, paymentRef, sent, amount);
}

async function reverse(http: HttpClient, request: ReverseRequest): Promise<RefundAnswer> {
  const { connection, paymentRef, amount, currency } = request;
  toUnits('adyen', amount, currency); // refuses an unknown currency before anything is sent
  const sent = whose(request);
  const answer = await modify(http, connection, paymentRef, 'reversals', request.key, sent);
  return received(answer, paymentRef, sent, amount);
}

interface Whose {
  merchantAccount: string;
  reference: string;
}

function whose({ connection, trail }: ReverseRequest): Whose {
  return { merchantAccount: merchantAccountOf(connection), reference: compactTrail(trail) };
}

/** @throws {UnknownOutcome} for an answer that is not about this call */
function received(answer: unknown, paymentRef: string, sent: Whose, amount: number): RefundAnswer {
  const providerRef = text(answer, 'pspReference');
  if (providerRef === undefined || !/^[0-9A-Za-z]{8,64}$/.test(providerRef)) throw notBelieved('no pspReference');
  if (text(answer, 'status') !== 'received') throw notBelieved(`${providerRef} was not received`);
  if (text(answer, 'paymentPspReference') !== paymentRef) throw notBelieved(`${providerRef} is of another payment`);
  if (text(answer, 'merchantAccount') !== sent.merchantAccount)
    throw notBelieved(`${providerRef} is of another account`);
  if (text(answer, 'reference') !== sent.reference) throw notBelieved(`${providerRef} belongs to another leg`);
  return { status: 'pending', providerRef, amount };
}

function notBelieved(what: string): UnknownOutcome {
  return new UnknownOutcome(`adyen: answer not believed: ${what}`);
}

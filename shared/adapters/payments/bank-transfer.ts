import { isPayoutAccount } from '../../domain/channel';
import { PermanentFault } from '../../domain/faults';
import { earlier, type Instant } from '../../domain/time';
import type { Connection } from '../../ports/connections';
import type {
  ChangesRequest,
  NoticePage,
  PaymentChannel,
  PaymentNotice,
  QueryRequest,
  RefundAnswer,
  RefundRequest,
} from '../../ports/payment-channel';
import { httpClient, type HttpClient } from '../http-client';
import { member, text } from '../json-members';
import { balanceAccountOf, priorityOf } from './bank-transfer-account';
import { isPayout, transferAmountOf, transferAnswer, transferStatusOf, type Expected } from './bank-transfer-answer';
import { ifThere, read, write } from './bank-transfer-call';
import { noticeOfTransfer } from './bank-transfer-notice';
import { compactTrail } from './compact-trail';
import { limits, lost } from './provider-call';
import { refundOfLeg } from './refund-of-leg';
import { toUnits } from './units';

/**
 * One question covers six months at most, the shortest of which have 181 days:
 * https://docs.adyen.com/api-explorer/transfers/4/get/transfers
 */
const longestWindow = { length: 180, unit: 'days' } as const;

/**
 * Ours. Adyen lists transfers by their creation, and a bank may return one days after it was booked: within three banking days
 * of settlement in SEPA, two in the ACH (sources: `failsUpToDaysLater` of the channel's record). Twice that and the days of
 * its processing, over weekends and holidays.
 */
const returnsWithin = { length: 14, unit: 'days' } as const;

const PAGE = '100';

/**
 * Money that came by bank transfer, or in cash at the door, goes back as a payout of its own: Adyen's Transfers API v4,
 * https://docs.adyen.com/api-explorer/transfers/4/overview
 *
 * `paymentRef` is the buyer's transfer instrument at Adyen (`SE...`), never the number of his account; a payment that names
 * none is refused for good as `no_payout_account`. The capture is not named to Adyen, which therefore stops nobody from
 * paying out more than came in. Amounts go in and out in our minor units.
 *
 * A transfer is received first and booked later, which is the success; a bank that returns it later makes it a failure. What
 * leads back to the leg is the `reference`, at most 80 characters; the buyer's bank is told the beginning of the
 * cancellation's id, at most 15. By the reference a transfer is found for 180 days from its creation. Whether the list shows
 * it at once is not said: our ten minutes without a trace have to do.
 *
 * `reverse` is for a payment of which nothing came in: there is nothing to void, so nothing is sent.
 *
 * The connection's `settings`: `balanceAccountId` (from which is paid), `priority` (`regular` if absent), and `live: "true"`
 * for live payments.
 */
export function bankTransferChannel({
  now,
  timeoutMs = limits.timeoutMs,
}: {
  now: () => Instant;
  timeoutMs?: number;
}): PaymentChannel {
  const http = httpClient({ ...limits, timeoutMs });
  return {
    reverse: (request) => Promise.resolve(nothingCameIn(request)),
    refund: (request) => refund(http, request),
    query: (request) => query(http, request, now()),
    changesSince: (request) => changesSince(http, request, now()),
  };
}

function nothingCameIn({ paymentRef, amount }: { paymentRef: string; amount: number }): RefundAnswer {
  return { status: 'succeeded', providerRef: paymentRef, amount };
}

/** https://docs.adyen.com/api-explorer/transfers/4/post/transfers */
async function refund(http: HttpClient, request: RefundRequest): Promise<RefundAnswer> {
  const { connection, paymentRef, amount, currency, key, trail } = request;
  const value = toUnits('bank_transfer', amount, currency);
  if (!isPayoutAccount('bank_transfer', paymentRef)) {
    throw new PermanentFault('bank_transfer: no_payout_account: the payment names no account to pay out to');
  }
  const expected = expectedOf(request, 'write');
  const answer = await write(http, connection, '/transfers', key, {
    amount: { currency, value },
    balanceAccountId: expected.balanceAccount,
    category: 'bank',
    counterparty: { transferInstrumentId: paymentRef },
    priority: priorityOf(connection),
    reference: expected.reference,
    referenceForBeneficiary: trail.cancellationId.slice(4, 19),
  });
  return transferAnswer(answer, expected);
}

/**
 * By Adyen's id of the transfer; else in its list, by our reference. A void by its payment, since nothing was sent for it.
 *
 * @throws {PermanentFault} `refunded_twice`, `other_amount`
 */
async function query(http: HttpClient, request: QueryRequest, now: Instant): Promise<RefundAnswer | undefined> {
  const { connection, paymentRef, providerRef } = request;
  if (providerRef === paymentRef) return nothingCameIn(request);
  if (providerRef !== undefined) {
    const found = await ifThere(read(http, connection, `/transfers/${encodeURIComponent(providerRef)}`));
    if (found === undefined) return undefined;
    if (text(found, 'id') !== providerRef) throw notBelieved(`not transfer ${providerRef}`);
    return transferAnswer(found, expectedOf(request, 'read'));
  }
  // Without an account nothing was ever sent.
  if (!isPayoutAccount('bank_transfer', paymentRef)) return undefined;
  const transfers = await transfersOf(http, request, now);
  return refundOfLeg(
    'bank_transfer',
    request,
    transfers.map((one) => ({
      legId: request.legId,
      status: transferStatusOf(one),
      amount: transferAmountOf(one, request.currency),
      read: () => transferAnswer(one, expectedOf(request, 'read')),
    })),
  );
}

/** The payouts that bear the leg's reference; every attempt has its own. */
async function transfersOf(http: HttpClient, request: QueryRequest, now: Instant): Promise<unknown[]> {
  const { connection, trail } = request;
  const reference = compactTrail(trail);
  const { transfers, cursor } = await list(http, connection, {
    reference,
    createdSince: earlier(now, longestWindow),
    createdUntil: now,
    limit: PAGE,
  });
  // A list of everything would say nothing of this leg by not naming it on its first page.
  if (cursor !== undefined || transfers.some((one) => text(one, 'reference') !== reference)) {
    throw notBelieved('a list of other transfers than were asked for');
  }
  return transfers.filter((one) => isPayout(one, balanceAccountOf(connection)));
}

/**
 * What became of the payouts that were created since then, and in the 14 days before: the list knows when a transfer was
 * created, not when it changed. A reading that has to go back further than 180 days begins there.
 */
async function changesSince(http: HttpClient, request: ChangesRequest, now: Instant): Promise<NoticePage> {
  const { connection, since, after } = request;
  const window = after === undefined ? windowSince(since, now) : Object.fromEntries(new URLSearchParams(after));
  const asked = { category: 'bank', sortOrder: 'desc', limit: PAGE, ...window };
  const { transfers, cursor } = await list(http, connection, asked);
  const notices: PaymentNotice[] = [];
  const unreadable: string[] = [];
  for (const one of transfers) {
    try {
      const notice = noticeOfTransfer(connection, one, 'transfer.listed');
      if (notice !== undefined) notices.push(notice);
    } catch {
      unreadable.push(text(one, 'id') ?? 'without an id');
    }
  }
  // The same window for every page, whatever the time is when it is turned.
  const { createdSince = '', createdUntil = '' } = window;
  const next = cursor && new URLSearchParams({ createdSince, createdUntil, cursor }).toString();
  return { notices, unreadable, ...(next === undefined ? {} : { next }) };
}

function windowSince(since: Instant, now: Instant): Record<string, string> {
  const [wanted, possible] = [earlier(since, returnsWithin), earlier(now, longestWindow)];
  return { createdSince: wanted > possible ? wanted : possible, createdUntil: now };
}

/** One page of https://docs.adyen.com/api-explorer/transfers/4/get/transfers */
async function list(
  http: HttpClient,
  connection: Connection,
  wanted: Record<string, string>,
): Promise<{ transfers: unknown[]; cursor: string | undefined }> {
  const asked = new URLSearchParams({ balanceAccountId: balanceAccountOf(connection), ...wanted });
  const page = await read(http, connection, `/transfers?${asked.toString()}`);
  const transfers = member(page, 'data');
  if (!Array.isArray(transfers)) throw notBelieved('not a list of transfers');
  return { transfers: transfers as unknown[], cursor: cursorOf(page) };
}

/** Only the place is taken out of the link to the next page: where to ask is not for an answer to say. */
function cursorOf(page: unknown): string | undefined {
  const href = text(member(member(page, '_links'), 'next'), 'href');
  if (href === undefined) return undefined;
  const cursor = new URLSearchParams(href.slice(href.indexOf('?'))).get('cursor');
  if (!cursor) throw notBelieved('a next page without a cursor');
  return cursor;
}

function expectedOf(request: QueryRequest | RefundRequest, call: Expected['call']): Expected {
  const { connection, paymentRef, amount, currency, trail } = request;
  const balanceAccount = balanceAccountOf(connection);
  return { balanceAccount, reference: compactTrail(trail), account: paymentRef, currency, amount, call };
}

function notBelieved(what: string): Error {
  return lost(`bank_transfer: answer not believed: ${what}`, 'read');
}

/** What Adyen makes of a request for a transfer, and how it lists them: https://docs.adyen.com/api-explorer/transfers/4/overview */
import { integer, record, text, type Json } from '../json';
import { pspReference } from './adyen-objects';
import {
  dataObject,
  forbidden,
  invalid,
  jsonReply,
  MAY_BECOME,
  notFound,
  type Instrument,
  type Reply,
  type Transfer,
  type TransferState,
} from './adyen-transfers-objects';
import type { PartyAccount } from './party-settings';
import type { RefundBehaviour } from './refund-behaviours';

const MEMBERS = new Set([
  'amount',
  'balanceAccountId',
  'category',
  'counterparty',
  'description',
  'priority',
  'reference',
  'referenceForBeneficiary',
  'type',
]);
const PRIORITIES = new Set(['crossBorder', 'fast', 'instant', 'internal', 'regular', 'wire']);
const PARAMS = new Set([
  'balanceAccountId',
  'category',
  'createdSince',
  'createdUntil',
  'cursor',
  'limit',
  'reference',
  'sortOrder',
]);

const LONGEST_REFERENCE = 80;
/** To the beneficiary of a transfer that goes to no IBAN. */
const FOR_BENEFICIARY = /^[0-9A-Za-z]{1,15}$/;
const MOST_PER_PAGE = 100;

/** What Adyen says before it has made a transfer. */
export function refusalOf(body: Json, account: PartyAccount, instrument: Instrument | undefined): Reply | undefined {
  const unknown = Object.keys(body).find((name) => !MEMBERS.has(name));
  if (unknown !== undefined) return invalid(`unknown field ${unknown}`);
  const amount = record(body['amount']);
  const value = amount['value'];
  if (!Number.isSafeInteger(value) || Number(value) <= 0 || !/^[A-Z]{3}$/.test(text(amount['currency']) ?? '')) {
    return invalid('amount');
  }
  if (body['category'] !== 'bank') return invalid('category');
  if (!PRIORITIES.has(text(body['priority']) ?? '')) return invalid('priority');
  if ((text(body['reference']) ?? '').length > LONGEST_REFERENCE) return invalid('reference');
  const forBeneficiary = text(body['referenceForBeneficiary']);
  if (forBeneficiary !== undefined && !FOR_BENEFICIARY.test(forBeneficiary)) return invalid('referenceForBeneficiary');
  if (text(body['balanceAccountId']) !== account.settings?.['balanceAccountId']) return forbidden('balanceAccountId');
  return instrument === undefined ? notFound('transferInstrumentId') : undefined;
}

/** A transfer is received at first and booked a minute later, unless somebody wants it otherwise. */
const ORDINARY: RefundBehaviour<TransferState> = { left: 1, status: 'received', then: 'booked', afterMs: 60_000 };

/** A new transfer, with what becomes of it; the instrument is changed. */
export function received(
  instrument: Instrument,
  body: Json,
  behaviour: RefundBehaviour<TransferState> = ORDINARY,
  nowMs: number,
): Transfer {
  const amount = record(body['amount']);
  const forBeneficiary = text(body['referenceForBeneficiary']);
  const { status = 'received', reason, then, afterMs } = behaviour;
  const transfer: Transfer = {
    id: pspReference(),
    status: 'received',
    amount: integer(amount['value']) ?? 0,
    currency: text(amount['currency']) ?? '',
    balanceAccount: text(body['balanceAccountId']) ?? '',
    priority: text(body['priority']) ?? '',
    reference: text(body['reference']) ?? pspReference(),
    ...(forBeneficiary !== undefined && { referenceForBeneficiary: forBeneficiary }),
    history: [{ status: 'received', reason: 'pending', at: nowMs }],
  };
  advance(transfer, status, reason, nowMs);
  if (then !== undefined && afterMs !== undefined) {
    transfer.due = { at: nowMs + afterMs, status: then, ...(reason !== undefined && { reason }) };
  }
  instrument.refunds.push(transfer);
  return transfer;
}

/**
 * Lets happen to a transfer what leads to this state: nothing is booked or returned that was not authorised before.
 *
 * @throws when nothing leads there
 */
export function advance(transfer: Transfer, status: TransferState, reason: string | undefined, nowMs: number): void {
  if (transfer.status === status) return;
  for (const step of stepsTo(transfer, status)) {
    const ends = MAY_BECOME[step].length === 0;
    transfer.history.push({ status: step, reason: ends ? (reason ?? 'unknown') : 'approved', at: nowMs });
    transfer.status = step;
  }
}

function stepsTo({ id, status: from }: Transfer, to: TransferState): TransferState[] {
  for (const way of [[to], ['authorised', to], ['authorised', 'booked', to]] as TransferState[][]) {
    const states = [from, ...way];
    if (way.every((step, place) => MAY_BECOME[states[place] ?? from].includes(step))) return way;
  }
  throw new Error(`${id} is ${from} and cannot become ${to}`);
}

/** One page of an account's transfers. */
export function listTransfers(mine: readonly Instrument[], account: PartyAccount, query: URLSearchParams): Reply {
  for (const name of query.keys()) if (!PARAMS.has(name)) return invalid(`unknown parameter ${name}`);
  if (query.get('balanceAccountId') !== account.settings?.['balanceAccountId']) return forbidden('balanceAccountId');
  const [since, until] = ['createdSince', 'createdUntil'].map((name) => Date.parse(query.get(name) ?? ''));
  if (since === undefined || until === undefined || !(since <= until)) return invalid('createdSince, createdUntil');
  if (sixMonthsAfter(since) < until) return invalid('more than six months');
  const limit = Number(query.get('limit') ?? 10);
  const start = Number(query.get('cursor') ?? 0);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_PER_PAGE) return invalid('limit');
  if (!Number.isInteger(start)) return invalid('cursor');
  const sign = query.get('sortOrder') === 'desc' ? -1 : 1;
  const fitting = mine
    .flatMap((instrument) => instrument.refunds.map((transfer) => ({ instrument, transfer })))
    .map((one) => ({ ...one, createdAt: one.transfer.history[0]?.at ?? 0 }))
    .filter(({ createdAt }) => createdAt >= since && createdAt <= until)
    .filter(({ transfer }) => (query.get('reference') ?? transfer.reference) === transfer.reference)
    .filter(() => (query.get('category') ?? 'bank') === 'bank')
    .sort((one, other) => sign * (one.createdAt - other.createdAt));
  const data = fitting
    .slice(start, start + limit)
    .map(({ instrument, transfer }) => dataObject(instrument, transfer, transfer.history.length));
  if (start + limit >= fitting.length) return jsonReply(200, { data });
  const next = new URLSearchParams(query);
  next.set('cursor', String(start + limit));
  const href = `https://balanceplatform-api-test.adyen.com/btl/v4/transfers?${next.toString()}`;
  return jsonReply(200, { _links: { next: { href } }, data });
}

function sixMonthsAfter(ms: number): number {
  const date = new Date(ms);
  return date.setUTCMonth(date.getUTCMonth() + 6);
}

import { isPayoutAccount, unitsOf } from '../../domain/channel';
import { PermanentFault } from '../../domain/faults';
import type { RefundAnswer } from '../../ports/payment-channel';
import { member, text } from '../json-members';
import { lost, type CallKind } from './provider-call';
import { fromUnits } from './units';

/** What an answer must agree with before it is believed. */
export interface Expected {
  balanceAccount: string;
  /** What leads back to the leg. */
  reference: string;
  /** The payment's account; compared where it is a transfer instrument. */
  account: string;
  currency: string;
  /** Our minor units. */
  amount: number;
  call: CallKind;
}

/**
 * The states of an outgoing bank transfer. Booked is done; what comes after it undoes it.
 * https://docs.adyen.com/platforms/payout-to-users/payout-webhooks and https://docs.adyen.com/api-explorer/transfers/4/get/transfers/(id)
 */
const STATUSES: ReadonlyMap<string, RefundAnswer['status']> = new Map([
  ['received', 'pending'],
  ['pending', 'pending'],
  ['pendingApproval', 'pending'],
  ['approvalPending', 'pending'],
  ['pendingExecution', 'pending'],
  ['authorised', 'pending'],
  ['bookingPending', 'pending'],
  ['booked', 'succeeded'],
  ['credited', 'succeeded'],
  ['refused', 'failed'],
  ['rejected', 'failed'],
  ['failed', 'failed'],
  ['returned', 'failed'],
  ['reversed', 'failed'],
  ['expired', 'failed'],
  ['error', 'failed'],
  ['cancelled', 'canceled'],
]);

/** Reasons that tell a person less than the state does. */
const SAYS_NOTHING: ReadonlySet<string> = new Set(['approved', 'pending', 'unknown']);

/** @returns undefined for a word that is not of an outgoing bank transfer, or that Adyen has added since */
export function transferStatusOf(transfer: unknown): RefundAnswer['status'] | undefined {
  return STATUSES.get(text(transfer, 'status') ?? '');
}

export function transferIdOf(transfer: unknown): string | undefined {
  return /^[0-9A-Za-z]{8,64}$/.exec(text(transfer, 'id') ?? '')?.[0];
}

/** Money that goes from this balance account to a bank. */
export function isPayout(transfer: unknown, balanceAccount: string): boolean {
  const from = text(member(transfer, 'balanceAccount'), 'id');
  return from === balanceAccount && text(transfer, 'category') === 'bank' && text(transfer, 'direction') === 'outgoing';
}

/** @returns our minor units; undefined for no amount, none above zero, or another currency */
export function transferAmountOf(transfer: unknown, currency: string): number | undefined {
  const amount = member(transfer, 'amount');
  const value = member(amount, 'value');
  if (text(amount, 'currency') !== currency || typeof value !== 'number' || value <= 0) return undefined;
  return unitsOf('bank_transfer', currency) === undefined ? undefined : fromUnits('bank_transfer', value, currency);
}

/**
 * Turns Adyen's transfer into ours, believing nothing that was not checked.
 *
 * @throws {UnknownOutcome | TransientFault} for a write or a read whose answer is not this transfer
 * @throws {PermanentFault} `other_amount` for a read of a transfer that bears the leg's reference and another amount
 */
export function transferAnswer(transfer: unknown, expected: Expected): RefundAnswer {
  const { currency, call } = expected;
  const says = (what: string): Error => lost(`bank_transfer: answer not believed: ${what}`, call);
  const providerRef = transferIdOf(transfer);
  if (providerRef === undefined) throw says('not a transfer');
  const status = transferStatusOf(transfer);
  if (status === undefined) throw says(`${providerRef} has an unknown status`);
  if (!isPayout(transfer, expected.balanceAccount)) throw says(`${providerRef} is no payout from this account`);
  if (text(transfer, 'reference') !== expected.reference) throw says(`${providerRef} belongs to another leg`);
  // Where Adyen lists and tells of a transfer, it may leave out the counterparty.
  const instrument = text(member(transfer, 'counterparty'), 'transferInstrumentId');
  const named = instrument !== undefined || call === 'write';
  if (named && isPayoutAccount('bank_transfer', expected.account) && instrument !== expected.account) {
    throw says(`${providerRef} goes to another account`);
  }
  const amount = transferAmountOf(transfer, currency);
  if (amount === undefined) throw says(`${providerRef} is of no amount in ${currency}`);
  if (amount !== expected.amount) {
    const other = `${providerRef} is of ${amount}, not ${expected.amount} ${currency}`;
    if (call === 'write') throw says(other);
    throw new PermanentFault(`bank_transfer: other_amount: ${other}`);
  }
  const ended = status === 'failed' || status === 'canceled';
  return { status, providerRef, amount, ...(ended ? { failureReason: reasonOf(transfer) } : {}) };
}

/** Adyen's own word, e.g. `notEnoughBalance`: https://docs.adyen.com/platforms/payout-to-users/payout-webhooks#reason-codes */
function reasonOf(transfer: unknown): string {
  const reason = /^[A-Za-z0-9]{1,80}$/.exec(text(transfer, 'reason') ?? '')?.[0];
  return reason === undefined || SAYS_NOTHING.has(reason) ? (text(transfer, 'status') ?? '') : reason;
}

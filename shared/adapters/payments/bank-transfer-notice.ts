import { PermanentFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import type { PaymentNotice } from '../../ports/payment-channel';
import { member, text } from '../json-members';
import { balanceAccountOf } from './bank-transfer-account';
import { isPayout, transferIdOf, transferStatusOf } from './bank-transfer-answer';
import { readCompactTrail } from './compact-trail';

const TYPES: ReadonlySet<string> = new Set(['balancePlatform.transfer.created', 'balancePlatform.transfer.updated']);

/**
 * Reads one of Adyen's events: https://docs.adyen.com/api-explorer/transfer-webhooks/4/overview
 *
 * @returns undefined for an event that is not of one of our payouts
 * @throws {PermanentFault} when an authentic transfer event cannot be read: Adyen changed, a person must look
 */
export function noticeOfEvent(connection: Connection, event: unknown): PaymentNotice | undefined {
  const type = text(event, 'type');
  if (type === undefined || !TYPES.has(type)) return undefined;
  return noticeOfTransfer(connection, member(event, 'data'), type);
}

/**
 * What a transfer says of itself, in an event or in Adyen's list; both number its changes, so the same one is the same event.
 *
 * @returns undefined for another balance account's, for what is no payout, and for one without a reference of ours
 * @throws {PermanentFault} when it cannot be read
 */
export function noticeOfTransfer(connection: Connection, transfer: unknown, type: string): PaymentNotice | undefined {
  if (text(transfer, 'category') === undefined) throw new PermanentFault(`bank_transfer: ${type} without a transfer`);
  if (!isPayout(transfer, balanceAccountOf(connection))) return undefined;
  const trail = readCompactTrail(connection.tenant, text(transfer, 'reference') ?? '');
  if (trail === undefined) return undefined;
  const providerRef = transferIdOf(transfer);
  if (providerRef === undefined) throw new PermanentFault(`bank_transfer: ${type} that names no transfer`);
  const sequence = member(transfer, 'sequenceNumber');
  const claims = transferStatusOf(transfer);
  return {
    eventId: `${providerRef}:${typeof sequence === 'number' ? sequence : (text(transfer, 'status') ?? '')}`,
    type,
    providerRef,
    trail,
    ...(claims === undefined ? {} : { claims }),
  };
}

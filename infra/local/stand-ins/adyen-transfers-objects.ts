/** Adyen's transfers, errors and transfer webhooks as they go over the wire; Transfers API v4 and Transfer webhooks v4. */
import type { StandInReply } from '../stand-in';
import type { SavedAnswer } from './adyen-keys';
import type { BookedPayment, BookedRefund } from './payment-books';

export const TRANSFER_STATES = [
  'received',
  'pendingApproval',
  'pending',
  'authorised',
  'booked',
  'refused',
  'failed',
  'returned',
  'cancelled',
  'error',
] as const;
export type TransferState = (typeof TRANSFER_STATES)[number];

/** What may become of a transfer by one event. */
export const MAY_BECOME: Readonly<Record<TransferState, readonly TransferState[]>> = {
  received: ['pendingApproval', 'pending', 'authorised', 'refused', 'failed', 'cancelled', 'error'],
  pendingApproval: ['authorised', 'refused', 'cancelled'],
  pending: ['authorised', 'refused', 'failed', 'cancelled', 'error'],
  authorised: ['booked', 'failed', 'cancelled', 'error'],
  booked: ['returned', 'failed'],
  refused: [],
  failed: [],
  returned: [],
  cancelled: [],
  error: [],
};

interface TransferEvent {
  readonly status: TransferState;
  readonly reason: string;
  /** Host's clock, milliseconds. */
  readonly at: number;
}

/** Amounts are Adyen's units. */
export interface Transfer extends BookedRefund<TransferState> {
  readonly amount: number;
  readonly currency: string;
  readonly balanceAccount: string;
  readonly priority: string;
  readonly reference: string;
  readonly referenceForBeneficiary?: string;
  /** What has happened to it; the last is its state now. */
  readonly history: TransferEvent[];
}

/** A transfer instrument with what was paid out to it: what is one value on disk. */
export interface Instrument extends BookedPayment<Transfer> {
  answers: SavedAnswer[];
}

/** The register of the balance account in which a transfer's money is, in each state; none once it is back. */
const REGISTER: Readonly<Partial<Record<TransferState, 'received' | 'reserved' | 'balance'>>> = {
  received: 'received',
  pendingApproval: 'received',
  pending: 'received',
  authorised: 'reserved',
  booked: 'balance',
};

/** Whether the money is with the buyer, or on its way to him. */
export function isOut({ status }: Transfer): boolean {
  return REGISTER[status] !== undefined;
}

/** What the answer to a request shows of a transfer. */
export function answerObject(instrument: Instrument, transfer: Transfer): Record<string, unknown> {
  const { id, amount, currency, balanceAccount, priority, reference, referenceForBeneficiary, history } = transfer;
  const now = history.at(-1);
  return {
    id,
    amount: { currency, value: amount },
    balanceAccount: { id: balanceAccount },
    category: 'bank',
    categoryData: { priority, type: 'bank' },
    counterparty: { transferInstrumentId: instrument.id },
    createdAt: iso(history[0]?.at ?? 0),
    direction: 'outgoing',
    reason: now?.reason,
    reference,
    ...(referenceForBeneficiary !== undefined && { referenceForBeneficiary }),
    status: now?.status,
    type: 'bankTransfer',
  };
}

/** What the list and the webhooks show of a transfer when `sequence` events had happened to it. */
export function dataObject(instrument: Instrument, whole: Transfer, sequence: number): Record<string, unknown> {
  const transfer = { ...whole, history: whole.history.slice(0, sequence) };
  const { amount, currency, history } = transfer;
  const now = history.at(-1);
  const place = now && REGISTER[now.status];
  const { counterparty, ...shown } = answerObject(instrument, transfer);
  return {
    ...shown,
    // Adyen's own examples name it only once the money is gone.
    ...(history.some(({ status }) => status === 'booked') && { counterparty }),
    balancePlatform: 'LaptopPlatform',
    balances: [{ currency, ...(place !== undefined && { [place]: -amount }) }],
    events: history.map(({ status, at }, step) => ({
      bookingDate: iso(at),
      id: `EVJN${transfer.id}${String(step + 1).padStart(4, '0')}`,
      mutations: [{ currency, ...movement(amount, history[step - 1]?.status, status) }],
      status,
      type: 'accounting',
    })),
    sequenceNumber: sequence,
    updatedAt: iso(now?.at ?? 0),
  };
}

/** Out of one register of the balance account and into another. */
function movement(amount: number, before: TransferState | undefined, after: TransferState): Record<string, number> {
  const [from, to] = [before && REGISTER[before], REGISTER[after]];
  if (from === to) return {};
  return { ...(from !== undefined && { [from]: amount }), ...(to !== undefined && { [to]: -amount }) };
}

export function eventObject(
  instrument: Instrument,
  transfer: Transfer,
  sequence: number,
  now: number,
): Record<string, unknown> {
  return {
    data: dataObject(instrument, transfer, sequence),
    environment: 'test',
    timestamp: iso(now),
    type: `balancePlatform.transfer.${sequence === 1 ? 'created' : 'updated'}`,
  };
}

export type Reply = Exclude<StandInReply, 'hang-up'>;

export function jsonReply(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/** An error of the balance platform: https://docs.adyen.com/errors */
export function errorReply(
  status: number,
  errorCode: string,
  title: string,
  detail: string,
  headers: Record<string, string> = {},
): Reply {
  const kind = errorCode === NOT_FOUND ? 'not-found' : status === 422 ? 'validation' : 'forbidden';
  const type = `https://docs.adyen.com/errors/${kind}`;
  return jsonReply(status, { type, title, status, detail, errorCode }, headers);
}

export const NOT_FOUND = '30_112';

export const notFound = (detail: string): Reply => errorReply(422, NOT_FOUND, 'Entity was not found', detail);
/** The code is not published; this one stands in for it. */
export const invalid = (detail: string): Reply => errorReply(422, '29_001', 'Invalid transfer request', detail);
export const forbidden = (detail: string): Reply => errorReply(403, '00_403', 'Forbidden', detail);

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

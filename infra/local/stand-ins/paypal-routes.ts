/** What each route of the PayPal stand-in does with the books. Synchronous: two requests can never interleave here. */
import { randomBytes } from 'node:crypto';
import { record, text, type Json } from '../json';
import type { PaymentBooks } from './payment-books';
import { listEvents } from './paypal-events';
import {
  authorizationObject,
  captureDetails,
  jsonReply,
  moneyOf,
  orderObject,
  refundedOf,
  refundObject,
  Refusal,
  refusalReply,
  unitsOf,
  type PaypalPayment,
  type PaypalRefund,
  type RefundState,
  type Reply,
} from './paypal-objects';
import type { RefundBehaviour } from './refund-behaviours';

export type PaypalBooks = PaymentBooks<RefundState, PaypalRefund, PaypalPayment>;

export interface PaypalCall {
  readonly account: string;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly rawBody: Buffer;
  /** `PayPal-Request-Id`. */
  readonly key: string | undefined;
  /** `Prefer: return=representation`. */
  readonly whole: boolean;
}

export interface Effect {
  readonly reply: Reply;
  /** What was changed. */
  readonly payment?: PaypalPayment;
  readonly created?: PaypalRefund;
  readonly voided?: true;
}

export interface Office {
  readonly books: PaypalBooks;
  /** The host's address. */
  readonly base: string;
  /** Host's clock, milliseconds. */
  readonly now: number;
  behaviourFor(payment: PaypalPayment): RefundBehaviour<RefundState> | undefined;
}

const DAY = 86_400_000;

/** "The default refund period is 180 days": https://developer.paypal.com/archive/paypal-payments-standard/admin/refunds */
const REFUND_WINDOW_MS = 180 * DAY;

/** "The server stores keys for 45 days": https://developer.paypal.com/api/payments/v2/captures-refund */
const KEY_LIFE_MS = 45 * DAY;

const CUSTOM_ID = /^.{1,127}$/u;

export function route(office: Office, call: PaypalCall): Effect {
  try {
    return answer(office, call);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { reply: refusalReply(error, randomBytes(7).toString('hex').slice(0, 13)) };
  }
}

function answer(office: Office, call: PaypalCall): Effect {
  const [, version, api, kind = '', id, verb] = call.path.split('/');
  const form = [version, api, kind, ...(id === undefined ? [] : ['id']), ...(verb === undefined ? [] : [verb])];
  const { books, base, now } = office;
  const mine = books.of(call.account);
  switch (`${call.method} ${form.join('/')}`) {
    case 'GET v2/checkout/orders/id':
      return {
        reply: jsonReply(
          200,
          orderObject(
            base,
            known(mine, (one) => one.id === id),
          ),
        ),
      };
    case 'GET v2/payments/authorizations/id': {
      const payment = known(mine, (one) => one.authorization === id);
      return { reply: jsonReply(200, authorizationObject(base, payment)) };
    }
    case 'POST v2/payments/authorizations/id/void':
      return voidAuthorization(
        office,
        call,
        known(mine, (one) => one.authorization === id),
      );
    case 'GET v2/payments/captures/id':
      return { reply: jsonReply(200, captureDetails(base, captured(mine, id))) };
    case 'POST v2/payments/captures/id/refund':
      return refund(office, call, captured(mine, id));
    case 'GET v2/payments/refunds/id': {
      const payment = known(mine, (one) => one.refunds.some((refund) => refund.id === id));
      const found = payment.refunds.find((refund) => refund.id === id);
      return { reply: jsonReply(200, found && refundObject(base, payment, found)) };
    }
    case 'GET v1/notifications/webhooks-events':
      return { reply: jsonReply(200, listEvents(mine, base, call.query, now)) };
    default:
      throw new Refusal(404);
  }
}

function voidAuthorization({ base, now }: Office, { whole }: PaypalCall, payment: PaypalPayment): Effect {
  if (payment.voided) throw new Refusal(422, 'PREVIOUSLY_VOIDED');
  if (payment.captured > 0 && !payment.open) throw new Refusal(422, 'PREVIOUSLY_CAPTURED');
  payment.voided = true;
  payment.open = false;
  payment.updatedAt = now;
  const reply = whole ? jsonReply(200, authorizationObject(base, payment)) : { status: 204, body: '' };
  return { reply, payment, voided: true };
}

function refund(office: Office, call: PaypalCall, payment: PaypalPayment): Effect {
  const { base, now } = office;
  const said = (made: PaypalRefund): Reply => {
    const object = refundObject(base, payment, made);
    const { id, status, links } = object;
    return jsonReply(201, call.whole ? object : { id, status, links });
  };
  const earlier = office.books
    .of(call.account)
    .flatMap((one) => one.refunds)
    .find((one) => one.key !== undefined && one.key === call.key && now - one.createdAt < KEY_LIFE_MS);
  // The latest state of what the key once made, whatever is asked for now.
  if (earlier !== undefined) return { reply: said(earlier) };

  const body = bodyOf(call.rawBody);
  const behaviour = office.behaviourFor(payment);
  if (behaviour?.refuse !== undefined) throw new Refusal(422, behaviour.refuse);
  if (payment.pending) throw new Refusal(422, 'PENDING_CAPTURE');
  if (now - payment.createdAt > REFUND_WINDOW_MS) throw new Refusal(422, 'REFUND_TIME_LIMIT_EXCEEDED');
  const rest = payment.captured - refundedOf(payment);
  if (rest === 0) throw new Refusal(422, 'CAPTURE_FULLY_REFUNDED');
  const amount = body['amount'] === undefined ? rest : amountOf(record(body['amount']), payment);
  if (amount > rest) throw new Refusal(422, 'REFUND_AMOUNT_EXCEEDED');
  const customId = text(body['custom_id']);
  if (customId !== undefined && !CUSTOM_ID.test(customId)) throw new Refusal(400, 'INVALID_STRING_LENGTH');
  const noteToPayer = text(body['note_to_payer']);

  const created: PaypalRefund = {
    id: newId(),
    amount,
    status: behaviour?.status ?? 'COMPLETED',
    createdAt: now,
    updatedAt: now,
    ...(customId !== undefined && { customId }),
    ...(noteToPayer !== undefined && { noteToPayer }),
    ...(behaviour?.reason !== undefined && { reason: behaviour.reason }),
    ...(call.key !== undefined && { key: call.key }),
    ...(behaviour?.then !== undefined &&
      behaviour.afterMs !== undefined && { due: { at: now + behaviour.afterMs, status: behaviour.then } }),
  };
  payment.refunds.push(created);
  payment.updatedAt = now;
  return { reply: said(created), payment, created };
}

function amountOf(money: Json, payment: PaypalPayment): number {
  const currency = text(money['currency_code']);
  const value = text(money['value']);
  if (currency === undefined || value === undefined) throw new Refusal(400, 'MISSING_REQUIRED_PARAMETER');
  if (currency !== payment.currency) throw new Refusal(422, 'REFUND_CAPTURE_CURRENCY_MISMATCH');
  if (!/^-?\d*(\.\d+)?$/.test(value)) throw new Refusal(400, 'INVALID_PARAMETER_SYNTAX');
  const units = unitsOf(value, currency);
  if (units === undefined) {
    const none = moneyOf(0, currency).value === '0';
    throw new Refusal(422, none ? 'DECIMALS_NOT_SUPPORTED' : 'DECIMAL_PRECISION');
  }
  if (units <= 0) throw new Refusal(422, 'CANNOT_BE_ZERO_OR_NEGATIVE');
  return units;
}

function bodyOf(rawBody: Buffer): Json {
  try {
    return record(JSON.parse(rawBody.length === 0 ? '{}' : rawBody.toString('utf8')));
  } catch {
    throw new Refusal(400, 'MALFORMED_REQUEST_JSON');
  }
}

function captured(mine: readonly PaypalPayment[], id: string | undefined): PaypalPayment {
  return known(mine, (one) => one.captured > 0 && one.capture === id);
}

/** Another account's objects are unknown. */
function known(mine: readonly PaypalPayment[], fits: (payment: PaypalPayment) => boolean): PaypalPayment {
  const found = mine.find(fits);
  if (!found) throw new Refusal(404, 'INVALID_RESOURCE_ID');
  return found;
}

/** Seventeen digits and capitals, as PayPal's ids are. */
export function newId(): string {
  return [...randomBytes(17)].map((byte) => '0123456789ABCDEFGHJKLMNPRSTUVWXY'[byte % 32]).join('');
}

import { PermanentFault, SignatureInvalid } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import type { PaymentNotice, PaymentWebhook } from '../../ports/payment-channel';
import { text } from '../json-members';
import { amountOf } from './alipay-answer';
import { alipayKeys, isSigned, signedText } from './alipay-signature';
import { readCompactTrail } from './compact-trail';
import { signedText as textOf } from './signed-json';

/** To a card the money takes days; what the bank said of it comes by this message. */
const DEPOSIT_BACK = 'alipay.trade.refund.depositback.completed';

/**
 * Alipay's notices (https://opendocs.alipay.com/open/270/105902): a form, signed RSA2 without its `sign` and `sign_type`. Some
 * of its interfaces sign `sign_type` as well (https://github.com/alipay/alipay-sdk-nodejs-all/issues/27), and nothing says
 * beforehand which do, so either will be believed, as in the vendor's own package. What `sign_type` says chooses nothing.
 * One key of Alipay may sign for many apps, so a notice must also name ours, and us as the seller. It carries no time that
 * could be held against it: an old one can be sent again, and what it names is asked about. Until it reads `success` Alipay
 * sends it again, for 25 hours.
 *
 * Refunds are told of with the state of their trade, by `out_biz_no`: our own number of the refund.
 */
export const alipayWebhook: PaymentWebhook = {
  acknowledgement: { contentType: 'text/plain', body: 'success' },

  read(connection, rawBody) {
    const form = formOf(rawBody);
    const { sign = '', ...all } = Object.fromEntries(form);
    const { sign_type: _named, ...most } = all;
    const keys = alipayKeys(connection);
    if (![most, all].some((signed) => isSigned(signedText(Object.entries(signed)), sign, keys))) {
      throw new SignatureInvalid('alipay: no live key of Alipay signs this form');
    }
    checkAddressee(most, connection);
    const number = numberOf(most);
    if (number === undefined) return undefined;
    return noticeOf(most, number, connection);
  },
};

/** @throws {SignatureInvalid} for a form that can be read in two ways */
function formOf(rawBody: Uint8Array): ReadonlyMap<string, string> {
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(textOf('alipay', rawBody))) {
    if (form.has(name)) throw new SignatureInvalid('alipay: a form that names something twice');
    form.set(name, value);
  }
  return form;
}

function checkAddressee(form: Readonly<Record<string, string>>, { id, apiKey, settings }: Connection): void {
  if (form['app_id'] !== apiKey) throw new SignatureInvalid('alipay: signed for another app');
  const seller = form['seller_id'];
  if (seller === undefined) return;
  const ours = settings?.['sellerId'];
  if (ours === undefined) throw new PermanentFault(`connection ${id}: settings.sellerId is missing`);
  if (seller !== ours) throw new SignatureInvalid('alipay: signed for another seller');
}

/** Of the refund that a notice is about; undefined where it is about a payment or something else. */
function numberOf(form: Readonly<Record<string, string>>): string | undefined {
  if (form['msg_method'] === DEPOSIT_BACK) return text(contentOf(form), 'out_request_no');
  return form['gmt_refund'] === undefined ? undefined : form['out_biz_no'];
}

function noticeOf(form: Readonly<Record<string, string>>, number: string, { tenant }: Connection): PaymentNotice {
  const eventId = form['notify_id'];
  const type = form['msg_method'] ?? form['notify_type'];
  if (eventId === undefined || type === undefined || !isPlausible(form)) {
    throw new PermanentFault('alipay: a signed notice of a refund that cannot be read');
  }
  // Alipay tells of refunds that are done, and one that is done stays so.
  return { eventId, type, providerRef: number, trail: readCompactTrail(tenant, number), claims: 'succeeded' };
}

/** Whether it names a trade and sums that can be: what was refunded is a part of what was paid. */
function isPlausible(form: Readonly<Record<string, string>>): boolean {
  if (form['msg_method'] === DEPOSIT_BACK) return text(contentOf(form), 'out_trade_no') !== undefined;
  const paid = amountOf(form, 'total_amount', 'CNY');
  const refunded = amountOf(form, 'refund_fee', 'CNY');
  return form['out_trade_no'] !== undefined && paid !== undefined && refunded !== undefined && refunded <= paid;
}

function contentOf(form: Readonly<Record<string, string>>): unknown {
  try {
    return JSON.parse(form['biz_content'] ?? '');
  } catch {
    return undefined;
  }
}

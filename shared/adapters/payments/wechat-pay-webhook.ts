import { PermanentFault, SignatureInvalid } from '../../domain/faults';
import type { PaymentNotice, PaymentWebhook } from '../../ports/payment-channel';
import { member, text } from '../json-members';
import { readCompactTrail } from './compact-trail';
import { jsonIn, signedJson } from './signed-json';
import { amountOf, stateOf } from './wechat-pay-answer';
import { openResource } from './wechat-pay-resource';
import { objection, platformKeys } from './wechat-pay-signature';

const TYPES: ReadonlySet<string> = new Set(['REFUND.SUCCESS', 'REFUND.ABNORMAL', 'REFUND.CLOSED']);

/**
 * WeChat Pay's notices of refunds (https://pay.weixin.qq.com/doc/v3/merchant/4012082053): signed by the platform over time,
 * nonce and raw body, with the refund sealed under the merchant's APIv3 key. The platform signs for many merchants, so a
 * notice is for us only when one of our keys opens it and the merchant named inside is ours. Any 200 will do, within 5 s.
 */
export const wechatPayWebhook: PaymentWebhook = {
  read(connection, rawBody, headers, now) {
    const against = objection(headers, rawBody, platformKeys(connection), now);
    if (against !== undefined) throw new SignatureInvalid(`wechat_pay: ${against}`);
    const event = signedJson('wechat_pay', rawBody);
    const type = text(event, 'event_type');
    if (type === undefined || !TYPES.has(type)) return undefined;
    const opened = openResource(member(event, 'resource'), connection);
    if (opened === undefined) throw new SignatureInvalid('wechat_pay: no live APIv3 key opens this notice');
    const refund = jsonIn('wechat_pay', opened);
    if (text(refund, 'mchid') !== connection.apiKey) throw new SignatureInvalid('wechat_pay: for another merchant');
    return noticeOf(event, type, refund, connection.tenant);
  },
};

function noticeOf(event: unknown, type: string, refund: unknown, tenant: string): PaymentNotice {
  const eventId = text(event, 'id');
  const number = text(refund, 'out_refund_no');
  const state = stateOf(text(refund, 'refund_status'), text(refund, 'user_received_account'));
  const amounts = member(refund, 'amount');
  const [paid, back] = [amountOf(amounts, 'total', 'CNY'), amountOf(amounts, 'refund', 'CNY')];
  const plausible =
    text(refund, 'out_trade_no') !== undefined && paid !== undefined && back !== undefined && back <= paid;
  if (eventId === undefined || number === undefined || state === undefined || !plausible) {
    throw new PermanentFault(`wechat_pay: ${type} that cannot be read`);
  }
  return { eventId, type, providerRef: number, trail: readCompactTrail(tenant, number), claims: state.status };
}

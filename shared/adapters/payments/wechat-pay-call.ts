import { PermanentFault, TransientFault } from '../../domain/faults';
import type { Instant } from '../../domain/time';
import type { Connection } from '../../ports/connections';
import type { HttpClient } from '../http-client';
import { text } from '../json-members';
import { partyAddress } from '../party-address';
import { exchange, lost, type CallKind, type ProviderAnswer } from './provider-call';
import { authorization, objection, platformKeys } from './wechat-pay-signature';

const PUBLIC_ADDRESS = 'https://api.mch.weixin.qq.com';

/** The same request once more, later; https://pay.weixin.qq.com/doc/global/v3/zh/4012354972 */
const LATER: ReadonlySet<string> = new Set(['FREQUENCY_LIMITED', 'RATELIMIT_EXCEEDED', 'BIZ_ERR_NEED_RETRY']);

/** A success, or a refusal that the caller has said it understands. */
export interface WechatPayAnswer {
  body: unknown;
  refusal?: string;
}

export interface WechatPayCall {
  connection: Connection;
  kind: CallKind;
  method: 'GET' | 'POST';
  /** With the query, percent-encoded. */
  path: string;
  content?: object;
  /** Codes that mean something to the caller; all others are faults. */
  understood?: readonly string[];
}

export type AskWechatPay = (call: WechatPayCall) => Promise<WechatPayAnswer>;

/**
 * One call of API v3, signed with the merchant's key. A success is believed when WeChat Pay has signed it now, and so is a
 * refusal that the caller goes by; any other refusal promises nothing and is heard without a signature.
 *
 * @throws {TransientFault | UnknownOutcome} as `exchange`, and for an answer that is not signed
 * @throws {PermanentFault} with the code of WeChat Pay
 */
export function wechatPay(http: HttpClient, now: () => Instant): AskWechatPay {
  return async ({ connection, kind, method, path, content, understood = [] }) => {
    const address = partyAddress(connection, PUBLIC_ADDRESS);
    // Before anything is sent: an answer that cannot be verified would leave a refund in the dark.
    const keys = platformKeys(connection);
    if (keys.size === 0) throw new PermanentFault(`connection ${connection.id}: settings has no platformKey.<serial>`);
    const body = content === undefined ? '' : JSON.stringify(content);
    const request = { method, path: address.basePath + path, body };
    const newest = [...keys.keys()].find((serial) => serial.startsWith('PUB_KEY_ID_'));
    const answer = await exchange(http, 'wechat_pay', kind, address, {
      method,
      path,
      headers: {
        accept: 'application/json',
        // The gateway refuses whoever does not say who he is.
        'user-agent': 'order-cancellation',
        authorization: authorization(connection, request, seconds(now)),
        ...(content === undefined ? {} : { 'content-type': 'application/json' }),
        // Else answers come under the certificate as long as both are valid; https://pay.weixin.qq.com/doc/v3/partner/4012925289
        ...(newest === undefined ? {} : { 'wechatpay-serial': newest }),
      },
      ...(content === undefined ? {} : { body }),
    });
    const against = objection(answer.headers, Buffer.from(answer.text), keys, seconds(now));
    return judged(answer, against, kind, understood);
  };
}

function judged(
  { status, headers, body }: ProviderAnswer,
  against: string | undefined,
  kind: CallKind,
  understood: readonly string[],
): WechatPayAnswer {
  const notBelieved = lost(`wechat_pay: answer [${status}] not believed: ${against ?? ''}`, kind);
  if (status === 200 || status === 204) {
    if (against !== undefined) throw notBelieved;
    return { body };
  }
  const code = codeOf(body);
  const says = `wechat_pay: ${code ?? 'UNNAMED'} [${status}]`;
  if (code === undefined || status < 200 || code === 'SYSTEM_ERROR') throw lost(says, kind);
  if (headers['wechatpay-signature'] !== undefined && against !== undefined) throw notBelieved;
  // 202: taken in, not looked at yet; the same request has to come again.
  if (status === 202 || status === 401 || LATER.has(code)) throw new TransientFault(says);
  if (status < 400) throw lost(says, kind);
  if (!understood.includes(code)) throw new PermanentFault(`${says}${wordsOf(body)}`);
  if (against !== undefined) throw notBelieved;
  return { body, refusal: code };
}

/** Only what looks like a code of WeChat Pay's: it ends up in messages. */
function codeOf(body: unknown): string | undefined {
  const code = text(body, 'code');
  return code !== undefined && /^[A-Z][A-Z_]{1,48}$/.test(code) ? code : undefined;
}

/** One code stands for many reasons; which one it was is told to people only. */
function wordsOf(body: unknown): string {
  const words = text(body, 'message')
    ?.replace(/[^\p{L}\p{N}\p{P} ]/gu, ' ')
    .slice(0, 80);
  return words === undefined ? '' : `: ${words}`;
}

const seconds = (now: () => Instant): number => Math.floor(Date.parse(now()) / 1000);

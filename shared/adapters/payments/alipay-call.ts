import type { KeyObject } from 'node:crypto';
import { PermanentFault, TransientFault } from '../../domain/faults';
import type { Instant } from '../../domain/time';
import type { Connection } from '../../ports/connections';
import type { HttpClient } from '../http-client';
import { text } from '../json-members';
import { partyAddress } from '../party-address';
import { alipayKeys, appKey, isSigned, signatureOf, signedText } from './alipay-signature';
import { exchange, lost, type CallKind } from './provider-call';
import { rawMembers } from './raw-members';

const PUBLIC_ADDRESS = 'https://openapi.alipay.com';

/** The gateway wants Beijing's time, which knows no summer. */
const BEIJING_MS = 8 * 60 * 60 * 1000;

/** Alipay asks for the same call again, and nobody knows whether this one was carried out. */
const SYSTEM_ERROR = /(?:ACQ|AQC)\.SYSTEM_ERROR$/;

/**
 * What the gateway itself says of a request that it handed to nobody; it does not sign all of these.
 * https://opendocs.alipay.com/open/common/105806
 */
const OF_THE_GATEWAY: ReadonlySet<string> = new Set(['20000', '20001', '40001', '40002', '40003', '40005', '40006']);

/** A success, or a refusal that the caller has said it understands. */
export interface AlipayAnswer {
  body: unknown;
  refusal?: string;
}

export interface AlipayCall {
  connection: Connection;
  kind: CallKind;
  method: string;
  content: Readonly<Record<string, string>>;
  /** Refusals (`sub_code`) that mean something to the caller; all others are faults. */
  understood?: readonly string[];
}

export type AskAlipay = (call: AlipayCall) => Promise<AlipayAnswer>;

/**
 * One call through the gateway of the open platform, form-encoded and signed with the app's key; its answer is believed
 * when one of the connection's keys of Alipay has signed it, over the very text of the member that answers the method.
 *
 * @throws {TransientFault | UnknownOutcome} as `exchange`, and for an answer that is not signed or says nothing
 * @throws {PermanentFault} with Alipay's `sub_code`
 */
export function alipayGateway(http: HttpClient, now: () => Instant): AskAlipay {
  return async ({ connection, kind, method, content, understood = [] }) => {
    const address = partyAddress(connection, PUBLIC_ADDRESS);
    const parameters = {
      app_id: connection.apiKey,
      method,
      format: 'JSON',
      charset: 'utf-8',
      sign_type: 'RSA2',
      timestamp: new Date(Date.parse(now()) + BEIJING_MS).toISOString().slice(0, 19).replace('T', ' '),
      version: '1.0',
      biz_content: JSON.stringify(content),
    };
    // Before anything is sent: an answer that cannot be verified would leave a refund in the dark.
    const keys = alipayKeys(connection);
    if (keys.length === 0) throw new PermanentFault(`connection ${connection.id}: webhookSecrets has no key of Alipay`);
    const sign = signatureOf(signedText(Object.entries(parameters)), appKey(connection));
    const { text: said } = await exchange(http, 'alipay', kind, address, {
      method: 'POST',
      // The gateway decodes the form by what the address says.
      path: '/gateway.do?charset=utf-8',
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded;charset=utf-8' },
      body: new URLSearchParams({ ...parameters, sign }).toString(),
    });
    return judged(read(said, method, keys, kind), kind, understood);
  };
}

interface Said {
  body: unknown;
  code: string;
  subCode: string;
}

function read(said: string, method: string, keys: readonly KeyObject[], kind: CallKind): Said {
  const members = rawMembers(said);
  const answer = members?.get(`${method.replaceAll('.', '_')}_response`) ?? members?.get('error_response');
  if (members === undefined || answer === undefined) throw lost(`alipay: no answer to ${method}`, kind);
  const body: unknown = JSON.parse(answer);
  const code = word(body, 'code', /^\d{5}$/);
  const sign: unknown = JSON.parse(members.get('sign') ?? 'null');
  const signed = typeof sign === 'string' && sign !== '' && isAlipays(answer, sign, keys);
  // A refusal of the gateway may come without a signature; it promises nothing that could be believed too early.
  if (!signed && !(sign === null && OF_THE_GATEWAY.has(code))) {
    throw lost(`alipay: an answer to ${method} that Alipay has not signed`, kind);
  }
  return { body, code, subCode: word(body, 'sub_code', /^[A-Za-z]{2,8}\.[\w.-]{1,56}$/) };
}

/** Alipay may sign before slashes are escaped; its own packages try both: com.alipay.api.AbstractAlipayClient. */
function isAlipays(answer: string, sign: string, keys: readonly KeyObject[]): boolean {
  return [answer, answer.replaceAll('\\/', '/')].some((form) => isSigned(form, sign, keys));
}

function judged({ body, code, subCode }: Said, kind: CallKind, understood: readonly string[]): AlipayAnswer {
  if (code === '10000') return { body };
  const says = `alipay: ${subCode} [${code}]`;
  if (code === '20000' || SYSTEM_ERROR.test(subCode)) throw lost(says, kind);
  if (code === '40005') throw new TransientFault(says);
  if (code === '40004' && understood.includes(subCode)) return { body, refusal: subCode };
  if (code === '40004' || OF_THE_GATEWAY.has(code)) throw new PermanentFault(says);
  throw lost(says, kind);
}

/** Only what looks like a code of Alipay's: it ends up in messages. */
function word(body: unknown, name: string, form: RegExp): string {
  const found = text(body, name) ?? '';
  return form.test(found) ? found : 'UNNAMED';
}

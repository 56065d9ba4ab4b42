import { createHash, randomUUID } from 'node:crypto';
import { PermanentFault, TransientFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import type { HttpClient } from '../http-client';
import { member, text } from '../json-members';
import { partyAddress } from '../party-address';
import { exchange, lost, type CallKind } from '../payments/provider-call';
import { digestOf } from './sf-express-digest';

const PUBLIC_ADDRESS = 'https://sfapi.sf-express.com';

/** What a call needs besides the connection. */
export interface SfLine {
  http: HttpClient;
  /** Milliseconds since epoch. */
  clock: () => number;
}

export interface SfRequest {
  kind: CallKind;
  service:
    'EXP_RECE_UPDATE_ORDER' | 'EXP_RECE_SEARCH_ORDER_RESP' | 'EXP_RECE_SEARCH_ROUTES' | 'EXP_RECE_WANTED_INTERCEPT';
  data: unknown;
  /** The same request is known by it; absent: every call is one of its own. */
  key?: string;
}

export interface SfAnswer {
  success: boolean;
  /** `S0000` for a success. `A1007`: the request is known already, and what became of it is not said. */
  code: string;
  data: unknown;
}

/** The platform has taken the request; the order's own outcome lies in `apiResultData`, as JSON inside the JSON. */
const TAKEN = 'A1000';
export const KNOWN_ALREADY = 'A1007';

/** Out of time, address not allowed, no right, too many, signature not valid: nothing was done, and it may be let in later. */
const NOT_NOW: ReadonlySet<string> = new Set(['A1002', 'A1003', 'A1004', 'A1005', 'A1006']);

/** A parameter is missing, or cannot be decrypted. */
const NEVER: ReadonlySet<string> = new Set(['A1001', 'A1008']);

/** SF says that there is no such order. */
export const UNKNOWN_ORDER: ReadonlySet<string> = new Set(['8018', '8024']);

/**
 * One exchange with SF's gateway: a form in, JSON out, HTTP 200 whatever happened.
 * https://open.sf-express.com/developSupport/976720?activeIndex=146623 (codes)
 *
 * @throws {TransientFault} when SF does not let the request in
 * @throws as `exchange`
 */
export async function call(line: SfLine, connection: Connection, request: SfRequest): Promise<SfAnswer> {
  const { kind, service, data, key } = request;
  const partnerId = connection.settings?.['partnerId'];
  if (!partnerId) throw new PermanentFault(`sf_express: connection ${connection.id} has no partnerId in its settings`);
  const msgData = JSON.stringify(data);
  const timestamp = String(line.clock());
  const form = new URLSearchParams({
    partnerID: partnerId,
    requestID: key === undefined ? randomUUID() : createHash('sha256').update(key).digest('hex').slice(0, 32),
    serviceCode: service,
    timestamp,
    msgDigest: digestOf(msgData, timestamp, connection.apiKey),
    msgData,
  });
  const { status, body } = await exchange(line.http, 'sf_express', kind, partyAddress(connection, PUBLIC_ADDRESS), {
    method: 'POST',
    path: '/std/service',
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
      'user-agent': 'order-cancellation',
    },
    body: form.toString(),
  });
  const platform = text(body, 'apiResultCode');
  if (status !== 200 || platform === undefined) throw lost(`sf_express: HTTP ${status} without a result`, kind);
  if (platform === KNOWN_ALREADY && key !== undefined) return { success: false, code: KNOWN_ALREADY, data: undefined };
  if (NOT_NOW.has(platform)) throw new TransientFault(`sf_express: ${platform} for ${service}`);
  if (NEVER.has(platform)) throw new PermanentFault(`sf_express: ${platform} for ${service}`);
  if (platform !== TAKEN) throw lost(`sf_express: ${platform} for ${service}`, kind);
  return resultOf(text(body, 'apiResultData'), kind);
}

function resultOf(inner: string | undefined, kind: CallKind): SfAnswer {
  const result = parsed(inner);
  const success = member(result, 'success');
  // The description calls it a text, the examples show a truth.
  const isSuccess = success === true || success === 'true';
  const code = text(result, 'errorCode') ?? (isSuccess ? 'S0000' : undefined);
  if (code === undefined || (!isSuccess && success !== false && success !== 'false')) {
    throw lost('sf_express: answer not believed: a result that says neither success nor error', kind);
  }
  return { success: isSuccess, code, data: member(result, 'msgData') };
}

function parsed(inner: string | undefined): unknown {
  try {
    return JSON.parse(inner ?? '');
  } catch {
    return undefined;
  }
}

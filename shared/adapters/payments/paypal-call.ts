import { PermanentFault, TransientFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import type { HttpClient } from '../http-client';
import { member, text } from '../json-members';
import { partyAddress } from '../party-address';
import { PUBLIC_ADDRESS, type PaypalTokens } from './paypal-token';
import { exchange, lost, NOT_LET_IN, type CallKind, type ProviderAnswer } from './provider-call';

/** What a call needs besides the connection. */
export interface PaypalLine {
  http: HttpClient;
  tokens: PaypalTokens;
}

/** PayPal's own statement of why it refuses; the cause of the fault that it becomes. */
export class PaypalRefusal extends Error {
  constructor(
    readonly status: number,
    /** The class of error, e.g. `UNPROCESSABLE_ENTITY`. */
    readonly errorName: string,
    /** The finest word that there is, e.g. `REFUND_TIME_LIMIT_EXCEEDED`. */
    readonly code: string,
  ) {
    super(`${code} [${status}]`);
  }
}

/** Words that say "not now": the same call under the same key may well be carried out later. */
const NOT_NOW: ReadonlySet<string> = new Set(['PREVIOUS_REQUEST_IN_PROGRESS', 'PENDING_CAPTURE']);

/** Says that something of the kind was done before, not by whom: https://developer.paypal.com/api/errors/duplicate-transactions */
const ALREADY_DONE = 'DUPLICATE_TRANSACTION';

export function read(line: PaypalLine, connection: Connection, path: string): Promise<ProviderAnswer> {
  return call(line, connection, 'read', { method: 'GET', path, headers: {} });
}

/**
 * Asks for the whole object in answer: without it PayPal names id and status only, and neither amount nor our reference
 * could be compared.
 */
export function write(
  line: PaypalLine,
  connection: Connection,
  path: string,
  key: string,
  body?: unknown,
): Promise<ProviderAnswer> {
  const headers = { 'content-type': 'application/json', 'paypal-request-id': key, prefer: 'return=representation' };
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  return call(line, connection, 'write', { method: 'POST', path, headers, ...content });
}

/** @returns undefined where PayPal itself says that there is no such object; a bare 404 may be a wrong address */
export async function ifThere(found: Promise<ProviderAnswer>): Promise<unknown> {
  try {
    return (await found).body;
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal?.status === 404 && refusal.errorName === 'RESOURCE_NOT_FOUND') return undefined;
    throw error;
  }
}

export function refusalOf(error: unknown): PaypalRefusal | undefined {
  return error instanceof PermanentFault && error.cause instanceof PaypalRefusal ? error.cause : undefined;
}

async function call(
  { http, tokens }: PaypalLine,
  connection: Connection,
  kind: CallKind,
  request: { method: 'GET' | 'POST'; path: string; headers: Record<string, string>; body?: string },
): Promise<ProviderAnswer> {
  const address = partyAddress(connection, PUBLIC_ADDRESS);
  const send = (token: string): Promise<ProviderAnswer> =>
    exchange(http, 'paypal', kind, address, {
      ...request,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        'user-agent': 'order-cancellation',
        ...request.headers,
      },
    });
  const token = await tokens.of(connection);
  let answer = await send(token);
  if (answer.status === 401) {
    // A refused token has carried nothing out. Once: a fresh token that is refused as well is no matter of time.
    await tokens.drop(connection, token);
    answer = await send(await tokens.of(connection));
  }
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw faultOf(answer, kind);
}

/**
 * The code of PayPal, the status and its debug id for the person who works the case; never its free text.
 * https://developer.paypal.com/api/rest/responses
 */
function faultOf({ status, body }: ProviderAnswer, kind: CallKind): Error {
  const errorName = word(text(body, 'name'));
  const details = member(body, 'details');
  const issue = Array.isArray(details) ? word(text(details[0], 'issue')) : undefined;
  // Only an error that PayPal has named is its statement: anything else may come from in between.
  if (status < 400 || errorName === undefined) return lost(`paypal: HTTP ${status} without an error of PayPal's`, kind);
  const code = issue ?? errorName;
  const debugId = /^[\w-]{1,40}$/.exec(text(body, 'debug_id') ?? '')?.[0];
  const says = `paypal: ${code} [${debugId === undefined ? status : `${status}, ${debugId}`}]`;
  if (status === 409 || NOT_NOW.has(code) || NOT_LET_IN.has(status)) return new TransientFault(says);
  if (code === ALREADY_DONE) return lost(says, kind);
  return new PermanentFault(says, { cause: new PaypalRefusal(status, errorName, code) });
}

function word(said: string | undefined): string | undefined {
  return said !== undefined && /^[A-Z][A-Z0-9_]{1,80}$/.test(said) ? said : undefined;
}

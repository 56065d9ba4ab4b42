import { PermanentFault, TransientFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import type { HttpClient } from '../http-client';
import { member, text } from '../json-members';
import { partyAddress, type PartyAddress } from '../party-address';
import { klarnaKey } from './klarna-key';
import { exchange, lost, type ProviderAnswer } from './provider-call';

/** https://docs.klarna.com/api/api-urls/ */
const PUBLIC_ADDRESSES: Readonly<Record<string, string>> = {
  eu: 'https://api.klarna.com',
  na: 'https://api-na.klarna.com',
  oc: 'https://api-oc.klarna.com',
};

/** What Klarna says when it knows no such order or refund; a bare 404 may be a wrong address. */
const MISSING: ReadonlySet<string> = new Set(['NO_SUCH_ORDER', 'NO_SUCH_REFUND', 'NOT_FOUND']);

/**
 * One call of the Order Management API about an order. The connection's `settings`: `region` is `eu` (if absent), `na` or
 * `oc`; `username` for credentials of the older kind, whose password is the `apiKey`. An API key goes as it is.
 * https://docs.klarna.com/api/authentication/
 *
 * @param rest of the path after the order, with its slash, or empty
 * @throws {TransientFault} nothing was sent, HTTP 409 and 429, and any lost answer to a read
 * @throws {UnknownOutcome} a lost answer to a write
 * @throws {PermanentFault} Klarna refuses; the message names its error code and HTTP status
 */
export async function readOrder(
  http: HttpClient,
  connection: Connection,
  orderId: string,
  rest = '',
): Promise<unknown> {
  const answer = await exchange(http, 'klarna', 'read', addressOf(connection), {
    method: 'GET',
    path: pathOf(orderId, rest),
    headers: headersOf(connection),
  });
  return judged(answer, 'read').body;
}

/** @returns undefined where Klarna says that there is no such thing; an answer without a body says nothing of the kind */
export async function readIfThere(
  http: HttpClient,
  connection: Connection,
  orderId: string,
  rest = '',
): Promise<{ found: unknown } | undefined> {
  try {
    return { found: await readOrder(http, connection, orderId, rest) };
  } catch (error) {
    if (error instanceof Missing) return undefined;
    throw error;
  }
}

/** @param key ours; goes as a UUID that is derived from it. Throws as `readOrder` does. */
export async function changeOrder(
  http: HttpClient,
  connection: Connection,
  orderId: string,
  rest: string,
  key: string,
  body?: object,
): Promise<ProviderAnswer> {
  const answer = await exchange(http, 'klarna', 'write', addressOf(connection), {
    method: 'POST',
    path: pathOf(orderId, rest),
    headers: { ...headersOf(connection), 'klarna-idempotency-key': klarnaKey(key) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return judged(answer, 'write');
}

class Missing extends PermanentFault {}

function judged(answer: ProviderAnswer, kind: 'read' | 'write'): ProviderAnswer {
  const { status, body } = answer;
  if (status >= 200 && status < 300) return answer;
  const errorCode = text(body, 'error_code');
  const says = `klarna: ${errorCode ?? 'without an error code'} [${status}]`;
  // A 403 with a code of Klarna's is about the order.
  if (status === 409 || status === 401 || (status === 403 && errorCode === undefined)) throw new TransientFault(says);
  if (errorCode === undefined) throw lost(says, kind);
  if (status === 404 && errorCode !== undefined && MISSING.has(errorCode)) throw new Missing(says);
  throw new PermanentFault(`${says}${messageIn(body)}`);
}

function messageIn(body: unknown): string {
  const messages = member(body, 'error_messages');
  const [first] = Array.isArray(messages) ? (messages as readonly unknown[]) : [];
  return typeof first === 'string' ? `: ${first.slice(0, 200)}` : '';
}

function pathOf(orderId: string, rest: string): string {
  return `/ordermanagement/v1/orders/${encodeURIComponent(orderId)}${rest}`;
}

function headersOf({ apiKey, settings }: Connection): Record<string, string> {
  const username = settings?.['username'];
  const credentials = username === undefined ? apiKey : Buffer.from(`${username}:${apiKey}`).toString('base64');
  return {
    accept: 'application/json',
    authorization: `Basic ${credentials}`,
    'content-type': 'application/json',
    'user-agent': 'order-cancellation',
  };
}

function addressOf(connection: Connection): PartyAddress {
  const region = connection.settings?.['region'] ?? 'eu';
  const publicAddress = Object.hasOwn(PUBLIC_ADDRESSES, region) ? PUBLIC_ADDRESSES[region] : undefined;
  if (publicAddress === undefined) throw new PermanentFault(`connection ${connection.id}: region is eu, na or oc`);
  return partyAddress(connection, publicAddress);
}

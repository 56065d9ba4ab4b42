import { createHash, randomBytes } from 'node:crypto';
import { PermanentFault, TransientFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import type { HttpClient } from '../http-client';
import { member, text } from '../json-members';
import { partyAddress } from '../party-address';
import { exchange, lost, NOT_LET_IN, type CallKind } from '../payments/provider-call';
import { PUBLIC_ADDRESS, type UpsTokens } from './ups-token';

/** What a call needs besides the connection. */
export interface UpsLine {
  http: HttpClient;
  tokens: UpsTokens;
}

/** UPS's own statement of why it refuses; the cause of the fault that it becomes. */
export class UpsRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(`${code} [${status}]`);
  }
}

export interface UpsRequest {
  kind: CallKind;
  method: 'GET' | 'POST' | 'DELETE';
  /** Behind `/api`, already percent-encoded. */
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
}

/**
 * One exchange; what comes back is the body of a 200, which may say that nothing was done.
 *
 * @throws {PermanentFault} caused by a `UpsRefusal`
 * @throws {TransientFault} caused by a `UpsRefusal` for who is not let in
 * @throws as `exchange`
 */
export async function call(line: UpsLine, connection: Connection, request: UpsRequest): Promise<unknown> {
  const { kind } = request;
  const token = await line.tokens.of(connection);
  let answer = await send(line, connection, request, token);
  if (answer.status === 401) {
    // A refused token has carried nothing out. Once: a fresh token that is refused as well is no matter of time.
    await line.tokens.drop(connection, token);
    answer = await send(line, connection, request, await line.tokens.of(connection));
  }
  const { status, body } = answer;
  if (status === 200) return body;
  const code = errorCode(body);
  // A 404 without UPS's own error is no statement about the parcel.
  if (code === undefined) throw lost(`ups: HTTP ${status} without an error`, kind);
  const refusal = new UpsRefusal(status, code);
  const says = `ups: ${refusal.message}`;
  throw NOT_LET_IN.has(status)
    ? new TransientFault(says, { cause: refusal })
    : new PermanentFault(says, { cause: refusal });
}

export function refusalOf(error: unknown): UpsRefusal | undefined {
  return error instanceof Error && error.cause instanceof UpsRefusal ? error.cause : undefined;
}

/** Names a request in UPS's own log; of the same key the same. UPS does not deduplicate by it. */
export function transactionId(key?: string): string {
  return (key === undefined ? randomBytes(7) : createHash('sha256').update(key).digest()).toString('hex').slice(0, 14);
}

function send(
  { http }: UpsLine,
  connection: Connection,
  { kind, method, path, headers, body }: UpsRequest,
  token: string,
) {
  return exchange(http, 'ups', kind, partyAddress(connection, PUBLIC_ADDRESS), {
    method,
    path: `/api${path}`,
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${token}`,
      transid: transactionId(),
      'user-agent': 'order-cancellation',
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

function errorCode(body: unknown): string | undefined {
  const errors = member(member(body, 'response'), 'errors');
  return Array.isArray(errors) ? text(errors[0], 'code') : undefined;
}

import { PermanentFault, TransientFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import type { HttpClient } from '../http-client';
import { member, text } from '../json-members';
import { partyAddress } from '../party-address';
import { exchange, lost, NOT_LET_IN, type CallKind, type ProviderAnswer } from './provider-call';

const PUBLIC_ADDRESS = 'https://connect.squareup.com';

/** The version of the description that our requests and answers are held against. */
const API_VERSION = '2025-08-20';

/** Square's own statement of why it refuses; the cause of the fault that it becomes. */
export class SquareRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(`${code} [${status}]`);
  }
}

/** Words that say "not now": nothing was done, and the same call under the same key may be carried out later. */
const NOT_NOW: ReadonlySet<string> = new Set(['CONFLICT', 'RATE_LIMITED', 'REFUND_ALREADY_PENDING', 'TEMPORARY_ERROR']);

/**
 * Words that do not say what was done. A reused key is one of them: what it was used for may have moved money.
 */
const NO_WORD: ReadonlySet<string> = new Set([
  'BAD_GATEWAY',
  'GATEWAY_TIMEOUT',
  'IDEMPOTENCY_KEY_REUSED',
  'INTERNAL_SERVER_ERROR',
  'REQUEST_TIMEOUT',
  'SERVICE_UNAVAILABLE',
]);

export function read(http: HttpClient, connection: Connection, path: string): Promise<ProviderAnswer> {
  return call(http, connection, 'read', path);
}

export function write(http: HttpClient, connection: Connection, path: string, body?: unknown): Promise<ProviderAnswer> {
  return call(http, connection, 'write', path, body);
}

/** @returns undefined where Square itself says that there is no such object; a bare 404 may be a wrong address */
export async function ifThere(found: Promise<ProviderAnswer>): Promise<unknown> {
  try {
    return (await found).body;
  } catch (error) {
    if (refusalOf(error)?.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

export function refusalOf(error: unknown): SquareRefusal | undefined {
  return error instanceof PermanentFault && error.cause instanceof SquareRefusal ? error.cause : undefined;
}

async function call(
  http: HttpClient,
  connection: Connection,
  kind: CallKind,
  path: string,
  body?: unknown,
): Promise<ProviderAnswer> {
  const answer = await exchange(http, 'square', kind, partyAddress(connection, PUBLIC_ADDRESS), {
    method: kind === 'read' ? 'GET' : 'POST',
    path,
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${connection.apiKey}`,
      'square-version': API_VERSION,
      'user-agent': 'order-cancellation',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // Errors stand in a member of every answer that is described, the good ones included.
  const errors = member(answer.body, 'errors');
  const [error] = Array.isArray(errors) ? (errors as unknown[]) : [];
  if (answer.status >= 200 && answer.status < 300 && error === undefined) return answer;
  throw faultOf(answer.status, error, kind);
}

/**
 * The code of Square and the status for the person who works the case; never its free text.
 * https://developer.squareup.com/docs/build-basics/handling-errors
 */
function faultOf(status: number, error: unknown, kind: CallKind): Error {
  const code = /^[A-Z][A-Z0-9_]{1,80}$/.exec(text(error, 'code') ?? '')?.[0];
  // Only an error that Square has named is its statement: anything else may come from in between.
  if (code === undefined) return lost(`square: HTTP ${status} without an error of Square's`, kind);
  const says = `square: ${code} [${status}]`;
  if (NOT_NOW.has(code) || NOT_LET_IN.has(status)) return new TransientFault(says);
  if (NO_WORD.has(code)) return lost(says, kind);
  return new PermanentFault(says, { cause: new SquareRefusal(status, code) });
}

import type { IncomingHttpHeaders } from 'node:http';
import { TransientFault, UnknownOutcome } from '../../domain/faults';
import { HttpFailure, type HttpClient, type HttpRequest } from '../http-client';
import type { PartyAddress } from '../party-address';

/** A write may have been applied although its answer is lost; a read changes nothing. */
export type CallKind = 'read' | 'write';

/**
 * Who is not let in has done nothing, and of what he did before it says nothing either. Somebody puts the right key in: until
 * then the same call is tried again, and after that a person sees it.
 */
export const NOT_LET_IN: ReadonlySet<number> = new Set([401, 403]);

/** For a provider without a package of its own: the whole exchange, and the largest answer that is read. */
export const limits = { timeoutMs: 8_000, maxBytes: 1024 * 1024 };

export interface ProviderAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** As sent, for those who sign their answers. */
  text: string;
  /** Undefined for an empty body. */
  body: unknown;
}

/**
 * One exchange with a provider that speaks JSON, with the trouble that all of them share put into our words. What comes
 * back is an answer below 500 whose body can be read; what it means is the adapter's to say.
 *
 * @throws {TransientFault} when nothing was sent, for HTTP 429, and for any lost answer to a read
 * @throws {UnknownOutcome} for a lost answer to a write
 */
export async function exchange(
  http: HttpClient,
  provider: string,
  kind: CallKind,
  address: PartyAddress,
  request: HttpRequest,
): Promise<ProviderAnswer> {
  let answer;
  try {
    answer = await http.send(address, request);
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    if (error.trouble === 'not_sent') throw new TransientFault(`${provider}: ${error.message}`, { cause: error });
    throw lost(`${provider}: ${error.message}`, kind, error);
  }
  const { status, headers, text } = answer;
  // Judged before the body is read: a gateway in between answers in HTML.
  if (status === 429) throw new TransientFault(`${provider}: too many requests [429]`);
  if (status >= 500) throw lost(`${provider}: HTTP ${status}`, kind);
  return { status, headers, text, body: text === '' ? undefined : parsed(text, provider, status, kind) };
}

/** An answer that does not say what was done. */
export function lost(says: string, kind: CallKind, cause?: unknown): Error {
  return kind === 'write' ? new UnknownOutcome(says, { cause }) : new TransientFault(says, { cause });
}

function parsed(text: string, provider: string, status: number, kind: CallKind): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw lost(`${provider}: HTTP ${status} with a body that is not JSON`, kind, cause);
  }
}

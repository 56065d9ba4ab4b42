import type { PaymentChannelName } from '../../domain/channel';
import { AnswerSaved, PermanentFault, TransientFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import type { HttpAnswer, HttpClient } from '../http-client';
import { text } from '../json-members';
import type { PartyAddress } from '../party-address';
import { exchange, lost, NOT_LET_IN } from './provider-call';

/** "request already processed or in progress"; https://docs.adyen.com/development-resources/api-idempotency */
const IN_PROGRESS = '704';

/** Adyen's own statement of why it refuses; the cause of the fault that it becomes. */
export class AdyenRefusal extends Error {
  constructor(
    readonly status: number,
    readonly errorCode: string,
  ) {
    super(`${errorCode} [${status}]`);
  }
}

export interface AdyenRequest {
  /** As our faults name it. */
  channel: PaymentChannelName;
  connection: Connection;
  address: PartyAddress;
  path: string;
  /** Absent: a read. The key has at most 64 characters. */
  write?: { key: string; body: object };
}

/**
 * One exchange with an API of Adyen's; what comes back is the body of a 2xx. All of them name their errors by `errorCode`,
 * explained in `message` (Checkout) or `detail` (balance platform), and have the same rules of repeating.
 *
 * A call may be repeated under its key when no answer came, or when the answer bears `transient-error: true`; any other
 * error must not be: https://docs.adyen.com/development-resources/api-idempotency
 *
 * @throws {TransientFault} nothing was sent, HTTP 429, Adyen says that it may be repeated, or the answer to a read is lost
 * @throws {UnknownOutcome} no answer to a write, or one that Adyen did not write
 * @throws {AnswerSaved} Adyen failed inside (5xx) in a write and does not say that it may be repeated
 * @throws {PermanentFault} Adyen refuses; the message names its error code and HTTP status, the cause is an `AdyenRefusal`
 */
export async function askAdyen(http: HttpClient, request: AdyenRequest): Promise<unknown> {
  const { channel, connection, write } = request;
  const kind = write === undefined ? 'read' : 'write';
  const answer = await exchange(keepingToItsRules(http, request), channel, kind, request.address, {
    method: write === undefined ? 'GET' : 'POST',
    path: request.path,
    headers: {
      accept: 'application/json',
      'x-api-key': connection.apiKey,
      'user-agent': 'order-cancellation',
      ...(write === undefined ? {} : { 'content-type': 'application/json', 'idempotency-key': write.key }),
    },
    ...(write === undefined ? {} : { body: JSON.stringify(write.body) }),
  });
  const { status, body } = answer;
  if (status >= 200 && status < 300) return body;
  const errorCode = text(body, 'errorCode');
  const named = `${channel}: ${errorCode ?? 'without an error code'} [${status}]`;
  if (errorCode === undefined || errorCode === IN_PROGRESS) throw lost(named, kind);
  // Its words may quote what we came with.
  if (NOT_LET_IN.has(status)) throw new TransientFault(named);
  const why = text(body, 'message') ?? text(body, 'detail');
  const cause = new AdyenRefusal(status, errorCode);
  throw new PermanentFault(why === undefined ? named : `${named}: ${why.slice(0, 200)}`, { cause });
}

/** What Adyen says of repeating a call stands in a header, beside any status. */
function keepingToItsRules(http: HttpClient, { channel, write }: AdyenRequest): HttpClient {
  return {
    async send(address, request) {
      const answer = await http.send(address, request);
      const errorCode = answer.status < 400 ? undefined : errorCodeOf(answer);
      const named = `${channel}: ${errorCode ?? 'without an error code'} [${answer.status}]`;
      if (answer.status >= 400 && answer.headers['transient-error'] === 'true') throw new TransientFault(named);
      if (answer.status >= 500 && errorCode !== undefined && write !== undefined) throw new AnswerSaved(named);
      return answer;
    },
  };
}

/** Undefined for a page of a gateway in between. */
function errorCodeOf(answer: HttpAnswer): string | undefined {
  try {
    return text(JSON.parse(answer.text), 'errorCode');
  } catch {
    return undefined;
  }
}

import { AnswerSaved, PermanentFault, TransientFault, UnknownOutcome } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import type { HttpAnswer, HttpClient } from '../http-client';
import { text } from '../json-members';
import { partyAddress, type PartyAddress } from '../party-address';
import { exchange } from './provider-call';

const VERSION = 'v72';
const TEST_ADDRESS = 'https://checkout-test.adyen.com';

/** "request already processed or in progress"; https://docs.adyen.com/development-resources/api-idempotency */
const IN_PROGRESS = '704';

/**
 * One modification of a payment at Adyen's Checkout API. What comes back is the body of a 2xx.
 *
 * The connection's `settings`: `liveEndpointPrefix` is the company's prefix of the live addresses (Customer Area,
 * Developers, API URLs); without it the calls go to the test address. https://docs.adyen.com/development-resources/live-endpoints
 *
 * A call may be repeated under its key when no answer came, or when the answer bears `transient-error: true`; any other
 * error must not be: https://docs.adyen.com/development-resources/api-idempotency
 *
 * @param key at most 64 characters
 * @throws {TransientFault} nothing was sent, HTTP 429, or Adyen says that it may be repeated
 * @throws {UnknownOutcome} no answer, or one that Adyen did not write
 * @throws {AnswerSaved} Adyen failed inside (5xx) and does not say that it may be repeated
 * @throws {PermanentFault} Adyen refuses; the message names its error code and HTTP status
 */
export async function modify(
  http: HttpClient,
  connection: Connection,
  paymentRef: string,
  verb: 'refunds' | 'reversals',
  key: string,
  body: object,
): Promise<unknown> {
  const answer = await exchange(keepingToItsRules(http), 'adyen', 'write', addressOf(connection), {
    method: 'POST',
    path: `/${VERSION}/payments/${encodeURIComponent(paymentRef)}/${verb}`,
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      'x-api-key': connection.apiKey,
      'idempotency-key': key,
      'user-agent': 'order-cancellation',
    },
    body: JSON.stringify(body),
  });
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  const errorCode = text(answer.body, 'errorCode');
  const says = `adyen: ${errorCode ?? 'without an error code'} [${answer.status}]`;
  if (errorCode === undefined || errorCode === IN_PROGRESS) throw new UnknownOutcome(says);
  // Who may not come in is told why in words that may quote what he came with.
  const message = answer.status === 401 || answer.status === 403 ? undefined : text(answer.body, 'message');
  throw new PermanentFault(message === undefined ? says : `${says}: ${message.slice(0, 200)}`);
}

/** What Adyen says of repeating a call stands in a header, beside any status. */
function keepingToItsRules(http: HttpClient): HttpClient {
  return {
    async send(address, request) {
      const answer = await http.send(address, request);
      const errorCode = answer.status < 400 ? undefined : errorCodeOf(answer);
      const says = `adyen: ${errorCode ?? 'without an error code'} [${answer.status}]`;
      if (answer.status >= 400 && answer.headers['transient-error'] === 'true') throw new TransientFault(says);
      if (answer.status >= 500 && errorCode !== undefined) throw new AnswerSaved(says);
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

function addressOf(connection: Connection): PartyAddress {
  const prefix = connection.settings?.['liveEndpointPrefix'];
  if (prefix === undefined) return partyAddress(connection, TEST_ADDRESS);
  if (!/^[0-9A-Za-z]+(-[0-9A-Za-z]+)*$/.test(prefix)) {
    throw new PermanentFault(`connection ${connection.id}: liveEndpointPrefix is not a prefix`);
  }
  return partyAddress(connection, `https://${prefix}-checkout-live.adyenpayments.com/checkout`);
}

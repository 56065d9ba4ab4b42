import Stripe from 'stripe';
import type { Connection } from '../../ports/connections';
import { partyAddress } from '../party-address';

const PUBLIC_ADDRESS = 'https://api.stripe.com';

/** One client per connection object: a rotated key arrives as a new object and so gets a new client. */
const clients = new WeakMap<Connection, Map<number, Stripe>>();

/**
 * The vendor's client for one account: keep-alive, no retries, no telemetry.
 *
 * Retries are the state machine's, where they are visible and follow a query. `maxNetworkRetries: 0` is not enough
 * for that: the package (23.1.0, RequestSender) still repeats a call whose connection was closed, although the first
 * one may have been applied.
 *
 * @param timeoutMs of silence on the socket
 * @throws {PermanentFault} when the connection's address is unusable
 */
export function stripeClient(connection: Connection, timeoutMs: number): Stripe {
  const ofConnection = clients.get(connection) ?? new Map<number, Stripe>();
  clients.set(connection, ofConnection);
  const known = ofConnection.get(timeoutMs);
  if (known) return known;

  const { protocol, host, port } = partyAddress(connection, PUBLIC_ADDRESS);
  const client = new Stripe(connection.apiKey, {
    protocol,
    host,
    port,
    timeout: timeoutMs,
    maxNetworkRetries: 0,
    telemetry: false,
    httpClient: singleShot(),
  });
  ofConnection.set(timeoutMs, client);
  return client;
}

/** The package's Node client (shared keep-alive agents), with the error codes masked that would make it call twice. */
function singleShot(): Stripe.HttpClient {
  const client = Stripe.createNodeHttpClient();
  const makeRequest = client.makeRequest.bind(client);
  client.makeRequest = (...request) =>
    makeRequest(...request).catch((error: unknown) => {
      const code = codeOf(error);
      if (code !== 'ECONNRESET' && code !== 'EPIPE') throw error;
      throw Object.assign(new Error('connection closed before an answer', { cause: error }), { code: 'CLOSED' });
    });
  return client;
}

/** The system's code of a failed socket call, e.g. `ECONNREFUSED`. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

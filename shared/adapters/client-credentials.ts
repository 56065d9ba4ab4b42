import { PermanentFault } from '../domain/faults';
import type { Connection } from '../ports/connections';
import type { HttpClient } from './http-client';
import { partyAddress } from './party-address';
import { exchange } from './payments/provider-call';

/** Where a party gives tokens. */
export interface TokenDesk {
  /** Its name in what is thrown and logged. */
  party: string;
  publicAddress: string;
  path: string;
}

/**
 * Asks for an access token with client id and secret (RFC 6749, section 4.4).
 * @param clientId `clientId` of the connection's settings
 * @returns the answer as it came; what it means differs by party
 */
export function askForToken(
  http: HttpClient,
  { party, publicAddress, path }: TokenDesk,
  connection: Connection,
  clientId: string | undefined,
) {
  if (!clientId) throw new PermanentFault(`${party}: connection ${connection.id} has no clientId in its settings`);
  const credentials = Buffer.from(`${clientId}:${connection.apiKey}`).toString('base64');
  return exchange(http, party, 'read', partyAddress(connection, publicAddress), {
    method: 'POST',
    path,
    headers: {
      accept: 'application/json',
      authorization: `Basic ${credentials}`,
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': 'order-cancellation',
    },
    body: 'grant_type=client_credentials',
  });
}

/** What may stand in an Authorization header. */
export const isToken = (token: string | undefined): token is string =>
  token !== undefined && /^[\x21-\x7e]+$/.test(token);

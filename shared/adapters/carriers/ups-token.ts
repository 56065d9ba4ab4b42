import { PermanentFault, TransientFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import type { HttpClient } from '../http-client';
import { member, text } from '../json-members';
import { KeptTokens, type Token } from '../kept-tokens';
import { partyAddress } from '../party-address';
import { exchange, lost, NOT_LET_IN } from '../payments/provider-call';

export const PUBLIC_ADDRESS = 'https://onlinetools.ups.com';

/**
 * Access tokens for client id and secret (four hours, as a rule).
 * https://github.com/UPS-API/api-documentation/blob/main/OAuthClientCredentials.yaml
 */
export class UpsTokens extends KeptTokens {
  /**
   * Whoever asks for a token gets a `TransientFault` when UPS does not let the connection in, or there is no answer.
   *
   * @param clock milliseconds since epoch
   */
  constructor(http: HttpClient, clock: () => number) {
    super((connection) => fetched(http, clock, connection), clock);
  }
}

async function fetched(http: HttpClient, clock: () => number, connection: Connection): Promise<Token> {
  const clientId = connection.settings?.['clientId'];
  if (!clientId) throw new PermanentFault(`ups: connection ${connection.id} has no clientId in its settings`);
  const credentials = Buffer.from(`${clientId}:${connection.apiKey}`).toString('base64');
  const asked = clock();
  const { status, body } = await exchange(http, 'ups', 'read', partyAddress(connection, PUBLIC_ADDRESS), {
    method: 'POST',
    path: '/security/v1/oauth/token',
    headers: {
      accept: 'application/json',
      authorization: `Basic ${credentials}`,
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': 'order-cancellation',
    },
    body: 'grant_type=client_credentials',
  });
  if (NOT_LET_IN.has(status)) throw new TransientFault(`ups: no token for connection ${connection.id} [${status}]`);
  const token = text(body, 'access_token');
  // A text in UPS's description, a number in that of the standard.
  const seconds = Number(member(body, 'expires_in'));
  if (status !== 200 || token === undefined || !/^[\x21-\x7e]+$/.test(token) || !(seconds > 0)) {
    throw lost(`ups: answer not believed: HTTP ${status} without an access token`, 'read');
  }
  return { text: token, until: asked + seconds * 1000 };
}

import { TransientFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import { askForToken, isToken } from '../client-credentials';
import type { HttpClient } from '../http-client';
import { member, text } from '../json-members';
import { KeptTokens, type Token } from '../kept-tokens';
import { lost, NOT_LET_IN } from '../payments/provider-call';

export const PUBLIC_ADDRESS = 'https://onlinetools.ups.com';
const desk = { party: 'ups', publicAddress: PUBLIC_ADDRESS, path: '/security/v1/oauth/token' };

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
  const asked = clock();
  const { status, body } = await askForToken(http, desk, connection, connection.settings?.['clientId']);
  if (NOT_LET_IN.has(status)) throw new TransientFault(`ups: no token for connection ${connection.id} [${status}]`);
  const token = text(body, 'access_token');
  // A text in UPS's description, a number in that of the standard.
  const seconds = Number(member(body, 'expires_in'));
  if (status !== 200 || !isToken(token) || !(seconds > 0)) {
    throw lost(`ups: answer not believed: HTTP ${status} without an access token`, 'read');
  }
  return { text: token, until: asked + seconds * 1000 };
}

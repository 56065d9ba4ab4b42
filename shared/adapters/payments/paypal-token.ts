import { PermanentFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import { askForToken, isToken } from '../client-credentials';
import type { HttpClient } from '../http-client';
import { member, text } from '../json-members';
import { KeptTokens, type Token } from '../kept-tokens';
import { lost } from './provider-call';

export const PUBLIC_ADDRESS = 'https://api-m.paypal.com';
const desk = { party: 'paypal', publicAddress: PUBLIC_ADDRESS, path: '/v1/oauth2/token' };

/**
 * Access tokens for client id and secret, kept for their life (nine hours, as a rule).
 * https://developer.paypal.com/api/rest/authentication
 */
export class PaypalTokens extends KeptTokens {
  /**
   * Whoever asks for a token gets a `PermanentFault` when PayPal does not know the id or the secret, and a `TransientFault`
   * when there is no answer: asking for a token changes nothing.
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
  const error = /^[a-z_]{1,40}$/.exec(text(body, 'error') ?? '')?.[0];
  if (status >= 400 && error !== undefined) throw new PermanentFault(`paypal: ${error} [${status}]`);
  const token = text(body, 'access_token');
  const seconds = member(body, 'expires_in');
  if (status !== 200 || !isToken(token) || typeof seconds !== 'number') {
    throw lost(`paypal: answer not believed: HTTP ${status} without an access token`, 'read');
  }
  return { text: token, until: asked + seconds * 1000 };
}

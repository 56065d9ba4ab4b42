import { PermanentFault } from '../../domain/faults';
import type { Connection } from '../../ports/connections';
import type { HttpClient } from '../http-client';
import { member, text } from '../json-members';
import { partyAddress } from '../party-address';
import { exchange, lost } from './provider-call';

export const PUBLIC_ADDRESS = 'https://api-m.paypal.com';

/** A token this close to its end is not used any more. */
const MARGIN_MS = 60_000;

interface Token {
  text: string;
  /** Milliseconds since epoch. */
  until: number;
}

/**
 * Access tokens for client id and secret, kept for their life (nine hours, as a rule) per connection object: a rotated
 * secret arrives as a new object and so gets a new token.
 * https://developer.paypal.com/api/rest/authentication
 */
export class PaypalTokens {
  private readonly kept = new WeakMap<Connection, Promise<Token>>();

  /** @param clock milliseconds since epoch */
  constructor(
    private readonly http: HttpClient,
    private readonly clock: () => number,
  ) {}

  /**
   * @throws {PermanentFault} when PayPal does not know the id or the secret
   * @throws {TransientFault} when there is no answer: asking for a token changes nothing
   */
  async of(connection: Connection): Promise<string> {
    const known = this.kept.get(connection);
    const token = await known;
    if (token !== undefined && this.clock() < token.until - MARGIN_MS) return token.text;
    // Whoever else waited for the old one may have asked for its successor already.
    const next = this.kept.get(connection);
    return (await (next === undefined || next === known ? this.renewed(connection) : next)).text;
  }

  /** PayPal has refused this token; one that has replaced it since stays. */
  async drop(connection: Connection, refused: string): Promise<void> {
    const known = this.kept.get(connection);
    if ((await known)?.text === refused && this.kept.get(connection) === known) this.kept.delete(connection);
  }

  private renewed(connection: Connection): Promise<Token> {
    const fresh = this.fetch(connection);
    this.kept.set(connection, fresh);
    // A failure is told to those who wait for it, and not remembered.
    fresh.catch(() => this.kept.delete(connection));
    return fresh;
  }

  private async fetch(connection: Connection): Promise<Token> {
    const clientId = connection.settings?.['clientId'];
    if (!clientId) throw new PermanentFault(`paypal: connection ${connection.id} has no clientId in its settings`);
    const credentials = Buffer.from(`${clientId}:${connection.apiKey}`).toString('base64');
    const asked = this.clock();
    const { status, body } = await exchange(this.http, 'paypal', 'read', partyAddress(connection, PUBLIC_ADDRESS), {
      method: 'POST',
      path: '/v1/oauth2/token',
      headers: {
        accept: 'application/json',
        authorization: `Basic ${credentials}`,
        'content-type': 'application/x-www-form-urlencoded',
        'user-agent': 'order-cancellation',
      },
      body: 'grant_type=client_credentials',
    });
    const error = /^[a-z_]{1,40}$/.exec(text(body, 'error') ?? '')?.[0];
    if (status >= 400 && error !== undefined) throw new PermanentFault(`paypal: ${error} [${status}]`);
    const token = text(body, 'access_token');
    const seconds = member(body, 'expires_in');
    if (status !== 200 || token === undefined || !/^[\x21-\x7e]+$/.test(token) || typeof seconds !== 'number') {
      throw lost(`paypal: answer not believed: HTTP ${status} without an access token`, 'read');
    }
    return { text: token, until: asked + seconds * 1000 };
  }
}

/**
 * Access tokens of the PayPal stand-in: https://developer.paypal.com/api/rest/authentication. They carry all that there is
 * to know of them under a seal, so that they outlive the process as PayPal's do.
 */
import { createHmac } from 'node:crypto';
import type { StandInHost, StandInRequest } from '../stand-in';
import type { PartyAccount, PartySettings } from './party-settings';
import { jsonReply, type Reply } from './paypal-objects';

const LIFE_SECONDS = 32_400;
const REVOKED = 'revoked';

export class PaypalAccess {
  private revoked = 0;

  constructor(
    private readonly host: StandInHost,
    private readonly settings: PartySettings,
  ) {}

  async load(): Promise<void> {
    this.revoked = (await this.host.store.get<number>(REVOKED)) ?? 0;
  }

  /** Every token that was given out is worth nothing from now on. */
  async revoke(): Promise<void> {
    this.revoked += 1;
    await this.host.store.put(REVOKED, this.revoked);
  }

  async token({ headers, rawBody }: StandInRequest): Promise<Reply> {
    const [scheme, credentials = ''] = (headers.authorization ?? '').split(' ');
    const [clientId, secret = ''] = Buffer.from(credentials, 'base64').toString('utf8').split(':');
    const account = scheme === 'Basic' ? await this.settings.accountByKey(secret) : undefined;
    if (account === undefined || account.settings?.['clientId'] !== clientId) {
      return jsonReply(401, { error: 'invalid_client', error_description: 'Client Authentication failed' });
    }
    if (new URLSearchParams(rawBody.toString('utf8')).get('grant_type') !== 'client_credentials') {
      return jsonReply(400, { error: 'unsupported_grant_type', error_description: 'Grant Type is NULL' });
    }
    const content = `${account.id} ${this.host.clock.now() + LIFE_SECONDS * 1000}`;
    return jsonReply(200, {
      scope: 'https://uri.paypal.com/services/payments/refund https://uri.paypal.com/services/applications/webhooks',
      access_token: this.sealed(account, Buffer.from(content).toString('base64url')),
      token_type: 'Bearer',
      app_id: 'APP-80W284485P519543T',
      expires_in: LIFE_SECONDS,
    });
  }

  async accountOf(authorization: string | undefined): Promise<PartyAccount | undefined> {
    const [, token = '', content = ''] = /^Bearer (([\w-]+)\.[\w-]+)$/.exec(authorization ?? '') ?? [];
    if (token === '') return undefined;
    const [id = '', until = ''] = Buffer.from(content, 'base64url').toString('utf8').split(' ');
    const account = await this.settings.accountById(id);
    if (account === undefined || this.sealed(account, content) !== token) return undefined;
    return Number(until) > this.host.clock.now() ? account : undefined;
  }

  private sealed(account: PartyAccount, content: string): string {
    const seal = createHmac('sha256', account.apiKey).update(`${content}.${this.revoked}`).digest('base64url');
    return `${content}.${seal}`;
  }
}

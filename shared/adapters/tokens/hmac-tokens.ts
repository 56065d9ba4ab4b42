import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SignedTokens } from '../../ports/signed-tokens';

/** `<prefix>_<payload>.<HMAC-SHA256>`, both base64url; the prefix is signed too, so a quote is never a withdrawal. */
export class HmacTokens implements SignedTokens {
  constructor(private readonly key: () => Promise<string>) {}

  async sign(prefix: string, payload: Readonly<Record<string, unknown>>): Promise<string> {
    const text = Buffer.from(JSON.stringify(payload)).toString('base64url');
    return `${prefix}_${text}.${await this.mac(prefix, text)}`;
  }

  async verify(prefix: string, token: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    if (!token.startsWith(`${prefix}_`)) return undefined;
    const [text = '', mac = ''] = token.slice(prefix.length + 1).split('.');
    const expected = Buffer.from(await this.mac(prefix, text));
    const given = Buffer.from(mac);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Record<string, unknown>;
  }

  private async mac(prefix: string, text: string): Promise<string> {
    return createHmac('sha256', await this.key())
      .update(`${prefix}.${text}`)
      .digest('base64url');
  }
}

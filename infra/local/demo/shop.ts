/** Speaks to a running host the way a shop, its customers and its merchants do: over HTTP. */
import type { Laptop } from '../laptop';
import { merchants, tenant } from './marketplace';

export type DemoRole = 'system' | 'customer' | 'merchant' | 'support' | 'platform';

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

export class Shop {
  private readonly tokens = new Map<string, Promise<string>>();

  constructor(private readonly laptop: Pick<Laptop, 'baseUrl' | 'token'>) {}

  /** A token of the local issuer that holds for a day. */
  token(role: DemoRole, subject = `${role}-demo`): Promise<string> {
    const key = `${role}/${subject}`;
    const merchant = role === 'merchant' ? { merchant_id: merchants.atelier } : {};
    const token =
      this.tokens.get(key) ??
      this.laptop.token({ tenant, role, sub: subject, ...merchant }, { expiresInSeconds: 86_400 });
    this.tokens.set(key, token);
    return token;
  }

  async call(
    as: { role: DemoRole; subject?: string },
    method: string,
    path: string,
    body?: object,
    key?: string,
  ): Promise<Answer> {
    const answer = await fetch(`${this.laptop.baseUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.token(as.role, as.subject)}`,
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  /** Tells an outside party's stand-in something. */
  async tell(party: 'stripe' | 'easypost', path: string, body: object): Promise<void> {
    const answer = await fetch(`${this.laptop.baseUrl}/_local/stand-ins/${party}/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`The ${party} stand-in refused ${path}: ${await answer.text()}`);
  }
}

/** @throws Error with what the service said, where it did not do what was asked */
export function expectDone(answer: Answer, what: string): Record<string, unknown> {
  if (answer.status >= 300) throw new Error(`${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

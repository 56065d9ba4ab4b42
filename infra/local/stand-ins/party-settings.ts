/** What the demo, the replay and the fault tests may tell an outside party: its accounts, its troubles, its webhooks. */
import { integer, isRecord, list, record, text } from '../json';
import type { StandInHost, StandInReply, Store } from '../stand-in';

/** One account at the party; a `Connection` of the application satisfies it. */
export interface PartyAccount {
  readonly id: string;
  readonly apiKey: string;
  readonly webhookSecrets: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
}

/** Reads the accounts from where the application keeps them; asked again whenever an unknown key comes in. */
export type AccountSource = (host: StandInHost) => Promise<readonly PartyAccount[]>;

/**
 * A trouble that strikes the next requests.
 *
 * - `status`: answers this status and body; a status of 500 and more is remembered under the idempotency key
 *   (where the party has keys) unless `saved` says otherwise
 * - `garbage`: answers bytes that are no JSON
 * - `hang-up`: closes the connection without an answer
 * - no `answer`: only the delay
 */
export interface Trouble {
  left: number;
  readonly method?: string;
  /** Beginning of the path. */
  readonly path?: string;
  readonly answer?: 'status' | 'garbage' | 'hang-up';
  readonly status: number;
  readonly body?: string;
  readonly headers: Record<string, string>;
  /** Whether the request takes effect before the trouble. */
  readonly applied: boolean;
  readonly saved: boolean;
  /** Wall clock: a caller's time limit does not follow the host's clock. */
  readonly delayMs: number;
}

export interface WebhookMode {
  readonly send: 'after-reply' | 'before-reply' | 'never';
  /** How often each event is sent, with the same event id. */
  readonly copies: number;
  /** Host's clock. */
  readonly delayMs: number;
}

interface Saved {
  troubles: Trouble[];
  webhooks: WebhookMode;
  /** Of single payments or shipments, where they differ. */
  webhooksOf?: Record<string, WebhookMode>;
  accounts: PartyAccount[];
}

const KEY = 'settings';
const ORDINARY: WebhookMode = { send: 'after-reply', copies: 1, delayMs: 0 };

export class PartySettings {
  private saved: Saved = { troubles: [], webhooks: ORDINARY, accounts: [] };
  private sourced: readonly PartyAccount[] = [];

  private constructor(
    private readonly host: StandInHost,
    private readonly source: AccountSource | undefined,
  ) {}

  static async load(host: StandInHost, source: AccountSource | undefined): Promise<PartySettings> {
    const settings = new PartySettings(host, source);
    settings.saved = (await host.store.get<Saved>(KEY)) ?? settings.saved;
    return settings;
  }

  /** @param about the payment or shipment that there is something to tell of */
  webhooks(about: string): WebhookMode {
    return this.saved.webhooksOf?.[about] ?? this.saved.webhooks;
  }

  async accountByKey(apiKey: string): Promise<PartyAccount | undefined> {
    const known = this.accounts().find((account) => account.apiKey === apiKey);
    if (known || apiKey === '') return known;
    await this.refresh();
    return this.accounts().find((account) => account.apiKey === apiKey);
  }

  async accountById(id: string): Promise<PartyAccount | undefined> {
    const known = this.accounts().find((account) => account.id === id);
    if (known) return known;
    await this.refresh();
    return this.accounts().find((account) => account.id === id);
  }

  /** Where a key is never sent, and only what it has signed tells the account. */
  async accountThat(fits: (account: PartyAccount) => boolean): Promise<PartyAccount | undefined> {
    const known = this.accounts().find(fits);
    if (known) return known;
    await this.refresh();
    return this.accounts().find(fits);
  }

  /** The account meant when a control call names none. */
  async soleAccount(): Promise<PartyAccount> {
    if (this.accounts().length === 0) await this.refresh();
    const [only, second] = this.accounts();
    if (!only || second) throw new Error('Name the account: there is not exactly one.');
    return only;
  }

  /** The trouble that strikes this request, if any; it is used up by it. */
  takeTrouble(method: string, path: string): Trouble | undefined {
    const trouble = this.saved.troubles.find(
      (one) => (one.method === undefined || one.method === method) && path.startsWith(one.path ?? ''),
    );
    if (!trouble) return undefined;
    trouble.left -= 1;
    this.saved.troubles = this.saved.troubles.filter((one) => one.left > 0);
    // Not awaited: losing the count in a crash makes one more trouble, which a test of crashes can bear.
    this.save().catch((error: unknown) => this.host.log(`settings not saved: ${String(error)}`));
    return trouble;
  }

  /** Answers the control calls that every party has; undefined for any other path. */
  async control(path: string, body: unknown): Promise<unknown> {
    switch (path) {
      case 'faults':
        if (body !== undefined) this.saved.troubles = [...this.saved.troubles, troubleOf(body)];
        await this.save();
        return { faults: this.saved.troubles };
      case 'faults/clear':
        this.saved.troubles = [];
        await this.save();
        return { faults: [] };
      case 'webhooks':
        if (body !== undefined) this.setWebhooks(body);
        await this.save();
        return { webhooks: this.saved.webhooks };
      case 'accounts':
        if (body !== undefined) this.saved.accounts = [...this.saved.accounts, accountOf(body)];
        await this.save();
        return { accounts: this.accounts().map(({ id }) => ({ id })) };
      default:
        return undefined;
    }
  }

  async forget(): Promise<void> {
    this.saved = { troubles: [], webhooks: ORDINARY, accounts: this.saved.accounts };
    await this.save();
  }

  /** Of the payments or shipments that the wish names in `about`, of all others if it names none. */
  private setWebhooks(wish: unknown): void {
    const about = list(record(wish)['about']).map(String);
    if (about.length === 0) this.saved.webhooks = webhookModeOf(wish);
    for (const one of about) this.saved.webhooksOf = { ...this.saved.webhooksOf, [one]: webhookModeOf(wish) };
  }

  private accounts(): readonly PartyAccount[] {
    return [...this.saved.accounts, ...this.sourced];
  }

  private async refresh(): Promise<void> {
    if (this.source) this.sourced = await this.source(this.host);
  }

  private save(): Promise<void> {
    return this.host.store.put(KEY, this.saved);
  }
}

/** What a request in trouble is answered with; undefined when the trouble was only a delay. */
export function troubleReply(trouble: Trouble | undefined): StandInReply | undefined {
  switch (trouble?.answer) {
    case undefined:
      return undefined;
    case 'hang-up':
      return 'hang-up';
    case 'garbage':
      return { status: trouble.status, headers: { 'content-type': 'text/html' }, body: '<html>502 Bad Gate' };
    case 'status':
      return {
        status: trouble.status,
        headers: { 'content-type': 'application/json', ...trouble.headers },
        body: trouble.body ?? '',
      };
  }
}

/** Removes everything that a party has stored. */
export async function emptyStore(store: Store, prefix: string): Promise<void> {
  const entries = await store.all<unknown>(prefix);
  await Promise.all(entries.map(({ key }) => store.delete(key)));
}

function troubleOf(wish: unknown): Trouble {
  const body = record(wish);
  const answer = body['answer'];
  if (answer !== undefined && answer !== 'status' && answer !== 'garbage' && answer !== 'hang-up') {
    throw new Error('answer is one of status, garbage, hang-up');
  }
  const status = integer(body['status']) ?? (answer === 'status' ? 500 : 200);
  const method = text(body['method']);
  const path = text(body['path']);
  const given = body['body'];
  return {
    left: integer(body['next']) ?? 1,
    ...(method !== undefined && { method }),
    ...(path !== undefined && { path }),
    ...(answer !== undefined && { answer }),
    status,
    ...(given !== undefined && { body: typeof given === 'string' ? given : JSON.stringify(given) }),
    headers: Object.fromEntries(Object.entries(record(body['headers'])).map(([name, value]) => [name, String(value)])),
    applied: body['applied'] === true,
    saved: typeof body['saved'] === 'boolean' ? body['saved'] : status >= 500,
    delayMs: integer(body['delayMs']) ?? 0,
  };
}

function webhookModeOf(wish: unknown): WebhookMode {
  const body = record(wish);
  const send = body['send'] ?? ORDINARY.send;
  if (send !== 'after-reply' && send !== 'before-reply' && send !== 'never') {
    throw new Error('send is one of after-reply, before-reply, never');
  }
  return { send, copies: integer(body['copies']) ?? 1, delayMs: integer(body['delayMs']) ?? 0 };
}

function accountOf(wish: unknown): PartyAccount {
  if (!isRecord(wish)) throw new Error('An account is { id, apiKey, webhookSecrets }.');
  const id = text(wish['id']);
  const apiKey = text(wish['apiKey']);
  const webhookSecrets = list(wish['webhookSecrets']).filter((secret) => typeof secret === 'string');
  if (!id || !apiKey) throw new Error('An account is { id, apiKey, webhookSecrets }.');
  return { id, apiKey, webhookSecrets, settings: settingsOf(wish['settings']) };
}

/** Texts by name; whatever else is there is left out. */
export function settingsOf(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

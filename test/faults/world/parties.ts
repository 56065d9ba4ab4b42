/** The outside parties: the laptop's stand-ins, each with a store in memory and the world's clock. */
import type { StandIn, StandInHost, StandInReply } from '../../../infra/local/stand-in';
import { hashText } from './hash';
import type { Seen } from './gateway';
import { isLive, legOfAttempt, readBooks, type Books, type Provider } from './ledgers';
import { wordsOf } from './refusals-of-parties';
import { isSuccess, wishToStop } from './sf-express-requests';
import {
  baseUrl,
  connectionsTo,
  furtherCarriers,
  secretNamed,
  secretOfConnection,
  wechatPaysKey,
  type FurtherParty,
  type PartyName,
} from './settings';
import type { World } from './world';

export interface PartyRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface PartyAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A webhook on its way to our door; answers what its sender is told. */
export type Deliver = (webhook: { path: string; headers: Record<string, string>; body: string }) => Promise<Seen>;

export type PartyStores = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** A parcel in its carrier's own books. */
export interface ParcelAtCarrier {
  readonly shipment: string;
  readonly voided: boolean;
  readonly interception: 'accepted' | 'refused' | 'withdrawn' | null;
}

/** A store that knows a digest of all that lies in it. */
class Store {
  private readonly entries: Map<string, string>;
  digest = 0;

  constructor(from: ReadonlyMap<string, string> | undefined) {
    this.entries = new Map(from ?? []);
    for (const [key, text] of this.entries) this.digest ^= weight(key, text);
  }

  snapshot(): ReadonlyMap<string, string> {
    return new Map(this.entries);
  }

  get<T>(key: string): Promise<T | undefined> {
    const text = this.entries.get(key);
    return Promise.resolve(text === undefined ? undefined : (JSON.parse(text) as T));
  }

  put(key: string, value: unknown): Promise<void> {
    this.forget(key);
    const text = JSON.stringify(value);
    this.entries.set(key, text);
    this.digest ^= weight(key, text);
    return Promise.resolve();
  }

  delete(key: string): Promise<void> {
    this.forget(key);
    this.entries.delete(key);
    return Promise.resolve();
  }

  all<T>(prefix: string): Promise<{ key: string; value: T }[]> {
    const found = [...this.entries].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
    return Promise.resolve(found.map(([key, text]) => ({ key, value: JSON.parse(text) as T })));
  }

  private forget(key: string): void {
    const text = this.entries.get(key);
    if (text !== undefined) this.digest ^= weight(key, text);
  }
}

/** A request under a number that is used once is known for ever, and nothing will ever turn on it. */
const weight = (key: string, text: string): number =>
  /^requests\/[0-9a-f]{8}-/.test(key) ? 0 : hashText(key + text) | 0;

type Accounts = (host: StandInHost) => Promise<readonly Account[]>;
interface Account {
  readonly id: string;
  readonly apiKey: string;
  readonly webhookSecrets: readonly string[];
  readonly settings?: Readonly<Record<string, string>>;
}

/** As the bundled script exports them. */
interface StandIns {
  stripeStandIn(options: { accounts: Accounts }): StandIn;
  easypostStandIn(options: { accounts: Accounts }): StandIn;
  adyenStandIn(options: { accounts: Accounts }): StandIn;
  sfExpressStandIn(options: { accounts: Accounts }): StandIn;
  wechatPayStandIn(options: { accounts: Accounts; platform: { serial: string; privateKey: string } }): StandIn;
}

export class Parties {
  private readonly stores = new Map<string, Store>();
  private readonly standIns: readonly StandIn[];
  /** Most that was refunded on one leg at any instant, by leg, in our minor units. */
  readonly most = new Map<string, number>();
  /** How often each label was taken back: asked for and accepted. */
  readonly labelsTaken = new Map<string, number>();
  /** Parcels that a carrier was asked to bring back: under which keys, and how often it took that on. */
  readonly calledBack = new Map<string, { readonly keys: Set<string>; taken: number }>();

  constructor(
    private readonly world: World,
    make: StandIns,
    private readonly deliver: Deliver,
    stores: PartyStores,
    private readonly further: readonly FurtherParty[],
  ) {
    const accounts = (party: PartyName) => () =>
      Promise.resolve(connectionsTo(party).map((id) => JSON.parse(secretOfConnection(id)) as Account));
    const makeFurther = {
      sf_express: () => make.sfExpressStandIn({ accounts: accounts('sf_express') }),
      adyen: () => make.adyenStandIn({ accounts: accounts('adyen') }),
      wechat_pay: () => make.wechatPayStandIn({ accounts: accounts('wechat_pay'), platform: wechatPaysKey() }),
    };
    this.standIns = [
      make.stripeStandIn({ accounts: accounts('stripe') }),
      make.easypostStandIn({ accounts: accounts('easypost') }),
      ...further.map((name) => makeFurther[name]()),
    ];
    for (const { name } of this.standIns) this.stores.set(name, new Store(stores.get(name)));
  }

  async start(): Promise<void> {
    for (const standIn of this.standIns) await standIn.start?.(this.hostOf(standIn));
  }

  snapshot(): PartyStores {
    return new Map([...this.stores].map(([name, store]) => [name, store.snapshot()]));
  }

  digest(): string {
    const called = [...this.calledBack].map(([parcel, { keys, taken }]) => `${parcel} ${[...keys].join()} ${taken}`);
    return [...[...this.stores.values()].map(({ digest }) => digest), ...called].join(' ');
  }

  nameOf({ method, path, headers }: PartyRequest): string {
    return this.partyOf(method, path, headers).name;
  }

  async handle(request: PartyRequest): Promise<PartyAnswer> {
    const { method, headers, body } = request;
    const [path = '', query = ''] = request.path.split('?');
    const party = this.partyOf(method, path, headers);
    const reply = await party.handle({
      method,
      path,
      query: new URLSearchParams(query),
      headers,
      rawBody: Buffer.from(body),
    });
    if (method === 'POST' && isProvider(party.name)) await this.look(party.name);
    if (path.endsWith('/refund') && reply !== 'hang-up' && reply.status === 200) this.labelTaken(path);
    if (party.name === 'sf_express') this.listen(request, reply);
    if (reply === 'hang-up') throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    return { status: reply.status, headers: reply.headers ?? {}, body: reply.body.toString() };
  }

  private labelTaken(label: string): void {
    this.labelsTaken.set(label, (this.labelsTaken.get(label) ?? 0) + 1);
  }

  private listen(request: PartyRequest, reply: StandInReply): void {
    const wish = wishToStop(request);
    if (wish === undefined) return;
    const taken = reply !== 'hang-up' && isSuccess(reply.body.toString());
    if (wish.kind === 'void') return taken ? this.labelTaken(wish.parcel) : undefined;
    const known = this.calledBack.get(wish.parcel) ?? { keys: new Set<string>(), taken: 0 };
    known.keys.add(wish.key);
    if (taken) known.taken += 1;
    this.calledBack.set(wish.parcel, known);
  }

  /** The party answers 500, and does nothing; what it keeps under an idempotency key is its own affair. */
  async handleBadly(request: PartyRequest): Promise<PartyAnswer> {
    const party = this.partyOf(request.method, request.path, request.headers);
    const { status = 500, failed } = wordsOf[party.name as PartyName];
    await party.control?.('faults', { answer: 'status', status, method: request.method, body: failed });
    return this.handle(request);
  }

  tooMany(request: PartyRequest): PartyAnswer {
    const { status = 429, tooMany } = wordsOf[this.nameOf(request) as PartyName];
    return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(tooMany) };
  }

  control(party: string, path: string, body?: unknown): Promise<unknown> {
    const standIn = this.standIns.find(({ name }) => name === party);
    if (standIn?.control === undefined) throw new Error(`there is no party ${party}`);
    return standIn.control(path, body);
  }

  /** What all providers have in their books. */
  async books(): Promise<Books> {
    const providers = ['stripe', ...this.further].filter(isProvider);
    const all = await Promise.all(providers.map((provider) => this.booksOf(provider)));
    return { refunds: all.flatMap(({ refunds }) => refunds), payments: all.flatMap(({ payments }) => payments) };
  }

  /** What further carriers have in their books. */
  async parcels(): Promise<ParcelAtCarrier[]> {
    const carriers = this.further.filter((party) => furtherCarriers.some((known) => known === party));
    const books = await Promise.all(carriers.map((carrier) => this.control(carrier, 'ledger')));
    return books.flatMap((book) => (book as { shipments: ParcelAtCarrier[] }).shipments);
  }

  private async booksOf(provider: Provider): Promise<Books> {
    const read = readBooks[provider] as (ledger: unknown) => Books;
    return read(await this.control(provider, 'ledger'));
  }

  /** Remembers the most that each leg has had at once: a refund too many is wrong even when it is taken back later. */
  private async look(provider: Provider): Promise<void> {
    const now = new Map<string, number>();
    const { refunds } = await this.booksOf(provider);
    for (const { attempt = '', amount } of refunds.filter(isLive)) {
      const leg = legOfAttempt(attempt);
      now.set(leg, (now.get(leg) ?? 0) + amount);
    }
    for (const [leg, amount] of now) this.most.set(leg, Math.max(amount, this.most.get(leg) ?? 0));
  }

  private partyOf(method: string, path: string, headers: Record<string, string>): StandIn {
    const party = this.standIns.find((one) => one.matches(method, path.split('?')[0] ?? '', headers));
    if (party === undefined) throw new Error(`nobody answers ${method} ${path}`);
    return party;
  }

  private hostOf({ name }: StandIn): StandInHost {
    const { world } = this;
    const store = this.stores.get(name) as Store;
    const { taken = '' } = wordsOf[name as PartyName];
    return {
      baseUrl,
      clock: {
        now: () => world.now,
        at: (time, task) => world.at(time, () => world.resume(undefined, 3, task), 3),
      },
      store,
      secret: (wanted) => Promise.resolve(secretNamed(wanted)),
      send: async ({ path, headers, body }) => {
        const seen = await this.deliver({ path, headers: headers ?? {}, body: body.toString() });
        const { status, text } = seen === 'taken' ? { status: 200, text: taken } : seen;
        return { status, headers: {}, body: text };
      },
      busy: () => () => undefined,
      log: () => undefined,
    };
  }
}

const isProvider = (party: string): party is Provider => Object.hasOwn(readBooks, party);

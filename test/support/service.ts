/**
 * The service as the journeys meet it: over HTTP, on one of two hosts.
 *
 * Without settings a laptop host is started for each test file. With `JOURNEYS_BASE_URL` and a token per role
 * (`JOURNEYS_TOKEN_CUSTOMER`, `_MERCHANT`, `_SUPPORT`, `_SYSTEM`) the same files speak to a deployed stack; journeys
 * that move the clock, play the outside parties or look into tables are then skipped, each by its name.
 */
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { type Laptop, startLaptop } from '../../infra/local/laptop';
import { outsideParties } from '../../infra/local/parties';
import { type Claims, type Problem, type Reply, Caller } from './api-client';
import { LaptopControls } from './laptop-controls';
import { listeningAssembly } from './listening-assembly';
import { seedPayment } from './payment-parties';
import { intakeOf, type OrderSketch, type Placed } from './order-sketch';

/** A cancellation as the API shows it. */
export interface Cancellation extends Problem {
  readonly id: string;
  readonly status: string;
  readonly orderId: string;
  readonly refund: { readonly amount: number; readonly currency: string };
  readonly components: Readonly<Record<string, number>>;
  readonly lines: readonly { readonly lineId: string; readonly quantity: number }[];
  readonly legs: readonly Leg[];
  readonly caseId?: string;
  readonly parts?: readonly string[];
  readonly partOf?: string;
  readonly graceUntil?: string;
  readonly deadlineAt?: string;
  readonly failure?: string;
  readonly choice?: { readonly deadlineAt: string; readonly destinations: readonly string[] };
  readonly answer?: { readonly verdict: string; readonly effect: string };
  readonly timeline: readonly { actor: string; step: string; outcome: string; at: string }[];
}

export interface Leg {
  readonly id: string;
  readonly leg: string;
  readonly channel: string;
  readonly operation: string;
  readonly payment: string;
  readonly amount: number;
  readonly points?: number;
  readonly status: string;
  readonly reference?: string;
  readonly settlement?: {
    readonly destination?: string;
    readonly arrives?: { readonly from: string; readonly to: string };
    readonly bankReference?: string;
  };
}

/** An order as the API shows it. */
export interface Order extends Problem {
  readonly id: string;
  readonly status: string;
  readonly total: number;
  readonly lines: readonly { id: string; available: number; cancelled: number; shipped: number }[];
  readonly shipments: readonly { id: string; ref: string; position: string; recall: string }[];
  readonly cancellations: readonly { id: string; status: string }[];
}

export interface List<Item> extends Problem {
  readonly data: readonly Item[];
  readonly hasMore: boolean;
  readonly next?: string;
}

/** Wishes of a request; without lines it is for all that is left. */
export interface Wish {
  readonly destination?: 'store_credit';
  readonly quoteId?: string;
  readonly orderId?: string;
  readonly lines?: readonly { lineId: string; quantity: number }[];
  readonly reason?: { core: string; own?: string };
  readonly note?: string;
}

const remote = process.env['JOURNEYS_BASE_URL'];

/** A journey that needs a laptop host; on a deployed stack it is skipped by its name. */
export const onLaptop: jest.It = remote === undefined ? it : it.skip;

/** What outlives any honest delay on a busy machine; a condition that holds is seen within a tenth of a second. */
const PATIENCE_MS = 20_000;
const LOOK_MS = 30;

/** Looks again and again until something holds. */
export async function until<Seen>(
  look: () => Promise<Seen>,
  holds: (seen: Seen) => boolean,
  what = 'It',
): Promise<Seen> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`${what} did not come; last seen: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** A service for the tests of one file: started before the first of them, ended after the last. */
export function useService(): Service {
  const service = new Service(basename(expect.getState().testPath ?? 'journey').replace(/\..*$/, ''));
  beforeAll(() => service.start(), 120_000);
  afterAll(() => service.close());
  return service;
}

export class Service {
  private laptop: Laptop | undefined;
  private controls: LaptopControls | undefined;
  private url = '';
  private placed = 0;
  /** Tells the orders, customers and merchants of one file and run from those of any other. */
  readonly prefix: string;

  constructor(readonly name: string) {
    this.prefix = remote === undefined ? name : `${name}-${Date.now().toString(36)}`;
  }

  async start(): Promise<void> {
    if (remote !== undefined) {
      this.url = remote;
      return;
    }
    this.laptop = await startLaptop({ assembly: await listeningAssembly(), port: 0, ...outsideParties() });
    this.attach(this.laptop.baseUrl);
  }

  /** Speaks to a laptop host that somebody else started. */
  attach(baseUrl: string): void {
    this.known.clear();
    this.url = baseUrl;
    this.controls = new LaptopControls(baseUrl);
  }

  async close(): Promise<void> {
    await this.laptop?.close();
  }

  get baseUrl(): string {
    return this.url;
  }

  /** The controls of the laptop host; for journeys declared by `onLaptop`. */
  get local(): LaptopControls {
    if (this.controls === undefined) throw new Error('This journey needs a laptop host: declare it with onLaptop.');
    return this.controls;
  }

  /** Entered states of a machine, by the state's name; for the count over all journeys. */
  statesEntered(machine: string): ReadonlySet<string> {
    const counts = Object.entries(this.laptop?.trace().machines ?? {}).find(([name]) => name.includes(machine))?.[1];
    return new Set(Object.keys(counts?.states ?? {}));
  }

  get customer(): Caller {
    return this.role('customer', { sub: `${this.prefix}-customer` });
  }

  get merchant(): Caller {
    return this.role('merchant', { sub: `${this.prefix}-staff`, merchant_id: `${this.prefix}-merchant` });
  }

  get support(): Caller {
    return this.role('support', { sub: `${this.prefix}-support` });
  }

  get system(): Caller {
    return this.role('system', { sub: `${this.prefix}-shop` });
  }

  /** Anybody, with the claims he is said to have; laptop only. */
  caller(claims: Claims, expiresInSeconds?: number): Caller {
    const { local } = this;
    let token: Promise<string> | undefined;
    return new Caller(claims, this.url, () => (token ??= local.token(claims, expiresInSeconds)));
  }

  /** Another customer of the same tenant. */
  customerNamed(name: string): Caller {
    return this.caller({ tenant: 'demo', role: 'customer', sub: `${this.prefix}-${name}` });
  }

  private readonly known = new Map<string, Caller>();

  private role(role: string, claims: Claims): Caller {
    const token = process.env[`JOURNEYS_TOKEN_${role.toUpperCase()}`];
    const made =
      this.known.get(role) ??
      (remote === undefined
        ? this.caller({ tenant: 'demo', role, ...claims })
        : new Caller(claimsIn(token ?? ''), remote, () => Promise.resolve(token ?? '')));
    this.known.set(role, made);
    return made;
  }

  /** The service's time: the host's where it can be moved. */
  async now(): Promise<Date> {
    return remote === undefined ? this.local.now() : new Date();
  }

  /** Puts an order as the shop would, with its stock opened and its card payments known to the provider. */
  async order(sketch: OrderSketch = {}): Promise<Placed> {
    const reference = `${this.prefix}-${(this.placed += 1)}`;
    const merchantId = this.merchant.claims.merchant_id ?? '';
    const customerId = (sketch.customer ?? this.customer).sub;
    const now = await this.now();
    const onOwnLedger = remote !== undefined;
    const intake = intakeOf(sketch, { reference, merchantId, customerId, now, onOwnLedger });
    if (intake.cards.length > 0) await this.local.stripe('seed', { seed: intake.cards });
    for (const paid of intake.paid) await seedPayment(this.local, paid, { now, currency: sketch.currency ?? 'GBP' });
    if (intake.parcels.length > 0) await this.local.easypost('seed', { seed: intake.parcels });
    if (intake.stock.length > 0)
      expected(await this.system.post('/v1/stock/batch', { merchantId, items: intake.stock }), 200);
    const reply = await this.system.put<{ id: string }>(`/v1/orders/${reference}`, intake.body);
    return { ...intake.placed, id: expected(reply, 201).id };
  }

  /** Asks for a cancellation; as the customer unless said. */
  cancel(wish: Wish, by: Caller = this.customer, key?: string): Promise<Reply<Cancellation>> {
    const core = by.claims.role === 'merchant' ? 'customer_asked' : 'changed_mind';
    return by.post<Cancellation>('/v1/cancellations', { reason: { core }, ...wish }, key);
  }

  /** Asks, and follows the cancellation until it has a status. @throws when the request was refused */
  async cancelUntil(status: string, wish: Wish, by: Caller = this.customer): Promise<Cancellation> {
    const { id } = expected(await this.cancel(wish, by), 201, 202);
    return this.becomes(id, status, by);
  }

  /**
   * Follows a cancellation to a status; the story is then complete as far as that. Whoever asked waits 0.8 s for a run
   * and then gives up on it, which a busy machine makes common; what it leaves over is the scheduler's, so only then is
   * time moved for it to come by.
   */
  async becomes(id: string, status: string, by: Caller = this.support): Promise<Cancellation> {
    const look = (): Promise<Cancellation> => this.cancellation(id, by);
    const there = (cancellation: Cancellation): boolean => cancellation.status === status;
    const { controls } = this;
    if (controls === undefined) return until(look, there, `${id} as ${status}`);
    await controls.idle();
    if (!there(await look()) && (await controls.gaveUpOn(id))) await controls.pass({ minutes: 4 });
    await until(look, there, `${id} as ${status}`);
    await controls.idle();
    const settled = await look();
    if (!there(settled)) throw new Error(`${id} was ${status} and became ${settled.status}`);
    return settled;
  }

  /** Asks, and follows the cancellation until the buyer is asked where money shall go that cannot go back. */
  async buyerIsAsked(wish: Wish, by: Caller = this.customer): Promise<Cancellation> {
    const { id } = expected(await this.cancel(wish, by), 201, 202);
    await this.local.idle();
    if (await this.local.gaveUpOn(id)) await this.local.pass({ minutes: 4 });
    const asked = ({ choice }: Cancellation): boolean => choice !== undefined;
    return until(() => this.cancellation(id, by), asked, `a question about ${id}`);
  }

  async cancellation(id: string, by: Caller = this.support): Promise<Cancellation> {
    return expected(await by.get<Cancellation>(`/v1/cancellations/${id}`), 200);
  }

  async orderNow(id: string, by: Caller = this.support): Promise<Order> {
    return expected(await by.get<Order>(`/v1/orders/${id}`), 200);
  }

  /** Waits until an order is in a customer's active list, or has left it: on AWS the index behind it lags. */
  async showsActive(reference: string, shown = true, by: Caller = this.customer): Promise<void> {
    const look = (): Promise<readonly string[]> => this.activeOrders(by);
    await until(look, (list) => list.includes(reference) === shown, `${reference} ${shown ? 'in' : 'out of'} the list`);
  }

  /** References of the orders in a customer's active list, all pages. */
  async activeOrders(by: Caller = this.customer): Promise<readonly string[]> {
    const references: string[] = [];
    for (let from = ''; ;) {
      const page = expected(await by.get<List<{ reference: string }>>(`/v1/orders?limit=100${from}`), 200);
      references.push(...page.data.map(({ reference }) => reference));
      if (page.next === undefined) return references;
      from = `&starting_after=${encodeURIComponent(page.next)}`;
    }
  }

  /** A new Idempotency-Key. */
  key(): string {
    return randomUUID();
  }
}

/** The body of an answer that must have one of these statuses. */
export function expected<Body>(reply: Reply<Body>, ...statuses: readonly number[]): Body {
  if (statuses.includes(reply.status)) return reply.body;
  throw new Error(
    `Expected ${statuses.join(' or ')}, got ${reply.status}: ${JSON.stringify(reply.body).slice(0, 800)}`,
  );
}

/** What a deployed stack's token says of its bearer; verified by the stack, only read here. */
function claimsIn(token: string): Claims {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  const claims = JSON.parse(payload === '' ? '{}' : payload) as Record<string, unknown>;
  const text = (name: string): string => {
    const value = claims[name] ?? claims[`custom:${name}`];
    return typeof value === 'string' ? value : '';
  };
  return { tenant: text('tenant'), role: text('role'), sub: text('sub'), merchant_id: text('merchant_id') };
}

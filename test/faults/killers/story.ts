/** A story from somebody else's bug tracker, told in the world: who does what, and how everything stands at the end. */
import { createHmac } from 'node:crypto';
import type { TimelineEntry } from '../../../shared/domain/events';
import { aftermathOf, type Aftermath, type Balance } from '../invariants/aftermath';
import type { FaultKind, Plan } from '../plan';
import { prepare, run, type RunResult } from '../run';
import { type Stage, type PlacedOrder } from '../scenarios/scenario';
import type { HeardEvent } from '../world/bus';
import { Client } from '../world/client';
import type { Production } from '../world/cloud';
import type { ApiAnswer, Claims, Seen } from '../world/gateway';
import type { PaymentAtProvider } from '../world/ledgers';
import { loadProduction } from '../world/production';
import { stripeConnection } from '../world/settings';

// A test file of jest has globals of its own; the production code has to be compiled among them, not among Node's.
jest.mock('node:vm', () => ({
  compileFunction: (script: string, names: readonly string[] = []): unknown =>
    (0, eval)(`(function (${names.join(', ')}) {${script}\n})`),
}));

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

type Script = (client: Client) => Promise<void>;

/** Who is in a story, and what they can do in it. */
export class Story {
  /** What people saw on the way. */
  readonly seen: unknown[] = [];

  constructor(
    readonly stage: Stage,
    readonly orders: readonly PlacedOrder[],
  ) {}

  get order(): PlacedOrder {
    return placed(this.orders[0]);
  }

  customer(script: Script, name = 'customer'): void {
    this.stage.let('customer', 'north', name, script);
  }

  support(script: Script, name = 'support'): void {
    this.stage.let('support', 'north', name, script);
  }

  merchant(script: Script, name = 'merchant'): void {
    this.stage.let('merchant', 'north', name, script);
  }

  system(script: Script, name = 'shop system'): void {
    this.stage.let('system', 'north', name, script);
  }

  /** Somebody with whatever token. */
  someone(name: string, claims: Claims, script: Script): void {
    const client = new Client(this.stage.cloud, name, claims);
    this.stage.clients.push(client);
    client.begin(script);
  }

  stripe(path: string, body?: unknown): Promise<unknown> {
    return this.stage.cloud.parties.control('stripe', path, body);
  }

  /** What it sends because of this leaves a little later: a client that ends at once takes it along. */
  easypost(path: string, body?: unknown): Promise<unknown> {
    return this.stage.cloud.parties.control('easypost', path, body);
  }

  /** The shop speaks to its provider itself, past us. */
  async past(path: string, form: Readonly<Record<string, string>> = {}): Promise<number> {
    const { status } = await this.stage.cloud.parties.handle({
      method: 'POST',
      path,
      headers: { authorization: 'Bearer sk_test_north' },
      body: new URLSearchParams(form).toString(),
    });
    return status;
  }

  /** A webhook of the provider, well signed, that says whatever the story needs. */
  webhook(id: string, type: string, object: object): Promise<Seen> {
    const time = Math.floor(this.stage.cloud.world.now / 1_000);
    const body = JSON.stringify({ id, object: 'event', type, created: time, data: { object } });
    const signature = createHmac('sha256', 'whsec_north').update(`${time}.${body}`).digest('hex');
    return this.stage.cloud.gateway.webhook({
      path: `/webhooks/payments/stripe/${stripeConnection('north')}`,
      headers: { 'stripe-signature': `t=${time},v1=${signature}` },
      body,
    });
  }
}

/** How everything stands when nothing more happens. */
export class End {
  constructor(
    readonly all: Awaited<ReturnType<typeof aftermathOf>>,
    private readonly story: Story,
    readonly result: RunResult,
  ) {}

  get seen(): readonly unknown[] {
    return this.story.seen;
  }

  /** The first order of the story, as it was placed. */
  get placed(): PlacedOrder {
    return placed(this.all.orders[0]?.placed);
  }

  /** Statuses of the cancellations, in the order in which they were asked for. */
  get statuses(): readonly string[] {
    return this.cancellations.map(({ status }) => status);
  }

  get cancellations(): Aftermath['cancellations'] {
    return [...this.all.cancellations].sort((one, other) => (one.requestedAt < other.requestedAt ? -1 : 1));
  }

  /** Refunds at the provider, oldest first, e.g. `succeeded 2000`. */
  refunds(payment?: string): readonly string[] {
    const all = this.all.refunds as readonly (Aftermath['refunds'][number] & { id: string })[];
    return all
      .filter((refund) => payment === undefined || refund.payment === payment)
      .sort((one, other) => (one.id < other.id ? -1 : 1))
      .map(({ status, amount }) => `${status} ${amount}`);
  }

  payment(ref: string | undefined): PaymentAtProvider | undefined {
    return this.all.paymentsAtProvider.find(({ payment }) => payment === ref);
  }

  stock(sku: string | undefined, location = 'main'): Pick<Balance, 'onHand' | 'reserved' | 'available'> | undefined {
    const found = this.all.balances.find(({ partition }) => partition.endsWith(`#${location}#${sku ?? ''}`));
    return found && { onHand: found.onHand, reserved: found.reserved, available: found.available };
  }

  /** What was moved in stock after the opening, e.g. `release 2`, sorted. */
  movements(sku: string | undefined, location = 'main'): readonly string[] {
    return this.all.movements
      .filter(({ type, partition }) => type !== 'opening' && partition.endsWith(`#${location}#${sku ?? ''}`))
      .map(({ type, quantity }) => `${type} ${quantity}`)
      .sort();
  }

  /** What a listener that ignores repetitions heard of an order, in order. */
  events({ id }: PlacedOrder): readonly HeardEvent[] {
    const bySequence = new Map(
      this.all.events.filter(({ orderId }) => orderId === id).map((event) => [event.sequence, event]),
    );
    return [...bySequence.values()].sort((one, other) => one.sequence - other.sequence);
  }

  heard(order: PlacedOrder): readonly string[] {
    return this.events(order).map(({ type }) => type);
  }

  /** What the last event of a type says of its cancellation. */
  said(order: PlacedOrder, type: string): Readonly<Record<string, unknown>> | undefined {
    const event = this.events(order).findLast((one) => one.type === type);
    return event?.data['cancellation'] as Readonly<Record<string, unknown>> | undefined;
  }

  order({ id }: PlacedOrder): Promise<ApiAnswer['body']> {
    return this.read('support', `/v1/orders/${id}`);
  }

  cancellation(
    id: string | undefined,
    role: 'customer' | 'support' | 'merchant' = 'customer',
  ): Promise<ApiAnswer['body']> {
    return this.read(role, `/v1/cancellations/${id ?? ''}`);
  }

  /** The story of a cancellation as support reads it. */
  async timeline(id: string | undefined): Promise<readonly TimelineEntry[]> {
    return ((await this.cancellation(id, 'support')) as { timeline: TimelineEntry[] }).timeline;
  }

  /** References of the orders that the customer sees as running. */
  async active(): Promise<readonly string[]> {
    const { data } = (await this.read('customer', '/v1/orders')) as { data: { reference: string }[] };
    return data.map(({ reference }) => reference);
  }

  async read(role: 'customer' | 'support' | 'merchant', path: string): Promise<ApiAnswer['body']> {
    let body: unknown;
    this.story.stage.let(role, 'north', `reader of ${path}`, async (reader) => {
      ({ body } = await reader.get(path));
    });
    await this.all.cloud.world.rest();
    return body;
  }
}

/** A fault at the next call with such a label; at each of them as often as `times` says. */
export interface Strike {
  readonly label: string;
  readonly kind: FaultKind;
  readonly times?: number;
}

interface Wherever {
  readonly kind: FaultKind;
  /** Absent: at every call that it can strike. */
  readonly label?: RegExp;
}

interface Circumstances {
  readonly strikes?: readonly Strike[];
  /** An invariant that the story itself breaks, as the test says. */
  readonly bends?: string;
}

type Placing = (stage: Stage) => Promise<PlacedOrder | readonly PlacedOrder[]>;
type Acting = (story: Story) => void;

export interface Telling {
  /** Tells a story once, and refuses it when an invariant does not hold at its end. */
  tell(place: Placing, act: Acting, circumstances?: Circumstances): Promise<End>;
  /** Tells it once for each call with such a label, with the same fault there, and checks each end. */
  tellWherever(place: Placing, act: Acting, fault: Wherever, check: (end: End) => Promise<void> | void): Promise<void>;
}

export function useWorld(): Telling {
  let production: Production;
  beforeAll(async () => {
    production = await loadProduction();
  });

  async function ready(place: Placing, act: Acting): Promise<(plan: Plan) => Promise<End>> {
    let story: Story | undefined;
    const from = await prepare(production, {
      name: 'story',
      sentence: '',
      prepare: async (stage) => [await place(stage)].flat(),
      act: (stage, orders) => act((story = new Story(stage, orders))),
    });
    return async (plan) => {
      const result = await run(production, from, { plan, recording: false });
      const told = story as unknown as Story;
      return new End(await aftermathOf(result.cloud, told.stage, from.orders), told, result);
    };
  }

  return {
    async tell(place, act, { strikes = [], bends } = {}) {
      const once = await ready(place, act);
      let plan: Plan = [];
      for (const { label, kind, times = 1 } of strikes) {
        for (let round = 0; round < times; round += 1) {
          const next = nextCall(await once(plan), plan.at(-1)?.at ?? 0, label, kind);
          if (next === undefined && round === 0) throw new Error(`nothing in the story is ${label}`);
          if (next === undefined) break;
          plan = [...plan, { at: next, kind }];
        }
      }
      const end = await once(plan);
      expect(end.result.violations.filter(({ invariant }) => invariant !== bends)).toEqual([]);
      return end;
    },
    async tellWherever(place, act, { kind, label = /./ }, check) {
      const once = await ready(place, act);
      const { calls } = (await once([])).result;
      let struck = 0;
      for (const [index, call] of calls.entries()) {
        if (!call.kinds.includes(kind) || !label.test(call.label)) continue;
        struck += 1;
        const end = await once([{ at: index + 1, kind }]);
        expect({ at: call.label, violations: end.result.violations }).toEqual({ at: call.label, violations: [] });
        await check(end);
      }
      expect(struck).toBeGreaterThan(1);
    },
  };
}

function nextCall({ result }: End, after: number, label: string, kind: FaultKind): number | undefined {
  const place = result.calls.findIndex(
    (call, index) => index >= after && call.label.startsWith(label) && call.kinds.includes(kind),
  );
  return place < 0 ? undefined : place + 1;
}

function placed(order: PlacedOrder | undefined): PlacedOrder {
  if (order === undefined) throw new Error('the story has no such order');
  return order;
}

export const changedMind = { core: 'changed_mind' };

/** Asks for a cancellation; without `lines` of everything that is left. */
export function cancel(
  client: Client,
  order: PlacedOrder,
  key: string,
  lines?: Readonly<Record<string, number>>,
  reason: object = changedMind,
): Promise<ApiAnswer> {
  return client.post('/v1/cancellations', key, {
    orderId: order.id,
    ...(lines === undefined
      ? {}
      : { lines: Object.entries(lines).map(([lineId, quantity]) => ({ lineId, quantity })) }),
    reason,
  });
}

/** The case of a cancellation, as support finds it a minute later. */
export async function caseOf(support: Client, cancellation: string): Promise<string> {
  await support.pause(MINUTE);
  return ((await support.get(`/v1/cancellations/${cancellation}`)).body as { caseId: string }).caseId;
}

import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assembly } from '../infra/local/assembly';
import { record } from '../infra/local/json';
import { startLaptop, type Laptop } from '../infra/local/laptop';
import { outsideParties } from '../infra/local/parties';
import { platformDefaultPolicy, type Policy } from '../shared/domain/policy';

/** The policy of a measured path: the platform's, with its window and terms, changed where the path needs it. */
export const policyOf = (id: string, change: Partial<Policy>): Policy => ({ ...platformDefaultPolicy, id, ...change });

export interface Reply {
  status: number;
  body: Readonly<Record<string, unknown>>;
  bytes: number;
  milliseconds: number;
}

/** Long enough for a clock that is moved by half a day. */
const tokenSeconds = 30 * 24 * 3_600;
/** Rows of one batch that the service takes. */
const batch = 500;
const unitPrice = 1_250;

/** What orders are paid with: one card for all of it, or two cards and a gift card. */
export type Tenders = 'card' | 'two cards and a gift card';

export interface Sold {
  /** Absent: one card. */
  tenders?: Tenders | undefined;
  /** With SF Express, in one parcel that has left. */
  sent?: true | undefined;
}

/** A marketplace on a laptop host of its own, with one merchant, and orders of one line. */
export class Shop {
  private made = 0;

  private constructor(
    readonly laptop: Laptop,
    /** The synthesized assembly that runs. */
    readonly directory: string,
    private readonly tokens: Readonly<Record<'system' | 'merchant' | 'customer', string>>,
    private readonly forget: () => void,
  ) {}

  static async open(options: { workersPerFunction?: number } = {}): Promise<Shop> {
    const directory = withoutSchedules(await assembly());
    const forget = (): void => rmSync(directory, { recursive: true, force: true });
    try {
      const laptop = await startLaptop({
        assembly: directory,
        log: 'silent',
        namesInvocations: true,
        ...outsideParties(),
        ...options,
      });
      const token = (role: string, more: Record<string, string> = {}): Promise<string> =>
        laptop.token({ tenant: 'demo', role, sub: role, ...more }, { expiresInSeconds: tokenSeconds });
      const [system, merchant, customer] = await Promise.all([
        token('system'),
        token('merchant', { merchant_id: 'mer_bench' }),
        token('customer'),
      ]);
      return new Shop(laptop, directory, { system, merchant, customer }, forget);
    } catch (error) {
      forget();
      throw error;
    }
  }

  /** Takes in `count` paid orders of two pieces of one article each. @returns their ids */
  async takeOrders(count: number, policy: Policy, { tenders = 'card', sent }: Sold = {}): Promise<string[]> {
    const ids: string[] = [];
    while (ids.length < count) {
      const names = Array.from({ length: Math.min(batch, count - ids.length) }, () => `b${(this.made += 1)}`);
      await this.seed('stripe', names.flatMap((name) => cardsOf(name, tenders)).map(cardAtStripe));
      if (sent) await this.seed('sf_express', names.map(parcelAtCarrier));
      const items = names.map((name) => ({ sku: `sku-${name}`, location: 'main', onHand: 10, reserved: 2, ref: name }));
      expectOk(await this.call('system', 'POST', '/v1/stock/batch', { merchantId: 'mer_bench', items }));
      const orders = names.map((name) => this.orderBody(name, policy, { tenders, sent }));
      const reply = expectOk(await this.call('system', 'POST', '/v1/orders/batch', { orders }));
      for (const result of reply.body['results'] as Record<string, unknown>[]) {
        if (typeof result['id'] !== 'string') throw new Error(`An order was refused: ${JSON.stringify(result)}`);
        ids.push(result['id']);
      }
    }
    return ids;
  }

  /** The request of the customer who bought. */
  requestCancellation(orderId: string): Promise<Reply> {
    return this.call('customer', 'POST', '/v1/cancellations', { orderId, reason: { core: 'changed_mind' } }, orderId);
  }

  approve(cancellationId: string): Promise<Reply> {
    return this.call('merchant', 'POST', `/v1/cancellations/${cancellationId}/approve`, {}, `a-${cancellationId}`);
  }

  async statusOf(cancellationId: string): Promise<unknown> {
    return (await this.call('customer', 'GET', `/v1/cancellations/${cancellationId}`)).body['status'];
  }

  async close(): Promise<void> {
    await this.laptop.close();
    this.forget();
  }

  /** The warehouse has the parcel of an order again. */
  async receiveParcel(orderId: string): Promise<Reply> {
    return expectOk(
      await this.call('merchant', 'POST', `/v1/orders/${orderId}/shipments/p1/received`, {}, `r-${orderId}`),
    );
  }

  private async seed(party: 'stripe' | 'sf_express', seed: readonly object[]): Promise<void> {
    const reply = await fetch(`${this.laptop.baseUrl}/_local/stand-ins/${party}/seed`, {
      method: 'POST',
      body: JSON.stringify({ seed }),
    });
    if (!reply.ok) throw new Error(`${party} could not be seeded: ${reply.status} ${await reply.text()}`);
  }

  private orderBody(name: string, policy: Policy, { tenders = 'card', sent }: Sold): unknown {
    const cards = cardsOf(name, tenders);
    const rest = 2 * unitPrice - cards.reduce((paid, { amount }) => paid + amount, 0);
    const giftCard = { ref: `gc_${name}`, channel: 'gift_card', captures: [{ ref: `gc_${name}`, amount: rest }] };
    return {
      reference: name,
      version: 1,
      merchantId: 'mer_bench',
      placedAt: new Date(this.laptop.clock.now()).toISOString(),
      currency: 'GBP',
      customer: { id: 'customer', name: 'Ann Customer', email: 'ann@example.com' },
      contract: { policy },
      lines: [{ id: '1', sku: `sku-${name}`, kind: 'goods', quantity: 2, net: 2 * unitPrice, location: 'main' }],
      payments: [
        ...cards.map((card) => ({
          ref: `pi_${card.name}`,
          channel: 'stripe',
          connectionId: 'con_stripe_demo',
          captures: [{ ref: `ch_${card.name}`, amount: card.amount }],
        })),
        ...(rest > 0 ? [giftCard] : []),
      ],
      ...(sent && { shipments: [{ ...parcel, ref: 'p1', providerShipmentRef: `sf-${name}` }] }),
    };
  }

  private async call(
    role: keyof Shop['tokens'],
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    key?: string,
  ): Promise<Reply> {
    const before = performance.now();
    const reply = await fetch(this.laptop.baseUrl + path, {
      method,
      headers: {
        authorization: `Bearer ${this.tokens[role]}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    return {
      status: reply.status,
      body: record(JSON.parse(text)),
      bytes: Buffer.byteLength(text),
      milliseconds: performance.now() - before,
    };
  }
}

interface Card {
  name: string;
  amount: number;
}

function cardsOf(name: string, tenders: Tenders): Card[] {
  if (tenders === 'card') return [{ name, amount: 2 * unitPrice }];
  return [
    { name, amount: unitPrice },
    { name: `${name}-2`, amount: unitPrice / 2 },
  ];
}

const cardAtStripe = ({ name, amount }: Card) => ({
  ...{ account: 'con_stripe_demo', payment_intent: `pi_${name}`, charge: `ch_${name}` },
  ...{ amount, currency: 'gbp' },
});

const parcel = {
  ...{ carrier: 'sf_express', connectionId: 'con_sf_express_demo', position: 'handed_over' },
  lines: [{ lineId: '1', quantity: 2 }],
};

/** `50`: SF has picked it up. */
const parcelAtCarrier = (name: string) => ({
  ...{ account: 'con_sf_express_demo', shipment: `sf-${name}`, tracking_code: `no-sf-${name}`, status: '50' },
});

function expectOk(reply: Reply): Reply {
  if (reply.status >= 300) throw new Error(`The shop was answered ${reply.status} ${JSON.stringify(reply.body)}`);
  return reply;
}

/**
 * A copy of an assembly whose schedules are switched off. They run by the clock and not by the cancellation, and a
 * clock that is moved would put their reads into its account.
 */
function withoutSchedules(directory: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'bench-'));
  for (const name of readdirSync(directory)) {
    if (!name.endsWith('.template.json')) {
      symlinkSync(join(directory, name), join(copy, name));
      continue;
    }
    const template = JSON.parse(readFileSync(join(directory, name), 'utf8')) as {
      Resources: Record<string, { Type: string; Properties?: Record<string, unknown> }>;
    };
    for (const { Type, Properties } of Object.values(template.Resources)) {
      if (Type === 'AWS::Scheduler::Schedule' && Properties !== undefined) Properties['State'] = 'DISABLED';
    }
    writeFileSync(join(copy, name), JSON.stringify(template));
  }
  return copy;
}

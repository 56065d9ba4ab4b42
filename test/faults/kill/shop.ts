/** Everybody around the host in one round: the shop, its customers, its merchant, the provider. */
import { randomUUID } from 'node:crypto';
import { inLanes } from '../../../bench/replay/lanes';
import { Caller, type Claims, type Problem } from '../../support/api-client';
import type { LaptopControls } from '../../support/laptop-controls';
import { intakeOf, type Placed } from '../../support/order-sketch';
import type { Scenario } from './scenarios';

/** One cancellation as its client knows it. */
export interface Attempt {
  readonly scenario: Scenario;
  readonly order: Placed;
  readonly customer: Claims;
  readonly key: string;
  /** Of what is done later: the merchant's answer or the withdrawal. */
  readonly laterKey: string;
  /** Every id that was answered under the key; there should be one. */
  readonly ids: Set<string>;
  /** How often it was posted; more than once after a cut line or a 5xx. */
  sent: number;
  /** Why the service does not want it; nothing here is to be refused. */
  refusal?: string;
  laterSent: number;
  laterDone: boolean;
}

/** Refusals after which a client sends the same again. */
const TRY_AGAIN = new Set(['request_running', 'conflict_try_again']);
const CUSTOMERS = 4;
/** Orders and balances per call of the batch routes. */
const BATCH = 50;
const TENANT = 'demo';

export class Shop {
  private readonly callers = new Map<string, Caller>();
  readonly merchantId = 'kill-merchant';

  constructor(private local: LaptopControls) {}

  /** Goes on with a host that was started again. */
  attach(local: LaptopControls): void {
    this.local = local;
    this.callers.clear();
  }

  get customers(): readonly Claims[] {
    return Array.from({ length: CUSTOMERS }, (_, at) => ({ tenant: TENANT, role: 'customer', sub: `customer-${at}` }));
  }

  get support(): Caller {
    return this.caller({ tenant: TENANT, role: 'support', sub: 'support' });
  }

  caller(claims: Claims): Caller {
    const name = `${claims.role}/${claims.sub}`;
    const { local } = this;
    let token: Promise<string> | undefined;
    const made = this.callers.get(name) ?? new Caller(claims, local.baseUrl, () => (token ??= local.token(claims)));
    this.callers.set(name, made);
    return made;
  }

  /** Takes in an order per scenario, with its stock, its cards and labels, and how its refunds will turn out. */
  async takeIn(mix: readonly Scenario[]): Promise<readonly Attempt[]> {
    const now = await this.local.now();
    const { merchantId } = this;
    const taken = mix.map((scenario, at) => {
      const customer = this.customers[at % CUSTOMERS] ?? {};
      const reference = `kill-${at + 1}`;
      const customerId = customer.sub ?? '';
      const intake = intakeOf(scenario.sketch, { reference, merchantId, customerId, now, onOwnLedger: false });
      return { scenario, customer, reference, intake };
    });
    const all = <Item>(pick: (intake: ReturnType<typeof intakeOf>) => readonly Item[]): Item[] =>
      taken.flatMap(({ intake }) => pick(intake));
    await this.local.stripe('seed', { seed: all(({ cards }) => cards) });
    await this.local.easypost('seed', { seed: all(({ parcels }) => parcels) });
    const system = this.caller({ tenant: TENANT, role: 'system', sub: 'shop' });
    for (const items of slices(all(({ stock }) => stock)))
      accepted(await system.post('/v1/stock/batch', { merchantId, items }));
    const ids = new Map<string, string>();
    for (const orders of slices(taken.map(({ reference, intake }) => ({ reference, ...intake.body })))) {
      const reply = await system.post<Results>('/v1/orders/batch', { orders });
      for (const { reference, id, problem } of accepted(reply).results) {
        if (id === undefined) throw new Error(`${reference} was not taken in: ${JSON.stringify(problem)}`);
        ids.set(reference, id);
      }
    }
    for (const { scenario, intake } of taken) {
      const { tender = 0, behaviour } = scenario.refunds ?? {};
      const payment = intake.placed.payments[tender];
      if (behaviour !== undefined) await this.local.stripe('behaviours', { payment_intent: payment, ...behaviour });
    }
    return taken.map(({ scenario, customer, reference, intake }) => ({
      scenario,
      customer,
      order: { ...intake.placed, id: ids.get(reference) ?? '' },
      key: randomUUID(),
      laterKey: randomUUID(),
      ids: new Set<string>(),
      sent: 0,
      laterSent: 0,
      laterDone: scenario.later === undefined,
    }));
  }

  /** Asks for the cancellation under its key. @throws when the line was cut: nobody knows whether it was accepted */
  async ask(attempt: Attempt): Promise<void> {
    const { order, scenario, customer, key } = attempt;
    attempt.sent += 1;
    const wish = {
      orderId: order.id,
      reason: { core: 'changed_mind' },
      ...(scenario.lines && { lines: scenario.lines }),
    };
    const reply = await this.caller(customer).post<Problem & { id: string }>('/v1/cancellations', wish, key);
    if (reply.status < 300) attempt.ids.add(reply.body.id);
    else if (reply.status < 500 && !TRY_AGAIN.has(reply.body.code ?? ''))
      attempt.refusal = `${reply.status} ${JSON.stringify(reply.body)}`;
  }

  /** Does what the scenario has somebody do later; to be repeated until `laterDone`. @throws when the line was cut */
  async doLater(attempt: Attempt): Promise<void> {
    const { scenario, order, laterKey } = attempt;
    attempt.laterSent += 1;
    switch (scenario.later) {
      case 'merchant approves':
        return this.say(attempt, this.merchant, 'approve', laterKey);
      case 'merchant declines':
        return this.say(attempt, this.merchant, 'decline', laterKey);
      case 'customer withdraws':
        return this.say(attempt, this.caller(attempt.customer), 'withdraw', laterKey);
      case 'provider settles': {
        const before = await this.local.refundsOn(...order.payments);
        if (before.some(({ status }) => status === 'pending'))
          await this.local.stripe('settle', { payment_intent: order.payments[0] });
        attempt.laterDone = before.length > 0;
        return;
      }
      case undefined:
        attempt.laterDone = true;
    }
  }

  /** References of the orders that customers see as active. */
  async active(): Promise<ReadonlySet<string>> {
    const references = new Set<string>();
    await inLanes(this.customers, CUSTOMERS, async (claims) => {
      for (let from = ''; ;) {
        const page = accepted(await this.caller(claims).get<OrderPage>(`/v1/orders?limit=100${from}`));
        for (const { reference } of page.data) references.add(reference);
        if (page.next === undefined) return;
        from = `&starting_after=${encodeURIComponent(page.next)}`;
      }
    });
    return references;
  }

  private get merchant(): Caller {
    return this.caller({ tenant: TENANT, role: 'merchant', sub: 'staff', merchant_id: this.merchantId });
  }

  private async say(attempt: Attempt, by: Caller, word: string, key: string): Promise<void> {
    const [id = ''] = attempt.ids;
    const reply = await by.post(`/v1/cancellations/${id}/${word}`, {}, key);
    if (reply.status < 300) attempt.laterDone = true;
    else if (reply.status < 500 && !TRY_AGAIN.has(reply.body.code ?? '')) {
      attempt.laterDone = true;
      attempt.refusal = `${word}: ${reply.status} ${JSON.stringify(reply.body)}`;
    }
  }
}

interface Results {
  readonly results: readonly { reference: string; id?: string; problem?: unknown }[];
}

interface OrderPage {
  readonly data: readonly { reference: string }[];
  readonly next?: string;
}

function accepted<Body>({ status, body }: { status: number; body: Body }): Body {
  if (status < 300) return body;
  throw new Error(`Not accepted: ${status} ${JSON.stringify(body).slice(0, 500)}`);
}

function* slices<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let at = 0; at < items.length; at += BATCH) yield items.slice(at, at + BATCH);
}

/**
 * Klarna, played by the laptop host: reading an order, cancelling it, releasing what is left of it, capturing and refunding,
 * in the wire format of the Order Management API. It tells nothing of refunds. Source: https://docs.klarna.com/api/ordermanagement/
 *
 * Control calls are listed in docs/decisions/0007-adyen-and-klarna.md.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { integer, list, record, text, type Json } from '../json';
import type { StandIn, StandInHost, StandInReply, StandInRequest } from '../stand-in';
import {
  asReply,
  cancel,
  capture,
  capturedOf,
  captureObject,
  json,
  orderObject,
  refund,
  REFUND_STATES,
  refundedOf,
  refundObject,
  refused,
  release,
  statusOf,
  type KlarnaOrder,
  type KlarnaRefund,
  type RefundStatus,
  type Reply,
} from './klarna-orders';
import { PartySettings, troubleReply, type AccountSource, type PartyAccount, type Trouble } from './party-settings';
import { PaymentBooks } from './payment-books';
import { RefundBehaviours } from './refund-behaviours';

const PREFIX = '/ordermanagement/v1/orders/';
const PATH = /^\/ordermanagement\/v1\/orders\/([^/]+)(?:\/([a-z-]+))?(?:\/([^/]+))?$/;

/** https://docs.klarna.com/api/escalation-and-retry-policy/ */
const KEY_LIFE_MS = 24 * 60 * 60 * 1000;
/** How long an authorization holds, unless it is seeded otherwise. */
const HELD_MS = 28 * 24 * 60 * 60 * 1000;

export function klarnaStandIn(options: { accounts?: AccountSource } = {}): StandIn {
  let running: Running | undefined;
  const started = (): Running => {
    if (!running) throw new Error('The Klarna stand-in has not been started.');
    return running;
  };
  return {
    name: 'klarna',
    matches: (_method, path) => path.startsWith(PREFIX),
    handle: (request) => started().handle(request),
    control: (path, body) => started().control(path, body),
    start: async (host) => {
      running = await Running.begin(host, options.accounts);
    },
    stop: () => running?.stop(),
  };
}

class Running {
  private readonly books: PaymentBooks<RefundStatus, KlarnaRefund, KlarnaOrder>;
  private requests = 0;

  private constructor(
    private readonly host: StandInHost,
    private readonly settings: PartySettings,
    private readonly behaviours: RefundBehaviours<RefundStatus>,
  ) {
    this.books = new PaymentBooks(host, settings, {
      // Klarna tells nothing: its outboxes stay empty.
      path: () => '/',
      sign: () => Promise.resolve({}),
      settle: () => Promise.resolve(),
    });
  }

  static async begin(host: StandInHost, accounts: AccountSource | undefined): Promise<Running> {
    const behaviours = await RefundBehaviours.load(host, REFUND_STATES);
    const running = new Running(host, await PartySettings.load(host, accounts), behaviours);
    await running.books.load();
    return running;
  }

  stop(): void {
    this.books.stop();
  }

  async handle(request: StandInRequest): Promise<StandInReply> {
    this.requests += 1;
    const account = await this.settings.accountByKey(apiKeyOf(request.headers.authorization));
    if (!account) return { status: 401, body: '' };
    const trouble = this.settings.takeTrouble(request.method, request.path);
    if (trouble && trouble.delayMs > 0) await pause(trouble.delayMs);
    const [, id = '', what, which] = PATH.exec(request.path) ?? [];
    const found = this.books.get(decodeURIComponent(id));
    const order = found?.account === account.id ? found : undefined;
    if (request.method === 'GET') return troubleReply(trouble) ?? this.read(order, what, which);
    return this.change(request, account, order, what, trouble);
  }

  private read(order: KlarnaOrder | undefined, what: string | undefined, which: string | undefined): Reply {
    if (!order) return refused(404, 'NO_SUCH_ORDER', 'No such order.');
    if (what === undefined) return json(200, orderObject(order, this.host.clock.now()));
    if (what === 'captures' && which === undefined) return json(200, order.captures.map(captureObject));
    const one = which === undefined ? undefined : decodeURIComponent(which);
    const refundFound = what === 'refunds' ? order.refunds.find(({ id }) => id === one) : undefined;
    return refundFound ? json(200, refundObject(refundFound)) : refused(404, 'NOT_FOUND', 'Not found.');
  }

  /** A repetition under a key gets the first answer, whatever it asks for. */
  private async change(
    request: StandInRequest,
    account: PartyAccount,
    order: KlarnaOrder | undefined,
    what: string | undefined,
    trouble: Trouble | undefined,
  ): Promise<StandInReply> {
    const key = request.headers['klarna-idempotency-key'];
    const named = typeof key === 'string' ? key : undefined;
    const broken = troubleReply(trouble);
    const saved = named === undefined ? undefined : this.savedUnder(account.id, named);
    if (saved !== undefined) return broken ?? { status: saved.status, headers: saved.headers, body: saved.body };
    if (broken && !trouble?.applied) {
      if (order && trouble?.saved && broken !== 'hang-up') await this.keep(order, named, asReply(broken));
      return broken;
    }
    if (!order) return broken ?? refused(404, 'NO_SUCH_ORDER', 'No such order.');
    const reply = this.perform(order, what, jsonOf(request.rawBody));
    // One write holds the money and the saved answer: a crash has both or none.
    await this.keep(order, named, reply);
    return broken ?? reply;
  }

  private perform(order: KlarnaOrder, what: string | undefined, body: Json): Reply {
    const now = this.host.clock.now();
    switch (what) {
      case 'cancel':
        return cancel(order, now);
      case 'release-remaining-authorization':
        return release(order, now);
      case 'captures':
        return capture(order, integer(body['captured_amount']) ?? 0, now);
      case 'refunds': {
        const behaviour = this.behaviours.take(order.id);
        if (behaviour?.refuse !== undefined) return refused(403, behaviour.refuse, behaviour.reason ?? 'Refused.');
        return refund(order, body, now);
      }
      default:
        return refused(404, 'NOT_FOUND', 'Not found.');
    }
  }

  private savedUnder(account: string, key: string) {
    const now = this.host.clock.now();
    return this.books
      .of(account)
      .flatMap(({ answers }) => answers)
      .find((one) => one.key === key && now - one.at < KEY_LIFE_MS);
  }

  private async keep(order: KlarnaOrder, key: string | undefined, reply: Reply): Promise<void> {
    if (key !== undefined) order.answers.push({ key, at: this.host.clock.now(), ...reply });
    await this.books.save(order);
  }

  async control(path: string, body: unknown): Promise<unknown> {
    switch (path) {
      case 'seed':
        return this.seed(body);
      case 'behaviours':
        if (body !== undefined) await this.behaviours.add(body);
        return { behaviours: this.behaviours.all() };
      case 'expire': {
        const order = this.named(body);
        order.expiresAt = this.host.clock.now();
        await this.books.save(order);
        return { order: order.id };
      }
      case 'ledger':
        return { requests: this.requests, orders: this.books.all().map((order) => this.lineOf(order)) };
      case 'reset':
        await this.books.forget();
        await this.settings.forget();
        await this.behaviours.forget();
        return {};
      default: {
        const common = await this.settings.control(path, body);
        if (common === undefined) throw new Error(`The Klarna stand-in has no control call ${path}.`);
        return common;
      }
    }
  }

  private async seed(body: unknown): Promise<unknown> {
    const wishes = list(record(body)['seed']);
    const now = this.host.clock.now();
    let seeded = 0;
    for (const wish of wishes) {
      const row = record(wish);
      const id = text(row['order']) ?? randomUUID();
      const amount = integer(row['amount']);
      const currency = text(row['currency']);
      if (amount === undefined || currency === undefined) throw new Error(`seed ${id}: amount and currency are needed`);
      // Seeding twice is harmless: an order that is there stays as it is.
      if (this.books.get(id)) continue;
      const captured = integer(row['captured']) ?? amount;
      const order: KlarnaOrder = {
        id,
        account: text(row['account']) ?? (await this.settings.soleAccount()).id,
        currency,
        amount,
        at: now,
        expiresAt: now + HELD_MS,
        captures: captured === 0 ? [] : [{ id: text(row['capture']) ?? randomUUID(), amount: captured, at: now }],
        cancelled: false,
        released: false,
        refunds: [],
        answers: [],
        outbox: [],
      };
      this.books.add(order);
      await this.books.save(order);
      seeded += 1;
    }
    return { seeded, known: wishes.length - seeded };
  }

  private named(body: unknown): KlarnaOrder {
    const id = text(record(body)['order']) ?? '';
    const order = this.books.get(id);
    if (!order) throw new Error(`There is no order '${id}'.`);
    return order;
  }

  private lineOf(order: KlarnaOrder): Record<string, unknown> {
    return {
      order: order.id,
      account: order.account,
      currency: order.currency,
      amount: order.amount,
      captured: capturedOf(order),
      refunded: refundedOf(order),
      released: order.released,
      status: statusOf(order, this.host.clock.now()),
      refunds: order.refunds,
    };
  }
}

/** Credentials are an API key as it is, or `username:password` in base64. */
function apiKeyOf(authorization: string | undefined): string {
  const [scheme, value = ''] = (authorization ?? '').split(' ');
  if (scheme !== 'Basic') return '';
  if (value.startsWith('klarna_')) return value;
  return Buffer.from(value, 'base64').toString('utf8').split(':')[1] ?? '';
}

function jsonOf(rawBody: Buffer): Json {
  try {
    return record(JSON.parse(rawBody.toString('utf8')));
  } catch {
    return {};
  }
}

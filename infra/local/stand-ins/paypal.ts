/**
 * PayPal, played by the laptop host: the routes of Payments v2, Orders v2 and Webhooks v1 that a cancellation uses, in
 * PayPal's wire format, with its tokens, its request ids, its errors and its signed webhooks.
 * Source: https://developer.paypal.com/api/payments/v2 and https://developer.paypal.com/api/rest/webhooks/rest
 *
 * Control calls, besides those of PartySettings (accounts need `settings.clientId`); amounts are PayPal's decimal texts:
 * - `seed`: `{ seed: [{ order?, capture?, authorization?, amount: "20.00", captured?, currency, account?, open?, pending?, at? }] }`;
 *   `captured: "0.00"` is authorized only; with `open` more may be captured; a `pending` capture waits for the bank; `at` is
 *   when it was made
 * - `behaviours`: `{ next?: 1, payment?: order or orders, refuse?: issue | status, reason?, then?, afterMs? }`
 * - `settle`: `{ refund? | leg_id? | payment?, status?: "COMPLETED", reason? }`; without a name: all that are pending
 * - `forget-orders`: `{}`: orders are not found any more, captures and refunds are
 * - `tokens/revoke`: `{}`; `ledger`, `ledger/totals`: GET; `reset`: `{}`, keeps the accounts
 *
 * PayPal documents no refund that comes back after COMPLETED, so nothing bounces here.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { list, record, text } from '../json';
import type { StandIn, StandInHost, StandInReply, StandInRequest } from '../stand-in';
import { PartySettings, troubleReply, type AccountSource, type Trouble } from './party-settings';
import { PaymentBooks, type Due } from './payment-books';
import { PaypalAccess } from './paypal-access';
import { PaypalEvents } from './paypal-events';
import {
  moneyOf,
  REFUND_STATES,
  refundedOf,
  Refusal,
  refusalReply,
  unitsOf,
  type PaypalEvent,
  type PaypalPayment,
  type PaypalRefund,
  type RefundState,
} from './paypal-objects';
import { newId, route, type PaypalBooks, type PaypalCall } from './paypal-routes';
import { CERTIFICATE_PATH, paypalSigner, transmissionHeaders } from './paypal-signer';
import { RefundBehaviours } from './refund-behaviours';
import type { Notice } from './webhook-sender';

const PATHS =
  /^\/(v1\/oauth2\/token|v1\/notifications\/(webhooks-events\/?|certs\/[\w-]+)|v2\/checkout\/orders\/[^/]+|v2\/payments\/(authorizations|captures|refunds)\/[^/]+(\/(void|refund))?)$/;
const TOKEN_PATH = '/v1/oauth2/token';
const ORDERS_GONE = 'orders-gone';

export function paypalStandIn(options: { accounts?: AccountSource } = {}): StandIn {
  let running: Running | undefined;
  const started = (): Running => {
    if (!running) throw new Error('The PayPal stand-in has not been started.');
    return running;
  };
  return {
    name: 'paypal',
    matches: (_method, path) => PATHS.test(path),
    handle: (request) => started().handle(request),
    control: (path, body) => started().control(path, body),
    start: async (host) => {
      running = await Running.begin(host, options.accounts);
    },
    stop: () => running?.stop(),
  };
}

class Running {
  private readonly books: PaypalBooks;
  private readonly events: PaypalEvents;
  private readonly access: PaypalAccess;
  /** Request ids whose first request has not been answered yet. */
  private readonly inFlight = new Set<string>();
  private ordersGone = false;
  private requests = 0;

  private constructor(
    private readonly host: StandInHost,
    private readonly settings: PartySettings,
    private readonly behaviours: RefundBehaviours<RefundState>,
  ) {
    this.books = new PaymentBooks(host, settings, {
      path: (account) => `/webhooks/payments/paypal/${account}`,
      sign: (notice, nowMs) => this.sign(notice, nowMs),
      settle: (payment, refund, due) => this.settle(payment, refund, due),
    });
    this.events = new PaypalEvents(this.books, host.baseUrl);
    this.access = new PaypalAccess(host, settings);
  }

  static async begin(host: StandInHost, accounts: AccountSource | undefined): Promise<Running> {
    const settings = await PartySettings.load(host, accounts);
    const running = new Running(host, settings, await RefundBehaviours.load(host, REFUND_STATES));
    running.ordersGone = (await host.store.get<boolean>(ORDERS_GONE)) ?? false;
    await running.access.load();
    await running.books.load();
    return running;
  }

  stop(): void {
    this.books.stop();
  }

  async handle(request: StandInRequest): Promise<StandInReply> {
    this.requests += 1;
    const { method, path, query, rawBody, headers } = request;
    if (path === CERTIFICATE_PATH) {
      const { certificate } = await paypalSigner();
      return { status: 200, headers: { 'content-type': 'text/plain' }, body: certificate };
    }
    if (path.startsWith('/v1/notifications/certs/')) return { status: 404, body: '' };
    const trouble = this.settings.takeTrouble(method, path);
    if (trouble && trouble.delayMs > 0 && !trouble.applied) await pause(trouble.delayMs);
    const broken = troubleReply(trouble);
    if (broken && !trouble?.applied) return broken;
    if (path === TOKEN_PATH) return broken ?? (await this.access.token(request));
    const account = await this.access.accountOf(headers.authorization);
    if (account === undefined) return refusalReply(new Refusal(401), 'none');
    const call: PaypalCall = {
      account: account.id,
      method,
      path: path.replace(/\/$/, ''),
      query,
      rawBody,
      key: headerOf(headers['paypal-request-id']),
      whole: headerOf(headers.prefer) === 'return=representation',
    };
    const reply = await this.once(call, trouble);
    return broken ?? reply;
  }

  /** "PayPal processes the first request and might fail the second": https://developer.paypal.com/reference/guidelines/idempotency */
  private async once(call: PaypalCall, trouble: Trouble | undefined): Promise<StandInReply> {
    const slot = call.method === 'POST' && call.key !== undefined ? `${call.account} ${call.key}` : undefined;
    if (slot !== undefined && this.inFlight.has(slot)) {
      return refusalReply(new Refusal(409, 'PREVIOUS_REQUEST_IN_PROGRESS'), 'none');
    }
    if (slot !== undefined) this.inFlight.add(slot);
    try {
      const reply = await this.perform(call);
      if (trouble?.applied && trouble.delayMs > 0) await pause(trouble.delayMs);
      return reply;
    } finally {
      if (slot !== undefined) this.inFlight.delete(slot);
    }
  }

  private async perform(call: PaypalCall): Promise<StandInReply> {
    if (this.ordersGone && call.path.startsWith('/v2/checkout/')) {
      return refusalReply(new Refusal(404, 'INVALID_RESOURCE_ID'), 'none');
    }
    const now = this.host.clock.now();
    const effect = route(
      {
        books: this.books,
        base: this.host.baseUrl,
        now,
        behaviourFor: (payment) => this.behaviours.take(payment.id),
      },
      call,
    );
    const { reply, payment, created } = effect;
    if (payment === undefined) return reply;
    const event = created ? this.events.tellRefund(payment, created, now) : this.events.tellVoid(payment, now);
    await this.announce(payment, event);
    if (created) this.books.awaitDue(payment, created);
    return reply;
  }

  /** One write holds the money, the event and the webhooks to send: a crash has all of them or none. */
  private async announce(payment: PaypalPayment, event: PaypalEvent | undefined): Promise<void> {
    const notices = event === undefined ? [] : this.books.owe(payment, event.id, JSON.stringify(event.object));
    await this.books.save(payment);
    await this.books.dispatch(payment, notices);
  }

  private async settle(
    payment: PaypalPayment,
    refund: PaypalRefund,
    { status, reason }: Omit<Due<RefundState>, 'at'>,
  ): Promise<void> {
    if (refund.status === status) return;
    if (refund.status !== 'PENDING') throw new Error(`${refund.id} is ${refund.status} and cannot become ${status}`);
    const now = this.host.clock.now();
    refund.status = status;
    refund.updatedAt = now;
    delete refund.due;
    delete refund.reason;
    if (reason !== undefined) refund.reason = reason;
    await this.announce(payment, this.events.tellRefund(payment, refund, now));
  }

  /** PayPal tells each webhook of the app by itself; here the first is told. */
  private async sign(notice: Notice, nowMs: number): Promise<Record<string, string>> {
    const account = await this.settings.accountById(notice.account);
    const message = {
      id: notice.id.replace(/[^\w-]/g, '-').slice(-50),
      webhookId: account?.webhookSecrets[0] ?? '',
      body: notice.body,
    };
    return { ...transmissionHeaders(await paypalSigner(), message, nowMs), 'user-agent': 'PayPal/AUHD-1.0-1' };
  }

  async control(path: string, body: unknown): Promise<unknown> {
    switch (path) {
      case 'seed':
        return this.seed(body);
      case 'behaviours':
        if (body !== undefined) await this.behaviours.add(body);
        return { behaviours: this.behaviours.all() };
      case 'settle':
        return this.settleMany(body);
      case 'forget-orders':
        this.ordersGone = true;
        await this.host.store.put(ORDERS_GONE, true);
        return {};
      case 'tokens/revoke':
        await this.access.revoke();
        return {};
      case 'ledger':
        return { requests: this.requests, totals: this.totals(), ...this.lines() };
      case 'ledger/totals':
        return { requests: this.requests, totals: this.totals() };
      case 'reset':
        await this.books.forget();
        await this.settings.forget();
        await this.behaviours.forget();
        this.ordersGone = false;
        await this.host.store.delete(ORDERS_GONE);
        return {};
      default: {
        const common = await this.settings.control(path, body);
        if (common === undefined) throw new Error(`The PayPal stand-in has no control call ${path}.`);
        return common;
      }
    }
  }

  private async seed(body: unknown): Promise<unknown> {
    const wishes = list(record(body)['seed']);
    const seeded: PaypalPayment[] = [];
    for (const wish of wishes) {
      const row = record(wish);
      const id = text(row['order']) ?? newId();
      const account = text(row['account']) ?? (await this.settings.soleAccount()).id;
      const currency = text(row['currency'])?.toUpperCase() ?? '';
      const amount = unitsOf(text(row['amount']) ?? '', currency);
      const captured = row['captured'] === undefined ? amount : unitsOf(text(row['captured']) ?? '', currency);
      if (amount === undefined || captured === undefined || currency === '') {
        throw new Error(`seed ${id}: amount and currency are needed, as PayPal writes them`);
      }
      // Seeding twice is harmless: a payment that is there stays as it is.
      if (this.books.get(id)) continue;
      const authorization = text(row['authorization']) ?? (captured < amount ? newId() : undefined);
      const made = text(row['at']);
      const at = made === undefined ? this.host.clock.now() : Date.parse(made);
      const payment: PaypalPayment = {
        id,
        account,
        capture: text(row['capture']) ?? newId(),
        ...(authorization !== undefined && { authorization }),
        amount,
        captured,
        currency,
        createdAt: at,
        updatedAt: at,
        open: captured === 0 || row['open'] === true,
        voided: false,
        pending: row['pending'] === true,
        refunds: [],
        outbox: [],
        events: [],
      };
      this.books.add(payment);
      seeded.push(payment);
    }
    await Promise.all(seeded.map((payment) => this.books.save(payment)));
    return { seeded: seeded.length, known: wishes.length - seeded.length };
  }

  /** Settles the named refund, or every one that is pending. */
  private async settleMany(body: unknown): Promise<unknown> {
    const wish = record(body);
    const status = REFUND_STATES.find((known) => known === (wish['status'] ?? 'COMPLETED'));
    if (!status) throw new Error(`status is one of ${REFUND_STATES.join(', ')}`);
    const [named, leg, order] = ['refund', 'leg_id', 'payment'].map((name) => text(wish[name]));
    const chosen = this.books.all().flatMap((payment) =>
      payment.refunds
        .filter((refund) => (named === undefined ? refund.status === 'PENDING' : refund.id === named))
        .filter((refund) => leg === undefined || refund.customId?.endsWith(leg))
        .filter(() => order === undefined || payment.id === order)
        .map((refund) => ({ payment, refund })),
    );
    if (chosen.length === 0) throw new Error('No refund fits.');
    const reason = text(wish['reason']);
    for (const { payment, refund } of chosen) {
      await this.settle(payment, refund, { status, ...(reason !== undefined && { reason }) });
    }
    return { settled: chosen.map(({ refund }) => refund.id) };
  }

  private totals(): Record<string, unknown> {
    const currencies = new Set(this.books.all().map(({ currency }) => currency));
    const totals = [...currencies].map((currency) => {
      const all = this.books.all().filter((payment) => payment.currency === currency);
      const sum = (of: (payment: PaypalPayment) => number): string =>
        moneyOf(
          all.reduce((total, payment) => total + of(payment), 0),
          currency,
        ).value;
      return [
        currency,
        {
          payments: all.length,
          captured: sum(({ captured }) => captured),
          voided: sum((payment) => (payment.voided ? payment.amount - payment.captured : 0)),
          refunds: all.reduce((total, payment) => total + payment.refunds.length, 0),
          refunded: sum(refundedOf),
        },
      ];
    });
    return Object.fromEntries(totals) as Record<string, unknown>;
  }

  private lines(): { refunds: unknown[]; payments: unknown[] } {
    const payments = this.books.all();
    return {
      refunds: payments.flatMap((payment) =>
        payment.refunds.map(({ id, amount, status, customId }) => ({
          id,
          order: payment.id,
          capture: payment.capture,
          account: payment.account,
          amount: moneyOf(amount, payment.currency).value,
          currency: payment.currency,
          status,
          custom_id: customId,
        })),
      ),
      payments: payments.map((payment) => ({
        order: payment.id,
        capture: payment.capture,
        account: payment.account,
        currency: payment.currency,
        amount: moneyOf(payment.amount, payment.currency).value,
        captured: moneyOf(payment.captured, payment.currency).value,
        refunded: moneyOf(refundedOf(payment), payment.currency).value,
        refunds: payment.refunds.length,
        voided: payment.voided,
        webhooks_waiting: payment.outbox.length,
      })),
    };
  }
}

function headerOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

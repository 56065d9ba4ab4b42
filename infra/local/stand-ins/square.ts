/**
 * Square, played by the laptop host: payments and refunds of API v2 as far as a cancellation needs them, in Square's wire
 * format, with its idempotency keys, its errors and its signed webhooks.
 * Source: https://developer.squareup.com/reference/square/refunds and https://developer.squareup.com/docs/webhooks/overview
 *
 * Control calls, besides those of PartySettings (accounts need `settings.notificationUrl`); amounts are Square's units:
 * - `seed`: `{ seed: [{ payment?, amount, currency, status?: "COMPLETED", account?, at? }] }`; `APPROVED` is authorized
 *   only, `at` is when it was made
 * - `behaviours`: `{ next?: 1, payment? (one or several), refuse?: code | status, then?, afterMs? }`; without one a refund is
 *   PENDING and COMPLETED after a minute
 * - `settle`: `{ refund? | leg_id? | payment?, status?: "COMPLETED" }`; without a name: all that are pending
 * - `ledger`, `ledger/totals`: GET; `reset`: `{}`, keeps the accounts
 *
 * An error inside a 200 is a fault with that body. Square documents no refund that comes back after COMPLETED, so nothing
 * bounces here.
 */
import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { integer, list, record, text } from '../json';
import type { StandIn, StandInHost, StandInReply, StandInRequest } from '../stand-in';
import { PartySettings, troubleReply, type AccountSource } from './party-settings';
import { PaymentBooks } from './payment-books';
import { RefundBehaviours } from './refund-behaviours';
import {
  eventObject,
  PAYMENT_STATES,
  REFUND_STATES,
  refundedOf,
  refundObject,
  Refusal,
  refusalReply,
  type RefundState,
  type SquarePayment,
  type SquareRefund,
} from './square-objects';
import { lineOf, newId, route, type SquareBooks } from './square-routes';
import type { Notice } from './webhook-sender';

const PATHS = /^\/v2\/(refunds(\/[^/]+)?|payments\/[^/]+(\/cancel)?)$/;
const MERCHANT = 'MLEFBHHSJGVHD';

export function squareStandIn(options: { accounts?: AccountSource } = {}): StandIn {
  let running: Running | undefined;
  const started = (): Running => {
    if (!running) throw new Error('The Square stand-in has not been started.');
    return running;
  };
  return {
    name: 'square',
    // Others have paths like these; the version is in every request to Square.
    matches: (_method, path, headers) => PATHS.test(path) && headers['square-version'] !== undefined,
    handle: (request) => started().handle(request),
    control: (path, body) => started().control(path, body),
    start: async (host) => {
      running = await Running.begin(host, options.accounts);
    },
    stop: () => running?.stop(),
  };
}

class Running {
  private readonly books: SquareBooks;
  private requests = 0;

  private constructor(
    private readonly host: StandInHost,
    private readonly settings: PartySettings,
    private readonly behaviours: RefundBehaviours<RefundState>,
  ) {
    this.books = new PaymentBooks(host, settings, {
      path: (account) => `/webhooks/payments/square/${account}`,
      sign: (notice) => this.sign(notice),
      settle: (payment, refund, { status }) => this.settle(payment, refund, status),
    });
  }

  static async begin(host: StandInHost, accounts: AccountSource | undefined): Promise<Running> {
    const settings = await PartySettings.load(host, accounts);
    const running = new Running(host, settings, await RefundBehaviours.load(host, REFUND_STATES));
    await running.books.load();
    return running;
  }

  stop(): void {
    this.books.stop();
  }

  async handle({ method, path, query, rawBody, headers }: StandInRequest): Promise<StandInReply> {
    this.requests += 1;
    const account = await this.settings.accountByKey(/^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ?? '');
    if (!account) return refusalReply(new Refusal(401, 'AUTHENTICATION_ERROR', 'UNAUTHORIZED'));
    const trouble = this.settings.takeTrouble(method, path);
    if (trouble && trouble.delayMs > 0) await pause(trouble.delayMs);
    const broken = troubleReply(trouble);
    if (broken && !trouble?.applied) return broken;

    const now = this.host.clock.now();
    const office = {
      books: this.books,
      now,
      behaviourFor: (payment: SquarePayment) => this.behaviours.take(payment.id),
    };
    const { reply, payment, created } = route(office, { account: account.id, method, path, query, rawBody });
    if (payment && created) {
      await this.announce(payment, created, 'refund.created');
      this.books.awaitDue(payment, created);
    } else if (payment) {
      await this.books.save(payment);
    }
    return broken ?? reply;
  }

  /** One write holds the money and the webhooks to send: a crash has all of them or none. */
  private async announce(payment: SquarePayment, refund: SquareRefund, type: string): Promise<void> {
    const id = newId();
    const event = eventObject(id, type, MERCHANT, refundObject(payment, refund), this.host.clock.now());
    const notices = this.books.owe(payment, id, JSON.stringify(event));
    await this.books.save(payment);
    await this.books.dispatch(payment, notices);
  }

  private async settle(payment: SquarePayment, refund: SquareRefund, status: RefundState): Promise<void> {
    if (refund.status === status) return;
    if (refund.status !== 'PENDING') throw new Error(`${refund.id} is ${refund.status} and cannot become ${status}`);
    const now = this.host.clock.now();
    refund.status = status;
    refund.updatedAt = now;
    payment.updatedAt = now;
    delete refund.due;
    await this.announce(payment, refund, 'refund.updated');
  }

  /** A subscription has one key; while it is replaced there are two subscriptions, and here the first is told. */
  private async sign(notice: Notice): Promise<Record<string, string>> {
    const account = await this.settings.accountById(notice.account);
    const signature = createHmac('sha256', account?.webhookSecrets[0] ?? '')
      .update(account?.settings?.['notificationUrl'] ?? '')
      .update(notice.body)
      .digest('base64');
    return { 'x-square-hmacsha256-signature': signature, 'square-environment': 'Sandbox' };
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
      case 'ledger':
        return {
          requests: this.requests,
          totals: this.totals(),
          refunds: this.books.all().flatMap((payment) => payment.refunds.map((one) => refundObject(payment, one))),
          payments: this.books.all().map(lineOf),
        };
      case 'ledger/totals':
        return { requests: this.requests, totals: this.totals() };
      case 'reset':
        await this.books.forget();
        await this.settings.forget();
        await this.behaviours.forget();
        return {};
      default: {
        const common = await this.settings.control(path, body);
        if (common === undefined) throw new Error(`The Square stand-in has no control call ${path}.`);
        return common;
      }
    }
  }

  private async seed(body: unknown): Promise<unknown> {
    const wishes = list(record(body)['seed']);
    const seeded: SquarePayment[] = [];
    for (const wish of wishes) {
      const row = record(wish);
      const id = text(row['payment']) ?? newId();
      const account = text(row['account']) ?? (await this.settings.soleAccount()).id;
      const amount = integer(row['amount']);
      const currency = text(row['currency'])?.toUpperCase();
      const status = PAYMENT_STATES.find((known) => known === (row['status'] ?? 'COMPLETED'));
      if (amount === undefined || !currency || !status) {
        throw new Error(
          `seed ${id}: amount and currency are needed, and status is one of ${PAYMENT_STATES.join(', ')}`,
        );
      }
      // Seeding twice is harmless: a payment that is there stays as it is.
      if (this.books.get(id)) continue;
      const made = text(row['at']);
      const at = made === undefined ? this.host.clock.now() : Date.parse(made);
      const times = { createdAt: at, updatedAt: at };
      const payment: SquarePayment = { id, account, amount, currency, status, ...times, refunds: [], outbox: [] };
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
    const [named, leg, owner] = ['refund', 'leg_id', 'payment'].map((name) => text(wish[name]));
    const chosen = this.books.all().flatMap((payment) =>
      payment.refunds
        .filter((refund) => (named === undefined ? refund.status === 'PENDING' : refund.id === named))
        .filter((refund) => leg === undefined || refund.reason?.endsWith(leg))
        .filter(() => owner === undefined || payment.id === owner)
        .map((refund) => ({ payment, refund })),
    );
    if (chosen.length === 0) throw new Error('No refund fits.');
    for (const { payment, refund } of chosen) await this.settle(payment, refund, status);
    return { settled: chosen.map(({ refund }) => refund.id) };
  }

  /** By currency. */
  private totals(): Record<string, Record<string, number>> {
    const totals: Record<string, Record<string, number>> = {};
    for (const payment of this.books.all()) {
      const sums = (totals[payment.currency] ??= { payments: 0, captured: 0, voided: 0, refunds: 0, refunded: 0 });
      const add = (name: string, amount: number): void => void (sums[name] = (sums[name] ?? 0) + amount);
      add('payments', 1);
      add('captured', payment.status === 'COMPLETED' ? payment.amount : 0);
      add('voided', payment.status === 'CANCELED' ? payment.amount : 0);
      add('refunds', payment.refunds.length);
      add('refunded', refundedOf(payment));
    }
    return totals;
  }
}

/**
 * Stripe, played by the laptop host: the v1 routes that a cancellation uses, in Stripe's wire format, with its
 * idempotency keys, its list pages, its errors and its signed webhooks. Source: https://docs.stripe.com/api
 *
 * Control calls are listed in docs/decisions/0004-outside-parties.md.
 */
import { createHash, createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { integer, list, record, text } from '../json';
import type { StandIn, StandInHost, StandInReply, StandInRequest } from '../stand-in';
import { readForm } from './form-body';
import { PartySettings, troubleReply, type AccountSource, type Trouble } from './party-settings';
import { StripeBehaviours } from './stripe-behaviours';
import { StripeEvents, type WireEvent } from './stripe-events';
import { newId, StripeLedger } from './stripe-ledger';
import {
  API_VERSION,
  DISPUTE_STATES,
  errorReply,
  REFUND_STATES,
  type LedgerRefund,
  type Payment,
  type RefundStatus,
  type SavedAnswer,
} from './stripe-objects';
import { paymentLines, refundLines, totals } from './stripe-report';
import { paymentOf, route, type Effect, type StripeCall } from './stripe-routes';
import { WebhookSender, type Notice } from './webhook-sender';

const PATHS = /^\/v1\/(refunds|payment_intents|charges|events|balance)(\/|$)/;

/** Stripe prunes keys after a day; https://docs.stripe.com/api/idempotent_requests */
const KEY_LIFE_MS = 24 * 60 * 60 * 1000;

type Answer = Exclude<StandInReply, 'hang-up'>;

export function stripeStandIn(options: { accounts?: AccountSource } = {}): StandIn {
  let running: Running | undefined;
  const started = (): Running => {
    if (!running) throw new Error('The Stripe stand-in has not been started.');
    return running;
  };
  return {
    name: 'stripe',
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
  private readonly ledger: StripeLedger;
  private readonly events = new StripeEvents();
  private readonly sender: WebhookSender;
  /** Idempotency keys whose first request has not been answered yet. */
  private readonly inFlight = new Set<string>();
  private readonly savedUnder = new Map<string, { payment: Payment; answer: SavedAnswer }>();
  private readonly cancels = new Set<() => void>();
  private requests = 0;

  private constructor(
    private readonly host: StandInHost,
    private readonly settings: PartySettings,
    private readonly behaviours: StripeBehaviours,
  ) {
    this.ledger = new StripeLedger(host);
    this.sender = new WebhookSender(host, {
      path: (account) => `/webhooks/payments/stripe/${account}`,
      headers: async (notice, nowMs) => this.sign(notice, nowMs),
      over: (notice) => this.dropNotice(notice),
      postponed: (notice) => this.saveOwnerOf(notice),
    });
  }

  static async begin(host: StandInHost, accounts: AccountSource | undefined): Promise<Running> {
    const running = new Running(host, await PartySettings.load(host, accounts), await StripeBehaviours.load(host));
    await running.ledger.load();
    running.events.load(running.ledger);
    for (const payment of running.ledger.all()) {
      for (const answer of payment.answers) running.index(payment, answer);
      for (const notice of payment.outbox) running.sender.schedule(notice);
      for (const refund of payment.refunds) running.awaitDue(payment, refund);
    }
    return running;
  }

  stop(): void {
    this.sender.stop();
    for (const cancel of this.cancels) cancel();
  }

  async handle(request: StandInRequest): Promise<StandInReply> {
    this.requests += 1;
    const account = await this.settings.accountByKey(apiKeyOf(request.headers.authorization));
    if (!account) {
      return errorReply(401, { type: 'invalid_request_error', message: 'Invalid API Key provided: sk_****' });
    }
    const call: StripeCall = {
      account: account.id,
      method: request.method,
      path: request.path,
      params: readForm(
        request.method === 'POST' ? new URLSearchParams(request.rawBody.toString('utf8')) : request.query,
      ),
    };
    const trouble = this.settings.takeTrouble(request.method, request.path);
    if (trouble && trouble.delayMs > 0) await pause(trouble.delayMs);
    const key = request.method === 'POST' ? headerOf(request.headers['idempotency-key']) : undefined;
    const reply =
      key === undefined ? await this.perform(call, undefined, trouble) : await this.once(call, key, trouble);
    return reply === 'hang-up' ? reply : withHeaders(reply, key);
  }

  /** Keeps to one effect per key; a repetition gets the first answer, a saved 500 included. */
  private async once(call: StripeCall, key: string, trouble: Trouble | undefined): Promise<StandInReply> {
    const slot = `${call.account} ${key}`;
    if (this.inFlight.has(slot)) {
      const message = `There is currently another in-progress request using this Idempotent Key: ${key}.`;
      return errorReply(409, { type: 'idempotency_error', code: 'idempotency_key_in_use', message });
    }
    const saved = this.savedUnder.get(slot)?.answer;
    if (saved && this.host.clock.now() - saved.at < KEY_LIFE_MS) {
      if (saved.fingerprint !== fingerprint(call)) {
        const message = `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`;
        return errorReply(400, { type: 'idempotency_error', message });
      }
      // A trouble of the line can hit a repetition as well.
      const broken = trouble?.answer === 'status' ? undefined : troubleReply(trouble);
      const headers = { 'content-type': 'application/json', 'idempotent-replayed': 'true' };
      return broken ?? { status: saved.status, headers, body: saved.body };
    }
    this.inFlight.add(slot);
    try {
      return await this.perform(call, key, trouble);
    } finally {
      this.inFlight.delete(slot);
    }
  }

  private async perform(
    call: StripeCall,
    key: string | undefined,
    trouble: Trouble | undefined,
  ): Promise<StandInReply> {
    const broken = troubleReply(trouble);
    const books = { ledger: this.ledger, events: this.events, now: this.host.clock.now() };
    const effect =
      broken && !trouble?.applied ? undefined : route(books, call, (payment) => this.behaviours.take(payment));
    const payment = effect?.payment ?? paymentOf(this.ledger, call);
    const kept = keptAnswer(effect, broken, trouble);
    if (key !== undefined && payment && kept) this.keep(payment, { ...kept, key, fingerprint: fingerprint(call) });
    let notices: Notice[] = [];
    if (effect?.payment && effect.created) notices = this.announce(effect.payment, effect.created, 'refund.created');
    // One write holds the money, the saved answer and the webhooks to send: a crash has all of them or none.
    if (payment && call.method === 'POST') await this.ledger.save(payment);
    if (effect?.payment && effect.created) this.awaitDue(effect.payment, effect.created);
    if (payment) await this.dispatch(payment, notices);
    return broken ?? effect?.reply ?? errorReply(500, { type: 'api_error', message: 'Nothing was done.' });
  }

  private keep(payment: Payment, answer: Omit<SavedAnswer, 'at'>): void {
    const now = this.host.clock.now();
    const saved = { ...answer, at: now };
    payment.answers = [...payment.answers.filter((one) => now - one.at < KEY_LIFE_MS && one.key !== answer.key), saved];
    this.index(payment, saved);
  }

  private index(payment: Payment, answer: SavedAnswer): void {
    this.savedUnder.set(`${payment.account} ${answer.key}`, { payment, answer });
  }

  private announce(payment: Payment, refund: LedgerRefund, type: string): Notice[] {
    return this.owe(payment, this.events.tell(payment, refund, type, this.host.clock.now()));
  }

  private owe(payment: Payment, event: WireEvent): Notice[] {
    const { send, copies, delayMs } = this.settings.webhooks(payment.id);
    if (send === 'never') return [];
    const notices = Array.from({ length: copies }, (_, copy) => ({
      id: `${event.id}#${copy}`,
      account: payment.account,
      body: JSON.stringify(event.object, null, 2),
      attempt: 0,
      dueAt: this.host.clock.now() + delayMs,
    }));
    payment.outbox.push(...notices);
    return notices;
  }

  private async dispatch(payment: Payment, notices: Notice[]): Promise<void> {
    if (this.settings.webhooks(payment.id).send === 'before-reply') {
      for (const notice of notices) await this.sender.attempt(notice);
    } else {
      for (const notice of notices) this.sender.schedule(notice);
    }
  }

  private async sign(notice: Notice, nowMs: number): Promise<Record<string, string>> {
    const account = await this.settings.accountById(notice.account);
    const time = Math.floor(nowMs / 1000);
    const signatures = (account?.webhookSecrets ?? []).map(
      (secret) => `v1=${createHmac('sha256', secret).update(`${time}.${notice.body}`).digest('hex')}`,
    );
    return { 'stripe-signature': [`t=${time}`, ...signatures].join(','), 'user-agent': 'Stripe/1.0' };
  }

  private async dropNotice(notice: Notice): Promise<void> {
    const payment = this.ownerOf(notice);
    if (!payment) return;
    payment.outbox = payment.outbox.filter((one) => one.id !== notice.id);
    await this.ledger.save(payment);
  }

  private async saveOwnerOf(notice: Notice): Promise<void> {
    const payment = this.ownerOf(notice);
    if (payment) await this.ledger.save(payment);
  }

  private ownerOf(notice: Notice): Payment | undefined {
    const event = record(JSON.parse(notice.body));
    const payment = text(record(record(event['data'])['object'])['payment_intent']);
    return payment === undefined ? undefined : this.ledger.find(notice.account, payment);
  }

  private awaitDue(payment: Payment, refund: LedgerRefund): void {
    const due = refund.due;
    if (!due) return;
    const cancel = this.host.clock.at(due.at, () => {
      this.cancels.delete(cancel);
      const done = this.host.busy();
      this.settle(payment, refund, due.status, due.failureReason)
        .catch((error: unknown) => this.host.log(`${refund.id} not settled: ${String(error)}`))
        .finally(done);
    });
    this.cancels.add(cancel);
  }

  private async settle(
    payment: Payment,
    refund: LedgerRefund,
    status: RefundStatus,
    failureReason: string | undefined,
  ): Promise<void> {
    if (!this.ledger.settle(refund, status, failureReason)) return;
    const notices = this.announce(payment, refund, status === 'failed' ? 'refund.failed' : 'refund.updated');
    await this.ledger.save(payment);
    await this.dispatch(payment, notices);
  }

  async control(path: string, body: unknown): Promise<unknown> {
    switch (path) {
      case 'seed':
        return this.seed(body);
      case 'behaviours':
        if (body !== undefined) await this.behaviours.add(body);
        return { behaviours: this.behaviours.all() };
      case 'settle':
        return this.settleMany(body, 'pending');
      case 'trace':
        return this.traceMany(body);
      case 'bounce':
        return this.settleMany(
          { failureReason: 'expired_or_canceled_card', ...record(body), status: 'failed' },
          'succeeded',
        );
      case 'dispute':
        return this.dispute(body);
      case 'ledger':
        return {
          requests: this.requests,
          totals: totals(this.ledger),
          refunds: refundLines(this.ledger),
          payments: paymentLines(this.ledger),
        };
      case 'ledger/totals':
        return { requests: this.requests, totals: totals(this.ledger) };
      case 'reset':
        await this.ledger.forget();
        this.events.forget();
        await this.settings.forget();
        await this.behaviours.forget();
        this.savedUnder.clear();
        return {};
      default: {
        const common = await this.settings.control(path, body);
        if (common === undefined) throw new Error(`The Stripe stand-in has no control call ${path}.`);
        return common;
      }
    }
  }

  private async seed(body: unknown): Promise<unknown> {
    const wishes = list(record(body)['seed']);
    const payments: Payment[] = [];
    for (const wish of wishes) {
      const row = record(wish);
      const account = text(row['account']) ?? (await this.settings.soleAccount()).id;
      const amount = integer(row['amount']);
      const currency = text(row['currency'])?.toLowerCase();
      const id = text(row['payment_intent']) ?? newId('pi');
      if (amount === undefined || !currency) throw new Error(`seed ${id}: amount and currency are needed`);
      // Seeding twice is harmless: a payment that is there stays as it is.
      if (this.ledger.find(account, id)) continue;
      const merchant = text(row['merchant']);
      const processing = row['status'] === 'processing';
      payments.push(
        this.ledger.create({
          id,
          charge: text(row['charge']) ?? newId('ch'),
          account,
          amount,
          captured: processing ? 0 : (integer(row['amount_captured']) ?? amount),
          currency,
          metadata: merchant === undefined ? {} : { merchant },
          ...(processing && { status: 'processing' as const }),
        }),
      );
    }
    await Promise.all(payments.map((payment) => this.ledger.save(payment)));
    return { seeded: payments.length, known: wishes.length - payments.length };
  }

  /** The buyer's bank asks for the money of one payment, or what it asked for goes on. */
  private async dispute(body: unknown): Promise<unknown> {
    const wish = record(body);
    const status = DISPUTE_STATES.find((known) => known === (wish['status'] ?? 'needs_response'));
    if (!status) throw new Error(`status is one of ${DISPUTE_STATES.join(', ')}`);
    const payment = [...this.ledger.all()].find(({ id }) => id === wish['payment_intent']);
    if (!payment) throw new Error('No payment fits.');
    const type = this.ledger.dispute(payment, status);
    const notices = this.owe(payment, this.events.tellDispute(payment, status, type, this.host.clock.now()));
    await this.ledger.save(payment);
    await this.dispatch(payment, notices);
    return { dispute: payment.dispute };
  }

  /** Settles the named refund, or every one that is in the state `from`. */
  private async settleMany(body: unknown, from: RefundStatus): Promise<unknown> {
    const status = REFUND_STATES.find((known) => known === (record(body)['status'] ?? 'succeeded'));
    if (!status) throw new Error(`status is one of ${REFUND_STATES.join(', ')}`);
    const failureReason = text(record(body)['failureReason']);
    const chosen = this.chosen(body, from);
    for (const { owner, refund } of chosen) await this.settle(owner, refund, status, failureReason);
    return { settled: chosen.map(({ refund }) => refund.id) };
  }

  /** The card's bank has given its reference. */
  private async traceMany(body: unknown): Promise<unknown> {
    const reference = text(record(body)['reference']) ?? '74123456789012345678901';
    const chosen = this.chosen(body, 'succeeded');
    for (const { owner, refund } of chosen) {
      refund.reference = reference;
      const notices = this.announce(owner, refund, 'refund.updated');
      await this.ledger.save(owner);
      await this.dispatch(owner, notices);
    }
    return { traced: chosen.map(({ refund }) => refund.id) };
  }

  private chosen(body: unknown, from: RefundStatus): { owner: Payment; refund: LedgerRefund }[] {
    const wish = record(body);
    const named = text(wish['refund']);
    const payment = text(wish['payment_intent']);
    const leg = text(wish['leg_id']);
    const chosen = [...this.ledger.all()].flatMap((owner) =>
      owner.refunds
        .filter((refund) => (named === undefined ? refund.status === from : refund.id === named))
        .filter((refund) => leg === undefined || refund.metadata['leg_id'] === leg)
        .filter(() => payment === undefined || owner.id === payment)
        .map((refund) => ({ owner, refund })),
    );
    if (chosen.length === 0) throw new Error('No refund fits.');
    return chosen;
  }
}

/** A broken line loses the answer, not the memory of it; a status that Stripe made is itself what is remembered. */
function keptAnswer(
  effect: Effect | undefined,
  broken: StandInReply | undefined,
  trouble: Trouble | undefined,
): { status: number; body: string } | undefined {
  const real = effect?.kept ? asKept(effect.reply) : undefined;
  if (trouble?.answer === 'status' && broken !== undefined && broken !== 'hang-up') {
    return trouble.saved ? asKept(broken) : real;
  }
  return real;
}

function asKept(reply: Answer): { status: number; body: string } {
  return { status: reply.status, body: reply.body.toString() };
}

function withHeaders(reply: Answer, key: string | undefined): Answer {
  const always = { 'request-id': newId('req'), 'stripe-version': API_VERSION };
  return { ...reply, headers: { ...always, ...(key !== undefined && { 'idempotency-key': key }), ...reply.headers } };
}

function fingerprint(call: StripeCall): string {
  const sorted = Object.entries(call.params).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([call.path, sorted]))
    .digest('hex');
}

/** Stripe takes the key as a bearer token or as the user of Basic authentication. */
function apiKeyOf(authorization: string | undefined): string {
  const [scheme, value = ''] = (authorization ?? '').split(' ');
  if (scheme === 'Bearer') return value;
  return scheme === 'Basic' ? (Buffer.from(value, 'base64').toString('utf8').split(':')[0] ?? '') : '';
}

function headerOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

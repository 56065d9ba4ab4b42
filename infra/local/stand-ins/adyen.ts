/**
 * Adyen, played by the laptop host: the modifications of a payment, which are only received, and the signed webhooks that
 * tell what became of them. There is nothing that reads a payment or a refund. Source: https://docs.adyen.com/api-explorer/Checkout/72
 *
 * Control calls are listed in docs/decisions/0007-adyen-and-klarna.md.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { integer, list, record, text } from '../json';
import type { StandIn, StandInHost, StandInReply, StandInRequest } from '../stand-in';
import { AdyenKeys, LONGEST_KEY, TRANSIENT } from './adyen-keys';
import { received, refusalOf } from './adyen-modifications';
import {
  disputeEvent,
  errorReply,
  givenBack,
  jsonReply,
  MODIFICATION_STATES,
  modificationEvent,
  notificationItem,
  pspReference,
  receivedObject,
  type AdyenPayment,
  type Modification,
  type ModificationStatus,
  type Reply,
  type StandardEvent,
  type Verb,
} from './adyen-objects';
import { PartySettings, troubleReply, type AccountSource, type PartyAccount, type Trouble } from './party-settings';
import { PaymentBooks } from './payment-books';
import { RefundBehaviours } from './refund-behaviours';
import type { Notice } from './webhook-sender';

const PATH = /^\/v72\/payments\/([^/]+)\/(refunds|cancels|reversals)$/;

/** What may become of a modification; the failures after a success are REFUND_FAILED and REFUNDED_REVERSED. */
const MAY_BECOME: Readonly<Record<ModificationStatus, readonly ModificationStatus[]>> = {
  received: ['succeeded', 'refused', 'failed'],
  succeeded: ['failed', 'reversed'],
  refused: [],
  failed: [],
  reversed: [],
};

interface Call {
  readonly account: PartyAccount;
  readonly verb: Verb;
  readonly payment: AdyenPayment | undefined;
  readonly body: unknown;
}

export function adyenStandIn(options: { accounts?: AccountSource } = {}): StandIn {
  let running: Running | undefined;
  const started = (): Running => {
    if (!running) throw new Error('The Adyen stand-in has not been started.');
    return running;
  };
  return {
    name: 'adyen',
    matches: (_method, path) => path.startsWith('/v72/'),
    handle: (request) => started().handle(request),
    control: (path, body) => started().control(path, body),
    start: async (host) => {
      running = await Running.begin(host, options.accounts);
    },
    stop: () => running?.stop(),
  };
}

class Running {
  private readonly books: PaymentBooks<ModificationStatus, Modification, AdyenPayment>;
  private readonly keys = new AdyenKeys(errorReply(422, '704', 'request already processed or in progress', TRANSIENT));
  private requests = 0;

  private constructor(
    private readonly host: StandInHost,
    private readonly settings: PartySettings,
    private readonly behaviours: RefundBehaviours<ModificationStatus>,
  ) {
    this.books = new PaymentBooks(host, settings, {
      path: (account) => `/webhooks/payments/adyen/${account}`,
      // Each item is signed for itself, in the body.
      sign: () => Promise.resolve({ 'user-agent': 'Adyen HttpClient 1.0' }),
      settle: (payment, modification, due) =>
        this.settle(payment, [{ modification, status: due.status, reason: due.reason }]),
    });
  }

  static async begin(host: StandInHost, accounts: AccountSource | undefined): Promise<Running> {
    const behaviours = await RefundBehaviours.load(host, MODIFICATION_STATES);
    const running = new Running(host, await PartySettings.load(host, accounts), behaviours);
    await running.books.load();
    return running;
  }

  stop(): void {
    this.books.stop();
  }

  async handle(request: StandInRequest): Promise<StandInReply> {
    this.requests += 1;
    const [, ref = '', verb] = PATH.exec(request.path) ?? [];
    if (request.method !== 'POST' || verb === undefined) return { status: 404, body: '' };
    const account = await this.settings.accountByKey(String(request.headers['x-api-key'] ?? ''));
    if (!account) return errorReply(401, '000', 'HTTP Status Response - Unauthorized');
    const payment = this.books.get(decodeURIComponent(ref));
    const trouble = this.settings.takeTrouble(request.method, request.path);
    if (trouble && trouble.delayMs > 0) await pause(trouble.delayMs);
    const body = jsonOf(request.rawBody);
    if (body === undefined) return errorReply(400, '702', 'Unexpected input');
    const call = {
      account,
      verb: verb as Verb,
      payment: payment?.account === account.id ? payment : undefined,
      body,
    };
    const key = request.headers['idempotency-key'];
    if (typeof key !== 'string') return this.perform(call, undefined, trouble);
    if (key.length > LONGEST_KEY) return errorReply(422, '700', 'The idempotency key is longer than 64 characters');
    const reply = await this.keys.once(
      { account: account.id, key, now: this.host.clock.now(), trouble },
      () => this.books.of(account.id).flatMap(({ answers }) => answers),
      () => this.perform(call, key, trouble),
    );
    return reply === 'hang-up' ? reply : { ...reply, headers: { ...reply.headers, 'idempotency-key': key } };
  }

  private async perform(call: Call, key: string | undefined, trouble: Trouble | undefined): Promise<StandInReply> {
    const broken = troubleReply(trouble);
    const { payment } = call;
    if (broken && !trouble?.applied) {
      const saved = trouble?.saved && trouble.headers['transient-error'] !== 'true';
      if (saved && payment && broken !== 'hang-up') await this.keep(payment, key, broken);
      return broken;
    }
    const { verb, body } = call;
    const behaviour = payment && this.behaviours.take(payment.id);
    const refusal =
      behaviour?.refuse === undefined
        ? refusalOf(verb, record(body), payment)
        : errorReply(422, behaviour.refuse, behaviour.reason ?? 'Refused');
    if (refusal !== undefined || payment === undefined) {
      const reply = refusal ?? errorReply(422, '167', 'Original pspReference required for this operation');
      if (payment) await this.keep(payment, key, reply);
      return broken ?? reply;
    }
    const modification = received(payment, verb, record(body), behaviour, this.host.clock.now());
    const reply = jsonReply(201, receivedObject(payment, modification));
    const notices =
      modification.status === 'received'
        ? []
        : await this.announce(payment, [modificationEvent(payment, modification)]);
    // One write holds the money, the saved answer and the webhooks to send: a crash has all of them or none.
    await this.keep(payment, key, reply);
    this.books.awaitDue(payment, modification);
    await this.books.dispatch(payment, notices);
    return broken ?? reply;
  }

  private async keep(payment: AdyenPayment, key: string | undefined, reply: Reply): Promise<void> {
    const at = this.host.clock.now();
    const { status, body } = reply;
    if (key !== undefined) payment.answers.push({ key, status, body: body.toString(), at });
    await this.books.save(payment);
  }

  /** One message for all that became known at once; on disk when the payment is saved. */
  private async announce(payment: AdyenPayment, events: readonly StandardEvent[]): Promise<Notice[]> {
    const account = await this.settings.accountById(payment.account);
    const [newest = ''] = account?.webhookSecrets ?? [];
    const now = this.host.clock.now();
    const notificationItems = events.map((one) => notificationItem(payment, one, newest, now));
    return this.books.owe(payment, pspReference(), JSON.stringify({ live: 'false', notificationItems }));
  }

  /** The buyer's bank asks for the money of one payment, or what it asked for goes on. */
  private async dispute(body: unknown): Promise<unknown> {
    const wish = record(body);
    const payment = this.books.get(text(wish['payment']) ?? '');
    if (!payment) throw new Error('No payment fits.');
    const id = text(wish['dispute']) ?? pspReference();
    const notices = await this.announce(payment, [disputeEvent(payment, id, text(wish['event']) ?? 'CHARGEBACK')]);
    await this.books.save(payment);
    await this.books.dispatch(payment, notices);
    return { dispute: id };
  }

  private async settle(
    payment: AdyenPayment,
    wishes: readonly { modification: Modification; status: ModificationStatus; reason: string | undefined }[],
  ): Promise<void> {
    const changed = wishes.filter(({ modification, status }) => modification.status !== status);
    for (const { modification, status, reason } of changed) {
      if (!MAY_BECOME[modification.status].includes(status)) {
        throw new Error(`${modification.id} is ${modification.status} and cannot become ${status}`);
      }
      modification.status = status;
      modification.reason = reason ?? '';
      delete modification.due;
      if (modification.action === 'cancel' && status === 'succeeded') payment.cancelled = true;
    }
    if (changed.length === 0) return;
    const notices = await this.announce(
      payment,
      changed.map(({ modification }) => modificationEvent(payment, modification)),
    );
    await this.books.save(payment);
    await this.books.dispatch(payment, notices);
  }

  async control(path: string, body: unknown): Promise<unknown> {
    switch (path) {
      case 'seed':
        return this.seed(body);
      case 'behaviours':
        if (body !== undefined) await this.behaviours.add(body);
        return { behaviours: this.behaviours.all() };
      case 'settle':
        return this.settleMany(body, 'received');
      case 'bounce':
        return this.settleMany({ status: 'failed', ...record(body) }, 'succeeded');
      case 'dispute':
        return this.dispute(body);
      case 'ledger':
        return this.ledger();
      case 'reset':
        await this.books.forget();
        await this.settings.forget();
        await this.behaviours.forget();
        return {};
      default: {
        const common = await this.settings.control(path, body);
        if (common === undefined) throw new Error(`The Adyen stand-in has no control call ${path}.`);
        return common;
      }
    }
  }

  private async seed(body: unknown): Promise<unknown> {
    const wishes = list(record(body)['seed']);
    let seeded = 0;
    for (const wish of wishes) {
      const row = record(wish);
      const id = text(row['payment']) ?? pspReference();
      const amount = integer(row['amount']);
      const currency = text(row['currency']);
      if (amount === undefined || currency === undefined) throw new Error(`seed ${id}: amount and currency are needed`);
      // Seeding twice is harmless: a payment that is there stays as it is.
      if (this.books.get(id)) continue;
      const named = text(row['account']);
      const account = named === undefined ? await this.settings.soleAccount() : await this.settings.accountById(named);
      if (!account) throw new Error(`seed ${id}: there is no account ${named ?? ''}`);
      const payment: AdyenPayment = {
        id,
        account: account.id,
        merchantAccount: text(row['merchant_account']) ?? account.settings?.['merchantAccount'] ?? '',
        reference: text(row['reference']) ?? id,
        currency,
        amount,
        captured: integer(row['captured']) ?? amount,
        cancelled: false,
        refunds: [],
        answers: [],
        outbox: [],
      };
      this.books.add(payment);
      await this.books.save(payment);
      seeded += 1;
    }
    return { seeded, known: wishes.length - seeded };
  }

  /** Settles the named modification, or every one that is in the state `from`. */
  private async settleMany(body: unknown, from: ModificationStatus): Promise<unknown> {
    const wish = record(body);
    const status = MODIFICATION_STATES.find((known) => known === (wish['status'] ?? 'succeeded'));
    if (!status) throw new Error(`status is one of ${MODIFICATION_STATES.join(', ')}`);
    const reason = text(wish['reason']);
    const [named, reference, payment] = ['modification', 'reference', 'payment'].map((name) => text(wish[name]));
    const settled: string[] = [];
    for (const owner of this.books.all().filter(({ id }) => payment === undefined || id === payment)) {
      const chosen = owner.refunds
        .filter((one) => (named === undefined ? one.status === from : one.id === named))
        .filter((one) => reference === undefined || one.reference === reference);
      await this.settle(
        owner,
        chosen.map((modification) => ({ modification, status, reason })),
      );
      settled.push(...chosen.map(({ id }) => id));
    }
    if (settled.length === 0) throw new Error('No modification fits.');
    return { settled };
  }

  private ledger(): unknown {
    return {
      requests: this.requests,
      payments: this.books.all().map((payment) => ({
        payment: payment.id,
        account: payment.account,
        currency: payment.currency,
        amount: payment.amount,
        captured: payment.captured,
        cancelled: payment.cancelled,
        refunded: givenBack(payment),
        modifications: payment.refunds,
        webhooks_waiting: payment.outbox.length,
      })),
    };
  }
}

function jsonOf(rawBody: Buffer): unknown {
  try {
    return JSON.parse(rawBody.toString('utf8'));
  } catch {
    return undefined;
  }
}

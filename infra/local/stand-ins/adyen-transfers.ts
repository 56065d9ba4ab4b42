/**
 * Adyen's balance platform, played by the laptop host: payouts from a balance account to transfer instruments, with its
 * idempotency keys, its errors, its list and its signed webhooks. Source: https://docs.adyen.com/api-explorer/transfers/4/overview
 *
 * Control calls are listed in docs/decisions/0009-bank-transfer.md.
 */
import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { integer, list, record, text } from '../json';
import type { StandIn, StandInHost, StandInReply, StandInRequest } from '../stand-in';
import { AdyenKeys, LONGEST_KEY, TRANSIENT } from './adyen-keys';
import { pspReference } from './adyen-objects';
import {
  answerObject,
  dataObject,
  errorReply,
  eventObject,
  invalid,
  isOut,
  jsonReply,
  notFound,
  TRANSFER_STATES,
  type Instrument,
  type Reply,
  type Transfer,
  type TransferState,
} from './adyen-transfers-objects';
import { advance, listTransfers, received, refusalOf } from './adyen-transfers-routes';
import { PartySettings, troubleReply, type AccountSource, type PartyAccount, type Trouble } from './party-settings';
import { PaymentBooks } from './payment-books';
import { RefundBehaviours } from './refund-behaviours';
import type { Notice } from './webhook-sender';

const PATH = /^\/btl\/v4\/transfers(?:\/([^/]+))?$/;

const BALANCES = 'balances';

export function adyenTransfersStandIn(options: { accounts?: AccountSource } = {}): StandIn {
  let running: Running | undefined;
  const started = (): Running => {
    if (!running) throw new Error('The stand-in of Adyen’s transfers has not been started.');
    return running;
  };
  return {
    // As the channel is called, because Adyen's payments have a stand-in of their own.
    name: 'bank_transfer',
    matches: (_method, path) => path.startsWith('/btl/v4/'),
    handle: (request) => started().handle(request),
    control: (path, body) => started().control(path, body),
    start: async (host) => {
      running = await Running.begin(host, options.accounts);
    },
    stop: () => running?.stop(),
  };
}

class Running {
  private readonly books: PaymentBooks<TransferState, Transfer, Instrument>;
  private readonly keys = new AdyenKeys(
    errorReply(422, '704', 'Invalid request', 'request already processed or in progress', TRANSIENT),
  );
  /** What balance accounts were given in all, by account and currency; where nothing is said there is enough. */
  private given: Record<string, number> = {};
  private requests = 0;

  private constructor(
    private readonly host: StandInHost,
    private readonly settings: PartySettings,
    private readonly behaviours: RefundBehaviours<TransferState>,
  ) {
    this.books = new PaymentBooks(host, settings, {
      path: (account) => `/webhooks/payments/bank_transfer/${account}`,
      sign: (notice) => this.sign(notice),
      settle: (instrument, transfer, { status, reason }) => this.settle(instrument, transfer, status, reason),
    });
  }

  static async begin(host: StandInHost, accounts: AccountSource | undefined): Promise<Running> {
    const behaviours = await RefundBehaviours.load(host, TRANSFER_STATES);
    const running = new Running(host, await PartySettings.load(host, accounts), behaviours);
    running.given = (await host.store.get<Record<string, number>>(BALANCES)) ?? {};
    await running.books.load();
    return running;
  }

  stop(): void {
    this.books.stop();
  }

  async handle(request: StandInRequest): Promise<StandInReply> {
    this.requests += 1;
    const [path, id] = PATH.exec(request.path) ?? [];
    const account = await this.settings.accountByKey(String(request.headers['x-api-key'] ?? ''));
    if (!account) return unauthorized(request.method);
    const trouble = this.settings.takeTrouble(request.method, request.path);
    if (trouble && trouble.delayMs > 0) await pause(trouble.delayMs);
    if (request.method === 'POST' && path !== undefined && id === undefined) {
      return this.post(request, account, trouble);
    }
    const broken = troubleReply(trouble);
    if (broken !== undefined) return broken;
    if (request.method !== 'GET' || path === undefined)
      return errorReply(404, '00_404', 'Not found', 'No such resource');
    const mine = this.books.of(account.id);
    return id === undefined ? listTransfers(mine, account, request.query) : one(mine, decodeURIComponent(id));
  }

  private async post(
    request: StandInRequest,
    account: PartyAccount,
    trouble: Trouble | undefined,
  ): Promise<StandInReply> {
    const body = jsonOf(request.rawBody);
    if (body === undefined) return invalid('The body is not JSON');
    const key = request.headers['idempotency-key'];
    if (typeof key !== 'string') return this.perform(account, body, undefined, trouble);
    if (key.length > LONGEST_KEY) return errorReply(422, '700', 'Invalid request', 'The idempotency key is too long');
    const reply = await this.keys.once(
      { account: account.id, key, now: this.host.clock.now(), trouble },
      () => this.books.of(account.id).flatMap(({ answers }) => answers),
      () => this.perform(account, body, key, trouble),
    );
    return reply === 'hang-up' ? reply : { ...reply, headers: { ...reply.headers, 'idempotency-key': key } };
  }

  private async perform(
    account: PartyAccount,
    wish: unknown,
    key: string | undefined,
    trouble: Trouble | undefined,
  ): Promise<StandInReply> {
    const body = record(wish);
    const named = this.books.get(text(record(body['counterparty'])['transferInstrumentId']) ?? '');
    const instrument = named?.account === account.id ? named : undefined;
    const broken = troubleReply(trouble);
    if (broken && !trouble?.applied) {
      const saved = trouble?.saved && trouble.headers['transient-error'] !== 'true';
      if (saved && instrument && broken !== 'hang-up') await this.keep(instrument, key, broken);
      return broken;
    }
    const behaviour = instrument && this.behaviours.take(instrument.id);
    const refusal =
      behaviour?.refuse === undefined
        ? refusalOf(body, account, instrument)
        : errorReply(422, behaviour.refuse, 'Refused', behaviour.reason ?? 'Refused');
    if (refusal !== undefined || instrument === undefined) {
      const reply = refusal ?? notFound('transferInstrumentId');
      if (instrument) await this.keep(instrument, key, reply);
      return broken ?? reply;
    }
    const now = this.host.clock.now();
    const short = { left: 1, status: 'refused', reason: 'notEnoughBalance' } as const;
    const transfer = received(instrument, body, this.isEnough(body) ? behaviour : short, now);
    const reply = jsonReply(202, answerObject(instrument, transfer));
    const notices = this.announce(instrument, transfer, 0);
    // One write holds the money, the saved answer and the webhooks to send: a crash has all of them or none.
    await this.keep(instrument, key, reply);
    this.books.awaitDue(instrument, transfer);
    await this.books.dispatch(instrument, notices);
    return broken ?? reply;
  }

  private async keep(instrument: Instrument, key: string | undefined, reply: Reply): Promise<void> {
    const { status, body } = reply;
    if (key !== undefined) instrument.answers.push({ key, status, body: body.toString(), at: this.host.clock.now() });
    await this.books.save(instrument);
  }

  /** What goes out comes out of what the balance account was given; what comes back is there again. */
  private isEnough(body: Readonly<Record<string, unknown>>): boolean {
    const amount = record(body['amount']);
    const slot = `${text(body['balanceAccountId'])} ${text(amount['currency'])}`;
    const given = this.given[slot];
    return given === undefined || this.spent(slot) + (integer(amount['value']) ?? 0) <= given;
  }

  private spent(slot: string): number {
    return this.books
      .all()
      .flatMap(({ refunds }) => refunds)
      .filter((transfer) => isOut(transfer) && `${transfer.balanceAccount} ${transfer.currency}` === slot)
      .reduce((sum, { amount }) => sum + amount, 0);
  }

  /** A message for each event after the first `told`; on disk when the instrument is saved. */
  private announce(instrument: Instrument, transfer: Transfer, told: number): Notice[] {
    const now = this.host.clock.now();
    return transfer.history.slice(told).flatMap((_event, place) => {
      const sequence = told + place + 1;
      const message = eventObject(instrument, transfer, sequence, now);
      return this.books.owe(instrument, `${transfer.id}.${sequence}`, JSON.stringify(message));
    });
  }

  private async sign({ account, body }: Notice): Promise<Record<string, string>> {
    const [newest = ''] = (await this.settings.accountById(account))?.webhookSecrets ?? [];
    const signature = createHmac('sha256', Buffer.from(newest, 'hex')).update(body).digest('base64');
    return { HmacSignature: signature, Protocol: 'HmacSHA256', 'user-agent': 'Adyen HttpClient 1.0' };
  }

  private async settle(
    instrument: Instrument,
    transfer: Transfer,
    status: TransferState,
    reason: string | undefined,
  ): Promise<void> {
    const told = transfer.history.length;
    advance(transfer, status, reason, this.host.clock.now());
    delete transfer.due;
    const notices = this.announce(instrument, transfer, told);
    await this.books.save(instrument);
    await this.books.dispatch(instrument, notices);
  }

  async control(path: string, body: unknown): Promise<unknown> {
    switch (path) {
      case 'seed':
        return this.seed(body);
      case 'balance':
        return this.setBalance(body);
      case 'behaviours':
        if (body !== undefined) await this.behaviours.add(body);
        return { behaviours: this.behaviours.all() };
      case 'settle':
        return this.settleMany({ status: 'booked', ...record(body) }, (one) => isOut(one) && one.status !== 'booked');
      case 'bounce':
        return this.settleMany({ status: 'returned', ...record(body) }, (one) => one.status === 'booked');
      case 'ledger':
        return this.ledger();
      case 'reset':
        await this.books.forget();
        await this.settings.forget();
        await this.behaviours.forget();
        this.given = {};
        await this.host.store.put(BALANCES, this.given);
        return {};
      default: {
        const common = await this.settings.control(path, body);
        if (common === undefined) throw new Error(`The stand-in of Adyen's transfers has no control call ${path}.`);
        return common;
      }
    }
  }

  private async seed(body: unknown): Promise<unknown> {
    const wishes = list(record(body)['seed']);
    let seeded = 0;
    for (const wish of wishes) {
      const row = record(wish);
      const id = text(row['instrument']) ?? `SE${pspReference()}${pspReference()}`.slice(0, 25);
      // Seeding twice is harmless: an instrument that is there stays as it is.
      if (this.books.get(id)) continue;
      const account = await this.accountOf(row['account']);
      const instrument: Instrument = { id, account: account.id, refunds: [], answers: [], outbox: [] };
      this.books.add(instrument);
      await this.books.save(instrument);
      seeded += 1;
    }
    return { seeded, known: wishes.length - seeded };
  }

  private async setBalance(body: unknown): Promise<unknown> {
    const wish = record(body);
    const [amount, currency] = [integer(wish['amount']), text(wish['currency'])];
    if (amount === undefined || currency === undefined) throw new Error('A balance is { amount, currency }.');
    const account = await this.accountOf(wish['account']);
    const slot = `${account.settings?.['balanceAccountId']} ${currency}`;
    this.given[slot] = this.spent(slot) + amount;
    await this.host.store.put(BALANCES, this.given);
    return { balance: { amount, currency } };
  }

  private async accountOf(name: unknown): Promise<PartyAccount> {
    const named = text(name);
    const account = named === undefined ? await this.settings.soleAccount() : await this.settings.accountById(named);
    if (!account) throw new Error(`There is no account ${named ?? ''}.`);
    return account;
  }

  /** Settles the named transfer, or every one that is concerned. */
  private async settleMany(body: unknown, isConcerned: (transfer: Transfer) => boolean): Promise<unknown> {
    const wish = record(body);
    const status = TRANSFER_STATES.find((known) => known === wish['status']);
    if (!status) throw new Error(`status is one of ${TRANSFER_STATES.join(', ')}`);
    const [named, reference, payment] = ['transfer', 'reference', 'payment'].map((name) => text(wish[name]));
    const chosen = this.books
      .all()
      .filter(({ id }) => payment === undefined || id === payment)
      .flatMap((instrument) => instrument.refunds.map((transfer) => ({ instrument, transfer })))
      .filter(({ transfer }) => (named === undefined ? isConcerned(transfer) : transfer.id === named))
      .filter(({ transfer }) => reference === undefined || transfer.reference === reference);
    if (chosen.length === 0) throw new Error('No transfer fits.');
    for (const { instrument, transfer } of chosen)
      await this.settle(instrument, transfer, status, text(wish['reason']));
    return { settled: chosen.map(({ transfer }) => transfer.id) };
  }

  private ledger(): unknown {
    return {
      requests: this.requests,
      instruments: this.books.all().map(({ id, account, refunds, outbox }) => ({
        instrument: id,
        account,
        paid: refunds.filter(isOut).reduce((sum, { amount }) => sum + amount, 0),
        transfers: refunds,
        webhooks_waiting: outbox.length,
      })),
    };
  }
}

/** Another account's transfers are unknown. */
function one(mine: readonly Instrument[], id: string): Reply {
  for (const instrument of mine) {
    const transfer = instrument.refunds.find((made) => made.id === id);
    if (transfer) return jsonReply(200, dataObject(instrument, transfer, transfer.history.length));
  }
  return notFound('transfer');
}

/** The description has the older form of an error for this answer to a POST. */
function unauthorized(method: string): Reply {
  const detail = 'HTTP Status Response - Unauthorized';
  if (method !== 'POST') return errorReply(401, '00_401', 'Unauthorized', detail);
  return jsonReply(401, { status: 401, errorCode: '000', message: detail, errorType: 'security' });
}

function jsonOf(rawBody: Buffer): unknown {
  try {
    return JSON.parse(rawBody.toString('utf8'));
  } catch {
    return undefined;
  }
}

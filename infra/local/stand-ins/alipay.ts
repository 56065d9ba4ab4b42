/**
 * Alipay, played by the laptop host: the methods of the open platform's gateway that a cancellation uses, in its wire
 * format, with its signed answers and notices. Source: https://opendocs.alipay.com/open/6c0cdd7d_alipay.trade.refund
 *
 * Control calls (amounts are fen):
 * - `seed` `{ seed: [{ out_trade_no?, trade_no?, amount, paid?: true, merchant?, account?, at? }] }`; `at` is when it was made
 * - `behaviours` `{ next?: 1, out_trade_no?, state?: "pending" | "failed", then?, afterMs? }`: how the next refunds turn out;
 *   a failed one leaves no trace. `{ ..., code, sub_code, applied?: false }`: the next requests (of `method?`) are answered
 *   with this error, after their effect where `applied` says so
 * - `settle` `{ out_request_no? | out_trade_no?, state?: "succeeded" }`, `depositback` `{ out_request_no, dback_status?: "S" }`
 * - `pay` `{ out_trade_no }`: the buyer pays an open trade
 * - `ledger`, `ledger/totals`, `reset`, and those of every party
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { integer, list, record, text } from '../json';
import type { StandIn, StandInHost, StandInReply, StandInRequest } from '../stand-in';
import { AlipayBehaviours } from './alipay-behaviours';
import { METHODS, perform, readContent, tradeOf, type AlipayRequest, type Effect } from './alipay-methods';
import { paymentLines, refundLines, totals } from './alipay-report';
import {
  AlipayTrades,
  beijing,
  digits,
  keyOf,
  REFUND_STATES,
  refundedOf,
  yuan,
  type RefundState,
  type Trade,
  type TradeRefund,
} from './alipay-trades';
import { answer, gatewayRefusal, readForm, signedNotice, type Answer, type Form } from './alipay-wire';
import { PartySettings, troubleReply, type AccountSource, type PartyAccount } from './party-settings';
import { WebhookSender, type Notice } from './webhook-sender';

const MINUTE = 60_000;

/** Until it reads `success`, for 25 hours: https://opendocs.alipay.com/open/270/105902 */
const PAUSES = [4, 10, 10, 60, 120, 360, 900].map((minutes) => minutes * MINUTE);

export interface AlipayOptions {
  readonly accounts?: AccountSource;
  /** Alipay's own, RSA in PEM; the connection has the public half. */
  readonly privateKey: string;
}

export function alipayStandIn(options: AlipayOptions): StandIn {
  let running: Running | undefined;
  const started = (): Running => {
    if (!running) throw new Error('The Alipay stand-in has not been started.');
    return running;
  };
  return {
    name: 'alipay',
    matches: (_method, path) => path === '/gateway.do',
    handle: (request) => started().handle(request),
    control: (path, body) => started().control(path, body),
    start: async (host) => {
      running = await Running.begin(host, options);
    },
    stop: () => running?.stop(),
  };
}

class Running {
  private readonly trades: AlipayTrades;
  private readonly sender: WebhookSender;
  private readonly cancels = new Set<() => void>();
  private requests = 0;

  private constructor(
    private readonly host: StandInHost,
    private readonly settings: PartySettings,
    private readonly behaviours: AlipayBehaviours,
    private readonly key: string,
  ) {
    this.trades = new AlipayTrades(host);
    this.sender = new WebhookSender(host, {
      path: (account) => `/webhooks/payments/alipay/${account}`,
      headers: async () => ({ 'content-type': 'application/x-www-form-urlencoded;charset=utf-8' }),
      takes: (body) => body.trim() === 'success',
      pauses: PAUSES,
      over: (notice) => this.dropNotice(notice),
      postponed: (notice) => this.saveOwnerOf(notice),
    });
  }

  static async begin(host: StandInHost, { accounts, privateKey }: AlipayOptions): Promise<Running> {
    const settings = await PartySettings.load(host, accounts);
    const running = new Running(host, settings, await AlipayBehaviours.load(host), privateKey);
    await running.trades.load();
    for (const trade of running.trades.all()) {
      for (const notice of trade.outbox) running.sender.schedule(notice);
      for (const refund of trade.refunds) running.awaitDue(trade, refund);
    }
    return running;
  }

  stop(): void {
    this.sender.stop();
    for (const cancel of this.cancels) cancel();
  }

  async handle(request: StandInRequest): Promise<StandInReply> {
    this.requests += 1;
    const form = readForm(request);
    const method = form['method'] ?? '';
    const account = await this.settings.accountByKey(form['app_id'] ?? '');
    // Whose key should have signed is not known: neither side can be sure of the other.
    if (!account) return answer('error', refusal('40002', 'isv.invalid-app-id'), undefined);
    const refused = gatewayRefusal(form, account);
    if (refused) return this.answer(method, refusal(refused.code, refused.subCode));
    if (!METHODS.has(method)) return this.answer(method, refusal('40002', 'isv.invalid-method'));
    const trouble = this.settings.takeTrouble(request.method, request.path);
    if (trouble && trouble.delayMs > 0) await pause(trouble.delayMs);
    const broken = troubleReply(trouble);
    if (broken && !trouble?.applied) return broken;
    const reply = await this.perform(
      { account: account.id, method, content: readContent(form['biz_content']) },
      account,
    );
    return broken ?? reply;
  }

  private async perform(request: AlipayRequest, account: PartyAccount): Promise<Answer> {
    const error = this.behaviours.takeError(request);
    const instead = error && this.answer(request.method, refusal(error.code, error.subCode));
    if (instead && !error.applied) return instead;
    const effect = perform(this.trades, request, (trade) => this.behaviours.takeTurn(trade));
    const notices = this.told(effect, account);
    // One write holds the money and the notices to send: a crash has both or none.
    if (effect.trade) await this.trades.save(effect.trade);
    if (effect.trade && effect.made) this.awaitDue(effect.trade, effect.made);
    if (effect.trade) await this.dispatch(effect.trade, notices);
    return instead ?? this.answer(request.method, effect.body);
  }

  private told({ trade, made }: Effect, account: PartyAccount): Notice[] {
    return trade && made?.state === 'succeeded' ? this.announce(trade, this.refundNotice(trade, made, account)) : [];
  }

  private answer(method: string, body: Record<string, unknown>): Answer {
    return answer(method, body, this.key);
  }

  /** Tells of a refund with the state of its trade. */
  private refundNotice(trade: Trade, refund: TradeRefund, { apiKey, settings }: PartyAccount): Form {
    const now = beijing(this.host.clock.now());
    const closed = this.trades.status(trade) === 'TRADE_CLOSED';
    return {
      notify_time: now,
      notify_type: 'trade_status_sync',
      notify_id: randomBytes(16).toString('hex'),
      charset: 'utf-8',
      version: '1.0',
      app_id: apiKey,
      auth_app_id: apiKey,
      ...(settings?.['sellerId'] !== undefined && { seller_id: settings['sellerId'] }),
      trade_no: trade.tradeNo,
      out_trade_no: trade.outTradeNo,
      out_biz_no: refund.number,
      trade_status: this.trades.status(trade),
      total_amount: yuan(trade.amount),
      refund_fee: yuan(refundedOf(trade)),
      subject: '订单 order',
      gmt_create: beijing(trade.createdAt),
      gmt_payment: beijing(trade.createdAt),
      gmt_refund: `${now}.000`,
      ...(closed && { gmt_close: now }),
    };
  }

  private announce(trade: Trade, form: Form): Notice[] {
    const { send, copies, delayMs } = this.settings.webhooks(trade.outTradeNo);
    if (send === 'never') return [];
    const body = signedNotice(form, this.key);
    const notices = Array.from({ length: copies }, (_, copy) => ({
      id: `${keyOf(trade)} ${form['notify_id'] ?? ''}#${copy}`,
      account: trade.account,
      body,
      attempt: 0,
      dueAt: this.host.clock.now() + delayMs,
    }));
    trade.outbox.push(...notices);
    return notices;
  }

  private async dispatch(trade: Trade, notices: Notice[]): Promise<void> {
    if (this.settings.webhooks(trade.outTradeNo).send === 'before-reply') {
      for (const notice of notices) await this.sender.attempt(notice);
    } else {
      for (const notice of notices) this.sender.schedule(notice);
    }
  }

  private async dropNotice(notice: Notice): Promise<void> {
    const trade = this.ownerOf(notice);
    if (!trade) return;
    trade.outbox = trade.outbox.filter((one) => one.id !== notice.id);
    await this.trades.save(trade);
  }

  private async saveOwnerOf(notice: Notice): Promise<void> {
    const trade = this.ownerOf(notice);
    if (trade) await this.trades.save(trade);
  }

  private ownerOf({ id }: Notice): Trade | undefined {
    return this.trades.byKey(id.slice(0, id.indexOf(' ')));
  }

  private awaitDue(trade: Trade, refund: TradeRefund): void {
    const due = refund.due;
    if (!due) return;
    const cancel = this.host.clock.at(due.at, () => {
      this.cancels.delete(cancel);
      const done = this.host.busy();
      this.settle(trade, refund, due.state)
        .catch((error: unknown) => this.host.log(`${refund.number} not settled: ${String(error)}`))
        .finally(done);
    });
    this.cancels.add(cancel);
  }

  private async settle(trade: Trade, refund: TradeRefund, state: RefundState): Promise<void> {
    if (!this.trades.settle(refund, state)) return;
    const account = await this.settings.accountById(trade.account);
    const notices = account ? this.told({ trade, made: refund, body: {} }, account) : [];
    await this.trades.save(trade);
    await this.dispatch(trade, notices);
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
      case 'depositback':
        return this.depositBack(body);
      case 'pay':
        return this.pay(body);
      case 'ledger':
        return {
          requests: this.requests,
          totals: totals(this.trades),
          refunds: refundLines(this.trades),
          payments: paymentLines(this.trades),
        };
      case 'ledger/totals':
        return { requests: this.requests, totals: totals(this.trades) };
      case 'reset':
        await this.trades.forget();
        await this.settings.forget();
        await this.behaviours.forget();
        return {};
      default: {
        const common = await this.settings.control(path, body);
        if (common === undefined) throw new Error(`The Alipay stand-in has no control call ${path}.`);
        return common;
      }
    }
  }

  private async seed(body: unknown): Promise<unknown> {
    const wishes = list(record(body)['seed']);
    const made: Trade[] = [];
    for (const wish of wishes) {
      const row = record(wish);
      const account = text(row['account']) ?? (await this.settings.soleAccount()).id;
      const amount = integer(row['amount']);
      const outTradeNo = text(row['out_trade_no']) ?? `local${digits(20)}`;
      if (amount === undefined || amount <= 0) throw new Error(`seed ${outTradeNo}: an amount in fen is needed`);
      const tradeNo = text(row['trade_no']);
      const merchant = text(row['merchant']);
      const madeAt = text(row['at']);
      const trade = this.trades.create({
        outTradeNo,
        account,
        amount,
        paid: row['paid'] !== false,
        ...(tradeNo !== undefined && { tradeNo }),
        ...(merchant !== undefined && { merchant }),
        ...(madeAt !== undefined && { createdAt: Date.parse(madeAt) }),
      });
      if (trade) made.push(trade);
    }
    await Promise.all(made.map((trade) => this.trades.save(trade)));
    return { seeded: made.length, known: wishes.length - made.length };
  }

  /** Settles the named refund, or every pending one. */
  private async settleMany(body: unknown): Promise<unknown> {
    const wish = record(body);
    const state = REFUND_STATES.find((known) => known === (wish['state'] ?? 'succeeded'));
    if (!state) throw new Error(`state is one of ${REFUND_STATES.join(', ')}`);
    const chosen = this.chosen(wish).filter(({ refund }) => refund.state === 'pending');
    if (chosen.length === 0) throw new Error('No refund fits.');
    for (const { trade, refund } of chosen) await this.settle(trade, refund, state);
    return { settled: chosen.map(({ refund }) => refund.number) };
  }

  /** What the bank said of the money that went to a card; https://opendocs.alipay.com/open/fca5d17e_alipay.trade.refund.depositback.completed */
  private async depositBack(body: unknown): Promise<unknown> {
    const wish = record(body);
    const chosen = this.chosen(wish).filter(({ refund }) => refund.state === 'succeeded');
    for (const { trade, refund } of chosen) {
      const account = await this.settings.accountById(trade.account);
      const now = this.host.clock.now();
      const content = {
        trade_no: trade.tradeNo,
        out_trade_no: trade.outTradeNo,
        out_request_no: refund.number,
        dback_status: text(wish['dback_status']) ?? 'S',
        dback_amount: yuan(refund.amount),
        bank_ack_time: beijing(now),
        est_bank_receipt_time: beijing(now),
      };
      const notices = this.announce(trade, {
        notify_id: randomBytes(16).toString('hex'),
        utc_timestamp: String(now),
        msg_method: 'alipay.trade.refund.depositback.completed',
        app_id: account?.apiKey ?? '',
        version: '1.1',
        charset: 'utf-8',
        biz_content: JSON.stringify(content),
      });
      await this.trades.save(trade);
      await this.dispatch(trade, notices);
    }
    return { told: chosen.map(({ refund }) => refund.number) };
  }

  private chosen(wish: ReturnType<typeof record>): { trade: Trade; refund: TradeRefund }[] {
    const number = text(wish['out_request_no']);
    const outTradeNo = text(wish['out_trade_no']);
    return [...this.trades.all()]
      .filter((trade) => outTradeNo === undefined || trade.outTradeNo === outTradeNo)
      .flatMap((trade) => trade.refunds.map((refund) => ({ trade, refund })))
      .filter(({ refund }) => number === undefined || refund.number === number);
  }

  private async pay(body: unknown): Promise<unknown> {
    const wish = record(body);
    const account = text(wish['account']) ?? (await this.settings.soleAccount()).id;
    const trade = tradeOf(this.trades, { account, method: 'pay', content: wish });
    trade.paid = true;
    await this.trades.save(trade);
    return {};
  }
}

function refusal(code: string, subCode: string): Record<string, unknown> {
  const msg = code === '40004' ? 'Business Failed' : 'Service Currently Unavailable';
  return { code, msg, sub_code: subCode, sub_msg: subCode };
}

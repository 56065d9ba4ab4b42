/**
 * WeChat Pay, played by the laptop host: the routes of API v3 that a cancellation uses, in its wire format, with its signed
 * answers and its signed and sealed notices. Source: https://pay.weixin.qq.com/doc/v3/merchant/4012556457
 *
 * For an order that is too old or was refunded too often the vendor states no code; INVALID_REQUEST is ours.
 *
 * Control calls (amounts are fen):
 * - `seed` `{ seed: [{ out_trade_no?, transaction_id?, amount, state?: "SUCCESS" | "NOTPAY" | "USERPAYING", merchant?, account?, at? }] }`;
 *   `at` is when it was paid
 * - `behaviours` `{ next?: 1, out_trade_no?, state, then?, afterMs? }`: how the next refunds turn out; else they are PROCESSING,
 *   and SUCCESS after two seconds. `{ next?: 1, method?, path?, code, status?: 400, applied?: false }`: the next requests are
 *   refused; with `probe: true` answers are signed wrongly on purpose
 * - `settle` `{ out_refund_no? | out_trade_no?, state?: "SUCCESS", user_received_account? }`
 * - `pay` `{ out_trade_no }`: the buyer pays an open order; `rules` `{ secondsApart: 60 }`: 0 lets refunds follow at once
 * - `ledger`, `ledger/totals`, `reset`, and those of every party
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { integer, list, record, text } from '../json';
import type { StandIn, StandInHost, StandInReply, StandInRequest } from '../stand-in';
import { PartySettings, troubleReply, type AccountSource, type PartyAccount } from './party-settings';
import { WechatPayBehaviours, type Instead } from './wechat-pay-behaviours';
import {
  digits,
  keyOf,
  REFUND_STATES,
  WechatPayOrders,
  type Order,
  type OrderRefund,
  type RefundState,
} from './wechat-pay-orders';
import { paymentLines, refundLines, totals } from './wechat-pay-report';
import { readContent, route, type Effect, type WechatPayRequest } from './wechat-pay-routes';
import {
  isFrom,
  readAuthorization,
  rfc3339,
  sealed,
  signedHeaders,
  type Answer,
  type PlatformKey,
} from './wechat-pay-wire';
import { WebhookSender, type Notice } from './webhook-sender';

const PATHS = /^\/v3\/(refund\/domestic\/refunds|pay\/transactions)(\/|$)/;

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** 24 hours and 4 minutes; https://pay.weixin.qq.com/doc/v3/merchant/4012082053 */
const PAUSES = [
  ...[15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800].map((seconds) => seconds * SECOND),
  ...[1, 3, 3, 3, 6, 6].map((hours) => hours * HOUR),
];

export interface WechatPayOptions {
  readonly accounts?: AccountSource;
  /** The platform's own; the connection has the public half under its serial. */
  readonly platform: PlatformKey;
}

export function wechatPayStandIn(options: WechatPayOptions): StandIn {
  let running: Running | undefined;
  const started = (): Running => {
    if (!running) throw new Error('The WeChat Pay stand-in has not been started.');
    return running;
  };
  return {
    name: 'wechat_pay',
    matches: (_method, path) => PATHS.test(path),
    handle: (request) => started().handle(request),
    control: (path, body) => started().control(path, body),
    start: async (host) => {
      running = await Running.begin(host, options);
    },
    stop: () => running?.stop(),
  };
}

class Running {
  private readonly orders: WechatPayOrders;
  private readonly sender: WebhookSender;
  private readonly cancels = new Set<() => void>();
  private requests = 0;

  private constructor(
    private readonly host: StandInHost,
    private readonly settings: PartySettings,
    private readonly behaviours: WechatPayBehaviours,
    private readonly platform: PlatformKey,
  ) {
    this.orders = new WechatPayOrders(host);
    this.sender = new WebhookSender(host, {
      path: (account) => `/webhooks/payments/wechat_pay/${account}`,
      headers: async (notice, nowMs) => signedHeaders(notice.body, platform, nowMs),
      pauses: PAUSES,
      over: (notice) => this.dropNotice(notice),
      postponed: (notice) => this.saveOwnerOf(notice),
    });
  }

  static async begin(host: StandInHost, { accounts, platform }: WechatPayOptions): Promise<Running> {
    const settings = await PartySettings.load(host, accounts);
    const running = new Running(host, settings, await WechatPayBehaviours.load(host), platform);
    await running.orders.load();
    for (const order of running.orders.all()) {
      for (const notice of order.outbox) running.sender.schedule(notice);
      for (const refund of order.refunds) running.awaitDue(order, refund);
    }
    return running;
  }

  stop(): void {
    this.sender.stop();
    for (const cancel of this.cancels) cancel();
  }

  async handle(request: StandInRequest): Promise<StandInReply> {
    this.requests += 1;
    const authorization = readAuthorization(request.headers.authorization);
    const account = await this.settings.accountByKey(authorization.get('mchid') ?? '');
    if (!request.headers['user-agent'] || !request.headers.accept?.includes('application/json')) {
      return unsigned(400, 'PARAM_ERROR', 'User-Agent and Accept are wanted');
    }
    // Whose key should have signed is not known, so the answer is not signed either.
    if (!account || !isFrom(account, request, authorization, this.host.clock.now())) {
      return unsigned(401, 'SIGN_ERROR', '签名错误');
    }
    const trouble = this.settings.takeTrouble(request.method, request.path);
    if (trouble && trouble.delayMs > 0) await pause(trouble.delayMs);
    const broken = troubleReply(trouble);
    if (broken && !trouble?.applied) return broken;
    const reply = await this.perform(
      {
        account: account.id,
        mchid: account.apiKey,
        method: request.method,
        path: request.path,
        query: request.query,
        content: readContent(request.rawBody),
      },
      account,
    );
    return broken ?? reply;
  }

  private async perform(request: WechatPayRequest, account: PartyAccount): Promise<Answer> {
    const instead = this.behaviours.takeInstead(request);
    if (instead?.code !== undefined && !instead.applied) return this.answer(refusal(instead));
    const effect = route(this.orders, request, (order) => this.behaviours.takeTurn(order));
    const notices = this.told(effect, account);
    // One write holds the money and the notices to send: a crash has both or none.
    if (effect.order) await this.orders.save(effect.order);
    if (effect.order && effect.made) this.awaitDue(effect.order, effect.made);
    if (effect.order) await this.dispatch(effect.order, notices);
    return this.answer(instead?.code === undefined ? effect : refusal(instead), instead?.probe);
  }

  private answer({ status, body }: Pick<Effect, 'status' | 'body'>, probe = false): Answer {
    const written = body === undefined ? '' : JSON.stringify(body);
    const type = body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' };
    const headers = { ...type, ...signedHeaders(written, this.platform, this.host.clock.now(), probe) };
    return { status, headers, body: written };
  }

  private told({ order, made }: Pick<Effect, 'order' | 'made'>, account: PartyAccount): Notice[] {
    return order && made && made.state !== 'PROCESSING' ? this.announce(order, made, account) : [];
  }

  private announce(order: Order, refund: OrderRefund, account: PartyAccount): Notice[] {
    const { send, copies, delayMs } = this.settings.webhooks(order.outTradeNo);
    const [apiV3Key] = account.webhookSecrets;
    if (send === 'never' || apiV3Key === undefined) return [];
    const now = this.host.clock.now();
    const id = randomUUID();
    const content = {
      mchid: account.apiKey,
      transaction_id: order.transactionId,
      out_trade_no: order.outTradeNo,
      refund_id: refund.refundId,
      out_refund_no: refund.number,
      refund_status: refund.state,
      ...(refund.succeededAt !== undefined && { success_time: rfc3339(refund.succeededAt) }),
      user_received_account: refund.receivedBy,
      amount: { total: order.total, refund: refund.amount, payer_total: order.total, payer_refund: refund.amount },
    };
    const body = JSON.stringify({
      id,
      create_time: rfc3339(now),
      resource_type: 'encrypt-resource',
      event_type: `REFUND.${refund.state}`,
      summary: '退款',
      resource: sealed(content, apiV3Key),
    });
    const notices = Array.from({ length: copies }, (_, copy) => ({
      id: `${keyOf(order)} ${id}#${copy}`,
      account: order.account,
      body,
      attempt: 0,
      dueAt: now + delayMs,
    }));
    order.outbox.push(...notices);
    return notices;
  }

  private async dispatch(order: Order, notices: Notice[]): Promise<void> {
    if (this.settings.webhooks(order.outTradeNo).send === 'before-reply') {
      for (const notice of notices) await this.sender.attempt(notice);
    } else {
      for (const notice of notices) this.sender.schedule(notice);
    }
  }

  private async dropNotice(notice: Notice): Promise<void> {
    const order = this.ownerOf(notice);
    if (!order) return;
    order.outbox = order.outbox.filter((one) => one.id !== notice.id);
    await this.orders.save(order);
  }

  private async saveOwnerOf(notice: Notice): Promise<void> {
    const order = this.ownerOf(notice);
    if (order) await this.orders.save(order);
  }

  private ownerOf({ id }: Notice): Order | undefined {
    return this.orders.byKey(id.slice(0, id.indexOf(' ')));
  }

  private awaitDue(order: Order, refund: OrderRefund): void {
    const due = refund.due;
    if (!due) return;
    const cancel = this.host.clock.at(due.at, () => {
      this.cancels.delete(cancel);
      const done = this.host.busy();
      this.settle(order, refund, due.state)
        .catch((error: unknown) => this.host.log(`${refund.number} not settled: ${String(error)}`))
        .finally(done);
    });
    this.cancels.add(cancel);
  }

  private async settle(order: Order, refund: OrderRefund, state: RefundState, receivedBy?: string): Promise<void> {
    if (!this.orders.settle(refund, state, receivedBy)) return;
    const account = await this.settings.accountById(order.account);
    const notices = account ? this.told({ order, made: refund }, account) : [];
    await this.orders.save(order);
    await this.dispatch(order, notices);
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
      case 'pay':
        return this.pay(body);
      case 'rules':
        if (body !== undefined)
          await this.orders.setRules({ secondsApart: integer(record(body)['secondsApart']) ?? 60 });
        return { rules: this.orders.rules };
      case 'ledger':
        return {
          requests: this.requests,
          totals: totals(this.orders),
          refunds: refundLines(this.orders),
          payments: paymentLines(this.orders),
        };
      case 'ledger/totals':
        return { requests: this.requests, totals: totals(this.orders) };
      case 'reset':
        await this.orders.forget();
        await this.settings.forget();
        await this.behaviours.forget();
        return {};
      default: {
        const common = await this.settings.control(path, body);
        if (common === undefined) throw new Error(`The WeChat Pay stand-in has no control call ${path}.`);
        return common;
      }
    }
  }

  private async seed(body: unknown): Promise<unknown> {
    const wishes = list(record(body)['seed']);
    const made: Order[] = [];
    for (const wish of wishes) {
      const row = record(wish);
      const account = text(row['account']) ?? (await this.settings.soleAccount()).id;
      const total = integer(row['amount']);
      const outTradeNo = text(row['out_trade_no']) ?? `local${digits(20)}`;
      if (total === undefined || total <= 0) throw new Error(`seed ${outTradeNo}: an amount in fen is needed`);
      const state = row['state'] ?? 'SUCCESS';
      if (state !== 'SUCCESS' && state !== 'NOTPAY' && state !== 'USERPAYING') {
        throw new Error('state is one of SUCCESS, NOTPAY, USERPAYING');
      }
      const transactionId = text(row['transaction_id']);
      const merchant = text(row['merchant']);
      const paidAt = text(row['at']);
      const order = this.orders.create({
        outTradeNo,
        account,
        total,
        state,
        ...(transactionId !== undefined && { transactionId }),
        ...(merchant !== undefined && { merchant }),
        ...(paidAt !== undefined && { at: Date.parse(paidAt) }),
      });
      if (order) made.push(order);
    }
    await Promise.all(made.map((order) => this.orders.save(order)));
    return { seeded: made.length, known: wishes.length - made.length };
  }

  /** Settles the named refund, or every one that is under way. */
  private async settleMany(body: unknown): Promise<unknown> {
    const wish = record(body);
    const state = REFUND_STATES.find((known) => known === (wish['state'] ?? 'SUCCESS'));
    if (!state) throw new Error(`state is one of ${REFUND_STATES.join(', ')}`);
    const number = text(wish['out_refund_no']);
    const outTradeNo = text(wish['out_trade_no']);
    const receivedBy = text(wish['user_received_account']);
    const chosen = [...this.orders.all()]
      .filter((order) => outTradeNo === undefined || order.outTradeNo === outTradeNo)
      .flatMap((order) => order.refunds.map((refund) => ({ order, refund })))
      .filter(({ refund }) => (number === undefined ? refund.state === 'PROCESSING' : refund.number === number));
    if (chosen.length === 0) throw new Error('No refund fits.');
    for (const { order, refund } of chosen) await this.settle(order, refund, state, receivedBy);
    return { settled: chosen.map(({ refund }) => refund.number) };
  }

  private async pay(body: unknown): Promise<unknown> {
    const wish = record(body);
    const account = text(wish['account']) ?? (await this.settings.soleAccount()).id;
    const order = this.orders.find(account, { outTradeNo: text(wish['out_trade_no']) ?? '' });
    if (!order) throw new Error('There is no such order.');
    order.state = 'SUCCESS';
    await this.orders.save(order);
    return {};
  }
}

function refusal({ status = 400, code = '' }: Instead): Pick<Effect, 'status' | 'body'> {
  return { status, body: { code, message: code } };
}

function unsigned(status: number, code: string, message: string): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code, message }) };
}

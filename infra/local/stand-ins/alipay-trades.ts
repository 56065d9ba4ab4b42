/** The money side of the Alipay stand-in: trades, their refunds, what may be done with them, and what is on disk. */
import { randomInt } from 'node:crypto';
import type { StandInHost } from '../stand-in';
import { emptyStore } from './party-settings';
import type { Notice } from './webhook-sender';

const PREFIX = 'trade/';

/** By contract, usually twelve months: https://docs.antom.com/ac/autodebitpay/refund */
const REFUNDABLE_MS = 365 * 24 * 60 * 60 * 1000;

/** Two refunds of one trade should be this far apart; https://opendocs.alipay.com/open/6c0cdd7d_alipay.trade.refund */
const APART_MS = 3_000;

export const REFUND_STATES = ['pending', 'succeeded', 'failed'] as const;

export type RefundState = (typeof REFUND_STATES)[number];

/** Amounts are fen, times the host's clock in milliseconds. */
export interface TradeRefund {
  /** `out_request_no`. */
  readonly number: string;
  readonly amount: number;
  state: RefundState;
  readonly at: number;
  /** What happens by itself later. */
  due?: { at: number; state: RefundState };
}

/** One trade with all that hangs on it: written as one value, so that a crash can tear nothing apart. */
export interface Trade {
  readonly outTradeNo: string;
  readonly tradeNo: string;
  readonly account: string;
  readonly amount: number;
  readonly createdAt: number;
  paid: boolean;
  closed: boolean;
  readonly merchant?: string;
  readonly refunds: TradeRefund[];
  /** How many refunds came too soon after another one. */
  hurried: number;
  outbox: Notice[];
}

export interface Wanted {
  readonly outTradeNo?: string;
  readonly tradeNo?: string;
}

/** How the next refund turns out where it is not done at once. */
export interface Turn {
  readonly state: RefundState;
  readonly then?: RefundState;
  /** Absent: only a control call settles it. */
  readonly afterMs?: number;
}

/** A refusal of the business behind the gateway, `code` 40004. */
export class Refusal extends Error {
  constructor(
    readonly subCode: string,
    message: string,
  ) {
    super(message);
  }
}

export class AlipayTrades {
  private readonly trades = new Map<string, Trade>();

  constructor(private readonly host: StandInHost) {}

  async load(): Promise<void> {
    for (const { value } of await this.host.store.all<Trade>(PREFIX)) this.trades.set(keyOf(value), value);
  }

  all(): IterableIterator<Trade> {
    return this.trades.values();
  }

  byKey(key: string): Trade | undefined {
    return this.trades.get(key);
  }

  /** Another account's trades are unknown; Alipay's own number goes first where both are given. */
  find(account: string, { outTradeNo, tradeNo }: Wanted): Trade {
    const found =
      tradeNo === undefined
        ? this.trades.get(`${account}/${outTradeNo ?? ''}`)
        : [...this.trades.values()].find((trade) => trade.account === account && trade.tradeNo === tradeNo);
    if (!found) throw new Refusal('ACQ.TRADE_NOT_EXIST', '交易不存在');
    return found;
  }

  /** @returns undefined where there is one already: seeding twice is harmless */
  create(wish: Pick<Trade, 'outTradeNo' | 'account' | 'amount' | 'paid'> & Partial<Trade>): Trade | undefined {
    const createdAt = this.host.clock.now();
    const trade: Trade = {
      tradeNo: `${beijing(createdAt).slice(0, 10).replaceAll('-', '')}${digits(20)}`,
      createdAt,
      closed: false,
      refunds: [],
      hurried: 0,
      outbox: [],
      ...wish,
    };
    if (this.trades.has(keyOf(trade))) return undefined;
    this.trades.set(keyOf(trade), trade);
    return trade;
  }

  status(trade: Trade): 'WAIT_BUYER_PAY' | 'TRADE_CLOSED' | 'TRADE_SUCCESS' | 'TRADE_FINISHED' {
    if (trade.closed || (trade.paid && refundedOf(trade) === trade.amount)) return 'TRADE_CLOSED';
    if (!trade.paid) return 'WAIT_BUYER_PAY';
    return this.host.clock.now() - trade.createdAt < REFUNDABLE_MS ? 'TRADE_SUCCESS' : 'TRADE_FINISHED';
  }

  /** @returns the refund, and whether it was made by this call: one number is refunded once */
  refund(trade: Trade, number: string, amount: number, turnOf: () => Turn): { refund: TradeRefund; made: boolean } {
    const known = trade.refunds.find((one) => one.number === number && one.state !== 'failed');
    if (known?.amount === amount) return { refund: known, made: false };
    if (known) throw new Refusal('ACQ.DISCORDANT_REPEAT_REQUEST', '不一致的请求');
    const status = this.status(trade);
    if (status === 'TRADE_FINISHED') throw new Refusal('ACQ.TRADE_HAS_FINISHED', '交易已完结');
    if (status !== 'TRADE_SUCCESS') throw new Refusal('ACQ.TRADE_STATUS_ERROR', '交易状态非法');
    if (amount > trade.amount - heldOf(trade)) throw new Refusal('ACQ.REFUND_AMT_NOT_EQUAL_TOTAL', '退款金额超限');
    const at = this.host.clock.now();
    const turn = turnOf();
    if (trade.refunds.some((other) => at - other.at < APART_MS)) trade.hurried += 1;
    const refund: TradeRefund = { number, amount, at, state: turn.state };
    if (turn.then !== undefined && turn.afterMs !== undefined) refund.due = { at: at + turn.afterMs, state: turn.then };
    trade.refunds.push(refund);
    return { refund, made: true };
  }

  close(trade: Trade): void {
    if (this.status(trade) !== 'WAIT_BUYER_PAY') {
      throw new Refusal('ACQ.REASON_TRADE_STATUS_INVALID', '交易状态异常，非待支付状态下不支持关单操作');
    }
    trade.closed = true;
  }

  /** @returns whether anything changed */
  settle(refund: TradeRefund, state: RefundState): boolean {
    if (refund.state === state) return false;
    if (refund.state !== 'pending') throw new Error(`${refund.number} is ${refund.state} and cannot become ${state}`);
    refund.state = state;
    delete refund.due;
    return true;
  }

  /** Settles when the trade as it is now is on disk. */
  save(trade: Trade): Promise<void> {
    return this.host.store.put(`${PREFIX}${keyOf(trade)}`, trade);
  }

  async forget(): Promise<void> {
    this.trades.clear();
    await emptyStore(this.host.store, PREFIX);
  }
}

export const keyOf = ({ account, outTradeNo }: Pick<Trade, 'account' | 'outTradeNo'>): string =>
  `${account}/${outTradeNo}`;

/** What has gone back. */
export const refundedOf = ({ refunds }: Trade): number =>
  refunds.reduce((sum, { amount, state }) => (state === 'succeeded' ? sum + amount : sum), 0);

/** The same with what is still on its way. */
const heldOf = ({ refunds }: Trade): number =>
  refunds.reduce((sum, { amount, state }) => (state === 'failed' ? sum : sum + amount), 0);

/** As Alipay writes times. */
export function beijing(ms: number): string {
  return new Date(ms + 8 * 60 * 60 * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

/** Yuan with two digits. */
export function yuan(fen: number): string {
  const whole = String(fen).padStart(3, '0');
  return `${whole.slice(0, -2)}.${whole.slice(-2)}`;
}

export function digits(count: number): string {
  return Array.from({ length: count }, () => randomInt(10)).join('');
}

/** The money side of the WeChat Pay stand-in: orders, their refunds, what may be done with them, and what is on disk. */
import { randomInt } from 'node:crypto';
import type { StandInHost } from '../stand-in';
import { emptyStore } from './party-settings';
import type { Notice } from './webhook-sender';

const PREFIX = 'order/';
const RULES = 'rules';

const DAY_MS = 24 * 60 * 60 * 1000;

/** https://pay.weixin.qq.com/doc/v3/merchant/4012556457 */
const REFUNDABLE_MS = 365 * DAY_MS;
const REFUNDS_PER_ORDER = 50;

export const REFUND_STATES = ['PROCESSING', 'SUCCESS', 'CLOSED', 'ABNORMAL'] as const;

export type RefundState = (typeof REFUND_STATES)[number];

/** A closed one is over; an abnormal one waits for the merchant. */
const MAY_BECOME: Readonly<Record<RefundState, readonly RefundState[]>> = {
  PROCESSING: ['SUCCESS', 'CLOSED', 'ABNORMAL'],
  ABNORMAL: ['SUCCESS'],
  SUCCESS: [],
  CLOSED: [],
};

/** Amounts are fen, times the host's clock in milliseconds. */
export interface OrderRefund {
  /** `out_refund_no`. */
  readonly number: string;
  readonly refundId: string;
  readonly amount: number;
  readonly at: number;
  state: RefundState;
  /** `user_received_account`. */
  receivedBy: string;
  succeededAt?: number;
  /** What happens by itself later. */
  due?: { at: number; state: RefundState };
}

/** One order with all that hangs on it: written as one value, so that a crash can tear nothing apart. */
export interface Order {
  readonly outTradeNo: string;
  readonly transactionId: string;
  readonly account: string;
  readonly total: number;
  readonly at: number;
  state: 'SUCCESS' | 'NOTPAY' | 'USERPAYING' | 'CLOSED';
  readonly merchant?: string;
  readonly refunds: OrderRefund[];
  /** How many refunds were refused because they came too soon after another one. */
  hurried: number;
  outbox: Notice[];
}

/** How a refund turns out. */
export interface Turn {
  readonly state: RefundState;
  readonly then?: RefundState;
  /** Absent: only a control call settles it. */
  readonly afterMs?: number;
}

/** What the laptop may be told to let pass. */
export interface Rules {
  /** Between two refunds of one order; 0 lets all pass. */
  secondsApart: number;
}

export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export class WechatPayOrders {
  rules: Rules = { secondsApart: 60 };
  private readonly orders = new Map<string, Order>();

  constructor(private readonly host: StandInHost) {}

  async load(): Promise<void> {
    for (const { value } of await this.host.store.all<Order>(PREFIX))
      this.orders.set(keyOf(value), { ...value, hurried: value.hurried ?? 0 });
    this.rules = (await this.host.store.get<Rules>(RULES)) ?? this.rules;
  }

  all(): IterableIterator<Order> {
    return this.orders.values();
  }

  byKey(key: string): Order | undefined {
    return this.orders.get(key);
  }

  /** Another merchant's orders are unknown. */
  find(account: string, wanted: { outTradeNo: string } | { transactionId: string }): Order | undefined {
    if ('outTradeNo' in wanted) return this.orders.get(`${account}/${wanted.outTradeNo}`);
    return [...this.orders.values()].find(
      (order) => order.account === account && order.transactionId === wanted.transactionId,
    );
  }

  findRefund(account: string, number: string): { order: Order; refund: OrderRefund } | undefined {
    for (const order of this.orders.values()) {
      const refund = order.account === account ? order.refunds.find((one) => one.number === number) : undefined;
      if (refund) return { order, refund };
    }
    return undefined;
  }

  /** @returns undefined where there is one already: seeding twice is harmless */
  create(wish: Pick<Order, 'outTradeNo' | 'account' | 'total' | 'state'> & Partial<Order>): Order | undefined {
    const order: Order = {
      transactionId: `42000${digits(23)}`,
      at: this.host.clock.now(),
      refunds: [],
      hurried: 0,
      outbox: [],
      ...wish,
    };
    if (this.orders.has(keyOf(order))) return undefined;
    this.orders.set(keyOf(order), order);
    return order;
  }

  /** @returns the refund, and whether it was made by this call: one number is refunded once */
  refund(
    order: Order,
    wish: { number: string; amount: number; total: number },
    turnOf: () => Turn,
  ): { refund: OrderRefund; made: boolean } {
    const known = this.findRefund(order.account, wish.number);
    if (known && known.order === order && known.refund.amount === wish.amount && wish.total === order.total) {
      return { refund: known.refund, made: false };
    }
    if (known || wish.total !== order.total) throw invalid('订单金额或退款金额与之前请求不一致，请核实后再试');
    if (order.state !== 'SUCCESS') throw invalid('订单未支付');
    const at = this.host.clock.now();
    if (at - order.at >= REFUNDABLE_MS) throw invalid('订单已经超过可退款的最大期限');
    if (order.refunds.length >= REFUNDS_PER_ORDER) throw invalid('订单退款次数超过限制');
    if (order.refunds.some((other) => at - other.at < this.rules.secondsApart * 1000)) {
      order.hurried += 1;
      throw new Refusal(429, 'FREQUENCY_LIMITED', '该笔退款未受理，请降低频率后重试');
    }
    if (wish.amount > order.total - heldOf(order)) throw invalid('申请退款金额大于订单剩余可退金额');
    const turn = turnOf();
    const refund: OrderRefund = {
      number: wish.number,
      refundId: `50000${digits(23)}`,
      amount: wish.amount,
      at,
      state: turn.state,
      receivedBy: '支付用户零钱',
      ...(turn.state === 'SUCCESS' && { succeededAt: at }),
    };
    if (turn.then !== undefined && turn.afterMs !== undefined) refund.due = { at: at + turn.afterMs, state: turn.then };
    order.refunds.push(refund);
    return { refund, made: true };
  }

  close(order: Order): void {
    if (order.state === 'CLOSED') throw new Refusal(400, 'ORDER_CLOSED', '订单已关闭');
    if (order.state !== 'NOTPAY') throw invalid('订单已支付，无法关闭');
    order.state = 'CLOSED';
  }

  /** @returns whether anything changed */
  settle(refund: OrderRefund, state: RefundState, receivedBy: string | undefined): boolean {
    if (refund.state === state) return false;
    if (!MAY_BECOME[refund.state].includes(state)) {
      throw new Error(`${refund.number} is ${refund.state} and cannot become ${state}`);
    }
    refund.state = state;
    delete refund.due;
    if (receivedBy !== undefined) refund.receivedBy = receivedBy;
    if (state === 'SUCCESS') refund.succeededAt = this.host.clock.now();
    return true;
  }

  async setRules(rules: Rules): Promise<void> {
    this.rules = rules;
    await this.host.store.put(RULES, rules);
  }

  /** Settles when the order as it is now is on disk. */
  save(order: Order): Promise<void> {
    return this.host.store.put(`${PREFIX}${keyOf(order)}`, order);
  }

  async forget(): Promise<void> {
    this.orders.clear();
    await emptyStore(this.host.store, PREFIX);
    await this.setRules({ secondsApart: 60 });
  }
}

export const keyOf = ({ account, outTradeNo }: Pick<Order, 'account' | 'outTradeNo'>): string =>
  `${account}/${outTradeNo}`;

/** What has gone back, or is on its way. */
export const heldOf = ({ refunds }: Order): number =>
  refunds.reduce((sum, { amount, state }) => (state === 'CLOSED' ? sum : sum + amount), 0);

const invalid = (message: string): Refusal => new Refusal(400, 'INVALID_REQUEST', message);

export function digits(count: number): string {
  return Array.from({ length: count }, () => randomInt(10)).join('');
}

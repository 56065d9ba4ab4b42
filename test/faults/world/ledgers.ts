/** What providers have in their own books, told alike: our minor units, our words for states, our names for legs. */
import { readCompactTrail } from '../../../shared/adapters/payments/compact-trail';
import { fromUnits } from '../../../shared/adapters/payments/units';
import type { PaymentChannelName } from '../../../shared/domain/channel';
import type { FurtherProvider } from './settings';

export type Provider = 'stripe' | FurtherProvider;

export interface LedgerRefund {
  readonly channel: Provider;
  readonly id: string;
  /** The provider's id of the payment. */
  readonly payment: string;
  readonly account: string;
  /** Our minor units. */
  readonly amount: number;
  readonly status: RefundState;
  /** Our id of the leg's attempt that it was made for; absent where it bears none. */
  readonly attempt?: string;
  /** Whose it is, where the provider was told that. */
  readonly tenant?: string;
}

export interface PaymentAtProvider {
  readonly channel: Provider;
  readonly payment: string;
  readonly status: string;
  /** Our minor units. */
  readonly captured: number;
  readonly amount: number;
  readonly refunded: number;
}

export interface Books {
  readonly refunds: readonly LedgerRefund[];
  readonly payments: readonly PaymentAtProvider[];
}

type RefundState = 'pending' | 'requires_action' | 'succeeded' | 'failed' | 'canceled';

/** As the stand-in tells it, in Stripe's own units. */
export interface StripeLedger {
  readonly refunds: readonly {
    readonly id: string;
    readonly payment_intent: string;
    readonly account: string;
    readonly amount: number;
    readonly currency: string;
    readonly status: RefundState;
    readonly metadata: Readonly<Record<string, string>>;
  }[];
  readonly payments: readonly {
    readonly payment_intent: string;
    readonly currency: string;
    readonly status: string;
    readonly amount: number;
    readonly captured: number;
    readonly refunded: number;
  }[];
}

interface AdyenLedger {
  readonly payments: readonly {
    readonly payment: string;
    readonly account: string;
    readonly currency: string;
    readonly amount: number;
    readonly captured: number;
    readonly cancelled: boolean;
    readonly refunded: number;
    readonly modifications: readonly {
      readonly id: string;
      readonly action: 'refund' | 'cancel';
      readonly amount: number;
      readonly status: keyof typeof adyenStates;
      readonly reference?: string;
    }[];
  }[];
}

interface WechatPayLedger {
  readonly refunds: readonly {
    readonly out_refund_no: string;
    readonly out_trade_no: string;
    readonly account: string;
    readonly amount: number;
    readonly state: keyof typeof wechatPayStates;
  }[];
  readonly payments: readonly {
    readonly out_trade_no: string;
    readonly status: string;
    readonly amount: number;
    readonly captured: number;
    readonly refunded: number;
  }[];
}

const adyenStates = {
  received: 'pending',
  succeeded: 'succeeded',
  refused: 'failed',
  failed: 'failed',
  reversed: 'failed',
} as const satisfies Record<string, RefundState>;

const wechatPayStates = {
  PROCESSING: 'pending',
  SUCCESS: 'succeeded',
  CLOSED: 'failed',
  ABNORMAL: 'requires_action',
} as const satisfies Record<string, RefundState>;

/** How the `ledger` of each stand-in is read. */
export const readBooks = {
  stripe: ({ refunds, payments }: StripeLedger): Books => ({
    // With all else that Stripe says of them.
    refunds: refunds.map(({ metadata, ...refund }) => ({
      ...refund,
      channel: 'stripe',
      payment: refund.payment_intent,
      amount: ours('stripe', refund.amount, refund.currency),
      ...(metadata['leg_id'] === undefined ? {} : { attempt: metadata['leg_id'] }),
      tenant: metadata['tenant'] ?? '?',
    })),
    payments: payments.map((payment) => ({
      ...payment,
      channel: 'stripe',
      payment: payment.payment_intent,
      amount: ours('stripe', payment.amount, payment.currency),
      captured: ours('stripe', payment.captured, payment.currency),
      refunded: ours('stripe', payment.refunded, payment.currency),
    })),
  }),
  adyen: ({ payments }: AdyenLedger): Books => ({
    refunds: payments.flatMap(({ payment, account, currency, modifications }) =>
      modifications
        .filter(({ action }) => action === 'refund')
        .map(({ id, amount, status, reference }) => ({
          ...{ channel: 'adyen' as const, id, payment, account },
          amount: ours('adyen', amount, currency),
          status: adyenStates[status],
          ...attemptIn(reference),
        })),
    ),
    payments: payments.map(({ payment, currency, amount, captured, refunded, cancelled }) => ({
      channel: 'adyen',
      payment,
      status: cancelled ? 'canceled' : captured > 0 ? 'succeeded' : 'requires_capture',
      amount: ours('adyen', amount, currency),
      captured: ours('adyen', captured, currency),
      refunded: ours('adyen', refunded, currency),
    })),
  }),
  wechat_pay: ({ refunds, payments }: WechatPayLedger): Books => ({
    refunds: refunds.map(({ out_refund_no: id, out_trade_no: payment, account, amount, state }) => ({
      ...{ channel: 'wechat_pay' as const, id, payment, account },
      amount: ours('wechat_pay', amount, 'CNY'),
      status: wechatPayStates[state],
      ...attemptIn(id),
    })),
    payments: payments.map(({ out_trade_no: payment, amount, captured, refunded, status }) => ({
      channel: 'wechat_pay',
      payment,
      status: status === 'CLOSED' ? 'canceled' : status,
      amount: ours('wechat_pay', amount, 'CNY'),
      captured: ours('wechat_pay', captured, 'CNY'),
      refunded: ours('wechat_pay', refunded, 'CNY'),
    })),
  }),
} as const;

/** Such a reference does not say whose it is, so any tenant will do to read it. */
function attemptIn(reference: string | undefined): { attempt?: string } {
  const trail = readCompactTrail('', reference ?? '');
  return trail === undefined ? {} : { attempt: trail.legId };
}

/** @throws Error for an amount that our minor units cannot state: nobody asked for it */
function ours(channel: PaymentChannelName, amount: number, currency: string): number {
  if (amount === 0) return 0;
  const minor = fromUnits(channel, amount, currency.toUpperCase());
  if (minor === undefined) throw new Error(`${channel} has ${amount} ${currency} in its books`);
  return minor;
}

/** Our id of a leg, without the number of its attempt. */
export const legOfAttempt = (attempt: string): string => attempt.replace(/-\d+$/, '');

export const isLive = ({ status }: Pick<LedgerRefund, 'status'>): boolean =>
  status !== 'failed' && status !== 'canceled';

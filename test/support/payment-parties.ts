/** Payment providers as the journeys play them: their payments as they are before a cancellation, and what it left in their books. */
import type { PaymentChannelName } from '../../shared/domain/channel';
import type { LaptopControls } from './laptop-controls';
import type { ChannelTender, SketchedPayment } from './order-sketch';

type Row = Readonly<Record<string, unknown>>;

/** A payment in its provider's own books; amounts are minor units of a currency with two digits. */
export interface Booked {
  /** What is with the buyer, or on its way to him. */
  readonly refunded: number;
  /** Every refund that was taken, failed ones included, in the provider's words. */
  readonly refunds: readonly { readonly amount: number; readonly status: string }[];
  /** Whether what was authorized is free again. */
  readonly released: boolean;
}

interface Party {
  seed(paid: Paid, about: About): Row;
  read(ledger: Readonly<Record<string, readonly Row[]>>, ref: string): Booked | undefined;
}

export interface Paid {
  readonly tender: ChannelTender;
  readonly payment: SketchedPayment;
}

interface About {
  readonly now: Date;
  readonly currency: string;
}

const capturedOf = ({ captures }: SketchedPayment): number => captures.reduce((sum, { amount }) => sum + amount, 0);
const decimal = (minor: number): string => (minor / 100).toFixed(2);
const minor = (amount: unknown): number => Math.round(Number(amount) * 100);

function paidAt({ tender: { daysAgo } }: Paid, { now }: About): { at?: string } {
  return daysAgo === undefined ? {} : { at: new Date(now.getTime() - daysAgo * 86_400_000).toISOString() };
}

function bookedIn(rows: readonly Row[] = [], status: string, amount: (row: Row) => unknown = (row) => row['amount']) {
  return rows.map((row) => ({ amount: Number(amount(row)), status: String(row[status]) }));
}

const parties: Readonly<Partial<Record<PaymentChannelName, Party>>> = {
  stripe: {
    seed: ({ payment: { ref, authorized, captures } }, { currency }) => ({
      payment_intent: ref,
      charge: captures[0]?.ref ?? `${ref}-c1`,
      amount: authorized,
      amount_captured: captures[0]?.amount ?? 0,
      currency,
    }),
    read: ({ payments = [], refunds = [] }, ref) => {
      const payment = payments.find((one) => one['payment_intent'] === ref);
      const made = refunds.filter((one) => one['payment_intent'] === ref);
      return payment && booked(payment['refunded'], bookedIn(made, 'status'), payment['status'] === 'canceled');
    },
  },
  adyen: {
    seed: ({ payment }, { currency }) => ({
      payment: payment.ref,
      amount: payment.authorized,
      captured: capturedOf(payment),
      currency,
    }),
    read: ({ payments = [] }, ref) => {
      const payment = payments.find((one) => one['payment'] === ref);
      const made = (payment?.['modifications'] as Row[] | undefined)?.filter((one) => one['action'] === 'refund');
      return payment && booked(payment['refunded'], bookedIn(made, 'status'), payment['cancelled'] === true);
    },
  },
  klarna: {
    seed: ({ payment }, { currency }) => ({
      order: payment.ref,
      capture: payment.captures[0]?.ref,
      amount: payment.authorized,
      captured: capturedOf(payment),
      currency,
    }),
    read: ({ orders = [] }, ref) => {
      const order = orders.find((one) => one['order'] === ref);
      const made = bookedIn(order?.['refunds'] as Row[] | undefined, 'status');
      return order && booked(order['refunded'], made, order['status'] === 'CANCELLED');
    },
  },
  paypal: {
    seed: (paid, about) => ({
      order: paid.payment.ref,
      capture: paid.payment.captures[0]?.ref,
      amount: decimal(paid.payment.authorized),
      captured: decimal(capturedOf(paid.payment)),
      currency: about.currency,
      ...paidAt(paid, about),
    }),
    read: ({ payments = [], refunds = [] }, ref) => {
      const payment = payments.find((one) => one['order'] === ref);
      const made = refunds.filter((one) => one['order'] === ref);
      const listed = bookedIn(made, 'status', ({ amount }) => minor(amount));
      return payment && booked(minor(payment['refunded']), listed, payment['voided'] === true);
    },
  },
  alipay: {
    seed: (paid, about) => ({
      out_trade_no: paid.payment.ref,
      trade_no: paid.payment.captures[0]?.ref,
      amount: paid.payment.authorized,
      paid: paid.payment.captures.length > 0,
      ...paidAt(paid, about),
    }),
    read: ({ payments = [], refunds = [] }, ref) => {
      const payment = payments.find((one) => one['out_trade_no'] === ref);
      const made = refunds.filter((one) => one['out_trade_no'] === ref);
      const closed = payment?.['status'] === 'TRADE_CLOSED' && payment['captured'] === 0;
      return payment && booked(payment['refunded'], bookedIn(made, 'state'), closed);
    },
  },
  wechat_pay: {
    seed: (paid, about) => ({
      out_trade_no: paid.payment.ref,
      transaction_id: paid.payment.captures[0]?.ref,
      amount: paid.payment.authorized,
      state: paid.payment.captures.length > 0 ? 'SUCCESS' : 'NOTPAY',
      ...paidAt(paid, about),
    }),
    read: ({ payments = [], refunds = [] }, ref) => {
      const payment = payments.find((one) => one['out_trade_no'] === ref);
      const made = refunds.filter((one) => one['out_trade_no'] === ref);
      return payment && booked(payment['refunded'], bookedIn(made, 'state'), payment['status'] === 'CLOSED');
    },
  },
  square: {
    seed: (paid, about) => ({
      payment: paid.payment.ref,
      amount: paid.payment.authorized,
      currency: about.currency,
      status: paid.payment.captures.length > 0 ? 'COMPLETED' : 'APPROVED',
      ...paidAt(paid, about),
    }),
    read: ({ payments = [], refunds = [] }, ref) => {
      const payment = payments.find((one) => one['payment'] === ref);
      const made = refunds.filter((one) => one['payment_id'] === ref);
      const listed = bookedIn(made, 'status', (row) => (row['amount_money'] as Row)['amount']);
      return payment && booked(payment['refunded'], listed, payment['status'] === 'CANCELED');
    },
  },
  bank_transfer: {
    seed: ({ payment }) => ({ instrument: payment.account }),
    read: ({ instruments = [] }, ref) => {
      const instrument = instruments.find((one) => one['instrument'] === ref);
      const made = bookedIn(instrument?.['transfers'] as Row[] | undefined, 'status');
      return instrument && booked(instrument['paid'], made, false);
    },
  },
};

function booked(refunded: unknown, refunds: Booked['refunds'], released: boolean): Booked {
  return { refunded: Number(refunded), refunds, released };
}

/** Makes a payment known to its provider, as it was taken; our own ledger needs none. */
export async function seedPayment(local: LaptopControls, paid: Paid, about: About): Promise<void> {
  const { channel, account } = paid.payment;
  const party = parties[channel];
  // Money that came by bank is known to no provider until it is to be paid out.
  if (party === undefined || (channel === 'bank_transfer' && account === undefined)) return;
  const connection = { account: paid.payment.connectionId };
  await local.party(channel, 'seed', { seed: [{ ...party.seed(paid, about), ...connection }] });
}

/** @param ref of the payment; where money is paid out, the buyer's account */
export async function bookedAt(local: LaptopControls, channel: PaymentChannelName, ref: string): Promise<Booked> {
  const found = parties[channel]?.read(await local.party(channel, 'ledger'), ref);
  if (found === undefined) throw new Error(`${channel} has no payment ${ref}.`);
  return found;
}

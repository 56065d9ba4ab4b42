import { foreignId } from './foreign-id';
import type { Invoice } from './invoices';
import type { OrderMoney, Tender } from './perturb';

/** Who replays what: names that keep two replays on one host apart. */
export interface Naming {
  tenant: string;
  merchantId: string;
  /** Put before the ids of payments and accounts; they are known beyond the merchant. */
  prefix: string;
  /** Where the stock lies. */
  location: string;
}

/** One order of `POST /v1/orders/batch`; all amounts in pence. */
export interface OrderBody {
  reference: string;
  version: number;
  merchantId: string;
  placedAt: string;
  currency: 'GBP';
  customer: { id: string };
  contract: typeof contract;
  lines: LineBody[];
  discount?: number;
  shipping?: { amount: number; tax: number };
  payments?: PaymentBody[];
}

interface LineBody {
  id: string;
  sku: string;
  kind: 'goods';
  quantity: number;
  /** Of the whole line. */
  net: number;
  tax?: number;
  location: string;
}

interface PaymentBody {
  ref: string;
  channel: Tender['channel'];
  connectionId?: string;
  captures: { ref: string; amount: number }[];
}

export const stripeConnection = 'con_stripe_demo';
export const paymentIntentOf = (naming: Naming, invoice: string): string => `pi_${naming.prefix}${foreignId(invoice)}`;
export const chargeOf = (naming: Naming, invoice: string): string => `ch_${naming.prefix}${foreignId(invoice)}`;
export const creditAccountOf = (naming: Naming, customer: string): string =>
  `acc_${naming.prefix}${foreignId(customer)}`;

/** What really happened must be repeatable: no window, no grace, nobody's approval. */
const contract = {
  market: 'GB',
  buyerType: 'business',
  timeZone: 'Europe/London',
  policy: {
    id: 'replay',
    version: 1,
    window: null,
    requireGoodStanding: false,
    graceMinutes: 0,
    approval: null,
    kinds: {
      goods: { afterwards: 'refuse' },
      prepared: { afterwards: 'refuse' },
      service: { afterwards: 'refuse' },
      digital: { afterwards: 'refuse' },
    },
  },
} as const;

export function toOrderBody(invoice: Invoice, money: OrderMoney, naming: Naming): OrderBody {
  const { discount, shipping, shippingTax, tenders } = money;
  return {
    reference: foreignId(invoice.number),
    version: 1,
    merchantId: naming.merchantId,
    placedAt: new Date(invoice.minute * 60_000).toISOString(),
    currency: 'GBP',
    customer: { id: foreignId(invoice.customer) },
    contract,
    lines: invoice.lines.map((line, index) => {
      const { net, tax } = money.lines[index] ?? { net: 0n, tax: 0n };
      return {
        id: String(index + 1),
        sku: foreignId(line.sku),
        kind: 'goods',
        quantity: line.quantity,
        net: Number(net),
        ...(tax === 0n ? {} : { tax: Number(tax) }),
        location: naming.location,
      };
    }),
    ...(discount === 0n ? {} : { discount: Number(discount) }),
    ...(shipping === 0n ? {} : { shipping: { amount: Number(shipping), tax: Number(shippingTax) } }),
    ...(tenders.length === 0 ? {} : { payments: tenders.map((tender) => toPayment(tender, invoice, naming)) }),
  };
}

function toPayment({ channel, amount }: Tender, invoice: Invoice, naming: Naming): PaymentBody {
  if (channel === 'store_credit') {
    const ref = creditAccountOf(naming, invoice.customer);
    return { ref, channel, captures: [{ ref: `${ref}_${foreignId(invoice.number)}`, amount: Number(amount) }] };
  }
  return {
    ref: paymentIntentOf(naming, invoice.number),
    channel,
    connectionId: stripeConnection,
    captures: [{ ref: chargeOf(naming, invoice.number), amount: Number(amount) }],
  };
}

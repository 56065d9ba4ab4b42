import type { PaymentChannelName } from '../domain/channel';
import type { LineMoney, OrderMoney } from '../domain/freeze';
import type { LineComponent, LineKind, ReservedBy, Stage } from '../domain/order';
import type { NoRestockReason } from '../domain/stock';

/** An order as a shop sends it. Amounts are minor units of `currency`; a line's amounts are for all its units. */
export interface OrderIntake {
  version: number;
  merchantId: string;
  groupId?: string | undefined;
  placedAt: string;
  currency: string;
  customer: {
    id: string;
    name?: string | undefined;
    email?: string | undefined;
    locale?: string | undefined;
    address?: string | undefined;
  };
  contract?:
    | {
        market?: string | undefined;
        buyerType?: 'consumer' | 'business' | undefined;
        timeZone?: string | undefined;
        consents?: Record<string, string> | undefined;
        policy?: unknown;
      }
    | undefined;
  lines: readonly IntakeLine[];
  discount?: number | undefined;
  shipping?: { amount: number; tax?: number | undefined } | undefined;
  payments?: readonly IntakePayment[] | undefined;
  shipments?: readonly IntakeShipment[] | undefined;
}

export interface IntakeLine {
  id: string;
  sku: string;
  kind: LineKind;
  category?: string | undefined;
  quantity: number;
  net: number;
  discount?: number | undefined;
  tax?: number | undefined;
  duty?: number | undefined;
  stage?: Stage | undefined;
  /** Of a gift card that the line sold: what was spent of it. */
  spent?: number | undefined;
  startsAt?: string | undefined;
  location?: string | undefined;
  components?: readonly LineComponent[] | undefined;
  reservedBy?: ReservedBy | undefined;
  noRestock?: NoRestockReason | undefined;
  /** The payment that this line was paid with, where the shop knows it. */
  paidBy?: string | undefined;
}

export interface IntakePayment {
  ref: string;
  channel: PaymentChannelName;
  connectionId?: string | undefined;
  authorized?: number | undefined;
  captures: readonly { ref: string; amount: number }[];
  label?: string | undefined;
  account?: string | undefined;
  points?: number | undefined;
  disputed?: boolean | undefined;
}

export interface IntakeShipment {
  ref: string;
  position?: 'label_created' | 'handed_over' | undefined;
  carrier?: string | undefined;
  connectionId?: string | undefined;
  providerShipmentRef?: string | undefined;
  trackingCode?: string | undefined;
  /** Where it leaves from. */
  location?: string | undefined;
  lines: readonly { lineId: string; quantity: number }[];
}

/** A line of the intake as `freezeUnits` takes it, minor units. */
export const moneyOfLine = ({ quantity, net, discount = 0, tax = 0, duty = 0 }: IntakeLine): LineMoney => ({
  quantity,
  net,
  discount,
  tax,
  duty,
});

export const orderMoneyOf = ({ discount = 0, shipping }: OrderIntake): OrderMoney => ({
  discount,
  shipping: shipping?.amount ?? 0,
  shippingTax: shipping?.tax ?? 0,
});

/** The demo marketplace: one tenant, two merchants, three customers, orders of every kind and in several currencies. */

export const tenant = 'demo';
export const merchants = { atelier: 'mer_atelier', kitchen: 'mer_kitchen' } as const;
export const customers = { ann: 'cus_ann', ben: 'cus_ben', chi: 'cus_chi' } as const;

const people: Readonly<Record<string, { name: string; email: string; locale: string }>> = {
  [customers.ann]: { name: 'Ann Archer', email: 'ann@example.com', locale: 'en-GB' },
  [customers.ben]: { name: 'Ben Baker', email: 'ben@example.com', locale: 'de-DE' },
  [customers.chi]: { name: 'Chi Chen', email: 'chi@example.com', locale: 'zh-CN' },
};

type Kind = 'goods' | 'prepared' | 'service' | 'digital';

export interface DemoLine {
  id: string;
  sku: string;
  kind: Kind;
  quantity: number;
  /** Minor units for all its units. */
  net: number;
  tax?: number;
  stage?: string;
  startsAt?: string;
  location?: string;
}

export interface DemoOrder {
  reference: string;
  merchantId: string;
  customer: string;
  currency: string;
  lines: readonly DemoLine[];
  shipping?: number;
  discount?: number;
  /** Minor units of the total that store credit paid. */
  credit?: number;
  hoursAgo: number;
  policy?: Partial<DemoPolicy>;
  /** A parcel with a label of the carrier. */
  label?: boolean;
}

interface DemoPolicy {
  graceMinutes: number;
  approval: { above: Record<string, number>; deadlineMinutes: number; onSilence: 'approve' | 'decline' } | null;
}

const goods = (sku: string, quantity: number, net: number, tax = 0): DemoLine => ({
  id: sku,
  sku,
  kind: 'goods',
  quantity,
  net,
  tax,
  location: 'main',
});

const asks = { approval: { above: {}, deadlineMinutes: 24 * 60, onSilence: 'approve' as const } };
const grace = { graceMinutes: 30, approval: null };

/** Every order of the demo at a given time; amounts in minor units of its currency (JPY has none, KWD has three digits). */
export function demoOrders(now: number): DemoOrder[] {
  const inDays = (days: number): string => new Date(now + days * 86_400_000).toISOString();
  const { atelier, kitchen } = merchants;
  const { ann, ben, chi } = customers;
  return [
    {
      reference: 'A-1001',
      merchantId: atelier,
      customer: ann,
      currency: 'GBP',
      hoursAgo: 1,
      lines: [goods('MUG-BLUE', 2, 1_900, 380)],
      shipping: 395,
    },
    {
      reference: 'A-1002',
      merchantId: atelier,
      customer: ann,
      currency: 'GBP',
      hoursAgo: 2,
      lines: [goods('LAMP-OAK', 1, 8_900, 1_780), goods('BULB-E27', 3, 1_199, 240)],
      discount: 500,
    },
    {
      reference: 'A-1003',
      merchantId: atelier,
      customer: ben,
      currency: 'EUR',
      hoursAgo: 3,
      lines: [goods('SCARF-RED', 1, 4_990, 948)],
      label: true,
    },
    {
      reference: 'A-1004',
      merchantId: atelier,
      customer: ben,
      currency: 'EUR',
      hoursAgo: 30,
      lines: [goods('CHAIR-ASH', 4, 79_600, 15_124)],
      policy: asks,
    },
    {
      reference: 'A-1005',
      merchantId: atelier,
      customer: chi,
      currency: 'CNY',
      hoursAgo: 5,
      lines: [goods('TEAPOT', 1, 26_800)],
      policy: grace,
    },
    {
      reference: 'A-1006',
      merchantId: atelier,
      customer: chi,
      currency: 'JPY',
      hoursAgo: 6,
      lines: [goods('KNIFE-210', 1, 15_000, 1_500)],
    },
    {
      reference: 'A-1007',
      merchantId: atelier,
      customer: ann,
      currency: 'KWD',
      hoursAgo: 7,
      lines: [goods('RUG-SMALL', 1, 34_500)],
    },
    {
      reference: 'A-1008',
      merchantId: atelier,
      customer: ann,
      currency: 'GBP',
      hoursAgo: 20,
      lines: [goods('MUG-BLUE', 6, 5_700, 1_140)],
    },
    {
      reference: 'A-1009',
      merchantId: atelier,
      customer: ben,
      currency: 'EUR',
      hoursAgo: 48,
      lines: [goods('VASE-TALL', 1, 3_450, 656)],
    },
    {
      reference: 'A-1010',
      merchantId: atelier,
      customer: chi,
      currency: 'USD',
      hoursAgo: 400,
      lines: [goods('CLOCK-WALL', 1, 5_900)],
    },
    {
      reference: 'A-1011',
      merchantId: atelier,
      customer: ben,
      currency: 'EUR',
      hoursAgo: 4,
      lines: [goods('MUG-BLUE', 1, 1_190, 226)],
      credit: 500,
    },
    {
      reference: 'A-1012',
      merchantId: atelier,
      customer: chi,
      currency: 'USD',
      hoursAgo: 9,
      lines: [goods('LAMP-OAK', 1, 11_900)],
      policy: asks,
    },
    {
      reference: 'A-1013',
      merchantId: atelier,
      customer: ann,
      currency: 'GBP',
      hoursAgo: 10,
      lines: [goods('SCARF-RED', 2, 7_980, 1_596)],
    },
    {
      reference: 'A-1014',
      merchantId: atelier,
      customer: ben,
      currency: 'EUR',
      hoursAgo: 11,
      lines: [goods('TEAPOT', 1, 3_690)],
    },
    {
      reference: 'K-2001',
      merchantId: kitchen,
      customer: ann,
      currency: 'GBP',
      hoursAgo: 0.2,
      lines: [{ id: 'curry', sku: 'CURRY', kind: 'prepared', quantity: 2, net: 2_380, stage: 'placed' }],
    },
    {
      reference: 'K-2002',
      merchantId: kitchen,
      customer: ben,
      currency: 'EUR',
      hoursAgo: 0.5,
      lines: [{ id: 'pizza', sku: 'PIZZA', kind: 'prepared', quantity: 1, net: 1_250, stage: 'accepted' }],
    },
    {
      reference: 'K-2003',
      merchantId: kitchen,
      customer: chi,
      currency: 'USD',
      hoursAgo: 24,
      lines: [{ id: 'class', sku: 'COOKING-CLASS', kind: 'service', quantity: 2, net: 13_000, startsAt: inDays(6) }],
    },
    {
      reference: 'K-2004',
      merchantId: kitchen,
      customer: ann,
      currency: 'GBP',
      hoursAgo: 26,
      lines: [{ id: 'class', sku: 'COOKING-CLASS', kind: 'service', quantity: 1, net: 5_500, startsAt: inDays(1) }],
    },
    {
      reference: 'K-2005',
      merchantId: kitchen,
      customer: ben,
      currency: 'EUR',
      hoursAgo: 12,
      lines: [{ id: 'ebook', sku: 'RECIPES-PDF', kind: 'digital', quantity: 1, net: 990, stage: 'placed' }],
    },
    {
      reference: 'K-2006',
      merchantId: kitchen,
      customer: chi,
      currency: 'USD',
      hoursAgo: 13,
      lines: [{ id: 'ebook', sku: 'RECIPES-PDF', kind: 'digital', quantity: 1, net: 1_190, stage: 'served' }],
    },
  ];
}

export const totalOf = (order: DemoOrder): number =>
  order.lines.reduce((sum, line) => sum + line.net + (line.tax ?? 0), 0) +
  (order.shipping ?? 0) -
  (order.discount ?? 0);

const paymentIntent = (order: DemoOrder): string => `pi_demo_${order.reference}`;
const charge = (order: DemoOrder): string => `ch_demo_${order.reference}`;
const cardPart = (order: DemoOrder): number => totalOf(order) - (order.credit ?? 0);

/** The order as the shop's order system sends it. */
export function toBatchedOrder(order: DemoOrder, now: number): object {
  const { reference, merchantId, currency, lines, discount, shipping } = order;
  const card = {
    ref: paymentIntent(order),
    channel: 'stripe',
    connectionId: 'con_stripe_demo',
    label: 'card ending 4242',
    captures: [{ ref: charge(order), amount: cardPart(order) }],
  };
  const credit = {
    ref: order.customer,
    channel: 'store_credit',
    captures: [{ ref: `credit-${reference}`, amount: order.credit ?? 0 }],
  };
  const shipment = {
    ref: `${reference}-1`,
    position: 'label_created',
    carrier: 'easypost',
    connectionId: 'con_easypost_demo',
    providerShipmentRef: `shp_demo_${reference}`,
    lines: lines.map(({ id, quantity }) => ({ lineId: id, quantity })),
  };
  return {
    reference,
    version: 1,
    merchantId,
    placedAt: new Date(now - order.hoursAgo * 3_600_000).toISOString(),
    currency,
    customer: { id: order.customer, ...people[order.customer] },
    contract: {
      market: 'GB',
      timeZone: 'Europe/London',
      ...(order.policy === undefined ? {} : { policy: { ...basePolicy, ...order.policy } }),
    },
    lines,
    ...(discount === undefined ? {} : { discount }),
    ...(shipping === undefined ? {} : { shipping: { amount: shipping } }),
    payments: order.credit === undefined ? [card] : [card, credit],
    ...(order.label === true ? { shipments: [shipment] } : {}),
  };
}

const basePolicy = {
  id: 'demo-terms',
  version: 1,
  window: { length: 14, unit: 'days' },
  requireGoodStanding: true,
  graceMinutes: 0,
  approval: null,
  kinds: {
    goods: { afterwards: 'refuse' },
    prepared: { freeUntilStage: 'accepted', afterwards: 'refuse' },
    service: { freeUntilStage: 'started', beforeStart: { length: 2, unit: 'days' }, afterwards: 'refuse' },
    digital: { freeUntilStage: 'served', afterwards: 'refuse' },
  },
};

/** What the card provider has to know of the orders' payments. All demo currencies have ISO digits at Stripe. */
export const toStripeSeed = (order: DemoOrder): object => ({
  payment_intent: paymentIntent(order),
  charge: charge(order),
  amount: cardPart(order),
  amount_captured: cardPart(order),
  currency: order.currency.toLowerCase(),
  account: 'con_stripe_demo',
});

export const toParcelSeed = (order: DemoOrder): object => ({
  shipment: `shp_demo_${order.reference}`,
  tracking_code: `EZ${order.reference.slice(2)}`,
  account: 'con_easypost_demo',
});

/** Opening stock: on hand what is sold and twenty more. */
export function toStock(orders: readonly DemoOrder[]): object[] {
  const reserved = new Map<string, number>();
  for (const line of orders.flatMap((order) => order.lines)) {
    if (line.location !== undefined) reserved.set(line.sku, (reserved.get(line.sku) ?? 0) + line.quantity);
  }
  return [...reserved].map(([sku, units]) => ({
    sku,
    location: 'main',
    onHand: units + 20,
    reserved: units,
    ref: 'demo-opening',
  }));
}

import type { OrderAggregate } from '../domain/aggregate';
import { isPayoutAccount, needsConnection, recordOf, unitsOf, type PaymentChannelName } from '../domain/channel';
import { exponentOf, sum } from '../domain/money';
import {
  addMoney,
  freezeUnits,
  moneyOf,
  moneyProblem,
  noMoney,
  refundOf,
  type LineMoney,
  type OrderMoney,
} from '../domain/freeze';
import { orderId, derivedId } from '../domain/ids';
import { firstOf, freeOf, type Range } from '../domain/intervals';
import {
  unitsOfLine,
  type Contract,
  type LineKind,
  type OrderLine,
  type Payment,
  type Shipment,
  type Stage,
} from '../domain/order';
import { platformDefaultPolicy, type Policy } from '../domain/policy';
import { isRefusal, refuse, type Refusal } from '../domain/refusal';
import type { Instant } from '../domain/time';
import type { People } from '../ports/accounts';
import type { ConfiguredConnections } from '../ports/connections';
import type { NewOrder } from '../ports/order-store';
import { refundLate, type RefundLatePorts } from './give-back-late';
import { replacementOf } from './replace-order';

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

interface IntakeLine {
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
  lines: readonly { lineId: string; quantity: number }[];
}

export interface Taken {
  id: string;
  outcome: 'created' | 'updated' | 'unchanged';
}

const attempts = 5;

/**
 * Takes in a version of an order. New: stored with its units frozen. Newer than known: replaces it while nothing has
 * been cancelled or shipped; afterwards only stages may still change and payments may be added. The same version again
 * changes nothing; an older one is refused. What a newer version leaves out of the contract stays as it was agreed.
 */
export async function takeOrder(
  ports: RefundLatePorts & { people: People; configured: ConfiguredConnections },
  tenant: string,
  shopReference: string,
  intake: OrderIntake,
  now: Instant,
): Promise<Taken | Refusal> {
  const id = orderId(tenant, intake.merchantId, shopReference);
  const entry = { actor: 'system', step: 'put-order', outcome: `version ${intake.version}`, at: now };
  let early: readonly Payment[] = [];
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const order = compose(tenant, id, shopReference, intake, ports.configured, now);
    if (isRefusal(order)) return order;
    // A new order is the common case: try it first and read only when that is lost.
    const paid = withEarly(order, early);
    const twoCaptures = mergedPointsProblem(paid);
    if (twoCaptures !== undefined) return twoCaptures;
    const inserted = await ports.orders.insert(paid, early, entry);
    if (inserted === 'too_large') return tooLarge;
    if (inserted === 'stored') {
      await keepPerson(ports.people, tenant, intake);
      return { id, outcome: 'created' };
    }
    const known = await ports.orders.find(tenant, id);
    if (known === undefined) {
      early = await ports.orders.earlyPayments(tenant, id);
      continue;
    }
    if (intake.version === known.order.intakeVersion) {
      // Whoever sends it again may have had no answer: the first time may have ended before these two.
      await keepPerson(ports.people, tenant, intake);
      await refundLateOf(ports, known, entry.step, now);
      return { id, outcome: 'unchanged' };
    }
    const merged = onto(known, order, intake);
    const newer = mergedPointsProblem(merged) ?? replacementOf(known, merged);
    if (isRefusal(newer)) return newer;
    const written = await ports.orders.replace(known, newer, entry);
    if (written === 'too_large') return tooLarge;
    if (written === 'stored') {
      await keepPerson(ports.people, tenant, intake);
      await refundLateOf(ports, known, entry.step, now);
      return { id, outcome: 'updated' };
    }
  }
  return refuse('conflict_try_again', 'The order is being changed by many at once.');
}

const tooLarge = refuse('order_too_large', 'It is above what one transaction of the table takes.');

/** Captures that came with a newer version of an order whose cancellation has ended go back like any late payment. */
async function refundLateOf(ports: RefundLatePorts, known: OrderAggregate, step: string, now: Instant): Promise<void> {
  const { tenant, id: orderId } = known.order;
  const ended = known.cancellations.some(({ status }) => status === 'closed' || status === 'refund_pending');
  if (ended) await refundLate(ports, { tenant, orderId }, step, now);
}

/** The newer version as it would be stored: payments add up, and what it does not say of the contract still holds. */
function onto(known: OrderAggregate, order: NewOrder, { contract, groupId }: OrderIntake): NewOrder {
  const agreed = known.order.contract;
  const said = Object.entries(order.contract).filter(([name]) => contract?.[name as keyof Contract] !== undefined);
  return {
    ...order,
    header: {
      ...order.header,
      ...(groupId === undefined && known.order.groupId !== undefined ? { groupId: known.order.groupId } : {}),
    },
    contract: { ...agreed, ...Object.fromEntries(said) },
    payments: mergeAll(known.payments, order.payments),
  };
}

function compose(
  tenant: string,
  id: string,
  shopReference: string,
  intake: OrderIntake,
  connections: ConfiguredConnections,
  now: Instant,
): NewOrder | Refusal {
  const wrong = check(intake, tenant, connections);
  if (wrong !== undefined) return wrong;
  const frozen = freezeUnits(intake.lines.map(moneyOfLine), orderMoneyOf(intake));
  const lines = intake.lines.map((line, index): OrderLine => ({
    id: line.id,
    sku: line.sku,
    kind: line.kind,
    quantity: line.quantity,
    units: frozen[index] ?? [],
    ...(line.category === undefined ? {} : { category: line.category }),
    ...(line.stage === undefined ? {} : { stage: line.stage }),
    ...(line.spent === undefined ? {} : { spent: line.spent }),
    ...(line.startsAt === undefined ? {} : { startsAt: new Date(line.startsAt).toISOString() }),
    ...(line.location === undefined ? {} : { location: line.location }),
    ...(line.paidBy === undefined ? {} : { paidBy: line.paidBy }),
  }));
  const shipments = composeShipments(tenant, id, lines, intake.shipments ?? [], now);
  if (isRefusal(shipments)) return shipments;
  const total = refundOf(
    lines.reduce((money, line) => addMoney(money, moneyOf(line.units, [{ from: 0, to: line.quantity }])), {
      ...noMoney,
    }),
  );
  const header = {
    id,
    tenant,
    merchantId: intake.merchantId,
    reference: shopReference,
    ...(intake.groupId === undefined ? {} : { groupId: intake.groupId }),
    customerId: intake.customer.id,
    currency: intake.currency,
    placedAt: new Date(intake.placedAt).toISOString(),
    intakeVersion: intake.version,
    units: sum(lines.map((line) => line.quantity)),
    total,
  };
  return { header, contract: contractOf(intake), lines, payments: (intake.payments ?? []).map(toPayment), shipments };
}

const moneyOfLine = ({ quantity, net, discount = 0, tax = 0, duty = 0 }: IntakeLine): LineMoney => ({
  quantity,
  net,
  discount,
  tax,
  duty,
});

const orderMoneyOf = ({ discount = 0, shipping }: OrderIntake): OrderMoney => ({
  discount,
  shipping: shipping?.amount ?? 0,
  shippingTax: shipping?.tax ?? 0,
});

function contractOf({ contract }: OrderIntake): Contract {
  return {
    ...(contract?.market === undefined ? {} : { market: contract.market }),
    buyerType: contract?.buyerType ?? 'consumer',
    timeZone: contract?.timeZone ?? 'UTC',
    policy: (contract?.policy as Policy | undefined) ?? platformDefaultPolicy,
    ...(contract?.consents === undefined ? {} : { consents: contract.consents }),
  };
}

function check(intake: OrderIntake, tenant: string, connections: ConfiguredConnections): Refusal | undefined {
  if (exponentOf(intake.currency) === undefined)
    return refuse('currency_unknown', `We do not know ${intake.currency}.`, { param: '/currency' });
  const twice = firstRepeated(intake.lines.map((line) => line.id));
  if (twice !== undefined) return refuse('invalid_field', `Line ${twice} is named twice.`, { param: '/lines' });
  const paidTwice = firstRepeated((intake.payments ?? []).map((payment) => payment.ref));
  if (paidTwice !== undefined)
    return refuse('invalid_field', `Payment ${paidTwice} is named twice.`, { param: '/payments' });
  const wrong = moneyProblem(intake.lines.map(moneyOfLine), orderMoneyOf(intake));
  if (wrong !== undefined) return refuse('order_totals_wrong', `It does not add up: ${wrong}.`, { param: '/lines' });
  const noCard = intake.lines.findIndex(
    ({ spent, kind, quantity }) => spent !== undefined && (kind !== 'digital' || quantity > 1),
  );
  if (noCard >= 0)
    return refuse('invalid_field', 'Something is spent of a gift card only: a digital line of one unit.', {
      param: `/lines/${noCard}/spent`,
    });
  const short = (intake.payments ?? []).findIndex(
    (payment) => payment.authorized !== undefined && payment.authorized < capturedOf(payment),
  );
  if (short >= 0)
    return refuse('order_totals_wrong', `Payment ${short} captures more than it authorizes.`, {
      param: `/payments/${short}/authorized`,
    });
  for (const [name, parts] of [
    ['payments', intake.payments ?? []],
    ['shipments', intake.shipments ?? []],
  ] as const) {
    const lost = parts.findIndex((part) => !isConnected(connections, tenant, part));
    if (lost >= 0)
      return refuse('connection_unknown', `It is not configured: ${parts[lost]?.connectionId ?? ''}.`, {
        param: `/${name}/${lost}/connectionId`,
      });
  }
  const homeless = (intake.payments ?? []).findIndex(
    (payment) => needsConnection(payment.channel) && payment.connectionId === undefined,
  );
  if (homeless >= 0)
    return refuse('invalid_field', 'A payment of this channel names its connection.', {
      param: `/payments/${homeless}/connectionId`,
    });
  for (const [place, payment] of (intake.payments ?? []).entries()) {
    const at = `/payments/${place}`;
    const wrong = capturesProblem(payment, at) ?? pointsProblem(payment, at) ?? accountProblem(payment, at);
    if (wrong !== undefined) return wrong;
  }
  const foreign = (intake.payments ?? []).findIndex(({ channel }) => unitsOf(channel, intake.currency) === undefined);
  if (foreign >= 0) return currencyNotSupported(`/payments/${foreign}/channel`);
  return undefined;
}

/** A capture is known by its name: two of one name would give back from each other. */
export function capturesProblem({ captures }: Pick<IntakePayment, 'captures'>, at: string): Refusal | undefined {
  const twice = firstRepeated(captures.map(({ ref }) => ref));
  if (twice === undefined) return undefined;
  return refuse('invalid_field', `Capture ${twice} is named twice.`, { param: `${at}/captures` });
}

/** Points are redeemed at once, and an amount of money alone does not say how many. */
export function pointsProblem(
  { channel, points, captures }: Pick<IntakePayment, 'channel' | 'points' | 'captures'>,
  at: string,
): Refusal | undefined {
  const redeemed = recordOf(channel).kind === 'points';
  if (redeemed !== (points !== undefined))
    return refuse('invalid_field', redeemed ? 'It says how many points.' : 'Only points have points.', {
      param: `${at}/points`,
    });
  if (redeemed && captures.length > 1)
    return refuse('invalid_field', 'Points are redeemed in one capture.', { param: `${at}/captures` });
  return undefined;
}

/** Two views of a payment may each have one capture and together two. */
function mergedPointsProblem({ payments }: Pick<NewOrder, 'payments'>): Refusal | undefined {
  for (const payment of payments) {
    const wrong = pointsProblem(payment, '');
    if (wrong !== undefined) return { ...wrong, param: '/payments' };
  }
  return undefined;
}

/**
 * Where money is paid out, a payment may name the token of the account and nothing else: the number of somebody's bank
 * account must not get into the books. Without one it is taken, and the buyer can be asked.
 */
export function accountProblem(
  { channel, account }: Pick<IntakePayment, 'channel' | 'account'>,
  at: string,
): Refusal | undefined {
  if (recordOf(channel).payoutAccount === undefined || account === undefined) return undefined;
  if (isPayoutAccount(channel, account)) return undefined;
  return refuse('invalid_field', 'It is not the token of an account to pay out to.', { param: `${at}/account` });
}

export const currencyNotSupported = (param: string): Refusal =>
  refuse('currency_not_supported', 'This channel does not move money in the currency of the order.', { param });

/** Whether what names a connection names one of the tenant's. */
export function isConnected(
  connections: ConfiguredConnections,
  tenant: string,
  { connectionId }: { connectionId?: string | undefined },
): boolean {
  return connectionId === undefined || connections.get(connectionId) === tenant;
}

function firstRepeated(values: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return values.find((value) => seen.size === seen.add(value).size);
}

const capturedOf = (payment: IntakePayment): number => sum(payment.captures.map((capture) => capture.amount));

export function toPayment(payment: IntakePayment): Payment {
  return {
    ref: payment.ref,
    channel: payment.channel,
    authorized: payment.authorized ?? capturedOf(payment),
    captures: payment.captures,
    ...(payment.connectionId === undefined ? {} : { connectionId: payment.connectionId }),
    ...(payment.label === undefined ? {} : { label: payment.label }),
    ...(payment.account === undefined ? {} : { account: payment.account }),
    ...(payment.points === undefined ? {} : { points: payment.points }),
    ...(payment.disputed === undefined ? {} : { disputed: payment.disputed }),
  };
}

/** Two views of a payment, in whatever order they came: captures add up, and the larger authorization holds. */
export function mergePayment(known: Payment, news: Payment): Payment {
  const captures = [
    ...known.captures,
    ...news.captures.filter((capture) => known.captures.every(({ ref }) => ref !== capture.ref)),
  ];
  return {
    ...known,
    ...news,
    authorized: Math.max(known.authorized, news.authorized, sum(captures.map(({ amount }) => amount))),
    captures,
  };
}

function mergeAll(known: readonly Payment[], news: readonly Payment[]): Payment[] {
  const refs = [...new Set([...known, ...news].map((payment) => payment.ref))];
  return refs.flatMap((ref) => {
    const [old, fresh] = [known.find((payment) => payment.ref === ref), news.find((payment) => payment.ref === ref)];
    if (old !== undefined && fresh !== undefined) return [mergePayment(old, fresh)];
    return [old, fresh].filter((payment) => payment !== undefined);
  });
}

function withEarly(order: NewOrder, early: readonly Payment[]): NewOrder {
  return early.length === 0 ? order : { ...order, payments: mergeAll(early, order.payments) };
}

/** Shipments that came with the order take units that no other shipment of it has. */
function composeShipments(
  tenant: string,
  id: string,
  lines: readonly OrderLine[],
  intake: readonly IntakeShipment[],
  now: Instant,
): Shipment[] | Refusal {
  const shipments: Shipment[] = [];
  for (const [index, wanted] of intake.entries()) {
    const units: Record<string, readonly Range[]> = Object.create(null) as Record<string, readonly Range[]>;
    for (const { lineId, quantity } of wanted.lines) {
      const line = lines.find((candidate) => candidate.id === lineId);
      if (line === undefined)
        return refuse('line_unknown', `The order has no line ${lineId}.`, { param: `/shipments/${index}/lines` });
      if (Object.hasOwn(units, lineId))
        return refuse('invalid_field', `Line ${lineId} is named twice.`, { param: `/shipments/${index}/lines` });
      const taken = shipments.flatMap((shipment) => unitsOfLine(shipment.units, lineId));
      const ranges = firstOf(freeOf(line.quantity, taken), quantity);
      if (ranges.reduce((count, range) => count + range.to - range.from, 0) < quantity) {
        return refuse('quantity_not_available', `Line ${lineId} has fewer units than the shipments take.`, {
          param: `/shipments/${index}/lines`,
        });
      }
      units[lineId] = ranges;
    }
    shipments.push(toShipment(tenant, id, wanted, units, now));
  }
  return shipments;
}

export function toShipment(
  tenant: string,
  orderKey: string,
  wanted: IntakeShipment,
  units: Shipment['units'],
  now: Instant,
): Shipment {
  return {
    id: derivedId('shp', tenant, orderKey, wanted.ref),
    ref: wanted.ref,
    position: wanted.position ?? 'handed_over',
    recall: 'none',
    units,
    claimedAt: now,
    ...(wanted.carrier === undefined ? {} : { carrier: wanted.carrier }),
    ...(wanted.connectionId === undefined ? {} : { connectionId: wanted.connectionId }),
    ...(wanted.providerShipmentRef === undefined ? {} : { providerShipmentRef: wanted.providerShipmentRef }),
    ...(wanted.trackingCode === undefined ? {} : { trackingCode: wanted.trackingCode }),
  };
}

/** Names and addresses go to their one erasable item; orders that carry none leave it alone. */
async function keepPerson(people: People, tenant: string, { customer }: OrderIntake): Promise<void> {
  const { id, ...personal } = customer;
  const known = Object.fromEntries(Object.entries(personal).filter(([, value]) => value !== undefined));
  if (Object.keys(known).length > 0) await people.put(tenant, { customerId: id, ...known });
}

import type { OrderAggregate } from '../../shared/domain/aggregate';
import type { Cancellation, CancellationState, RefundLeg } from '../../shared/domain/cancellation';
import type { Decision } from '../../shared/domain/decide';
import type { Deduction } from '../../shared/domain/deduction';
import type { Asking } from '../../shared/domain/eligibility';
import { freezeUnits, type LineMoney, type OrderMoney } from '../../shared/domain/freeze';
import type { Order, OrderLine, Payment, Shipment, ShipmentPosition, UnitSelection } from '../../shared/domain/order';
import type { Policy } from '../../shared/domain/policy';

export const placedAt = '2026-03-01T10:00:00.000Z';

/** A policy without grace, approval or window; tests say only what they are about. */
export function aPolicy(more: Partial<Policy> = {}): Policy {
  return {
    id: 'test',
    version: 1,
    window: null,
    requireGoodStanding: true,
    graceMinutes: 0,
    approval: null,
    kinds: {
      goods: { afterwards: 'refuse' },
      prepared: { freeUntilStage: 'accepted', afterwards: 'refuse' },
      service: { freeUntilStage: 'started', beforeStart: { length: 2, unit: 'days' }, afterwards: 'refuse' },
      digital: { freeUntilStage: 'served', afterwards: 'refuse' },
    },
    ...more,
  };
}

/** A line in a test: its money beside what the domain keeps of it. Each unit costs 1000 unless said. */
export type LineSketch = { id: string } & Partial<LineMoney> & Partial<Omit<OrderLine, 'id' | 'units' | 'quantity'>>;

export interface OrderSketch {
  lines: readonly LineSketch[];
  money?: Partial<OrderMoney>;
  currency?: string;
  policy?: Policy;
  /** Absent: one card payment, captured whole. */
  payments?: readonly Payment[];
  shipments?: readonly Shipment[];
}

/** A valid order as one read gives it, frozen as the intake freezes it. */
export function anOrder(sketch: OrderSketch): OrderAggregate {
  const lineMoney = sketch.lines.map(moneyOfSketch);
  const orderMoney: OrderMoney = { discount: 0, shipping: 0, shippingTax: 0, ...sketch.money };
  const frozen = freezeUnits(lineMoney, orderMoney);
  const lines = sketch.lines.map((line, index): OrderLine => {
    const { net: _net, discount: _discount, tax: _tax, duty: _duty, ...kept } = line;
    return { sku: `sku-${line.id}`, kind: 'goods', ...kept, quantity: line.quantity ?? 1, units: frozen[index] ?? [] };
  });
  const total = totalOf(lineMoney, orderMoney);
  const order: Order = {
    id: 'ord_1',
    tenant: 't1',
    merchantId: 'm1',
    reference: '1001',
    customerId: 'c1',
    currency: sketch.currency ?? 'EUR',
    placedAt,
    status: 'open',
    intakeVersion: 1,
    version: 1,
    sequence: 1,
    units: lines.reduce((all, line) => all + line.quantity, 0),
    cancelledUnits: 0,
    total,
    contract: { buyerType: 'consumer', timeZone: 'Europe/Berlin', policy: sketch.policy ?? aPolicy() },
    lines,
  };
  return {
    order,
    payments: sketch.payments ?? (total === 0 ? [] : [aPayment('card', total, [total])]),
    shipments: sketch.shipments ?? [],
    cancellations: [],
  };
}

export function moneyOfSketch(line: LineSketch): LineMoney {
  const quantity = line.quantity ?? 1;
  return {
    quantity,
    net: line.net ?? 1000 * quantity,
    discount: line.discount ?? 0,
    tax: line.tax ?? 0,
    duty: line.duty ?? 0,
  };
}

/** What the buyer pays in all, in minor units. */
export function totalOf(lines: readonly LineMoney[], order: OrderMoney): number {
  const ofLines = lines.reduce((all, line) => all + line.net - line.discount + line.tax + line.duty, 0);
  return ofLines - order.discount + order.shipping + order.shippingTax;
}

export function aPayment(ref: string, authorized: number, captures: readonly number[] = []): Payment {
  return {
    ref,
    channel: 'stripe',
    connectionId: 'con_1',
    authorized,
    captures: captures.map((amount, index) => ({ ref: `${ref}-${index + 1}`, amount })),
  };
}

export function aShipment(id: string, position: ShipmentPosition, units: UnitSelection): Shipment {
  return { id, ref: id, position, recall: 'none', units, claimedAt: placedAt };
}

export function asking(role: Asking['role'], more: Partial<Asking> = {}): Asking {
  return { role, now: '2026-03-01T11:00:00.000Z', accountStanding: 'good', ...more };
}

type Accepted = Decision & { outcome: 'Accepted' };

export function accepted(decision: Decision): Accepted {
  if (decision.outcome !== 'Accepted') throw new Error(`refused: ${JSON.stringify(decision.because)}`);
  return decision;
}

export function refused(decision: Decision): (Decision & { outcome: 'Refused' })['because'] {
  if (decision.outcome !== 'Refused') throw new Error('accepted, but a refusal was expected');
  return decision.because;
}

const at = { closedAt: '2026-03-02T00:00:00.000Z' };
const states: Readonly<Record<CancellationState['status'], CancellationState>> = {
  in_grace: { status: 'in_grace', graceUntil: at.closedAt },
  awaiting_answer: { status: 'awaiting_answer', deadline: at.closedAt, onSilence: 'decline' },
  executing: { status: 'executing' },
  refund_pending: { status: 'refund_pending' },
  closed: { status: 'closed', ...at },
  declined: { status: 'declined', ...at },
  withdrawn: { status: 'withdrawn', ...at },
  undone: { status: 'undone', ...at, failure: 'PermanentFault' },
  in_case: { status: 'in_case', caseId: 'cas_1', failure: 'PermanentFault' },
};

/** The same order after a cancellation was recorded and came to stand at `status`. */
export function withCancellation(
  aggregate: OrderAggregate,
  part: { units: UnitSelection; legs?: readonly RefundLeg[]; deductions?: readonly Deduction[] },
  status: CancellationState['status'],
): OrderAggregate {
  const { order } = aggregate;
  const legs = part.legs ?? [];
  const cancellation: Cancellation = {
    id: `can_${aggregate.cancellations.length + 1}`,
    tenant: order.tenant,
    merchantId: order.merchantId,
    orderId: order.id,
    orderReference: order.reference,
    customerId: order.customerId,
    currency: order.currency,
    initiator: 'merchant',
    reason: { core: 'out_of_stock' },
    request: 'fingerprint',
    requestedAt: placedAt,
    units: part.units,
    money: { net: 0, discount: 0, tax: 0, duty: 0, shipping: 0, shippingTax: 0 },
    ...(part.deductions === undefined || part.deductions.length === 0 ? {} : { deductions: part.deductions }),
    refund: legs.reduce((all, leg) => all + leg.amount, 0),
    legs,
    recalls: [],
    policy: { id: 'test', version: 1 },
    rule: 'initiator.merchant',
    run: { generation: 1, leaseUntil: placedAt },
    revision: 1,
    ...states[status],
  };
  return { ...aggregate, cancellations: [...aggregate.cancellations, cancellation] };
}

/** What a decision recorded, carried on to `status`. */
export function afterDecision(
  aggregate: OrderAggregate,
  { units, plan }: Accepted,
  status: CancellationState['status'],
): OrderAggregate {
  return withCancellation(aggregate, { units, legs: plan.legs, deductions: plan.deductions }, status);
}

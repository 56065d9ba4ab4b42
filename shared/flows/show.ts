import { adviceOn } from '../domain/advice';
import type { OrderAggregate } from '../domain/aggregate';
import { availableUnits, cancelledUnits, shippedUnits } from '../domain/aggregate';
import { isOpen, transitions, type Cancellation, type RefundLeg, type Role } from '../domain/cancellation';
import { destinations } from '../domain/choice';
import { creditReference, type CreditNote } from '../domain/credit-note';
import type { TimelineEntry } from '../domain/events';
import { failureCode } from '../domain/failure';
import { caseId, refundId } from '../domain/ids';
import { countOf } from '../domain/intervals';
import { arrivalOf } from '../domain/settlement';
import type { StrayRefund } from '../domain/stray-refund';
import type { OrderSummary } from '../ports/order-store';

/** How things look from outside. Answers are projections, never stored items. */

/** Who looks decides what he sees: words of providers and of our own trouble are for support and the platform only. */
export function showCancellation(cancellation: Cancellation, viewer: Role, timeline: readonly TimelineEntry[] = []) {
  const { currency } = cancellation;
  const discrepancies = viewer === 'customer' ? undefined : cancellation.discrepancies;
  return {
    id: cancellation.id,
    object: 'cancellation',
    status: cancellation.status,
    orderId: cancellation.orderId,
    orderReference: cancellation.orderReference,
    merchantId: cancellation.merchantId,
    initiator: cancellation.initiator,
    reason: cancellation.reason,
    ...(cancellation.note === undefined ? {} : { note: cancellation.note }),
    requestedAt: cancellation.requestedAt,
    ...(cancellation.part === undefined ? {} : { partOf: cancellation.part.of }),
    ...(cancellation.parts === undefined ? {} : { parts: cancellation.parts }),
    lines: Object.entries(cancellation.units).map(([lineId, ranges]) => ({ lineId, quantity: countOf(ranges) })),
    refund: { amount: cancellation.refund, currency },
    components: cancellation.money,
    deductions: cancellation.deductions ?? [],
    legs: cancellation.legs.map((leg) => showLeg(cancellation, leg)),
    ...showState(cancellation),
    ...(cancellation.choice === undefined || !isOpen(cancellation.status)
      ? {}
      : { choice: { deadlineAt: cancellation.choice.deadline, destinations } }),
    ...(cancellation.interest === undefined ? {} : { interest: { amount: cancellation.interest, currency } }),
    ...showFailure(cancellation, viewer),
    ...(cancellation.answer === undefined ? {} : { answer: showAnswer(cancellation.answer) }),
    ...(cancellation.warehouse === undefined ? {} : { warehouse: showWarehouse(cancellation.warehouse) }),
    ...(cancellation.lostClaims === undefined ? {} : { lostClaims: cancellation.lostClaims }),
    ...(discrepancies === undefined ? {} : { discrepancies }),
    /** What it can still become. */
    next: transitions[cancellation.status],
    timeline: seesWords(viewer) ? timeline : timeline.map(({ detail: _detail, ...entry }) => entry),
  };
}

export function showCreditNote({ orderId, orderReference, merchantId }: Cancellation, note: CreditNote) {
  const { number, cancellationId, issuedAt, currency, lines, components, deductions, rounding, total } = note;
  return {
    object: 'credit_note',
    reference: creditReference(note),
    number,
    cancellationId,
    orderId,
    orderReference,
    merchantId,
    issuedAt,
    lines,
    components,
    deductions,
    ...(rounding === undefined ? {} : { rounding }),
    total: { amount: total, currency },
  };
}

function showState(cancellation: Cancellation) {
  switch (cancellation.status) {
    case 'in_grace':
      return { graceUntil: cancellation.graceUntil };
    case 'awaiting_answer':
      return { deadlineAt: cancellation.deadline, onSilence: cancellation.onSilence };
    case 'closed':
    case 'declined':
    case 'withdrawn':
    case 'undone':
      return { closedAt: cancellation.closedAt };
    case 'in_case':
      return { caseId: cancellation.caseId };
    case 'executing':
    case 'refund_pending':
      return {};
  }
}

const seesWords = (viewer: Role): boolean => viewer === 'support' || viewer === 'platform';

function showFailure(cancellation: Cancellation, viewer: Role) {
  if (cancellation.status !== 'undone' && cancellation.status !== 'in_case') return {};
  return { failure: seesWords(viewer) ? cancellation.failure : failureCode(cancellation) };
}

function showWarehouse({ heldBy: _heldBy, ...warehouse }: NonNullable<Cancellation['warehouse']>) {
  return warehouse;
}

function showAnswer({ verdict, effect, at, code, text }: NonNullable<Cancellation['answer']>) {
  return { verdict, effect, at, ...(code === undefined ? {} : { code }), ...(text === undefined ? {} : { text }) };
}

function showLeg(cancellation: Cancellation, leg: RefundLeg) {
  return {
    id: refundId(cancellation.id, leg.id),
    object: 'refund_leg',
    leg: leg.id,
    channel: leg.channel,
    operation: leg.operation,
    payment: leg.paymentRef,
    amount: leg.amount,
    currency: cancellation.currency,
    ...(leg.bonus === undefined ? {} : { bonus: leg.bonus }),
    ...(leg.points === undefined ? {} : { points: leg.points }),
    status: leg.status,
    ...(leg.providerRef === undefined ? {} : { reference: leg.providerRef }),
    ...(leg.settledAt === undefined ? {} : { settledAt: leg.settledAt }),
    ...showSettlement(leg),
  };
}

/** Where and when the buyer sees the money, and what to tell his bank. */
function showSettlement(leg: RefundLeg) {
  const arrives = arrivalOf(leg);
  const settlement = {
    ...(leg.label === undefined ? {} : { destination: leg.label }),
    ...(arrives === undefined ? {} : { arrives }),
    ...(leg.trace === undefined ? {} : { bankReference: leg.trace }),
  };
  return Object.keys(settlement).length === 0 ? {} : { settlement };
}

/** A case as support sees it: what was tried, what the providers said, what can be done. */
export function showCase(cancellation: Cancellation, timeline: readonly TimelineEntry[] = []) {
  const open = cancellation.status === 'in_case';
  return {
    id: caseId(cancellation.id),
    object: 'case',
    kind: 'cancellation',
    status: open ? 'open' : 'closed',
    cancellationId: cancellation.id,
    orderId: cancellation.orderId,
    merchantId: cancellation.merchantId,
    ...(cancellation.status === 'in_case' ? { failure: cancellation.failure } : {}),
    requestedAt: cancellation.requestedAt,
    refund: { amount: cancellation.refund, currency: cancellation.currency },
    legs: cancellation.legs.map((leg) => ({
      ...showLeg(cancellation, leg),
      ...(leg.failure === undefined ? {} : { failure: leg.failure }),
    })),
    actions: open ? ['retry', 'settle', 'redirect', 'close'] : [],
    timeline,
  };
}

/** A refund at a provider that our books do not have; its order and cancellation are what it says of itself. */
export function showStray({ id, closed, ...stray }: StrayRefund) {
  const { orderId, cancellationId, connectionId, provider, providerRef, claims, foundAt } = stray;
  return {
    id,
    object: 'case',
    kind: 'stray_refund',
    status: closed === undefined ? 'open' : 'closed',
    cancellationId,
    orderId,
    failure: 'refund_not_in_our_books',
    refundAtProvider: { provider, connectionId, reference: providerRef, ...(claims === undefined ? {} : { claims }) },
    foundAt,
    ...(closed === undefined ? {} : { closed: { at: closed.at, by: closed.by, reason: closed.reason } }),
    actions: closed === undefined ? ['close'] : [],
  };
}

export function showOrder(aggregate: OrderAggregate) {
  const { order } = aggregate;
  return {
    id: order.id,
    object: 'order',
    reference: order.reference,
    merchantId: order.merchantId,
    ...(order.groupId === undefined ? {} : { groupId: order.groupId }),
    customerId: order.customerId,
    status: order.status,
    currency: order.currency,
    total: order.total,
    placedAt: order.placedAt,
    version: order.intakeVersion,
    policy: { id: order.contract.policy.id, version: order.contract.policy.version },
    lines: order.lines.map((line) => ({
      id: line.id,
      sku: line.sku,
      kind: line.kind,
      quantity: line.quantity,
      available: countOf(availableUnits(aggregate, line)),
      cancelled: countOf(cancelledUnits(aggregate, line.id)),
      shipped: countOf(shippedUnits(aggregate, line.id)),
      ...(line.stage === undefined ? {} : { stage: line.stage }),
      ...(line.spent === undefined ? {} : { spent: line.spent }),
      ...(line.startsAt === undefined ? {} : { startsAt: line.startsAt }),
    })),
    payments: aggregate.payments.map((payment) => ({
      ref: payment.ref,
      channel: payment.channel,
      authorized: payment.authorized,
      captured: payment.captures.reduce((total, capture) => total + capture.amount, 0),
      ...(payment.label === undefined ? {} : { label: payment.label }),
    })),
    shipments: aggregate.shipments.map((shipment) => ({
      id: shipment.id,
      ref: shipment.ref,
      position: shipment.position,
      recall: shipment.recall,
      advice: adviceOn(shipment),
      ...(shipment.trackingCode === undefined ? {} : { trackingCode: shipment.trackingCode }),
    })),
    cancellations: aggregate.cancellations.map(({ id, status }) => ({ id, status })),
  };
}

export function showSummary(order: OrderSummary) {
  const { id, reference, merchantId, status, placedAt, currency, total } = order;
  return { id, object: 'order', reference, merchantId, status, placedAt, total: { amount: total, currency } };
}

export function showList<Item>(items: readonly Item[], next: string | undefined) {
  return { object: 'list', data: items, hasMore: next !== undefined, ...(next === undefined ? {} : { next }) };
}

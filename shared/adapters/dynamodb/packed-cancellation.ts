import type { Cancellation, RefundLeg } from '../../domain/cancellation';
import type { Range } from '../../domain/intervals';
import { components, type UnitMoney } from '../../domain/order';

/**
 * The body of a cancellation as one JSON list without field names, instants as milliseconds: half the bytes of a map,
 * which keeps a common cancellation under one write unit (1,024 bytes) through its whole life. Position is meaning:
 * new fields go to the end, and the first element says which layout it is.
 */
const layout = 1;

type Packed = readonly unknown[];
type Unpacked = Omit<Cancellation, 'id' | 'orderId' | 'tenant' | 'merchantId' | 'status' | 'revision' | 'run'> & {
  leaseUntil: string;
};

export function packBody(cancellation: Cancellation): string {
  const { reason, policy, money, run } = cancellation;
  return JSON.stringify(
    trimmed([
      layout,
      millis(run.leaseUntil),
      cancellation.orderReference,
      cancellation.customerId,
      cancellation.currency,
      cancellation.initiator,
      reason.core,
      cancellation.request,
      millis(cancellation.requestedAt),
      Object.entries(cancellation.units).map(([line, ranges]) => [
        line,
        ...ranges.flatMap(({ from, to }) => [from, to]),
      ]),
      components.map((component) => money[component]),
      cancellation.refund,
      cancellation.legs.map(packLeg),
      [policy.id, policy.version],
      cancellation.rule,
      stateOf(cancellation),
      cancellation.recalls.length === 0 ? null : cancellation.recalls,
      reason.own,
      cancellation.note,
      cancellation.answer,
      cancellation.caseWork,
      cancellation.discrepancies,
      cancellation.counted,
      cancellation.undo,
      cancellation.graceEnded,
      cancellation.deductions?.map(({ code, amount }) => [code, amount]),
      cancellation.askBuyerHours,
      cancellation.choice,
      cancellation.lateInterest,
      cancellation.interest,
      cancellation.resumedAt === undefined ? undefined : millis(cancellation.resumedAt),
      cancellation.goodsUntil === undefined ? undefined : millis(cancellation.goodsUntil),
      cancellation.warehouse,
      cancellation.usedLines,
      cancellation.parts,
      cancellation.part,
      cancellation.lostClaims,
    ]),
  );
}

export function unpackBody(text: string): Unpacked {
  const packed = JSON.parse(text) as Packed;
  if (packed[0] !== layout)
    throw new Error(`a cancellation is stored in layout ${String(packed[0])}, which is not known`);
  const [
    ,
    lease,
    orderReference,
    customerId,
    currency,
    initiator,
    core,
    request,
    requestedAt,
    units,
    money,
    refund,
    legs,
  ] = packed;
  const [
    policy,
    rule,
    state,
    recalls,
    own,
    note,
    answer,
    caseWork,
    discrepancies,
    counted,
    undo,
    graceEnded,
    deductions,
    askBuyerHours,
    choice,
    lateInterest,
    interest,
    resumedAt,
    goodsUntil,
    warehouse,
    usedLines,
    parts,
    part,
    lostClaims,
  ] = packed.slice(13);
  const [policyId, policyVersion] = policy as [string, number];
  return {
    leaseUntil: instant(lease),
    orderReference,
    customerId,
    currency,
    initiator,
    reason: { core, ...given('own', own) },
    request,
    requestedAt: instant(requestedAt),
    units: unitsOf(units as [string, ...number[]][]),
    money: moneyOf(money as number[]),
    refund,
    legs: (legs as Packed[]).map(unpackLeg),
    policy: { id: policyId, version: policyVersion },
    rule,
    ...(state as object),
    recalls: recalls ?? [],
    ...given('note', note),
    ...given('answer', answer),
    ...given('caseWork', caseWork),
    ...given('discrepancies', discrepancies),
    ...given('counted', counted),
    ...given('undo', undo),
    ...given('graceEnded', graceEnded),
    ...given(
      'deductions',
      (deductions as [string, number][] | null | undefined)?.map(([code, amount]) => ({ code, amount })),
    ),
    ...given('askBuyerHours', askBuyerHours),
    ...given('choice', choice),
    ...given('lateInterest', lateInterest),
    ...given('interest', interest),
    ...(resumedAt === undefined || resumedAt === null ? {} : { resumedAt: instant(resumedAt) }),
    ...(goodsUntil === undefined || goodsUntil === null ? {} : { goodsUntil: instant(goodsUntil) }),
    ...given('warehouse', warehouse),
    ...given('usedLines', usedLines),
    ...given('parts', parts),
    ...given('part', part),
    ...given('lostClaims', lostClaims),
  } as unknown as Unpacked;
}

/** What only the present state has. */
function stateOf(cancellation: Cancellation): object | null {
  switch (cancellation.status) {
    case 'in_grace':
      return { graceUntil: cancellation.graceUntil, ...given('approval', cancellation.approval) };
    case 'awaiting_answer':
      return { deadline: cancellation.deadline, onSilence: cancellation.onSilence };
    case 'closed':
    case 'declined':
    case 'withdrawn':
      return { closedAt: cancellation.closedAt };
    case 'undone':
      return { closedAt: cancellation.closedAt, failure: cancellation.failure };
    case 'in_case':
      return { caseId: cancellation.caseId, failure: cancellation.failure };
    case 'executing':
    case 'refund_pending':
      return null;
  }
}

function packLeg(leg: RefundLeg): Packed {
  return trimmed([
    leg.id,
    leg.paymentRef,
    leg.channel,
    leg.operation,
    leg.amount,
    leg.status,
    leg.attempt,
    leg.connectionId,
    leg.captureRef,
    leg.providerRef,
    leg.settledAt === undefined ? undefined : millis(leg.settledAt),
    leg.failure,
    leg.account,
    leg.since === undefined ? undefined : millis(leg.since),
    leg.points,
    leg.bonus,
    leg.trace,
    leg.label,
    leg.notBefore === undefined ? undefined : millis(leg.notBefore),
  ]);
}

function unpackLeg(packed: Packed): RefundLeg {
  const [
    id,
    paymentRef,
    channel,
    operation,
    amount,
    status,
    attempt,
    connectionId,
    captureRef,
    providerRef,
    settledAt,
    failure,
    account,
    since,
    points,
    bonus,
    trace,
    label,
    notBefore,
  ] = packed;
  return {
    id,
    paymentRef,
    channel,
    operation,
    amount,
    status,
    attempt,
    ...given('connectionId', connectionId),
    ...given('captureRef', captureRef),
    ...given('providerRef', providerRef),
    ...(settledAt === undefined || settledAt === null ? {} : { settledAt: instant(settledAt) }),
    ...given('failure', failure),
    ...given('account', account),
    ...(since === undefined || since === null ? {} : { since: instant(since) }),
    ...given('points', points),
    ...given('bonus', bonus),
    ...given('trace', trace),
    ...given('label', label),
    ...(notBefore === undefined || notBefore === null ? {} : { notBefore: instant(notBefore) }),
  } as RefundLeg;
}

function unitsOf(lines: readonly (readonly [string, ...number[]])[]): Record<string, Range[]> {
  return Object.fromEntries(lines.map(([line, ...edges]) => [line, rangesOf(edges)] as const));
}

function rangesOf(edges: readonly number[]): Range[] {
  const ranges: Range[] = [];
  for (let index = 0; index < edges.length; index += 2)
    ranges.push({ from: edges[index] ?? 0, to: edges[index + 1] ?? 0 });
  return ranges;
}

function moneyOf(amounts: readonly number[]): UnitMoney {
  return Object.fromEntries(
    components.map((component, index) => [component, amounts[index] ?? 0]),
  ) as unknown as UnitMoney;
}

/** A list without the absent members at its end; those in between become null. */
function trimmed(members: readonly unknown[]): unknown[] {
  const last = members.findLastIndex((member) => member !== undefined && member !== null);
  return members.slice(0, last + 1);
}

function given(name: string, value: unknown): object {
  return value === undefined || value === null ? {} : { [name]: value };
}

const millis = (at: string): number => Date.parse(at);
const instant = (value: unknown): string => new Date(value as number).toISOString();

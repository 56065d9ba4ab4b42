/**
 * The events of the Stripe stand-in: kept with their payment, those too whose webhook was never sent, and listed as
 * Stripe lists them. https://docs.stripe.com/api/events/list
 */
import { newId, type StripeLedger } from './stripe-ledger';
import {
  disputeObject,
  eventObject,
  listObject,
  refundObject,
  Refusal,
  type DisputeStatus,
  type LedgerEvent,
  type LedgerRefund,
  type Payment,
  type RefundEvent,
} from './stripe-objects';
import { integerParam, invalid, missing, textParam, type StripeCall } from './stripe-routes';

/** "List events, going back up to 30 days." */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;

const PARAMS = new Set(['created', 'ending_before', 'limit', 'starting_after', 'type', 'types']);

/** An event in its place among the others of its account. */
interface Told {
  readonly payment: Payment;
  readonly event: LedgerEvent;
}

export class StripeEvents {
  /** Oldest first. */
  private readonly byAccount = new Map<string, Told[]>();

  load(ledger: StripeLedger): void {
    const all = [...ledger.all()].flatMap((payment) => payment.events.map((event) => ({ payment, event })));
    for (const told of all.sort((one, other) => one.event.at - other.event.at)) this.add(told);
  }

  /** @returns the event as it goes over the wire; it is on disk when its payment is saved */
  tell(payment: Payment, { id, status, failureReason, reference }: LedgerRefund, type: string, now: number): WireEvent {
    return this.told(payment, {
      id: newId('evt'),
      type,
      at: now,
      refund: id,
      status,
      ...(failureReason !== undefined && { failureReason }),
      ...(reference !== undefined && { reference }),
    });
  }

  tellDispute(payment: Payment, dispute: DisputeStatus, type: string, now: number): WireEvent {
    return this.told(payment, { id: newId('evt'), type, at: now, dispute });
  }

  private told(payment: Payment, event: LedgerEvent): WireEvent {
    payment.events.push(event);
    this.add({ payment, event });
    return { id: event.id, object: wireObject({ payment, event }) };
  }

  /** Newest first. */
  list(call: StripeCall, now: number): Record<string, unknown> {
    for (const name of Object.keys(call.params)) {
      if (!PARAMS.has(name)) throw invalid('parameter_unknown', name, `Received unknown parameter: ${name}`);
    }
    const wanted = wantedTypes(call);
    const bounds = createdBounds(call);
    const all = [...(this.byAccount.get(call.account) ?? [])].reverse().filter(({ event }) => now - event.at < KEPT_MS);
    const fits = ({ event }: Told): boolean =>
      (wanted.length === 0 || wanted.some((type) => isOfType(event.type, type))) &&
      bounds.every((holds) => holds(Math.floor(event.at / 1000)));

    const limit = Math.min(Math.max(integerParam(call, 'limit') ?? 10, 1), 100);
    const before = placeOf(all, call, 'ending_before');
    if (before !== undefined) {
      const newer = all.slice(0, before).filter(fits);
      return listObject('/v1/events', newer.slice(-limit).map(wireObject), newer.length > limit);
    }
    const older = all.slice((placeOf(all, call, 'starting_after') ?? -1) + 1).filter(fits);
    return listObject('/v1/events', older.slice(0, limit).map(wireObject), older.length > limit);
  }

  forget(): void {
    this.byAccount.clear();
  }

  private add(told: Told): void {
    const { account } = told.payment;
    const known = this.byAccount.get(account);
    if (known) known.push(told);
    else this.byAccount.set(account, [told]);
  }
}

export interface WireEvent {
  readonly id: string;
  readonly object: Record<string, unknown>;
}

/** What it is about as it was then: Stripe keeps an event as it told it. */
function wireObject({ payment, event }: Told): Record<string, unknown> {
  const object = 'dispute' in event ? disputeObject(payment, event.dispute) : refundThen(payment, event);
  return eventObject(event.id, event.type, object, Math.floor(event.at / 1000));
}

function refundThen(payment: Payment, event: RefundEvent): Record<string, unknown> {
  const now = payment.refunds.find(({ id }) => id === event.refund);
  if (!now) throw new Error(`${event.id} tells of ${event.refund}, which is not there`);
  const { failureReason: _later, reference: _unknownYet, ...refund } = now;
  const then = { ...refund, status: event.status };
  const failure = event.failureReason === undefined ? {} : { failureReason: event.failureReason };
  const trace = event.reference === undefined ? {} : { reference: event.reference };
  return refundObject(payment, { ...then, ...failure, ...trace });
}

function placeOf(all: readonly Told[], call: StripeCall, param: string): number | undefined {
  const id = textParam(call, param);
  if (id === undefined) return undefined;
  const place = all.findIndex(({ event }) => event.id === id);
  if (place < 0) throw missing('event', id, param);
  return place;
}

function wantedTypes(call: StripeCall): string[] {
  const type = textParam(call, 'type');
  const types = call.params['types'];
  const many = typeof types === 'object' ? Object.values(types) : [];
  if (type !== undefined && many.length > 0) {
    const message = 'You may only specify one of these parameters: type, types.';
    throw new Refusal(400, { type: 'invalid_request_error', message });
  }
  if (many.length > 20) throw invalid(undefined, 'types', 'Array cannot have more than 20 elements.');
  return type === undefined ? many : [type];
}

/** `refund.*` is a group. */
function isOfType(type: string, wanted: string): boolean {
  return wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
}

const COMPARISONS: Readonly<Record<string, (created: number, bound: number) => boolean>> = {
  gt: (created, bound) => created > bound,
  gte: (created, bound) => created >= bound,
  lt: (created, bound) => created < bound,
  lte: (created, bound) => created <= bound,
};

function createdBounds({ params }: StripeCall): ((created: number) => boolean)[] {
  const { created } = params;
  if (created === undefined) return [];
  const exact = (value: string): number => {
    if (!/^\d{1,12}$/.test(value)) throw invalid('parameter_invalid_integer', 'created', `Invalid integer: ${value}`);
    return Number(value);
  };
  if (typeof created === 'string') return [(at) => at === exact(created)];
  return Object.entries(created).map(([name, value]) => {
    const compare = COMPARISONS[name];
    if (!compare) throw invalid('parameter_unknown', `created[${name}]`, `Received unknown parameter: ${name}`);
    const bound = exact(value);
    return (at) => compare(at, bound);
  });
}

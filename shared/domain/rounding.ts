import { holdingCancellations, type OrderAggregate } from './aggregate';
import type { Cancellation } from './cancellation';
import { paymentChannels, unitsOf, type PaymentChannelName } from './channel';
import { moneyOf, refundOf } from './freeze';
import { sum } from './money';
import { unitsOfLine, type Payment, type UnitSelection } from './order';

/** Of a capture, or of what is only authorized; minor units. */
interface Piece {
  payment: Payment;
  captureRef?: string;
  amount: number;
}

/**
 * What a channel can state: it moves multiples of this many minor units of the currency and nothing between them, e.g. 100 of
 * HUF at PayPal, which takes whole forints only.
 */
export function stepOf(channel: PaymentChannelName, currency: string): number {
  const units = unitsOf(channel, currency);
  if (units === undefined) return 1;
  const { ours, theirs, step } = units;
  return theirs <= ours ? step * 10 ** (ours - theirs) : Math.max(1, step / 10 ** (theirs - ours));
}

/** The coarsest step of any channel, in minor units; 1 of most currencies. */
export const coarsestStep = (currency: string): number =>
  Math.max(...paymentChannels.map((channel) => stepOf(channel, currency)));

/**
 * Parts of captures or of authorizations, each as its channel can state it: a multiple of its step, or the whole rest. What one
 * cannot state is given on another that can. What none can is rounded up, in the buyer's favour, by less than a step.
 * @param parts at most one of each rest, and within it
 * @param rests what each can still give back
 * @returns parts above zero, in the order of `rests`, that sum to as much as `parts` or to less than a step more
 */
export function onSteps<Rest extends Piece>(parts: readonly Piece[], rests: readonly Rest[], currency: string): Rest[] {
  const places = rests.map((rest) => {
    const wanted = parts.find((part) => isOfSame(part, rest))?.amount ?? 0;
    const step = stepOf(rest.payment.channel, currency);
    return { rest, step, amount: floored(wanted, rest.amount, step), wanted };
  });
  let missing = sum(parts.map(({ amount }) => amount)) - sum(places.map(({ amount }) => amount));
  // Whoever gives anyway comes first: a refund on one more capture is one more that can fail.
  const givers = [...places].sort((one, other) => Number(other.wanted > 0) - Number(one.wanted > 0));
  for (const place of givers) {
    const more = floored(place.amount + missing, place.rest.amount, place.step) - place.amount;
    place.amount += more;
    missing -= more;
  }
  for (const place of givers) {
    if (missing <= 0) break;
    const more = Math.min(place.rest.amount, upOnStep(place.amount + missing, place.step)) - place.amount;
    place.amount += more;
    missing -= more;
  }
  return places.flatMap(({ rest, amount }) => (amount > 0 ? [{ ...rest, amount }] : []));
}

/** The same rounded down, for money that is only a surplus: what is between two steps stays until there is more of it. */
export function downToSteps<Part extends Piece>(
  parts: readonly Part[],
  rests: readonly Part[],
  currency: string,
): Part[] {
  return parts.flatMap((part) => {
    const rest = rests.find((each) => isOfSame(part, each))?.amount ?? 0;
    const amount = floored(part.amount, rest, stepOf(part.payment.channel, currency));
    return amount > 0 ? [{ ...part, amount }] : [];
  });
}

/**
 * By how much the cancellations that hold units have given back more than their units cost less their fees, in minor units;
 * below 0 where it was less. The next one evens it out, so that all of them together are exact.
 */
export function carriedRounding(aggregate: OrderAggregate): number {
  const { order, payments } = aggregate;
  const coarsest = Math.max(1, ...payments.map(({ channel }) => stepOf(channel, order.currency)));
  if (coarsest === 1) return 0;
  return sum(
    holdingCancellations(aggregate).map((cancellation) => {
      const { refund, legs } = cancellation;
      const owed = owedFor(aggregate, cancellation);
      // Without a leg either nobody had paid by then, or it was evened out to nothing, which is less than a step.
      return legs.length === 0 && owed >= coarsest ? 0 : refund - owed;
    }),
  );
}

function owedFor({ order }: OrderAggregate, { units, refund, deductions = [] }: Cancellation): number {
  if (Object.keys(units).length === 0) return refund;
  return costOf(order.lines, units) - sum(deductions.map(({ amount }) => amount));
}

function costOf(lines: OrderAggregate['order']['lines'], units: UnitSelection): number {
  return sum(lines.map((line) => refundOf(moneyOf(line.units, unitsOfLine(units, line.id)))));
}

const isOfSame = (one: Piece, other: Piece): boolean =>
  one.payment.ref === other.payment.ref && one.captureRef === other.captureRef;

/** The most up to `amount` that can be stated; all of a rest can be, because all of it was. */
const floored = (amount: number, rest: number, step: number): number =>
  amount >= rest ? rest : amount - (amount % step);

const upOnStep = (amount: number, step: number): number => amount + ((step - (amount % step)) % step);

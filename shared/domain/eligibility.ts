import {
  availableUnits,
  holdingCancellations,
  labelledShipmentsHolding,
  shippedUnits,
  type OrderAggregate,
} from './aggregate';
import { unitsToCallBack } from './call-back';
import { isOpen, type Role } from './cancellation';
import { moneyOf, refundOf } from './freeze';
import { countOf, firstOf, type Range } from './intervals';
import { stages, unitsOfLine, type OrderLine, type Stage } from './order';
import type { Policy } from './policy';
import { refuse, type Refusal } from './refusal';
import { earlier, isPast, later, type Instant } from './time';

/** What may be cancelled of one line now: yes, only with the merchant's approval, or no and why. */
export interface LineVerdict {
  lineId: string;
  /** Units that are neither cancelled nor shipped, and those that can be called back. */
  available: number;
  answer: 'yes' | 'with_approval' | 'no';
  /** The rule that decided. */
  rule: string;
  until?: Instant;
  because?: Refusal;
}

/** Who asks, when, and what is known of the buyer's account. */
export interface Asking {
  role: Role;
  now: Instant;
  accountStanding: 'good' | 'blocked';
}

/**
 * Judges one line under the policy that its order was sold under. The same function answers a quote and decides at
 * execution. The merchant and our own systems are bound by what has happened to the units, not by the customer's terms.
 */
export function judgeLine(aggregate: OrderAggregate, line: OrderLine, policy: Policy, asking: Asking): LineVerdict {
  const spent = isSpent(line);
  const left = [...availableUnits(aggregate, line), ...unitsToCallBack(aggregate, line, policy)];
  const available = spent ? 0 : countOf(left);
  const verdict = (answer: LineVerdict['answer'], rule: string, more: Partial<LineVerdict> = {}): LineVerdict => ({
    lineId: line.id,
    available,
    answer,
    rule,
    ...more,
  });

  if (spent) {
    const because = refuse('gift_card_spent', `Nothing is left of the gift card of line ${line.id}.`);
    return verdict('no', 'gift_card.spent', { because });
  }
  if (available === 0) return verdict('no', 'units.none_left', { because: whyNoneLeft(aggregate, line) });
  const bound = asking.role === 'customer' || asking.role === 'support';
  if (!bound) return verdict('yes', `initiator.${asking.role}`);

  const window = asking.role === 'customer' ? policy.window : null;
  const windowEnd = window === null ? undefined : later(aggregate.order.placedAt, window);
  if (windowEnd !== undefined && isPast(windowEnd, asking.now)) {
    const because = refuse('window_elapsed', `It could be cancelled until ${windowEnd}.`, {
      facts: { until: windowEnd },
    });
    return verdict('no', 'window', { until: windowEnd, because });
  }
  return judgeKind(line, policy, asking, windowEnd, verdict);
}

function judgeKind(
  line: OrderLine,
  policy: Policy,
  asking: Asking,
  windowEnd: Instant | undefined,
  verdict: (answer: LineVerdict['answer'], rule: string, more?: Partial<LineVerdict>) => LineVerdict,
): LineVerdict {
  const rule = policy.kinds[line.kind];
  const late = (name: string, because: Refusal, until?: Instant): LineVerdict =>
    rule.afterwards === 'ask_merchant'
      ? verdict('with_approval', name)
      : verdict('no', name, { because, ...(until === undefined ? {} : { until }) });

  if (rule.freeUntilStage !== undefined && hasReached(line.stage, rule.freeUntilStage)) {
    return late(`${line.kind}.stage`, refuse('stage_passed', `Line ${line.id} is already ${line.stage ?? 'placed'}.`));
  }
  if (rule.beforeStart !== undefined && line.startsAt !== undefined) {
    const until = earlier(line.startsAt, rule.beforeStart);
    if (isPast(until, asking.now)) {
      return late(
        `${line.kind}.before_start`,
        refuse('too_close_to_start', `It could be cancelled until ${until}.`, { facts: { until } }),
        until,
      );
    }
    return verdict('yes', `${line.kind}.before_start`, {
      until: windowEnd !== undefined && windowEnd < until ? windowEnd : until,
    });
  }
  if (windowEnd !== undefined) return verdict('yes', 'window', { until: windowEnd });
  return verdict('yes', policy.window === null ? 'no_window' : `initiator.${asking.role}`);
}

/** A gift card that was spent to the end is no longer there to be given back. */
function isSpent({ spent = 0, units, quantity }: OrderLine): boolean {
  return spent > 0 && spent >= refundOf(moneyOf(units, [{ from: 0, to: quantity }]));
}

function hasReached(stage: Stage | undefined, limit: Stage): boolean {
  return stages.indexOf(stage ?? 'placed') >= stages.indexOf(limit);
}

function whyNoneLeft(aggregate: OrderAggregate, line: OrderLine): Refusal {
  const takers = holdingCancellations(aggregate).filter(({ units }) => countOf(unitsOfLine(units, line.id)) > 0);
  const open = takers.find(({ status }) => isOpen(status));
  if (open !== undefined) {
    return refuse('cancellation_open', `${open.id} is open on line ${line.id}.`, { facts: { cancellation: open.id } });
  }
  if (countOf(shippedUnits(aggregate, line.id)) === 0) {
    return refuse('units_already_cancelled', `Line ${line.id} is already cancelled.`, {
      facts: { cancellation: takers[0]?.id },
    });
  }
  return refuse('already_shipped', `Line ${line.id} has left.`, { facts: { line: line.id } });
}

/**
 * Chooses which units a request takes: free ones first, then those that lie in a parcel whose label can still be taken
 * back, then those that have to be called back, so that no parcel is stopped without need.
 * @param away units that have left and can be called back
 */
export function chooseUnits(
  aggregate: OrderAggregate,
  line: OrderLine,
  quantity: number,
  away: readonly Range[] = [],
): Range[] {
  const available = availableUnits(aggregate, line);
  const loose = available.flatMap((range) => splitByLabels(aggregate, line.id, range));
  const unlabelled = loose.filter((range) => labelledShipmentsHolding(aggregate, line.id, [range]).length === 0);
  const labelled = loose.filter((range) => labelledShipmentsHolding(aggregate, line.id, [range]).length > 0);
  return firstOf([...unlabelled, ...labelled, ...away], quantity);
}

/** Cuts a range where labelled shipments begin and end, so that each piece lies in one parcel or in none. */
function splitByLabels(aggregate: OrderAggregate, lineId: string, range: Range): Range[] {
  const cuts = aggregate.shipments
    .flatMap((shipment) => unitsOfLine(shipment.units, lineId).flatMap((held) => [held.from, held.to]))
    .filter((cut) => cut > range.from && cut < range.to);
  const edges = [...new Set([range.from, ...cuts, range.to])].sort((a, b) => a - b);
  return edges.slice(1).map((to, index) => ({ from: edges[index] ?? range.from, to }));
}

/**
 * Watches every wish to move money: at that instant the books say that this leg is being sent, and it was not meant to be
 * sent at a time when they said that its payment is disputed.
 */
import { disputesPartition } from '../../../shared/adapters/dynamodb/keys';
import { readCompactTrail } from '../../../shared/adapters/payments/compact-trail';
import type { Cancellation, RefundLeg } from '../../../shared/domain/cancellation';
import { refsUnderDispute } from '../../../shared/domain/dispute';
import { isUnanswered } from '../../../shared/domain/leg';
import type { PartyRequest } from '../world/parties';
import { attemptOf } from './attempts';
import { versionOf } from './leaps';

type Item = Readonly<Record<string, unknown>>;

/** Whoever looked before a dispute was stored, and has not stored what he intends, is dead after so long. */
const KNOWN_AFTER_MS = 60_000;

export class Intents {
  /** Attempts that were intended although their payment was known to be disputed, with what says so. */
  private readonly disputed = new Map<string, readonly string[]>();
  /** Disputes that stop refunds: their item's key, and since when. */
  private readonly stops = new Map<string, number>();

  /** Looks at what is there from the beginning. */
  restored(items: Iterable<Item>): void {
    for (const item of items) this.heard(item, -Infinity);
  }

  /** @returns what is wrong with a change */
  changed(before: Item | undefined, after: Item | undefined, now: number): string[] {
    if (after === undefined) return [];
    this.heard(after, now);
    const { legId, cancellationId } = after;
    // An entry of our own ledger, which is money as well.
    if (before === undefined && typeof legId === 'string') return this.sent(legId);
    if (typeof cancellationId === 'string' && typeof after['body'] === 'string') {
      this.intended(before === undefined ? undefined : versionOf(before), versionOf(after), now);
    }
    return [];
  }

  /** @param items of the orders' table. @returns what is wrong with a request */
  asked(items: Iterable<Item>, request: PartyRequest): string[] {
    const fits = wishOf(request);
    if (fits === undefined) return [];
    for (const item of items) {
      if (typeof item['cancellationId'] !== 'string' || typeof item['body'] !== 'string') continue;
      const cancellation = versionOf(item);
      const leg = cancellation.legs.find((one) => fits(cancellation, one));
      if (leg === undefined) continue;
      return leg.status === 'submitting'
        ? this.sent(attemptOf(cancellation, leg))
        : [`${cancellation.id} ${leg.id} was sent while it was ${leg.status}`];
    }
    // Nobody's leg: that no refund is made for it is another promise.
    return [];
  }

  digest(): string {
    return `${[...this.disputed.keys()].join()} ${[...this.stops].join()}`;
  }

  private heard({ pk, sk, stops }: Item, now: number): void {
    if (typeof stops !== 'boolean') return;
    const key = `${String(pk)} ${String(sk)}`;
    if (!stops) this.stops.delete(key);
    else if (!this.stops.has(key)) this.stops.set(key, now);
  }

  private intended(was: Cancellation | undefined, now: Cancellation, at: number): void {
    if (this.stops.size === 0) return;
    for (const leg of now.legs) {
      const old = was?.legs.find(({ id }) => id === leg.id);
      const goesOn = old !== undefined && old.attempt === leg.attempt && isUnanswered(old);
      if (leg.status !== 'submitting' || goesOn) continue;
      const partitions = refsUnderDispute(leg).map((ref) => `${disputesPartition(now.tenant, ref)} `);
      const known = [...this.stops].filter(
        ([key, since]) => since + KNOWN_AFTER_MS <= at && partitions.some((partition) => key.startsWith(partition)),
      );
      if (known.length > 0) {
        this.disputed.set(
          attemptOf(now, leg),
          known.map(([key]) => key),
        );
      }
    }
  }

  private sent(attempt: string): string[] {
    const standing = this.disputed.get(attempt)?.filter((key) => this.stops.has(key)) ?? [];
    return standing.length === 0 ? [] : [`${attempt} was sent although its payment is disputed: ${standing.join()}`];
  }
}

/** Which leg a request is about; undefined where it moves no money of ours. */
function wishOf({
  method,
  path,
  headers,
  body,
}: PartyRequest): ((cancellation: Cancellation, leg: RefundLeg) => boolean) | undefined {
  if (method !== 'POST') return undefined;
  const key = headers['idempotency-key'] ?? numberIn(path, body);
  if (key !== undefined) return (cancellation, leg) => attemptOf(cancellation, leg) === key;
  // An order that nobody has paid is closed by its own number.
  const [, order] = /^\/v3\/pay\/transactions\/out-trade-no\/([^/]+)\/close$/.exec(path) ?? [];
  if (order === undefined) return undefined;
  return (_cancellation, leg) => leg.operation === 'void' && leg.paymentRef === decodeURIComponent(order);
}

/** WeChat Pay has no keys but the refund's own number. */
function numberIn(path: string, body: string): string | undefined {
  if (path !== '/v3/refund/domestic/refunds') return undefined;
  const { out_refund_no: number = '' } = JSON.parse(body) as { out_refund_no?: string };
  return readCompactTrail('', number)?.legId;
}

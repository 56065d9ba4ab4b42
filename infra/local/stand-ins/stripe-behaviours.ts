/** How the next refunds at the Stripe stand-in will turn out, kept on disk. */
import { integer, record, text } from '../json';
import type { StandInHost } from '../stand-in';
import type { Behaviour } from './stripe-ledger';
import { REFUND_STATES, type Payment } from './stripe-objects';

const KEY = 'behaviours';

export class StripeBehaviours {
  private constructor(
    private readonly host: StandInHost,
    private waiting: Behaviour[],
  ) {}

  static async load(host: StandInHost): Promise<StripeBehaviours> {
    return new StripeBehaviours(host, (await host.store.get<Behaviour[]>(KEY)) ?? []);
  }

  all(): readonly Behaviour[] {
    return this.waiting;
  }

  /** The first that fits this payment; it is used up by it. */
  take(payment: Payment): Behaviour | undefined {
    const found = this.waiting.find((one) => one.payments?.includes(payment.id) ?? true);
    if (!found) return undefined;
    found.left -= 1;
    this.waiting = this.waiting.filter((one) => one.left > 0);
    // Not awaited: a count lost in a crash makes one more refund turn out this way, which a test of crashes can bear.
    this.save().catch((error: unknown) => this.host.log(`behaviours not saved: ${String(error)}`));
    return found;
  }

  async add(wish: unknown): Promise<void> {
    this.waiting = [...this.waiting, behaviourOf(wish)];
    await this.save();
  }

  async forget(): Promise<void> {
    this.waiting = [];
    await this.save();
  }

  private save(): Promise<void> {
    return this.host.store.put(KEY, this.waiting);
  }
}

function behaviourOf(wish: unknown): Behaviour {
  const body = record(wish);
  const status = REFUND_STATES.find((known) => known === body['status']);
  if (!status) throw new Error(`status is one of ${REFUND_STATES.join(', ')}`);
  const named = body['payment_intent'];
  const payments = Array.isArray(named) ? named.map(String) : text(named) === undefined ? undefined : [String(named)];
  const failureReason = text(body['failureReason']);
  const then = REFUND_STATES.find((known) => known === body['then']);
  const afterMs = integer(body['afterMs']);
  return {
    left: integer(body['next']) ?? 1,
    status,
    ...(payments !== undefined && { payments }),
    ...(failureReason !== undefined && { failureReason }),
    ...(then !== undefined && { then }),
    ...(afterMs !== undefined && { afterMs }),
  };
}

/** How the next refunds at a payment provider will turn out, kept on disk. */
import { integer, list, record, text } from '../json';
import type { StandInHost } from '../stand-in';

const KEY = 'behaviours';

export interface RefundBehaviour<Status extends string> {
  left: number;
  /** Absent: of any payment. */
  readonly payments?: readonly string[];
  /** The provider's word for what it refuses with. */
  readonly refuse?: string;
  readonly status?: Status;
  readonly reason?: string;
  readonly then?: Status;
  /** Host's clock; absent: only a control call settles it. */
  readonly afterMs?: number;
}

export class RefundBehaviours<Status extends string> {
  private constructor(
    private readonly host: StandInHost,
    private readonly states: readonly Status[],
    private waiting: RefundBehaviour<Status>[],
  ) {}

  static async load<Status extends string>(
    host: StandInHost,
    states: readonly Status[],
  ): Promise<RefundBehaviours<Status>> {
    return new RefundBehaviours(host, states, (await host.store.get<RefundBehaviour<Status>[]>(KEY)) ?? []);
  }

  all(): readonly RefundBehaviour<Status>[] {
    return this.waiting;
  }

  /** The first that fits this payment; it is used up by it. */
  take(payment: string): RefundBehaviour<Status> | undefined {
    const found = this.waiting.find((one) => one.payments?.includes(payment) ?? true);
    if (!found) return undefined;
    found.left -= 1;
    this.waiting = this.waiting.filter((one) => one.left > 0);
    // Not awaited: a count lost in a crash makes one more refund turn out this way, which a test of crashes can bear.
    this.save().catch((error: unknown) => this.host.log(`behaviours not saved: ${String(error)}`));
    return found;
  }

  /** @param wish `{ next?: 1, payment?, refuse? | status?, reason?, then?, afterMs? }`; `payment`: one id or several */
  async add(wish: unknown): Promise<void> {
    const body = record(wish);
    const state = (name: string): Status | undefined => this.states.find((known) => known === body[name]);
    const status = state('status');
    const refuse = text(body['refuse']);
    if (status === undefined && refuse === undefined) {
      throw new Error(`status is one of ${this.states.join(', ')}; or name what to refuse with`);
    }
    const named = text(body['payment']);
    const payments = named === undefined ? list(body['payment']).map(String) : [named];
    const reason = text(body['reason']);
    const then = state('then');
    const afterMs = integer(body['afterMs']);
    this.waiting.push({
      left: integer(body['next']) ?? 1,
      ...(payments.length > 0 && { payments }),
      ...(refuse !== undefined && { refuse }),
      ...(status !== undefined && { status }),
      ...(reason !== undefined && { reason }),
      ...(then !== undefined && { then }),
      ...(afterMs !== undefined && { afterMs }),
    });
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

/** Idempotency keys as Adyen keeps them: https://docs.adyen.com/development-resources/api-idempotency */
import type { StandInReply } from '../stand-in';
import { troubleReply, type Trouble } from './party-settings';

type Reply = Exclude<StandInReply, 'hang-up'>;

/** An answer kept under its Idempotency-Key. */
export interface SavedAnswer {
  readonly key: string;
  readonly status: number;
  readonly body: string;
  /** Host's clock, milliseconds. */
  readonly at: number;
}

/** Keys are valid for at least so long. */
const KEY_LIFE_MS = 7 * 24 * 60 * 60 * 1000;

export const LONGEST_KEY = 64;

export const TRANSIENT = { 'transient-error': 'true' };

export class AdyenKeys {
  /** Of requests that have not been answered yet. */
  private readonly inFlight = new Set<string>();

  /** @param busy what a request is answered whose key is in flight */
  constructor(private readonly busy: Reply) {}

  /**
   * Keys count for the account; a repetition gets the first answer, whatever it asks for.
   *
   * @param saved all answers that the account was given
   */
  async once(
    request: { account: string; key: string; now: number; trouble: Trouble | undefined },
    saved: () => readonly SavedAnswer[],
    perform: () => Promise<StandInReply>,
  ): Promise<StandInReply> {
    const { account, key, now, trouble } = request;
    const slot = `${account} ${key}`;
    if (this.inFlight.has(slot)) return this.busy;
    const first = saved().find((one) => one.key === key && now - one.at < KEY_LIFE_MS);
    if (first !== undefined) {
      // A trouble of the line can hit a repetition as well.
      const broken = trouble?.answer === 'status' ? undefined : troubleReply(trouble);
      return broken ?? { status: first.status, headers: { 'content-type': 'application/json' }, body: first.body };
    }
    this.inFlight.add(slot);
    try {
      return await perform();
    } finally {
      this.inFlight.delete(slot);
    }
  }
}

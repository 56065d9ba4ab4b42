/** Sends a party's webhooks as a stranger would: signed, over HTTP, again and again until somebody says 2xx. */
import type { StandInHost } from '../stand-in';

/** One message under way; its owner keeps it on disk until it is delivered or given up. */
export interface Notice {
  readonly id: string;
  readonly account: string;
  readonly body: string;
  /** Host's clock, milliseconds. */
  dueAt: number;
  attempt: number;
}

export interface Sender {
  path(account: string): string;
  /** Signs anew at every attempt: a time stamp in a signature is the attempt's. */
  headers(notice: Notice, nowMs: number): Promise<Record<string, string>>;
  /** What is sent instead of `notice.body`, where the signature is a part of the body; absent: that. */
  body?(notice: Notice, nowMs: number): Promise<string | undefined>;
  /** Whether a 2xx with this text counts; absent: any text will do. */
  takes?(body: string): boolean;
  /** Between one attempt and the next, milliseconds; absent: about three days. */
  readonly pauses?: readonly number[];
  /** Delivered, or given up: the owner forgets it. */
  over(notice: Notice): Promise<void>;
  /** Will be tried again at its new `dueAt`. */
  postponed(notice: Notice): Promise<void>;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Growing pauses over about three days, as Stripe's live mode has them. */
const PAUSES = [1 * MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 12 * HOUR, 18 * HOUR, 24 * HOUR];

export class WebhookSender {
  private readonly cancels = new Set<() => void>();
  private stopped = false;

  constructor(
    private readonly host: StandInHost,
    private readonly sender: Sender,
  ) {}

  /** Sends when it is due; never fails. Work that is due now is counted by the host as promised. */
  schedule(notice: Notice): void {
    if (this.stopped) return;
    if (notice.dueAt <= this.host.clock.now()) {
      const done = this.host.busy();
      setImmediate(() => void this.attempt(notice).finally(done));
      return;
    }
    const cancel = this.host.clock.at(notice.dueAt, () => {
      this.cancels.delete(cancel);
      const done = this.host.busy();
      void this.attempt(notice).finally(done);
    });
    this.cancels.add(cancel);
  }

  /** One attempt, now; a failed one is scheduled again. Never rejects. */
  async attempt(notice: Notice): Promise<void> {
    if (this.stopped) return;
    try {
      if (await this.arrives(notice)) return await this.sender.over(notice);
      const pause = (this.sender.pauses ?? PAUSES)[notice.attempt];
      if (pause === undefined) {
        this.host.log(`gave up webhook ${notice.id}`);
        return await this.sender.over(notice);
      }
      notice.attempt += 1;
      notice.dueAt = this.host.clock.now() + pause;
      await this.sender.postponed(notice);
      this.schedule(notice);
    } catch (error) {
      this.host.log(`webhook ${notice.id} stays on disk: ${String(error)}`);
    }
  }

  stop(): void {
    this.stopped = true;
    for (const cancel of this.cancels) cancel();
    this.cancels.clear();
  }

  private async arrives(notice: Notice): Promise<boolean> {
    try {
      const now = this.host.clock.now();
      const answer = await this.host.send({
        method: 'POST',
        path: this.sender.path(notice.account),
        headers: { 'content-type': 'application/json', ...(await this.sender.headers(notice, now)) },
        body: (await this.sender.body?.(notice, now)) ?? notice.body,
      });
      return answer.status >= 200 && answer.status < 300 && (this.sender.takes?.(answer.body) ?? true);
    } catch {
      return false;
    }
  }
}

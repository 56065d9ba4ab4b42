/**
 * What stand-ins of payment providers keep alike: payments with their refunds, each written as one value so that a crash
 * can tear nothing apart; the webhooks that a payment still owes; and what becomes of a refund by itself.
 */
import type { StandInHost } from '../stand-in';
import { emptyStore, type PartySettings } from './party-settings';
import { WebhookSender, type Notice } from './webhook-sender';

const PREFIX = 'payment/';

export interface Due<Status extends string> {
  /** Host's clock, milliseconds. */
  readonly at: number;
  readonly status: Status;
  readonly reason?: string;
}

export interface BookedRefund<Status extends string> {
  readonly id: string;
  status: Status;
  due?: Due<Status>;
}

export interface BookedPayment<Refund> {
  readonly id: string;
  readonly account: string;
  readonly refunds: Refund[];
  outbox: Notice[];
}

export interface Office<Payment, Refund, Status extends string> {
  /** Where the application hears of an account. */
  path(account: string): string;
  sign(notice: Notice, nowMs: number): Promise<Record<string, string>>;
  /** What is due has come; the host's clock says so. */
  settle(payment: Payment, refund: Refund, due: Due<Status>): Promise<void>;
}

export class PaymentBooks<
  Status extends string,
  Refund extends BookedRefund<Status>,
  Payment extends BookedPayment<Refund>,
> {
  private readonly payments = new Map<string, Payment>();
  private readonly cancels = new Set<() => void>();
  private readonly sender: WebhookSender;

  constructor(
    private readonly host: StandInHost,
    private readonly settings: PartySettings,
    private readonly office: Office<Payment, Refund, Status>,
  ) {
    this.sender = new WebhookSender(host, {
      path: (account) => office.path(account),
      headers: (notice, nowMs) => office.sign(notice, nowMs),
      over: async (notice) => {
        const payment = this.ownerOf(notice);
        if (!payment) return;
        payment.outbox = payment.outbox.filter((one) => one.id !== notice.id);
        await this.save(payment);
      },
      postponed: async (notice) => {
        const payment = this.ownerOf(notice);
        if (payment) await this.save(payment);
      },
    });
  }

  async load(): Promise<void> {
    for (const { value } of await this.host.store.all<Payment>(PREFIX)) this.payments.set(value.id, value);
    for (const payment of this.payments.values()) {
      for (const notice of payment.outbox) this.sender.schedule(notice);
      for (const refund of payment.refunds) this.awaitDue(payment, refund);
    }
  }

  stop(): void {
    this.sender.stop();
    for (const cancel of this.cancels) cancel();
  }

  all(): Payment[] {
    return [...this.payments.values()];
  }

  /** Those that an account may see. */
  of(account: string): Payment[] {
    return this.all().filter((payment) => payment.account === account);
  }

  get(id: string): Payment | undefined {
    return this.payments.get(id);
  }

  add(payment: Payment): void {
    this.payments.set(payment.id, payment);
  }

  /** Settles when the payment as it is now is on disk. */
  save(payment: Payment): Promise<void> {
    return this.host.store.put(`${PREFIX}${payment.id}`, payment);
  }

  async forget(): Promise<void> {
    this.payments.clear();
    await emptyStore(this.host.store, PREFIX);
  }

  /** Puts an event into the payment's outbox, as often as it was told to; on disk when the payment is saved. */
  owe(payment: Payment, event: string, body: string): Notice[] {
    const { send, copies, delayMs } = this.settings.webhooks(payment.id);
    const notices = Array.from({ length: send === 'never' ? 0 : copies }, (_, copy) => ({
      id: `${payment.id}#${event}#${copy}`,
      account: payment.account,
      body,
      attempt: 0,
      dueAt: this.host.clock.now() + delayMs,
    }));
    payment.outbox.push(...notices);
    return notices;
  }

  async dispatch(payment: Payment, notices: readonly Notice[]): Promise<void> {
    if (this.settings.webhooks(payment.id).send === 'before-reply') {
      for (const notice of notices) await this.sender.attempt(notice);
    } else {
      for (const notice of notices) this.sender.schedule(notice);
    }
  }

  awaitDue(payment: Payment, refund: Refund): void {
    const { due } = refund;
    if (!due) return;
    const cancel = this.host.clock.at(due.at, () => {
      this.cancels.delete(cancel);
      const done = this.host.busy();
      this.office
        .settle(payment, refund, due)
        .catch((error: unknown) => this.host.log(`${refund.id} not settled: ${String(error)}`))
        .finally(done);
    });
    this.cancels.add(cancel);
  }

  private ownerOf(notice: Notice): Payment | undefined {
    return this.payments.get(notice.id.split('#')[0] ?? '');
  }
}

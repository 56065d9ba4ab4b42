import { channelNamed, type PaymentChannelName } from '../domain/channel';
import { earlier, isPast, later, type Instant } from '../domain/time';
import type { Connection, ConfiguredConnections } from '../ports/connections';
import type { Disputes } from '../ports/disputes';
import type { NoticePage, PaymentChannel, ProviderNotice } from '../ports/payment-channel';
import type { Receipts } from '../ports/receipts';
import type { StrayRefunds } from '../ports/stray-refunds';
import type { Placed, Reading, Watermark, Watermarks } from '../ports/watermarks';
import { hearOfRefund, type HearingPorts } from './hear-of-refund';
import { openStray } from './stray-refunds';

/** As long as a webhook may be on its way; the first round begins there. */
const firstLook = { length: 3, unit: 'days' } as const;
/** Events become visible late, and clocks differ. */
const overlap = { length: 1, unit: 'hours' } as const;
/** Nothing new is begun after this; what is under way then ends well before the function's time does. */
const patience = { length: 25, unit: 'seconds' } as const;
/** Of one connection in one round: a provider's limit on reads is there for everybody who uses the account. */
const pagesPerRound = 50;
/** More that cannot be heard than this is no matter of single notices: the round stops before it writes that down. */
const unheardAtMost = 50;
/** A provider forgets its events after so long; so do we those that could not be heard. */
const forgottenAfter = { length: 30, unit: 'days' } as const;
/** A connection that was last heard to its end this long ago is behind. */
const behindAfter = { length: 2, unit: 'hours' } as const;

export type ReconcilingPorts = HearingPorts & {
  configured: ConfiguredConnections;
  watermarks: Watermarks;
  receipts: Receipts;
  disputes: Disputes;
  strays: StrayRefunds;
  /** The time now, as it goes on. */
  clock: () => Instant;
  tell: (finding: Finding) => void;
};

/** What somebody should be able to look up; ids only. */
export interface Finding {
  event:
    'refund_unmatched' | 'refund_event_unreadable' | 'refund_not_heard' | 'refund_never_heard' | 'connection_not_heard';
  connection: string;
  notice?: ProviderNotice | { eventId: string };
  error?: unknown;
}

export interface Round {
  /** To providers that move money. */
  connections: number;
  /** Notices, with those that were known. */
  heard: number;
  /** Our books did not show it. */
  repaired: number;
  /** Refunds that bear our ids and that our books do not have; each is counted once. */
  unmatched: number;
  /** Connections and notices. */
  failed: number;
  /** Connections that were not heard to the end for too long. */
  behind: number;
}

/**
 * Hears what providers know and our books do not: from each connection's watermark on, newest first. Nothing here believes
 * a notice more than a webhook is believed. A connection in trouble stops no other, a notice in trouble no other notice.
 */
export async function reconcileRefunds(ports: ReconcilingPorts, now: Instant): Promise<Round> {
  const rounds = await Promise.all(
    [...ports.configured].flatMap(([id, { tenant, provider }]) => {
      const channel = channelNamed(provider);
      return channel === undefined ? [] : [hearOut(ports, { id, tenant, channel }, now)];
    }),
  );
  const sum = (what: keyof Round): number => rounds.reduce((total, round) => total + round[what], 0);
  return {
    connections: sum('connections'),
    heard: sum('heard'),
    repaired: sum('repaired'),
    unmatched: sum('unmatched'),
    failed: sum('failed'),
    behind: sum('behind'),
  };
}

interface Heard {
  id: string;
  tenant: string;
  channel: PaymentChannelName;
}

async function hearOut(ports: ReconcilingPorts, { id, tenant, channel }: Heard, now: Instant): Promise<Round> {
  const round: Round = { connections: 1, heard: 0, repaired: 0, unmatched: 0, failed: 0, behind: 0 };
  let listener: Listener | undefined;
  try {
    const connection = await ports.connections.find(id);
    if (connection === undefined) throw new Error(`connection ${id} has no secret`);
    const placed = await ports.watermarks.find(tenant, id);
    listener = new Listener(ports, connection, ports.channels[channel], round, now, placed);
    await listener.readOn();
    await listener.tryAgain();
  } catch (error) {
    round.failed += 1;
    ports.tell({ event: 'connection_not_heard', connection: id, error });
  }
  if (listener === undefined || listener.isBehind()) round.behind = 1;
  return round;
}

/** One connection's part of a round. */
class Listener {
  private readonly end: Instant;
  private mark: Watermark;

  constructor(
    private readonly ports: ReconcilingPorts,
    private readonly connection: Connection,
    private readonly channel: PaymentChannel,
    private readonly round: Round,
    private readonly now: Instant,
    private placed: Placed | undefined,
  ) {
    this.end = later(now, patience);
    this.mark = placed ?? { until: earlier(now, firstLook), unheard: [] };
  }

  /** Reads page by page, and writes down after each how far it has come: a round that is cut off is gone on with. */
  async readOn(): Promise<void> {
    // Before anything can fail, or the first look would move on with the time and not go back far enough.
    if (this.placed === undefined) await this.move(this.mark);
    let reading: Reading = this.mark.reading ?? { begun: this.now, since: earlier(this.mark.until, overlap) };
    for (let pages = 0; pages < pagesPerRound && !this.isOver(); pages += 1) {
      const { begun, ...from } = reading;
      const page = await this.channel.changesSince({ connection: this.connection, ...from });
      const { unheard, whole } = await this.hearPage(page);
      if (unheard.length > unheardAtMost) throw new Error(`more than ${unheardAtMost} notices cannot be heard`);
      if (!whole) return this.move({ ...this.mark, unheard });
      if (page.next === undefined) return this.move({ until: begun, unheard });
      reading = { ...reading, after: page.next };
      await this.move({ until: this.mark.until, reading, unheard });
    }
  }

  /** What could not be heard in an earlier round. */
  async tryAgain(): Promise<void> {
    const still: Watermark['unheard'][number][] = [];
    for (const one of this.mark.unheard) {
      if (one.since === this.now || this.isOver()) {
        still.push(one);
      } else if (isPast(later(one.since, forgottenAfter), this.now)) {
        this.tell('refund_never_heard', one.notice);
      } else if (!(await this.hears(one.notice))) {
        still.push(one);
      }
    }
    if (still.length < this.mark.unheard.length) await this.move({ ...this.mark, unheard: still });
  }

  isBehind(): boolean {
    const { until, unheard } = this.mark;
    return [until, ...unheard.map(({ since }) => since)].some((since) => isPast(later(since, behindAfter), this.now));
  }

  /** @returns what is unheard now, and whether the time was enough for the whole page */
  private async hearPage({ notices, unreadable }: NoticePage): Promise<{
    unheard: Watermark['unheard'];
    whole: boolean;
  }> {
    const unheard = [...this.mark.unheard];
    for (const eventId of unreadable) await this.tellUnreadable(eventId);
    for (const notice of notices) {
      if (this.isOver()) return { unheard, whole: false };
      if (unheard.some((one) => one.notice.eventId === notice.eventId)) continue;
      if (!(await this.hears(notice))) unheard.push({ notice, since: this.now });
    }
    return { unheard, whole: true };
  }

  private async hears(notice: ProviderNotice): Promise<boolean> {
    try {
      if ('dispute' in notice) {
        await this.ports.disputes.hear(this.connection.tenant, notice);
        this.round.heard += 1;
        return true;
      }
      const hearing = await hearOfRefund(this.ports, this.connection, notice, 'reconcile', this.now);
      if (hearing === 'unmatched' && (await openStray(this.ports.strays, this.connection, notice, this.now)))
        this.tellUnmatched('refund_unmatched', notice);
      if (hearing === 'changed') this.round.repaired += 1;
      this.round.heard += 1;
      return true;
    } catch (error) {
      this.round.failed += 1;
      this.tell('refund_not_heard', notice, error);
      return false;
    }
  }

  /** The same window is read again and again; a person needs to be told once. */
  private async tellUnreadable(eventId: string): Promise<void> {
    const { tenant, provider } = this.connection;
    if (await this.ports.receipts.seen(tenant, provider, eventId)) return;
    this.tellUnmatched('refund_event_unreadable', { eventId });
    await this.ports.receipts.keep(tenant, provider, eventId, this.now);
  }

  private tellUnmatched(event: Finding['event'], notice: Finding['notice']): void {
    this.tell(event, notice);
    this.round.unmatched += 1;
  }

  private tell(event: Finding['event'], notice: Finding['notice'], error?: unknown): void {
    this.ports.tell({
      event,
      connection: this.connection.id,
      ...(notice === undefined ? {} : { notice }),
      ...(error === undefined ? {} : { error }),
    });
  }

  private isOver(): boolean {
    return isPast(this.end, this.ports.clock());
  }

  /** @throws Error when another round is at work on the same connection */
  private async move(after: Watermark): Promise<void> {
    const { tenant, id } = this.connection;
    const placed = await this.ports.watermarks.move(tenant, id, this.placed, after);
    if (placed === 'lost') throw new Error(`another round has moved the watermark of ${id}`);
    this.placed = placed;
    this.mark = placed;
  }
}

import { channelNamed } from '../domain/channel';
import type { Instant } from '../domain/time';
import type { Connection } from '../ports/connections';
import type { Disputes } from '../ports/disputes';
import type { NamedByWebhook, PaymentNotice, ProviderNotice } from '../ports/payment-channel';
import type { Receipts } from '../ports/receipts';
import type { StrayRefunds } from '../ports/stray-refunds';
import { hearOfRefund, type HearingPorts } from './hear-of-refund';
import { openStray } from './stray-refunds';

export type NoticePorts = HearingPorts & {
  receipts: Receipts;
  disputes: Disputes;
  strays: StrayRefunds;
  /** Of a refund that bears our ids and that our books do not have, once. */
  tell: (notice: PaymentNotice) => void;
};

/**
 * Hears what one message of a provider has named, one refund after the other. A receipt saves work when the message comes
 * again, so none is written for what was no work.
 *
 * What our books do not have becomes a case. It is left to the reconciliation, which finds it anyway; of a provider that
 * answers no questions nobody else would. Of a dispute the latest news is kept, however often it comes.
 */
export async function hearNotices(
  ports: NoticePorts,
  connection: Connection,
  named: NamedByWebhook,
  now: Instant,
): Promise<void> {
  const { tenant, provider } = connection;
  for (const notice of listOf(named)) {
    if ('dispute' in notice) {
      await ports.disputes.hear(tenant, notice);
      continue;
    }
    if (await ports.receipts.seen(tenant, provider, notice.eventId)) continue;
    const hearing = await hearOfRefund(ports, connection, notice, 'payment-result', now);
    const onlyHere = hearing === 'unmatched' && answersNoQuestions(ports, connection);
    if (onlyHere && (await openStray(ports.strays, connection, notice, now))) ports.tell(notice);
    if (onlyHere || hearing === 'changed' || hearing === 'heard') {
      await ports.receipts.keep(tenant, provider, notice.eventId, now);
    }
  }
}

function listOf(named: NamedByWebhook): readonly ProviderNotice[] {
  if (named === undefined) return [];
  return 'eventId' in named ? [named] : named;
}

function answersNoQuestions({ channels }: HearingPorts, connection: Connection): boolean {
  const channel = channelNamed(connection.provider);
  return channel !== undefined && channels[channel].withoutQuery !== undefined;
}

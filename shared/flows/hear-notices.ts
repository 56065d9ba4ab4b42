import type { Instant } from '../domain/time';
import type { Connection } from '../ports/connections';
import type { Disputes } from '../ports/disputes';
import type { NamedByWebhook, PaymentNotice, ProviderNotice } from '../ports/payment-channel';
import type { Receipts } from '../ports/receipts';
import { channelOf, hearOfRefund, type HearingPorts } from './hear-of-refund';

export type NoticePorts = HearingPorts & {
  receipts: Receipts;
  disputes: Disputes;
  /** Of a refund that bears our ids and that our books do not have. */
  tell: (notice: PaymentNotice) => void;
};

/**
 * Hears what one message of a provider has named, one refund after the other. A receipt saves work when the message comes
 * again, so none is written for what was no work.
 *
 * What our books do not have is left to the reconciliation, which finds it anyway and tells it once; of a provider that
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
    if (onlyHere) ports.tell(notice);
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
  const channel = channelOf(connection);
  return channel !== undefined && channels[channel].withoutQuery !== undefined;
}

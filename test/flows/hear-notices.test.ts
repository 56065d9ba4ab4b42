import type { StrayRefund } from '../../shared/domain/stray-refund';
import type { HearingPorts } from '../../shared/flows/hear-of-refund';
import { hearNotices, type NoticePorts } from '../../shared/flows/hear-notices';
import type { Connection } from '../../shared/ports/connections';
import type { NamedByWebhook, PaymentNotice } from '../../shared/ports/payment-channel';

const now = '2026-03-05T12:00:00.000Z';
const connection: Connection = { id: 'con_1', tenant: 't1', provider: 'stripe', apiKey: '', webhookSecrets: [] };
const trail = { tenant: 't1', orderId: 'ord_1', cancellationId: 'can_1', legId: 'rfd_1-1' };
const notice = (n: number): PaymentNotice => ({ eventId: `evt_${n}`, type: 'REFUND', providerRef: `psp_${n}`, trail });

/** Nothing is in the books, so each notice with our ids is unmatched. */
async function heard(named: NamedByWebhook, more: { silent?: boolean; fails?: number; seen?: string[] } = {}) {
  const seen = new Set(more.seen ?? []);
  const told: string[] = [];
  const strays = new Set<string>();
  let reads = 0;
  const channel = more.silent ? { withoutQuery: { repeatableFor: { length: 7, unit: 'days' } } } : {};
  const ports = {
    channels: { stripe: channel },
    cancellations: {
      find: () => {
        reads += 1;
        return reads === more.fails ? Promise.reject(new Error('throttled')) : Promise.resolve(undefined);
      },
    },
    receipts: {
      seen: (_tenant: string, _provider: string, id: string) => Promise.resolve(seen.has(id)),
      keep: (_tenant: string, _provider: string, id: string) => Promise.resolve(void seen.add(id)),
    },
    strays: { open: ({ id }: StrayRefund) => Promise.resolve(strays.has(id) ? 'known' : (strays.add(id), 'opened')) },
    tell: ({ eventId }: PaymentNotice) => told.push(eventId),
  } as unknown as HearingPorts & NoticePorts;
  const failed = await hearNotices(ports, connection, named, now).then(
    () => false,
    () => true,
  );
  return { told, reads, failed, seen: [...seen] };
}

describe('what a message has named', () => {
  test.each<[string, NamedByWebhook, number]>([
    ['nothing', undefined, 0],
    ['an empty list', [], 0],
    ['one refund', notice(1), 1],
    ['a list of one', [notice(1)], 1],
    ['three refunds', [notice(1), notice(2), notice(3)], 3],
  ])('%s', async (_what, named, reads) => {
    expect(await heard(named)).toMatchObject({ reads, failed: false });
  });

  test('is heard one after the other; one in trouble stops the rest, and the message comes again', async () => {
    const all = [notice(1), notice(2), notice(3)];
    expect(await heard(all, { silent: true, fails: 2 })).toEqual({
      told: ['evt_1'],
      reads: 2,
      failed: true,
      seen: ['evt_1'],
    });
    expect(await heard(all, { silent: true, seen: ['evt_1'] })).toMatchObject({ told: ['evt_2', 'evt_3'], reads: 2 });
  });

  test('and our books do not have is told here only where no reconciliation can find it, and once', async () => {
    expect(await heard(notice(1))).toMatchObject({ told: [], seen: [] });
    expect(await heard([notice(1), notice(1)], { silent: true })).toMatchObject({ told: ['evt_1'], seen: ['evt_1'] });
    const again = { ...notice(2), providerRef: 'psp_1' };
    expect(await heard([notice(1), again], { silent: true })).toMatchObject({ told: ['evt_1'] });
  });

  test('without our ids is nobody of ours, and is not told', async () => {
    const foreign = { ...notice(1), trail: undefined };
    const elsewhere = { ...notice(2), trail: { ...trail, tenant: 't2' } };
    expect(await heard([foreign, elsewhere], { silent: true })).toMatchObject({ told: [], reads: 0, seen: [] });
  });
});

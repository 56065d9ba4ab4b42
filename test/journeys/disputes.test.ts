/** A buyer asks his bank for the money and cancels as well: it goes back once. */
import { bookedAt } from '../support/payment-parties';
import { expected, onLaptop, useService } from '../support/service';

const service = useService();

interface Case {
  readonly id: string;
  readonly status: string;
}

const retry = (id: string) => service.support.post<Case>(`/v1/cases/${id}/retry`, {}, service.key());

describe('A payment that was charged back', () => {
  onLaptop(
    'is not refunded beside it, although its provider would; when the shop has won, a person lets it go',
    async () => {
      const order = await service.order({ currency: 'EUR', tenders: [{ channel: 'adyen', amount: 2_000 }] });
      const [payment = ''] = order.payments;
      const { dispute } = await service.local.party<{ dispute: string }>('adyen', 'dispute', { payment });
      await service.local.idle();
      const { id } = await service.cancelUntil('in_case', { orderId: order.id });
      const stopped = await service.cancellation(id);
      expect([stopped.failure, stopped.legs[0]?.status]).toEqual(['payment_disputed', 'failed']);
      expect((await bookedAt(service.local, 'adyen', payment)).refunds).toEqual([]);

      // The bank's first word comes late, and again: what came after it stands.
      await service.local.party('adyen', 'dispute', { payment, dispute, event: 'PREARBITRATION_WON' });
      await service.local.party('adyen', 'dispute', { payment, dispute, event: 'CHARGEBACK' });
      await service.local.idle();
      expected(await retry(stopped.caseId ?? ''), 202);
      const closed = await service.becomes(id, 'closed');
      expect(closed.legs).toMatchObject([{ status: 'succeeded', amount: 2_000 }]);
      expect((await bookedAt(service.local, 'adyen', payment)).refunded).toBe(2_000);
    },
  );

  onLaptop('is known within minutes when no webhook ever says so', async () => {
    const order = await service.order();
    await service.local.stripe('webhooks', { send: 'never' });
    await service.local.stripe('dispute', { payment_intent: order.payments[0] });
    await service.local.pass({ minutes: 16 });
    const asked = async () => (await service.local.stripe<{ requests: number }>('ledger/totals')).requests;
    const before = await asked();
    const { legs } = await service.cancelUntil('in_case', { orderId: order.id });
    // Stripe would refuse it by itself; it is not even asked.
    expect(await asked()).toBe(before);
    expect(legs).toMatchObject([{ status: 'failed' }]);
    await service.local.stripe('webhooks', { send: 'after-reply' });
  });

  onLaptop('holds back store credit as well, which the buyer chose instead', async () => {
    const order = await service.order();
    await service.local.stripe('dispute', { payment_intent: order.payments[0] });
    await service.local.idle();
    const { legs } = await service.cancelUntil('in_case', { orderId: order.id, destination: 'store_credit' });
    expect(legs).toMatchObject([{ channel: 'store_credit', status: 'failed' }]);
  });

  onLaptop('says nothing about the other tenders of the order, which go back', async () => {
    const order = await service.order({ tenders: [{ card: 1_500 }, { storeCredit: 500 }] });
    await service.local.stripe('dispute', { payment_intent: order.payments[0] });
    await service.local.idle();
    const { legs } = await service.cancelUntil('in_case', { orderId: order.id });
    expect(legs.map(({ channel, status }) => [channel, status])).toEqual([
      ['stripe', 'failed'],
      ['store_credit', 'succeeded'],
    ]);
  });
});

describe("A bank's question, in which no money moves yet,", () => {
  onLaptop('stops nothing: the refund answers it', async () => {
    const order = await service.order();
    await service.local.stripe('dispute', { payment_intent: order.payments[0], status: 'warning_needs_response' });
    await service.local.idle();
    const { legs } = await service.cancelUntil('closed', { orderId: order.id });
    expect(legs).toMatchObject([{ status: 'succeeded' }]);
  });
});

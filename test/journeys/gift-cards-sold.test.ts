/** A gift card that was bought with the order: what is left of it is given back, and what was spent is not. */
import { expected, useService } from '../support/service';

const service = useService();

const policy = { approval: { above: {}, deadlineMinutes: 60, onSilence: 'decline' as const } };

describe('A gift card that was bought with an order', () => {
  test('and partly used is given back as far as it is not spent, with a line of its own for the rest', async () => {
    const order = await service.order({
      lines: [{ quantity: 2 }, { id: 'card', kind: 'digital', quantity: 1, net: 5_000 }],
    });
    const lines = (order.body['lines'] as { id: string }[]).map((line) =>
      line.id === 'card' ? { ...line, spent: 1_250 } : line,
    );
    const told = { ...order.body, version: order.body.version + 1, lines };
    expected(await service.system.put(`/v1/orders/${order.reference}`, told), 200);

    const closed = await service.cancelUntil('closed', { orderId: order.id });
    expect(closed).toMatchObject({
      refund: { amount: 5_750 },
      deductions: [{ code: 'gift_card_spent', amount: 1_250 }],
    });
    expect((await service.orderNow(order.id)).status).toBe('cancelled');
  });

  test('and spent to the end stays sold, while the other lines are cancelled', async () => {
    const order = await service.order({
      lines: [{ quantity: 2 }, { id: 'card', kind: 'digital', quantity: 1, net: 5_000, spent: 5_000 }],
    });
    const card = { orderId: order.id, lines: [{ lineId: 'card', quantity: 1 }] };
    expect(await service.cancel(card)).toMatchObject({ status: 409, body: { code: 'gift_card_spent' } });
    const closed = await service.cancelUntil('closed', { orderId: order.id });
    expect(closed.refund.amount).toBe(2_000);
    expect((await service.orderNow(order.id)).status).toBe('partially_cancelled');
  });

  test('cannot be spent while the merchant is asked for it', async () => {
    const order = await service.order({
      policy,
      lines: [{ id: 'card', kind: 'digital', quantity: 1, net: 5_000 }],
    });
    await service.cancelUntil('awaiting_answer', { orderId: order.id });
    const [card] = order.body['lines'] as object[];
    const told = { ...order.body, version: order.body.version + 1, lines: [{ ...card, spent: 10 }] };
    expect(await service.system.put(`/v1/orders/${order.reference}`, told)).toMatchObject({
      status: 409,
      body: { code: 'order_frozen', param: '/lines/0/spent' },
    });
  });
});

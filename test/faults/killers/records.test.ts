/** Threads about who may do what, who is told what, and what is on record afterwards. */
import type { ApiAnswer } from '../world/gateway';
import { cancel, caseOf, changedMind, DAY, HOUR, MINUTE, useWorld, type Story } from './story';

const world = useWorld();

describe("Somebody else's order", () => {
  /** Everything that the holder of a token tries on an order and a cancellation that are not his. */
  async function tried(
    story: Story,
    id: string,
    claims: Parameters<Story['someone']>[1],
    answers: ApiAnswer[],
  ): Promise<void> {
    const order = story.order.id;
    story.someone(`stranger ${JSON.stringify(claims)}`, claims, async (stranger) => {
      answers.push(
        await stranger.get(`/v1/orders/${order}`),
        await stranger.post('/v1/cancellation-quotes', '', { orderId: order, reason: changedMind }),
        await stranger.post('/v1/cancellations', 'x', { orderId: order, reason: changedMind }),
        await stranger.get(`/v1/cancellations/${id}`),
        await stranger.get(`/v1/cancellations/${id}/explanation`),
        await stranger.post(`/v1/cancellations/${id}/withdraw`, 'w', {}),
        await stranger.post(`/v1/cancellations/${id}/destination`, 'd', { destination: 'store_credit' }),
        await stranger.post('/v1/withdrawals', 'v', { orderId: order }),
      );
    });
  }

  const graced = { lines: [{ id: 'a', quantity: 2 }], policy: { graceMinutes: 60 } };

  async function keptFrom(claims: Parameters<Story['someone']>[1]): Promise<ApiAnswer[]> {
    const answers: ApiAnswer[] = [];
    const end = await world.tell(
      (stage) => stage.place('north', '1001', graced),
      (story) =>
        story.customer(async (customer) => {
          const { id } = (await cancel(customer, story.order, 'k', { a: 1 })).body as { id: string };
          await tried(story, id, claims, answers);
        }),
    );
    expect(end.cancellations).toMatchObject([{ status: 'closed', units: { a: [{ from: 0, to: 1 }] } }]);
    expect(end.refunds()).toEqual(['succeeded 1000']);
    return answers;
  }

  it('is not there for another customer, whatever he knows of its ids (dotnet/eShop#996)', async () => {
    const answers = await keptFrom({ tenant: 'north', role: 'customer', sub: 'another' });
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(404));
    expect(JSON.stringify(answers)).not.toContain('north-customer');
  });

  it('is not there for a customer of another tenant who has the same name (mollie/PrestaShop#1444)', async () => {
    const answers = await keptFrom({ tenant: 'south', role: 'customer', sub: 'north-customer' });
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(404));
  });

  it('is not open to a token in which what would be compared is missing (SalesforceCommerceCloud/pwa-kit#3873)', async () => {
    const nobody = await keptFrom({ tenant: 'north', role: 'customer', sub: '' });
    expect(nobody.map(({ status }) => status)).toEqual(Array(8).fill(403));
    const noTenant = { role: 'customer', sub: 'north-customer' } as unknown as Parameters<Story['someone']>[1];
    expect((await keptFrom(noTenant)).map(({ status }) => status)).toEqual(Array(8).fill(403));
    const staff = await keptFrom({ tenant: 'north', role: 'merchant', sub: 'staff' });
    expect(staff.map(({ status }) => status).filter((status) => status < 400)).toEqual([]);
  });

  it("cannot be answered for by another shop's merchant, nor by the customer himself (macrozheng/mall#925)", async () => {
    const policy = { approval: { above: { GBP: 0 }, deadlineMinutes: 60, onSilence: 'decline' as const } };
    const end = await world.tell(
      (stage) => stage.place('north', '1001', { policy }),
      (story) =>
        story.customer(async (customer) => {
          const { id } = (await cancel(customer, story.order, 'k')).body as { id: string };
          story.seen.push((await customer.post(`/v1/cancellations/${id}/approve`, 'a', {})).status);
          story.someone(
            'rival',
            { tenant: 'north', role: 'merchant', sub: 'staff', merchant_id: 'rival-shop' },
            async (rival) => {
              story.seen.push((await rival.post(`/v1/cancellations/${id}/approve`, 'a', {})).status);
              story.seen.push(
                (
                  await rival.post(`/v1/cancellations`, 'b', {
                    orderId: story.order.id,
                    reason: { core: 'out_of_stock' },
                  })
                ).status,
              );
              const { body } = await rival.get('/v1/cancellations', { status: 'awaiting_answer' });
              story.seen.push((body as { data: unknown[] }).data.length);
            },
          );
        }),
    );
    expect(end.seen).toEqual([403, 404, 404, 0]);
    expect(end.statuses).toEqual(['declined']);
    expect(end.cancellations[0]?.answer).toMatchObject({ verdict: 'nobody_decided', effect: 'decline' });
    expect(end.refunds()).toEqual([]);
  });
});

describe('Told', () => {
  it('every end of a cancellation is announced: closed, declined, withdrawn, undone (openfoodfoundation/openfoodnetwork#9043)', async () => {
    const asked = { policy: { approval: { above: { GBP: 0 }, deadlineMinutes: 60, onSilence: 'decline' as const } } };
    const end = await world.tell(
      async (stage) => {
        const orders = [
          await stage.place('north', '1001', {}),
          await stage.place('north', '1002', asked),
          await stage.place('north', '1003', { policy: { graceMinutes: 30 } }),
          await stage.place('north', '1004', {}),
        ];
        await stage.cloud.parties.control('stripe', 'behaviours', {
          payment_intent: orders[3]?.payments[0],
          status: 'failed',
        });
        return orders;
      },
      (story) =>
        story.customer(async (customer) => {
          for (const order of story.orders) {
            const { id } = (await cancel(customer, order, order.reference)).body as { id: string };
            if (order.reference === '1003') await customer.post(`/v1/cancellations/${id}/withdraw`, 'w', {});
          }
        }),
    );
    const lasts = end.all.orders.map(({ placed }) =>
      end.heard(placed).findLast((type) => type.startsWith('cancellation.')),
    );
    expect(lasts).toEqual([
      'cancellation.closed',
      'cancellation.declined',
      'cancellation.withdrawn',
      'cancellation.undone',
    ]);
  });

  it('listeners that cannot be reached block nothing, and hear it all later, in order (PrestaShop/PrestaShop#17702)', async () => {
    const end = await world.tell(
      (stage) => stage.place('north', '1001', {}),
      (story) =>
        story.customer(async (customer) => {
          story.seen.push((await cancel(customer, story.order, 'k')).status);
          await customer.pause(MINUTE);
          story.seen.push(((await customer.get('/v1/orders')).body as { data: unknown[] }).data.length);
        }),
      { strikes: [{ label: 'PutEvents', kind: 'throttled', times: 5 }] },
    );
    expect(end.seen).toEqual([201, 0]);
    expect(end.refunds()).toEqual(['succeeded 2000']);
    expect(end.heard(end.placed)).toEqual([
      'order.received',
      'cancellation.requested',
      'cancellation.closed',
      'order.cancelled',
      'credit_note.issued',
    ]);
    expect(end.events(end.placed).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
  });

  it('the merchant finds what waits for him, with its deadline, and it is gone when it was answered (openfoodfoundation/openfoodnetwork#6435)', async () => {
    const policy = { approval: { above: { GBP: 500 }, deadlineMinutes: 90, onSilence: 'approve' as const } };
    const end = await world.tell(
      (stage) =>
        stage.place('north', '1001', {
          policy,
          lines: [
            { id: 'a', net: 700 },
            { id: 'b', net: 400 },
          ],
        }),
      (story) =>
        story.customer(async (customer) => {
          await cancel(customer, story.order, 'small', { b: 1 });
          const { id } = (await cancel(customer, story.order, 'large', { a: 1 })).body as { id: string };
          story.merchant(async (merchant) => {
            await merchant.pause(MINUTE);
            const queue = async (): Promise<readonly { id: string; deadlineAt?: string }[]> =>
              (await merchant.get('/v1/cancellations', { status: 'awaiting_answer' })).body.data;
            story.seen.push((await queue()).map((one) => [one.id === id, one.deadlineAt]));
            await merchant.post(`/v1/cancellations/${id}/approve`, 'a', {});
            story.seen.push(await queue());
          });
        }),
    );
    expect(end.seen).toEqual([[[true, '2026-03-02T10:30:00.000Z']], []]);
    expect(end.statuses).toEqual(['closed', 'closed']);
    expect(end.heard(end.placed)).toEqual(
      expect.arrayContaining(['cancellation.awaiting_answer', 'cancellation.approved']),
    );
    expect(end.events(end.placed)).toMatchObject(end.events(end.placed).map(() => ({ merchantId: 'north-shop' })));
  });

  it('what is announced says where each part of the money goes (openfoodfoundation/openfoodnetwork#2910)', async () => {
    const end = await world.tell(
      (stage) =>
        stage.place('north', '1001', {
          lines: [{ quantity: 4 }],
          tenders: [{ card: 1_500 }, { storeCredit: 1_000 }, { card: 1_500, captured: 0 }],
        }),
      (story) => story.customer(async (customer) => void (await cancel(customer, story.order, 'k'))),
    );
    expect(end.said(end.placed, 'cancellation.closed')).toMatchObject({
      refund: { amount: 4_000, currency: 'GBP' },
      legs: [
        { channel: 'stripe', operation: 'refund', amount: 1_500, status: 'succeeded' },
        { channel: 'store_credit', operation: 'refund', amount: 1_000, status: 'succeeded' },
        { channel: 'stripe', operation: 'void', amount: 1_500, status: 'succeeded' },
      ],
    });
    expect(end.payment(end.placed.payments[2])).toMatchObject({ status: 'canceled', refunded: 0 });
  });

  it('when a refund changes, the announcement has the change in it (saleor/saleor#14498)', async () => {
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'behaviours', {
          status: 'pending',
          then: 'succeeded',
          afterMs: HOUR,
        });
        return stage.place('north', '1001', {});
      },
      (story) => story.customer(async (customer) => void (await cancel(customer, story.order, 'k'))),
    );
    const changes = ['cancellation.requested', 'cancellation.refund_pending', 'cancellation.closed'].map(
      (type) => (end.said(end.placed, type) as { legs: { status: string }[] }).legs[0]?.status,
    );
    expect(changes).toEqual(['planned', 'pending', 'succeeded']);
  });

  it('each of several refunds on one order is announced, with its own sum (woocommerce/woocommerce#68698)', async () => {
    const end = await world.tell(
      (stage) => stage.place('north', '1001', { lines: [{ id: 'a', quantity: 6, net: 6_006 }] }),
      (story) =>
        story.customer(async (customer) => {
          for (const units of [1, 2, 3]) await cancel(customer, story.order, `k${units}`, { a: units });
        }),
    );
    const told = end
      .events(end.placed)
      .filter(({ type }) => type === 'order.partially_cancelled' || type === 'order.cancelled')
      .map(({ type, data }) => [type, (data['cancellation'] as { refund: { amount: number } }).refund.amount]);
    expect(told).toEqual([
      ['order.partially_cancelled', 1_001],
      ['order.partially_cancelled', 2_002],
      ['order.cancelled', 3_003],
    ]);
  });

  it('an undo that fails is a case for a person and is not called undone (aws-samples/serverless-patterns#3270)', async () => {
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'behaviours', { status: 'failed', failureReason: 'declined' });
        return stage.place('north', '1001', {});
      },
      (story) =>
        story.customer(async (customer) => {
          const { id } = (await cancel(customer, story.order, 'k')).body as { id: string };
          story.support(async (support) => {
            await support.pause(HOUR);
            const caseId = await caseOf(support, id);
            story.seen.push((await support.get(`/v1/cancellations/${id}`)).body.status);
            await support.post(`/v1/cases/${caseId}/retry`, 'r', {});
          });
        }),
      { strikes: [{ label: 'invoke reserve-stock', kind: 'throttled', times: 10 }] },
    );
    expect(end.seen).toEqual(['in_case']);
    expect(end.heard(end.placed)).not.toContain('cancellation.undone');
    expect(end.heard(end.placed)).toContain('case.opened');
    expect(end.statuses).toEqual(['closed']);
    expect(end.refunds()).toEqual(['failed 2000', 'succeeded 2000']);
    expect(end.movements('1001-1')).toEqual(['release 2']);
  });
});

describe('On record', () => {
  it('is who cancelled and why, also in words of the shop (coreshop/CoreShop#1319)', async () => {
    const end = await world.tell(
      (stage) => stage.place('north', '1001', { lines: [{ id: 'a' }, { id: 'b' }] }),
      (story) => {
        story.customer(async (customer) => void (await cancel(customer, story.order, 'k', { a: 1 })));
        story.merchant(async (merchant) => {
          await merchant.pause(HOUR);
          await merchant.post('/v1/cancellations', 'k', {
            orderId: story.order.id,
            reason: { core: 'out_of_stock', own: 'supplier-bankrupt' },
            note: 'will not come back',
          });
        });
      },
    );
    const [first, second] = end.cancellations;
    expect(await end.cancellation(first?.id)).toMatchObject({
      initiator: 'customer',
      reason: { core: 'changed_mind' },
    });
    expect(await end.cancellation(second?.id)).toMatchObject({
      initiator: 'merchant',
      reason: { core: 'out_of_stock', own: 'supplier-bankrupt' },
      note: 'will not come back',
    });
    expect(end.said(end.placed, 'order.cancelled')).toMatchObject({
      initiator: 'merchant',
      reason: { own: 'supplier-bankrupt' },
    });
  });

  it('is each hand that a cancellation went through, with its time (spree/spree#6574)', async () => {
    const policy = {
      graceMinutes: 30,
      approval: { above: { GBP: 0 }, deadlineMinutes: 60, onSilence: 'approve' as const },
    };
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'behaviours', {
          status: 'succeeded',
          then: 'failed',
          failureReason: 'expired_or_canceled_card',
          afterMs: DAY,
        });
        return stage.place('north', '1001', { policy });
      },
      (story) =>
        story.support(async (support) => {
          const { id } = (await cancel(support, story.order, 'k', undefined, { core: 'customer_asked' })).body as {
            id: string;
          };
          story.merchant(async (merchant) => {
            await merchant.pause(45 * MINUTE);
            await merchant.post(`/v1/cancellations/${id}/approve`, 'a', {});
          });
          await support.pause(2 * DAY);
          await support.post(`/v1/cases/${await caseOf(support, id)}/retry`, 'r', {});
        }),
    );
    const timeline = await end.timeline(end.cancellations[0]?.id);
    const hands = timeline.map(({ actor, step, at }) => `${at.slice(8, 16)} ${actor} ${step}`);
    expect(end.cancellations).toMatchObject([{ initiator: 'support' }]);
    expect(hands).toEqual(
      expect.arrayContaining([
        '02T09:00 support request-cancellation',
        '02T09:45 merchant answer-cancellation',
        '03T09:45 provider payment-result',
        '04T09:01 support work-case',
      ]),
    );
    const times = hands.map((hand) => hand.slice(0, 8));
    expect([...times].sort()).toEqual(times);
  });
});

describe('The customer', () => {
  it('sees what he would get back and cancels by himself, at once, for that sum (nopSolutions/nopCommerce#7384)', async () => {
    const end = await world.tell(
      (stage) =>
        stage.place('north', '1001', {
          lines: [{ id: 'a', quantity: 3, net: 1_000, tax: 199 }],
          shipping: { amount: 301 },
        }),
      (story) =>
        story.customer(async (customer) => {
          const wish = { orderId: story.order.id, lines: [{ lineId: 'a', quantity: 2 }], reason: changedMind };
          const { body: quote } = await customer.post('/v1/cancellation-quotes', '', wish);
          await customer.pause(10 * MINUTE);
          const { status, body } = await customer.post('/v1/cancellations', 'k', {
            quoteId: quote.id,
            reason: changedMind,
          });
          story.seen.push(
            status,
            body.refund.amount - quote.refund.amount,
            (await customer.get('/v1/orders')).body.data[0].status,
          );
        }),
    );
    expect(end.seen).toEqual([201, 0, 'partially_cancelled']);
    // Two of three units at 334, 333 and their tax and shipping at 67, 66 and 101, 100.
    expect(end.refunds()).toEqual(['succeeded 1001']);
  });

  it('is held to the window that he bought under, to the second, and the merchant is not (vtex-apps/store-discussion#471)', async () => {
    const end = await world.tell(
      (stage) =>
        stage.place('north', '1001', {
          lines: [{ id: 'a', quantity: 3 }],
          policy: { window: { length: 1, unit: 'hours' } },
        }),
      (story) =>
        story.customer(async (customer) => {
          const ask = async (key: string): Promise<void> => {
            const { status, body } = await cancel(customer, story.order, key, { a: 1 });
            story.seen.push(body.code ?? status);
          };
          await customer.until(Date.parse(String(story.order.body['placedAt'])) + HOUR - 1_000);
          await ask('before');
          await customer.pause(2_000);
          await ask('after');
          story.merchant(async (merchant) => {
            story.seen.push((await cancel(merchant, story.order, 'm', { a: 1 }, { core: 'customer_asked' })).status);
          });
        }),
    );
    expect(end.seen).toEqual([201, 'window_elapsed', 201]);
    expect(end.refunds()).toEqual(['succeeded 1000', 'succeeded 1000']);
  });

  it('withdraws from the contract in two steps, without a reason, and has a receipt with its time (woocommerce/woocommerce#65443)', async () => {
    const receipts: ApiAnswer[] = [];
    const end = await world.tell(
      (stage) => stage.place('north', '1001', {}),
      (story) =>
        story.customer(async (customer) => {
          const { body } = await customer.post('/v1/withdrawals', 'w', { orderId: story.order.id });
          await customer.pause(5 * MINUTE);
          for (const key of ['c1', 'c2'])
            receipts.push(await customer.post(`/v1/withdrawals/${body.id}/confirm`, key, {}));
        }),
    );
    expect(receipts.map(({ status }) => status)).toEqual([201, 200]);
    for (const { body } of receipts)
      expect(body).toMatchObject({
        object: 'withdrawal_receipt',
        submittedAt: '2026-03-02T09:05:00.000Z',
        orderReference: '1001',
      });
    expect(end.cancellations).toMatchObject([{ reason: { core: 'withdrawal' }, status: 'closed', refund: 2_000 }]);
    expect(end.refunds()).toEqual(['succeeded 2000']);
  });

  it('who starts a withdrawal and does not confirm it has not withdrawn (shopware/shopware#13348)', async () => {
    const end = await world.tell(
      (stage) => stage.place('north', '1001', {}),
      (story) =>
        story.customer(async (customer) => {
          const { body } = await customer.post('/v1/withdrawals', 'w', { orderId: story.order.id });
          await customer.pause(HOUR + 1_000);
          story.seen.push((await customer.post(`/v1/withdrawals/${body.id}/confirm`, 'c', {})).body.code);
        }),
    );
    expect(end.seen).toEqual(['withdrawal_expired']);
    expect(end.cancellations).toEqual([]);
    expect(end.heard(end.placed)).toEqual(['order.received']);
    expect(await end.active()).toEqual(['1001']);
  });
});

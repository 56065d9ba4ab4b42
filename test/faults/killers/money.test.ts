/** Threads about money: given back twice, too much, too little, to the wrong place, or not at all. */
import { cancel, caseOf, changedMind, DAY, HOUR, useWorld } from './story';

const world = useWorld();

describe('Twice', () => {
  it('two refunds of the same sum on one order are two, and yen are not multiplied (letsrevel/revel-backend#379)', async () => {
    const end = await world.tell(
      (stage) => stage.place('north', '1001', { currency: 'JPY', lines: [{ id: 'a', quantity: 2, net: 1_000 }] }),
      (story) =>
        story.customer(async (customer) => {
          await cancel(customer, story.order, 'k1', { a: 1 });
          await cancel(customer, story.order, 'k2', { a: 1 });
        }),
    );
    expect(end.refunds()).toEqual(['succeeded 500', 'succeeded 500']);
    expect(end.statuses).toEqual(['closed', 'closed']);
  });

  it('undoing what failed leaves alone what another cancellation has done (medusajs/medusa#15527)', async () => {
    const end = await world.tell(
      (stage) => stage.place('north', '1001', { lines: [{ id: 'a' }, { id: 'b' }] }),
      (story) =>
        story.customer(async (customer) => {
          await cancel(customer, story.order, 'k1', { a: 1 });
          await story.stripe('behaviours', { status: 'failed', failureReason: 'declined', next: 20 });
          await customer.pause(1_000);
          await cancel(customer, story.order, 'k2', { b: 1 });
        }),
    );
    expect(end.statuses).toEqual(['closed', 'undone']);
    expect(end.refunds()).toEqual(['succeeded 1000', 'failed 1000']);
    expect(end.movements('1001-a')).toEqual(['release 1']);
    expect(end.movements('1001-b')).toEqual(['release 1', 'reserve 1']);
    expect(await end.order(end.placed)).toMatchObject({
      status: 'partially_cancelled',
      lines: [{ cancelled: 1 }, { cancelled: 0, available: 1 }],
    });
  });
});

describe('Failed or pending', () => {
  it('a refund that fails days later is a case, not a cancelled order (woocommerce/woocommerce-gateway-stripe#4405)', async () => {
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'behaviours', {
          status: 'pending',
          then: 'failed',
          failureReason: 'expired_or_canceled_card',
          afterMs: 3 * DAY,
        });
        return stage.place('north', '1001', {});
      },
      (story) => story.customer(async (customer) => void (await cancel(customer, story.order, 'k'))),
    );
    expect(await end.cancellation(end.cancellations[0]?.id)).toMatchObject({
      status: 'in_case',
      failure: 'refund_failed',
      legs: [{ status: 'failed' }],
    });
    expect(await end.order(end.placed)).toMatchObject({ status: 'open' });
    expect(await end.active()).toEqual(['1001']);
    const heard = end.heard(end.placed);
    expect(heard).toContain('case.opened');
    expect(heard).not.toContain('cancellation.closed');
    expect(heard).not.toContain('order.cancelled');
  });

  it('a pending refund is shown as pending until the money is there (Automattic/woocommerce-payments#1195)', async () => {
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'behaviours', {
          status: 'pending',
          then: 'succeeded',
          afterMs: 5 * HOUR,
        });
        return stage.place('north', '1001', {});
      },
      (story) =>
        story.customer(async (customer) => {
          const { status, body } = await cancel(customer, story.order, 'k');
          story.seen.push(status, body.status);
          for (const hours of [1, 4.5]) {
            await customer.pause(hours * HOUR);
            const { body: then } = await customer.get(`/v1/cancellations/${body.id}`);
            const { body: order } = await customer.get(`/v1/orders/${story.order.id}`);
            story.seen.push(then.status, then.legs[0].status, order.status);
          }
        }),
    );
    expect(end.seen).toEqual([
      202,
      'refund_pending',
      'refund_pending',
      'pending',
      'open',
      'closed',
      'succeeded',
      'cancelled',
    ]);
    expect(end.heard(end.placed)).toEqual([
      'order.received',
      'cancellation.requested',
      'cancellation.refund_pending',
      'cancellation.closed',
      'order.cancelled',
      'credit_note.issued',
    ]);
  });

  it('a refund that the gateway refuses is none of ours either, and the order stands (fluent-cart/fluent-cart#42)', async () => {
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'faults', {
          method: 'POST',
          path: '/v1/refunds',
          answer: 'status',
          status: 400,
          body: { error: { type: 'invalid_request_error', code: 'charge_not_refundable', message: 'It is not.' } },
          next: 100,
        });
        return stage.place('north', '1001', {});
      },
      (story) => story.customer(async (customer) => void (await cancel(customer, story.order, 'k'))),
    );
    expect(await end.cancellation(end.cancellations[0]?.id)).toMatchObject({
      status: 'undone',
      failure: 'refund_failed',
      legs: [{ status: 'failed' }],
    });
    expect(end.refunds()).toEqual([]);
    expect(end.stock('1001-1')).toEqual({ onHand: 2, reserved: 2, available: 0 });
    expect(await end.active()).toEqual(['1001']);
    expect(end.all.creditNotes).toEqual([]);
  });

  it('a charge that was charged back cannot be refunded, and the order is cancelled by a person nevertheless (spree-contrib/spree_gateway#253)', async () => {
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'faults', {
          method: 'POST',
          path: '/v1/refunds',
          answer: 'status',
          status: 400,
          body: { error: { type: 'invalid_request_error', code: 'charge_disputed', message: 'It is disputed.' } },
          next: 100,
        });
        return stage.place('north', '1001', {});
      },
      (story) =>
        story.customer(async (customer) => {
          const { id } = (await cancel(customer, story.order, 'k')).body as { id: string };
          await customer.pause(HOUR);
          const { body } = await customer.get(`/v1/cancellations/${id}`);
          story.seen.push(body.status, body.failure);
          story.support(async (support) => {
            const reason = 'his bank has given it back';
            await support.post(`/v1/cases/${await caseOf(support, id)}/close`, 'c', { reason });
          });
        }),
    );
    expect(end.seen).toEqual(['in_case', 'payment_disputed']);
    expect(end.statuses).toEqual(['closed']);
    expect(end.refunds()).toEqual([]);
    expect(end.movements('1001-1')).toEqual(['release 2']);
    expect(await end.order(end.placed)).toMatchObject({ status: 'cancelled' });
  });

  it('a refund that came back and is then refused is a person’s again: what has closed is never undone (Automattic/woocommerce-payments#601)', async () => {
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'behaviours', {
          status: 'succeeded',
          then: 'failed',
          failureReason: 'expired_or_canceled_card',
          afterMs: 2 * DAY,
        });
        return stage.place('north', '1001', {});
      },
      (story) =>
        story.customer(async (customer) => {
          const { id } = (await cancel(customer, story.order, 'k')).body as { id: string };
          await customer.pause(3 * DAY);
          await story.stripe('behaviours', { status: 'failed', failureReason: 'declined', next: 20 });
          story.support(async (support) => {
            await support.post(`/v1/cases/${await caseOf(support, id)}/retry`, 'r', {});
          });
        }),
    );
    expect(end.statuses).toEqual(['in_case']);
    expect(end.refunds()).toEqual(['failed 2000', 'failed 2000']);
    expect(end.movements('1001-1')).toEqual(['release 2']);
    expect(await end.order(end.placed)).toMatchObject({ status: 'cancelled', lines: [{ cancelled: 2, available: 0 }] });
    expect(end.heard(end.placed).filter((type) => type === 'case.opened')).toHaveLength(2);
  });

  it('an answer that nobody can read is no refund until the provider was asked (awesomemotive/easy-digital-downloads#9013)', async () => {
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'faults', {
          method: 'POST',
          path: '/v1/refunds',
          answer: 'garbage',
        });
        return stage.place('north', '1001', {});
      },
      (story) => story.customer(async (customer) => void (await cancel(customer, story.order, 'k'))),
    );
    const timeline = await end.timeline(end.cancellations[0]?.id);
    const outcomes = timeline.filter(({ step }) => step === 'refund-leg').map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['submitting', 'unknown', 'submitting', 'succeeded']);
    expect(end.refunds()).toEqual(['succeeded 2000']);
    expect(end.result.calls.some(({ label }) => label.startsWith('GET stripe'))).toBe(true);
  });

  it("a merchant's cancel sends the money back as well, although no webhook ever says so (reactioncommerce/reaction#4226)", async () => {
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'webhooks', { send: 'never' });
        return stage.place('north', '1001', { lines: [{ quantity: 3 }], shipping: { amount: 250 } });
      },
      (story) =>
        story.merchant(
          async (merchant) => void (await cancel(merchant, story.order, 'k', undefined, { core: 'out_of_stock' })),
        ),
    );
    expect(end.statuses).toEqual(['closed']);
    expect(end.payment(end.placed.payments[0])).toMatchObject({ captured: 3_250, refunded: 3_250 });
  });

  it('a payment that was captured behind our back is refunded where a void was planned (spree/spree#14561)', async () => {
    const end = await world.tell(
      (stage) => stage.place('north', '1001', { tenders: [{ card: 2_000, captured: 0 }] }),
      (story) =>
        story.customer(async (customer) => {
          await story.past(`/v1/payment_intents/${story.order.payments[0]}/capture`);
          await cancel(customer, story.order, 'k');
        }),
    );
    expect(end.statuses).toEqual(['closed']);
    expect(end.cancellations[0]?.legs).toMatchObject([{ operation: 'void', status: 'succeeded' }]);
    expect(end.payment(end.placed.payments[0])).toMatchObject({ captured: 2_000, refunded: 2_000 });
  });

  it('a refused refund leaves nothing behind that stands in the way of the next one (magento/magento2#24573)', async () => {
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'behaviours', { status: 'failed', failureReason: 'declined' });
        return stage.place('north', '1001', { lines: [{ quantity: 2 }], discount: 101 });
      },
      (story) =>
        story.customer(async (customer) => {
          await cancel(customer, story.order, 'k1');
          await customer.pause(HOUR);
          await cancel(customer, story.order, 'k2');
        }),
    );
    expect(end.statuses).toEqual(['undone', 'closed']);
    expect(end.refunds()).toEqual(['failed 1899', 'succeeded 1899']);
    expect(end.movements('1001-1')).toEqual(['release 2', 'release 2', 'reserve 2']);
    expect(await end.order(end.placed)).toMatchObject({ status: 'cancelled' });
  });

  it('an order of which money was sent by hand can still be cancelled to its end (medusajs/medusa#5457)', async () => {
    const end = await world.tell(
      async (stage) => {
        const order = await stage.place('north', '1001', {
          lines: [
            { id: 'a', net: 3_000 },
            { id: 'b', net: 1_000 },
          ],
          tenders: [{ card: 2_000 }, { card: 2_000 }],
        });
        await stage.cloud.parties.control('stripe', 'behaviours', {
          payment_intent: order.payments[1],
          status: 'failed',
        });
        return order;
      },
      (story) =>
        story.customer(async (customer) => {
          const { id } = (await cancel(customer, story.order, 'k1', { a: 1 })).body as { id: string };
          story.support(async (support) => {
            await support.post(`/v1/cases/${await caseOf(support, id)}/settle`, 's', { reference: 'SEPA-77' });
          });
          await customer.pause(HOUR);
          await cancel(customer, story.order, 'k2');
        }),
    );
    expect(end.statuses).toEqual(['closed', 'closed']);
    expect(end.cancellations[0]?.legs).toMatchObject([
      { status: 'succeeded' },
      { status: 'settled_by_hand', providerRef: 'SEPA-77' },
    ]);
    expect(end.refunds(end.placed.payments[1])).toEqual(['failed 1000', 'succeeded 1000']);
    expect(await end.order(end.placed)).toMatchObject({ status: 'cancelled' });
  });

  it('money that came back and became store credit is there once, and no account is below zero (medusajs/medusa#14214)', async () => {
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'behaviours', {
          status: 'succeeded',
          then: 'failed',
          failureReason: 'expired_or_canceled_card',
          afterMs: 2 * DAY,
        });
        return stage.place('north', '1001', {
          lines: [{ quantity: 3 }],
          tenders: [{ card: 2_000 }, { storeCredit: 1_000 }],
        });
      },
      (story) =>
        story.customer(async (customer) => {
          const { id } = (await cancel(customer, story.order, 'k')).body as { id: string };
          await customer.pause(3 * DAY);
          await customer.post(`/v1/cancellations/${id}/destination`, 'd', { destination: 'store_credit' });
        }),
    );
    expect(end.statuses).toEqual(['closed']);
    expect(end.refunds()).toEqual(['failed 2000']);
    expect(end.all.credits.map(({ amount }) => amount).sort()).toEqual([1_000, 2_000]);
    expect([...end.all.creditBalances.values()].sort()).toEqual([1_000, 2_000]);
  });

  it('an order that has a refund already is cancelled as far as it is left (solidusio/solidus#1066)', async () => {
    const end = await world.tell(
      (stage) =>
        stage.place('north', '1001', {
          lines: [
            { id: 'a', quantity: 3 },
            { id: 'b', kind: 'digital', net: 500 },
          ],
        }),
      (story) =>
        story.customer(async (customer) => {
          await cancel(customer, story.order, 'k1', { a: 2 });
          await customer.pause(DAY);
          await cancel(customer, story.order, 'k2');
        }),
    );
    expect(end.refunds()).toEqual(['succeeded 2000', 'succeeded 1500']);
    expect(await end.order(end.placed)).toMatchObject({
      status: 'cancelled',
      lines: [{ cancelled: 3 }, { cancelled: 1 }],
    });
    expect(await end.active()).toEqual([]);
  });
});

describe('To the cent', () => {
  it('an order of 179.25, given back unit by unit, comes to 179.25 and the last refund is not refused (woocommerce/woocommerce#64668)', async () => {
    const end = await world.tell(
      (stage) =>
        stage.place('north', '1001', {
          lines: [
            { id: 'a', quantity: 7, net: 10_000, tax: 1_999 },
            { id: 'b', quantity: 3, net: 5_000, tax: 1_001 },
          ],
          discount: 75,
        }),
      (story) =>
        story.customer(async (customer) => {
          for (const [at, line] of [...'abaabaabaa'].entries()) {
            story.seen.push((await cancel(customer, story.order, `k${at}`, { [line]: 1 })).status);
          }
        }),
    );
    expect(new Set(end.seen)).toEqual(new Set([201]));
    expect(end.payment(end.placed.payments[0])).toMatchObject({ captured: 17_925, refunded: 17_925, refunds: 10 });
    expect(await end.order(end.placed)).toMatchObject({ status: 'cancelled' });
  });

  it('1.03 on two lines is given back as 1.03 (spree/spree#14467)', async () => {
    const end = await world.tell(
      (stage) =>
        stage.place('north', '1001', {
          lines: [
            { id: 'a', net: 52 },
            { id: 'b', net: 52 },
          ],
          discount: 1,
        }),
      (story) =>
        story.customer(async (customer) => {
          for (const line of ['a', 'b']) {
            const { body } = await cancel(customer, story.order, line, { [line]: 1 });
            story.seen.push(body.refund.amount);
          }
        }),
    );
    expect([...end.seen].sort()).toEqual([51, 52]);
    expect(end.payment(end.placed.payments[0])).toMatchObject({ refunded: 103 });
  });

  it('each of three units carries its third of a discount, none is short (OpenMage/magento-lts#4396)', async () => {
    const end = await world.tell(
      (stage) => stage.place('north', '1001', { lines: [{ id: 'a', quantity: 3, discount: 100 }] }),
      (story) =>
        story.customer(async (customer) => {
          for (const key of ['k1', 'k2', 'k3']) await cancel(customer, story.order, key, { a: 1 });
        }),
    );
    expect([...end.refunds()].sort()).toEqual(['succeeded 966', 'succeeded 967', 'succeeded 967']);
  });

  it('a discount on the order stays with the line that it was spread on (vendurehq/vendure#4811)', async () => {
    const end = await world.tell(
      (stage) =>
        stage.place('north', '1001', {
          lines: [
            { id: 'a', net: 9_000 },
            { id: 'b', net: 1_000 },
          ],
          discount: 1_000,
        }),
      (story) =>
        story.customer(async (customer) => {
          const quoted = async (): Promise<void> => {
            const wish = { orderId: story.order.id, lines: [{ lineId: 'b', quantity: 1 }], reason: changedMind };
            story.seen.push((await customer.post('/v1/cancellation-quotes', '', wish)).body.refund.amount);
          };
          await quoted();
          await cancel(customer, story.order, 'k1', { a: 1 });
          await quoted();
          await cancel(customer, story.order, 'k2', { b: 1 });
        }),
    );
    expect(end.seen).toEqual([900, 900]);
    expect(end.refunds()).toEqual(['succeeded 8100', 'succeeded 900']);
  });

  it('when the last unit goes, nothing of the shipping and its tax is left over (vendurehq/vendure#4348)', async () => {
    const end = await world.tell(
      (stage) =>
        stage.place('north', '1001', {
          lines: [
            { id: 'a', quantity: 2, net: 701 },
            { id: 'b', net: 1_298 },
          ],
          shipping: { amount: 499, tax: 95 },
        }),
      (story) =>
        story.customer(async (customer) => {
          await cancel(customer, story.order, 'k1', { a: 1 });
          await cancel(customer, story.order, 'k2', { b: 1 });
          await cancel(customer, story.order, 'k3');
        }),
    );
    const sums = end.cancellations.reduce(
      (all, { money }) => ({ shipping: all.shipping + money.shipping, tax: all.tax + money.shippingTax }),
      { shipping: 0, tax: 0 },
    );
    expect(sums).toEqual({ shipping: 499, tax: 95 });
    expect(end.payment(end.placed.payments[0])).toMatchObject({ captured: 2_593, refunded: 2_593, refunds: 3 });
  });
});

describe('To the right place', () => {
  it('the second refund of a split payment goes where the first has left something (Adyen/adyen-magento#651)', async () => {
    const end = await world.tell(
      (stage) =>
        stage.place('north', '1001', {
          lines: [{ id: 'a', quantity: 3 }],
          tenders: [{ card: 2_000 }, { card: 1_000 }],
        }),
      (story) =>
        story.customer(async (customer) => {
          for (const key of ['k1', 'k2', 'k3']) await cancel(customer, story.order, key, { a: 1 });
        }),
    );
    const [first, second] = end.placed.payments;
    expect(end.refunds(first)).toEqual(['succeeded 1000', 'succeeded 1000']);
    expect(end.refunds(second)).toEqual(['succeeded 1000']);
  });

  it('6.60 of 46.60 euro are 6.60 at the provider (angelleye/paypal-woocommerce#2232)', async () => {
    const end = await world.tell(
      (stage) =>
        stage.place('north', '1001', {
          currency: 'EUR',
          lines: [
            { id: 'a', net: 4_000 },
            { id: 'b', net: 660 },
          ],
        }),
      (story) => story.customer(async (customer) => void (await cancel(customer, story.order, 'k', { b: 1 }))),
    );
    expect(end.all.refunds).toMatchObject([{ amount: 660, currency: 'eur', status: 'succeeded' }]);
    expect(end.payment(end.placed.payments[0])).toMatchObject({ captured: 4_660, refunded: 660 });
  });

  it('what was only authorized is let go, what was never paid is not promised, and neither is refunded (killbill/killbill#334)', async () => {
    const end = await world.tell(
      async (stage) => [
        await stage.place('north', '1001', { lines: [{ quantity: 5 }], tenders: [{ card: 5_000, captured: 3_000 }] }),
        await stage.place('north', '1002', { lines: [{ quantity: 5 }], tenders: [{ card: 3_000 }] }),
      ],
      (story) =>
        story.customer(async (customer) => {
          for (const order of story.orders) {
            const { status, body } = await cancel(customer, order, order.reference);
            story.seen.push(body.code ?? status, body.facts?.missing);
          }
        }),
    );
    expect(end.seen).toEqual([201, undefined, 'exceeds_captured', 2_000]);
    expect(end.cancellations.map(({ legs }) => legs)).toMatchObject([
      [
        { operation: 'refund', amount: 3_000, status: 'succeeded' },
        { operation: 'decrease', amount: 2_000, status: 'succeeded' },
      ],
    ]);
    expect(end.refunds()).toEqual(['succeeded 3000']);
    expect(await end.active()).toEqual(['1002']);
  });

  it('several refunds share two captures, and neither gives more than it took (magento/magento2#12265)', async () => {
    const end = await world.tell(
      (stage) =>
        stage.place('north', '1001', {
          lines: [{ id: 'a', quantity: 3 }],
          tenders: [{ card: 1_500 }, { card: 1_500 }],
        }),
      (story) =>
        story.customer(async (customer) => {
          for (const key of ['k1', 'k2', 'k3']) await cancel(customer, story.order, key, { a: 1 });
        }),
    );
    const [first, second] = end.placed.payments;
    expect(end.refunds(first)).toEqual(['succeeded 1000', 'succeeded 500']);
    expect(end.refunds(second)).toEqual(['succeeded 500', 'succeeded 1000']);
  });

  it('gift credit gets its own part back and the card its own (woocommerce/woocommerce-square#28)', async () => {
    const end = await world.tell(
      (stage) =>
        stage.place('north', '1001', { lines: [{ quantity: 3 }], tenders: [{ storeCredit: 701 }, { card: 2_299 }] }),
      (story) => story.customer(async (customer) => void (await cancel(customer, story.order, 'k'))),
    );
    expect(end.refunds()).toEqual(['succeeded 2299']);
    expect([...end.all.creditBalances.values()]).toEqual([701]);
  });

  it("a refund is of the order's currency, to its third digit (Automattic/woocommerce-payments#5215)", async () => {
    const end = await world.tell(
      (stage) =>
        stage.place('north', '1001', {
          currency: 'KWD',
          lines: [
            { id: 'a', net: 12_340 },
            { id: 'b', net: 7_770 },
          ],
        }),
      (story) => story.customer(async (customer) => void (await cancel(customer, story.order, 'k', { a: 1 }))),
    );
    expect(end.all.refunds).toMatchObject([{ amount: 12_340, currency: 'kwd' }]);
    expect(end.cancellations[0]).toMatchObject({ currency: 'KWD', refund: 12_340, status: 'closed' });
  });
});

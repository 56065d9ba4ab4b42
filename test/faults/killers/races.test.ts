/** Threads about who was first: people and requests at once, and what providers tell late, twice, wrongly or never. */
import { cancel, caseOf, DAY, HOUR, MINUTE, useWorld, type Story } from './story';
import type { LedgerRefund } from '../world/ledgers';

const world = useWorld();

describe('Once', () => {
  it('a double click, each with a key of its own, gives 3.92 back once (openfoodfoundation/openfoodnetwork#6330)', async () => {
    const end = await world.tell(
      (stage) => stage.place('north', '1001', { lines: [{ id: 'a', net: 392 }] }),
      (story) => {
        for (const click of ['first', 'second']) {
          story.customer(async (customer) => {
            story.seen.push((await cancel(customer, story.order, click)).status);
          }, click);
        }
      },
    );
    expect([...end.seen].sort()).toEqual([201, 409]);
    expect(end.refunds()).toEqual(['succeeded 392']);
    expect(end.statuses).toEqual(['closed']);
  });

  it('two attempts of support, a second apart, send the failed part once more (coopcycle/coopcycle-web#4341)', async () => {
    const end = await world.tell(
      async (stage) => {
        const order = await stage.place('north', '1001', {
          lines: [{ quantity: 3 }],
          tenders: [{ card: 2_000 }, { card: 1_000 }],
        });
        await stage.cloud.parties.control('stripe', 'behaviours', {
          payment_intent: order.payments[1],
          status: 'failed',
        });
        await stage.cloud.parties.control('stripe', 'behaviours', {
          payment_intent: order.payments[1],
          status: 'pending',
          then: 'succeeded',
          afterMs: 10 * MINUTE,
        });
        return order;
      },
      (story) => {
        story.customer(async (customer) => {
          const { id } = (await cancel(customer, story.order, 'k')).body as { id: string };
          for (const [seconds, name] of ['first', 'second'].entries()) {
            story.support(async (support) => {
              const caseId = await caseOf(support, id);
              await support.pause(seconds * 1_000);
              story.seen.push((await support.post(`/v1/cases/${caseId}/retry`, name, {})).status);
            }, name);
          }
        });
      },
    );
    expect(end.seen).toEqual([202, 409]);
    const [first, second] = end.placed.payments;
    expect(end.refunds(first)).toEqual(['succeeded 2000']);
    expect(end.refunds(second)).toEqual(['failed 1000', 'succeeded 1000']);
    expect(end.statuses).toEqual(['closed']);
  });

  it('customer and merchant who cancel at once, whoever lets the other pass and where, are refunded for once (KanishJebaMathewM/Truxify#3637)', async () => {
    const winners = new Set<string | undefined>();
    await world.tellWherever(
      (stage) => stage.place('north', '1001', { lines: [{ quantity: 2 }] }),
      (story) => {
        story.customer(async (customer) => void (await cancel(customer, story.order, 'c')));
        story.merchant(
          async (merchant) => void (await cancel(merchant, story.order, 'm', undefined, { core: 'out_of_stock' })),
        );
      },
      { kind: 'overtaken', label: /^POST|Query orders O$|O\/HEAD/ },
      (end) => {
        expect(end.refunds()).toEqual(['succeeded 2000']);
        expect(end.statuses).toEqual(['closed']);
        expect(end.movements('1001-1')).toEqual(['release 2']);
        winners.add(end.cancellations[0]?.initiator);
      },
    );
    // Both of them win somewhere, or nothing was raced.
    expect(winners).toEqual(new Set(['customer', 'merchant']));
  });

  it('a webhook that is here before the reply, and twice, is no second refund in our books (woocommerce/woocommerce-gateway-stripe#838)', async () => {
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'webhooks', { send: 'before-reply', copies: 2 });
        return stage.place('north', '1001', {});
      },
      (story) => story.customer(async (customer) => void (await cancel(customer, story.order, 'k'))),
    );
    expect(end.cancellations[0]?.legs).toMatchObject([{ amount: 2_000, status: 'succeeded' }]);
    const timeline = await end.timeline(end.cancellations[0]?.id);
    expect(timeline.filter(({ outcome }) => outcome === 'succeeded')).toHaveLength(1);
    expect(end.refunds()).toEqual(['succeeded 2000']);
    expect(end.heard(end.placed).filter((type) => type === 'cancellation.closed')).toHaveLength(1);
  });

  it('a request of which any answer is lost on the way is one cancellation, and its caller is told of that one (aws-samples/aws-serverless-airline-booking#167)', async () => {
    await world.tellWherever(
      (stage) => stage.place('north', '1001', { tenders: [{ storeCredit: 2_000 }] }),
      (story) => story.customer(async (customer) => void (await cancel(customer, story.order, 'k'))),
      { kind: 'timeout_applied' },
      (end) => {
        expect(end.statuses).toEqual(['closed']);
        expect(end.all.told.map(({ answer }) => answer.body.id)).toContain(end.cancellations[0]?.id);
        expect(end.all.credits.map(({ amount }) => amount)).toEqual([2_000]);
        expect(end.heard(end.placed).filter((type) => type === 'cancellation.requested')).toHaveLength(1);
      },
    );
  });
});

/** What the shop's system tells us of a payment. */
function tellPayment({ stage, order }: Story, ref: string, captured: number, then?: (outcome: string) => void): void {
  stage.let('system', 'north', `payments ${ref} ${captured}`, async (system) => {
    const { body } = await system.put(`/v1/orders/${order.id}/payments/${ref}`, {
      merchantId: order.merchantId,
      channel: 'stripe',
      connectionId: 'con_stripe_north',
      authorized: 2_000,
      captures: captured === 0 ? [] : [{ ref: `ch_${ref}`, amount: captured }],
    });
    then?.((body as { outcome: string }).outcome);
  });
}

const seeded = (ref: string, captured: number) => ({
  seed: [
    {
      payment_intent: ref,
      charge: `ch_${ref}`,
      amount: 2_000,
      amount_captured: captured,
      currency: 'GBP',
      account: 'con_stripe_north',
    },
  ],
});

describe('A payment', () => {
  it('that was given up and expires does not cancel the order that another one paid (mollie/WooCommerce#668)', async () => {
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'seed', seeded('pi_first_try', 0));
        return stage.place('north', '1001', { lines: [{ quantity: 2 }] });
      },
      (story) => {
        tellPayment(story, 'pi_first_try', 0);
        story.customer(async (customer) => {
          await customer.pause(DAY);
          await story.past('/v1/payment_intents/pi_first_try/cancel');
          await story.webhook('evt_expired', 'payment_intent.canceled', {
            id: 'pi_first_try',
            object: 'payment_intent',
            status: 'canceled',
          });
          await customer.pause(HOUR);
          const { body } = await customer.get(`/v1/orders/${story.order.id}`);
          story.seen.push(body.status, body.lines[0].available, body.cancellations);
          await cancel(customer, story.order, 'k');
        });
      },
    );
    expect(end.seen).toEqual(['open', 2, []]);
    expect(end.refunds('pi_first_try')).toEqual([]);
    expect(end.refunds(end.placed.payments[0])).toEqual(['succeeded 2000']);
  });

  it('that is paid does not become unpaid by an older view of it (mollie/WooCommerce#1159)', async () => {
    const end = await world.tell(
      (stage) => stage.place('north', '1001', {}),
      (story) => {
        tellPayment(story, story.order.payments[0] ?? '', 0, (outcome) => story.seen.push(outcome));
        story.customer(async (customer) => {
          await customer.pause(HOUR);
          await cancel(customer, story.order, 'k');
        });
      },
    );
    expect(end.seen).toEqual(['unchanged']);
    expect(end.all.orders[0]?.payments).toMatchObject([{ captures: [{ amount: 2_000 }] }]);
    expect(end.refunds()).toEqual(['succeeded 2000']);
  });

  it('that comes in while a failed try is reported leaves the order paid and standing, whoever is first (woocommerce/woocommerce-gateway-stripe#5485)', async () => {
    await world.tellWherever(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'seed', seeded('pi_second_try', 2_000));
        return stage.place('north', '1001', { tenders: [] });
      },
      (story) => {
        tellPayment(story, 'pi_second_try', 2_000);
        void story.webhook('evt_failed', 'payment_intent.payment_failed', {
          id: 'pi_first_try',
          object: 'payment_intent',
        });
      },
      { kind: 'overtaken' },
      async (end) => {
        expect(end.heard(end.placed)).toEqual(['order.received', 'payment.received']);
        expect(await end.order(end.placed)).toMatchObject({
          status: 'open',
          payments: [{ captured: 2_000 }],
          cancellations: [],
        });
        expect(end.stock('1001-1')).toEqual({ onHand: 2, reserved: 2, available: 0 });
      },
    );
  });

  it('that comes after the cancellation goes back by itself and brings nothing back to life (coreshop/CoreShop#2529)', async () => {
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'seed', seeded('pi_late', 2_000));
        return stage.place('north', '1001', { tenders: [] });
      },
      (story) =>
        story.customer(async (customer) => {
          await cancel(customer, story.order, 'k');
          await customer.pause(HOUR);
          tellPayment(story, 'pi_late', 2_000, (outcome) => story.seen.push(outcome));
          await customer.pause(HOUR);
          tellPayment(story, 'pi_late', 2_000, (outcome) => story.seen.push(outcome));
        }),
    );
    expect(end.seen).toEqual(['refunding', 'unchanged']);
    expect(end.cancellations).toMatchObject([
      { initiator: 'customer', refund: 0, status: 'closed' },
      { initiator: 'system', reason: { core: 'late_payment' }, refund: 2_000, status: 'closed' },
    ]);
    expect(end.payment('pi_late')).toMatchObject({ refunded: 2_000, refunds: 1 });
    expect(await end.order(end.placed)).toMatchObject({ status: 'cancelled', lines: [{ cancelled: 2 }] });
    expect(end.heard(end.placed).filter((type) => type === 'order.cancelled')).toHaveLength(1);
  });
});

describe('A webhook', () => {
  it('that never comes is not needed (mollie/WooCommerce#1060)', async () => {
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'behaviours', {
          status: 'pending',
          then: 'succeeded',
          afterMs: 20 * MINUTE,
        });
        return stage.place('north', '1001', {});
      },
      (story) => {
        story.stage.cloud.gateway.webhooksLost = true;
        story.customer(async (customer) => {
          const { body } = await cancel(customer, story.order, 'k');
          await customer.pause(3 * HOUR);
          story.seen.push((await customer.get(`/v1/cancellations/${body.id}`)).body.status);
        });
      },
    );
    expect(end.seen).toEqual(['closed']);
    expect(end.refunds()).toEqual(['succeeded 2000']);
    expect(end.all.cloud.invoker.invoked.get('payment-result')).toBeUndefined();
  });

  it('of a failure that is old news takes nothing away from what succeeded: the provider is asked (NEARBuilders/nearmerch.com#209)', async () => {
    const end = await world.tell(
      (stage) => stage.place('north', '1001', {}),
      (story) =>
        story.customer(async (customer) => {
          await cancel(customer, story.order, 'k');
          await customer.pause(DAY);
          const [refund] = ((await story.stripe('ledger')) as { refunds: readonly LedgerRefund[] }).refunds;
          await story.webhook('evt_old_news', 'refund.failed', { ...refund, object: 'refund', status: 'failed' });
        }),
    );
    expect(end.statuses).toEqual(['closed']);
    expect(end.cancellations[0]?.legs).toMatchObject([{ status: 'succeeded' }]);
    expect(end.heard(end.placed)).not.toContain('refund.bounced');
    expect(end.result.calls.some(({ label }) => label === 'GET stripe /*/refunds/*')).toBe(true);
  });

  it('that says a refund was taken back is neither failure nor success, and it can be sent again (mollie/laravel-mollie#104)', async () => {
    const end = await world.tell(
      async (stage) => {
        await stage.cloud.parties.control('stripe', 'behaviours', {
          status: 'pending',
          then: 'canceled',
          afterMs: HOUR,
        });
        return stage.place('north', '1001', {});
      },
      (story) =>
        story.customer(async (customer) => {
          const { id } = (await cancel(customer, story.order, 'k')).body as { id: string };
          story.support(async (support) => {
            await support.pause(2 * HOUR);
            const caseId = await caseOf(support, id);
            const { body } = await support.get(`/v1/cancellations/${id}`);
            story.seen.push(body.status, body.legs[0].status);
            await support.post(`/v1/cases/${caseId}/retry`, 'r', {});
          });
        }),
    );
    expect(end.seen).toEqual(['in_case', 'canceled']);
    expect(end.refunds()).toEqual(['canceled 2000', 'succeeded 2000']);
    expect(end.statuses).toEqual(['closed']);
  });
});

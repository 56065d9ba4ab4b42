/** Money on its way back: late, failed, bounced, split, early; and what a person does where machines cannot. */
import { createHmac } from 'node:crypto';
import { ask } from '../support/api-client';
import { expected, onLaptop, until, useService, type Cancellation, type List } from '../support/service';

const service = useService();
const stripe = (path: string, body?: unknown): Promise<unknown> => service.local.stripe(path, body);

const day = expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/) as unknown;

interface Case {
  readonly id: string;
  readonly cancellationId: string;
  readonly orderId: string;
  readonly failure?: string;
  readonly status: string;
}

/** What a listener saw at the end. */
const lastTypes = async (orderId: string): Promise<readonly string[]> =>
  (await service.local.heard(orderId)).map(({ type }) => type);

const work = (id: string, action: string, body: object = {}, key = service.key()) =>
  service.support.post<Case>(`/v1/cases/${id}/${action}`, body, key);

afterEach(() => (process.env['JOURNEYS_BASE_URL'] === undefined ? quietParties() : undefined));

/** No journey leaves trouble behind for the next. */
async function quietParties(): Promise<void> {
  await service.local.noMoreFaults();
  await stripe('webhooks', { send: 'after-reply' });
}

describe('A refund that went through', () => {
  onLaptop('says when and where it arrives, and what to tell the bank once that is known', async () => {
    const order = await service.order({ tenders: [{ card: 2_000, label: 'card ending 4242' }] });
    const { id } = await service.cancelUntil('closed', { orderId: order.id });
    const [leg] = (await service.cancellation(id)).legs;
    expect(leg?.settlement).toMatchObject({ destination: 'card ending 4242', arrives: { from: day, to: day } });
    expect(leg?.settlement?.bankReference).toBeUndefined();
    await stripe('trace', { payment_intent: order.payments[0], reference: '74123450001' });
    await service.local.idle();
    const { status, legs } = await service.cancellation(id);
    expect([status, legs[0]?.status, legs[0]?.settlement?.bankReference]).toEqual([
      'closed',
      'succeeded',
      '74123450001',
    ]);
  });
});

describe('A refund that is pending', () => {
  onLaptop('closes the order when the provider says by webhook that it went through', async () => {
    const order = await service.order();
    await stripe('behaviours', { payment_intent: order.payments[0], status: 'pending' });
    const { id } = await service.cancelUntil('refund_pending', { orderId: order.id });
    expect((await service.orderNow(order.id)).status).toBe('open');
    await stripe('settle', { payment_intent: order.payments[0] });
    const closed = await service.becomes(id, 'closed');
    expect(closed.legs).toMatchObject([{ status: 'succeeded' }]);
    expect((await service.orderNow(order.id)).status).toBe('cancelled');
    expect(await lastTypes(order.id)).toEqual([
      'order.received',
      'cancellation.requested',
      'cancellation.refund_pending',
      'cancellation.closed',
      'order.cancelled',
      'credit_note.issued',
    ]);
  });

  onLaptop('is heard of within minutes when no webhook ever comes, long before anybody would ask for it', async () => {
    const order = await service.order();
    await stripe('webhooks', { send: 'never' });
    await stripe('behaviours', { payment_intent: order.payments[0], status: 'pending' });
    const { id } = await service.cancelUntil('refund_pending', { orderId: order.id });
    await stripe('settle', { payment_intent: order.payments[0] });
    expect((await service.cancellation(id)).status).toBe('refund_pending');
    await service.local.pass({ minutes: 16 });
    const { timeline } = await service.becomes(id, 'closed');
    const steps = timeline.map(({ step }) => step);
    expect(steps.filter((step) => step === 'reconcile')).toHaveLength(1);
    expect(steps).not.toContain('poll-refunds');
    expect(await service.local.refundsOn(...order.payments)).toHaveLength(1);
  });

  onLaptop('is asked for when the provider tells nothing, by webhook or otherwise', async () => {
    const order = await service.order();
    await stripe('faults', { next: 1_000, method: 'GET', path: '/v1/events', answer: 'status', status: 503 });
    await stripe('behaviours', { payment_intent: order.payments[0], status: 'pending' });
    const { id } = await service.cancelUntil('refund_pending', { orderId: order.id });
    await stripe('webhooks', { send: 'never' });
    await stripe('settle', { payment_intent: order.payments[0] });
    expect((await service.cancellation(id)).status).toBe('refund_pending');
    await service.local.pass({ minutes: 61 });
    const closed = await service.becomes(id, 'closed');
    expect(closed.timeline.map(({ step }) => step)).toContain('poll-refunds');
    expect(await service.local.refundsOn(...order.payments)).toHaveLength(1);
  });

  onLaptop('is taken up by the scheduler when its caller was gone before the run had ended', async () => {
    const order = await service.order();
    await stripe('behaviours', { payment_intent: order.payments[0], status: 'pending' });
    await service.local.fault({ service: 'states', operation: 'StartSyncExecution', kind: 'delay', delayMs: 1_200 });
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    await until(
      () => service.cancellation(id),
      ({ status }) => status === 'refund_pending',
    );
    await stripe('settle', { payment_intent: order.payments[0] });
    await service.local.pass({ minutes: 4 });
    await service.becomes(id, 'closed');
    expect(await service.local.refundsOn(...order.payments)).toHaveLength(1);
  });

  onLaptop('that fails after all is a case for a person: it may have moved, so nothing is undone', async () => {
    const order = await service.order();
    await stripe('behaviours', { payment_intent: order.payments[0], status: 'pending' });
    const { id } = await service.cancelUntil('refund_pending', { orderId: order.id });
    await stripe('settle', {
      payment_intent: order.payments[0],
      status: 'failed',
      failureReason: 'lost_or_stolen_card',
    });
    const { caseId } = await service.becomes(id, 'in_case');
    expected(await work(caseId ?? '', 'retry'), 202);
    await service.becomes(id, 'closed');
    expect(await service.local.payment(order.payments[0] ?? '')).toMatchObject({ refunded: 2_000, refunds: 2 });
  });

  onLaptop('for ever is handed to a person', async () => {
    const order = await service.order();
    await stripe('behaviours', { payment_intent: order.payments[0], status: 'pending' });
    const { id } = await service.cancelUntil('refund_pending', { orderId: order.id });
    await service.local.pass({ days: 61 });
    const { caseId } = await service.becomes(id, 'in_case');
    expect(await work(caseId ?? '', 'retry')).toMatchObject({ status: 409, body: { code: 'case_action_not_allowed' } });
    await stripe('settle', { payment_intent: order.payments[0] });
    await service.local.idle();
    expected(await work(caseId ?? '', 'retry'), 202);
    await service.becomes(id, 'closed');
    expect(await service.local.refundsOn(...order.payments)).toHaveLength(1);
  });

  onLaptop('hears the same webhook five times and is refunded once', async () => {
    const order = await service.order();
    await stripe('webhooks', { copies: 5 });
    await stripe('behaviours', { payment_intent: order.payments[0], status: 'pending' });
    const { id } = await service.cancelUntil('refund_pending', { orderId: order.id });
    await stripe('settle', { payment_intent: order.payments[0] });
    const { timeline } = await service.becomes(id, 'closed');
    const heard = timeline.filter(({ step }) => step === 'payment-result').map(({ outcome }) => outcome);
    // The refund's first word may come before its answer is written; that it has succeeded is heard once.
    expect(heard.filter((outcome) => outcome === 'succeeded')).toHaveLength(1);
    expect(await service.local.refundsOn(...order.payments)).toHaveLength(1);
    expect((await lastTypes(order.id)).filter((type) => type === 'cancellation.closed')).toHaveLength(1);
  });
});

describe('A webhook', () => {
  const send = (body: string, signature: string, connection = 'con_stripe_demo') =>
    ask<{ code?: string }>(service.baseUrl, {
      method: 'POST',
      path: `/webhooks/payments/stripe/${connection}`,
      body,
      headers: { 'stripe-signature': signature },
    });
  const signed = async (body: string, secret = 'whsec_laptop_stripe', at?: Date): Promise<string> => {
    const time = Math.floor((at ?? (await service.now())).getTime() / 1_000);
    return `t=${time},v1=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`;
  };

  onLaptop('that was altered, signed by another, too old or for nobody is not believed', async () => {
    const order = await service.order();
    await stripe('behaviours', { payment_intent: order.payments[0], status: 'pending' });
    const { id } = await service.cancelUntil('refund_pending', { orderId: order.id });
    const [refund] = await service.local.refundsOn(...order.payments);
    const event = JSON.stringify({
      id: 'evt_forged',
      object: 'event',
      type: 'refund.updated',
      created: Math.floor((await service.now()).getTime() / 1_000),
      data: { object: { ...refund, object: 'refund', status: 'succeeded' } },
    });
    const good = await signed(event);
    expect(await send(event.replace('refund.updated', 'refund.created'), good)).toMatchObject({ status: 401 });
    expect(await send(event, await signed(event, 'whsec_other'))).toMatchObject({
      status: 401,
      body: { code: 'signature_invalid' },
    });
    const anHourAgo = new Date((await service.now()).getTime() - 3_600_000);
    expect(await send(event, await signed(event, undefined, anHourAgo))).toMatchObject({ status: 401 });
    expect(await send(event, '')).toMatchObject({ status: 401 });
    expect(await send(event, good, 'con_nobody')).toMatchObject({ status: 404 });
    expect((await service.cancellation(id)).status).toBe('refund_pending');
    // Well signed, it is still a hint only: the provider is asked, and says that it is pending.
    expect((await send(event, good)).status).toBe(200);
    await service.local.idle();
    expect((await service.cancellation(id)).status).toBe('refund_pending');
  });

  onLaptop('of somebody else is received and changes nothing', async () => {
    const body = JSON.stringify({
      id: 'evt_stranger',
      object: 'event',
      type: 'refund.updated',
      data: { object: { id: 're_stranger', object: 'refund', status: 'succeeded', metadata: {} } },
    });
    expect((await send(body, await signed(body))).status).toBe(200);
  });
});

describe('A refund that fails for good', () => {
  onLaptop(
    'undoes the cancellation while no money has moved: the stock is reserved again, the order stands',
    async () => {
      const order = await service.order();
      await stripe('behaviours', { payment_intent: order.payments[0], status: 'failed', failureReason: 'declined' });
      const undone = await service.cancelUntil('undone', { orderId: order.id });
      expect(undone.failure).toBe('refund_failed');
      expect(await service.orderNow(order.id)).toMatchObject({
        status: 'open',
        lines: [{ available: 2, cancelled: 0 }],
      });
      await service.showsActive(order.reference);
      expect(await service.local.stock(order)).toMatchObject({ reserved: 2, available: 0 });
      expect((await lastTypes(order.id)).at(-1)).toBe('cancellation.undone');
      // The order can be cancelled again, and this time it works.
      await service.cancelUntil('closed', { orderId: order.id });
      expect(await service.local.payment(order.payments[0] ?? '')).toMatchObject({ refunded: 2_000 });
      expect(await service.local.stock(order)).toMatchObject({ reserved: 0, available: 2 });
    },
  );

  /** Card one is refunded, card two is refused: money has moved and something is left over. */
  async function halfRefunded(): Promise<{ orderId: string; cancellationId: string; caseId: string; dead: string }> {
    const order = await service.order({ lines: [{ quantity: 5 }], tenders: [{ card: 3_000 }, { card: 2_000 }] });
    const dead = order.payments[1] ?? '';
    await stripe('behaviours', { payment_intent: dead, status: 'failed', failureReason: 'expired_or_canceled_card' });
    const { id, caseId = '' } = await service.cancelUntil('in_case', { orderId: order.id });
    const { data } = expected(await service.support.get<List<Case>>('/v1/cases?limit=100'), 200);
    expect(data.find((one) => one.id === caseId)).toMatchObject({
      cancellationId: id,
      status: 'open',
      actions: ['retry', 'settle', 'redirect', 'close'],
    });
    expect(await service.local.payment(order.payments[0] ?? '')).toMatchObject({ refunded: 3_000 });
    return { orderId: order.id, cancellationId: id, caseId, dead };
  }

  async function closedByHand(cancellationId: string, caseId: string): Promise<Cancellation> {
    const closed = await service.becomes(cancellationId, 'closed');
    const { data } = expected(await service.support.get<List<Case>>('/v1/cases?limit=100'), 200);
    expect(data.map(({ id }) => id)).not.toContain(caseId);
    expect(closed.timeline).toContainEqual(expect.objectContaining({ actor: 'support', step: 'work-case' }));
    expect((await service.orderNow(closed.orderId)).status).toBe('cancelled');
    return closed;
  }

  onLaptop('after other money has gone back is a case: support tries again', async () => {
    const { cancellationId, caseId, dead } = await halfRefunded();
    const key = service.key();
    expect((await work(caseId, 'retry', {}, key)).status).toBe(202);
    expect((await work(caseId, 'retry', {}, key)).status).toBe(202);
    const closed = await closedByHand(cancellationId, caseId);
    expect(closed.legs.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
    expect(await service.local.payment(dead)).toMatchObject({ refunded: 2_000, refunds: 2 });
  });

  onLaptop('is settled by hand under the reference of the transfer', async () => {
    const { cancellationId, caseId, dead } = await halfRefunded();
    expect(await work(caseId, 'settle')).toMatchObject({ status: 400, body: { param: '/reference' } });
    expect((await work(caseId, 'settle', { reference: 'SEPA-77' })).status).toBe(202);
    const closed = await closedByHand(cancellationId, caseId);
    expect(closed.legs[1]).toMatchObject({ status: 'settled_by_hand', reference: 'SEPA-77' });
    expect(await service.local.payment(dead)).toMatchObject({ refunded: 0 });
  });

  onLaptop('is redirected to store credit', async () => {
    const { cancellationId, caseId, dead } = await halfRefunded();
    const before = await service.local.storeCredit('demo', service.customer.sub, 'GBP');
    expect((await work(caseId, 'redirect')).status).toBe(202);
    const closed = await closedByHand(cancellationId, caseId);
    expect(closed.legs[1]).toMatchObject({ channel: 'store_credit', operation: 'credit', status: 'succeeded' });
    expect(await service.local.storeCredit('demo', service.customer.sub, 'GBP')).toBe(before + 2_000);
    expect(await service.local.payment(dead)).toMatchObject({ refunded: 0 });
  });

  onLaptop('goes to store credit when the customer himself consents', async () => {
    const { cancellationId, caseId } = await halfRefunded();
    const consent = await service.customer.post(`/v1/cancellations/${cancellationId}/destination`, {
      destination: 'store_credit',
    });
    expect(consent.status).toBe(202);
    const closed = await service.becomes(cancellationId, 'closed');
    expect(closed.legs[1]).toMatchObject({ channel: 'store_credit', status: 'succeeded' });
    expect(await work(caseId, 'retry')).toMatchObject({ status: 409, body: { code: 'case_action_not_allowed' } });
  });

  onLaptop('is given up with a reason', async () => {
    const { orderId, cancellationId, caseId } = await halfRefunded();
    expect(await work(caseId, 'close')).toMatchObject({ status: 400, body: { param: '/reason' } });
    expect((await work(caseId, 'close', { reason: 'the customer cannot be found' })).status).toBe(202);
    const closed = await closedByHand(cancellationId, caseId);
    expect(closed.legs.map(({ status }) => status)).toEqual(['succeeded', 'given_up']);
    expect((await lastTypes(orderId)).slice(-5)).toEqual([
      'case.opened',
      'case.closed',
      'cancellation.closed',
      'order.cancelled',
      'credit_note.issued',
    ]);
  });

  onLaptop('is a case for support only', async () => {
    const { caseId } = await halfRefunded();
    const merchant = await service.merchant.post(`/v1/cases/${caseId}/retry`);
    expect(merchant).toMatchObject({ status: 403, body: { code: 'role_not_allowed' } });
    expect(await work('cas_00000000000000000000000000', 'retry')).toMatchObject({ status: 404 });
  });
});

describe('Money that bounces after success', () => {
  onLaptop('re-opens the closed cancellation as a case, and is sent again', async () => {
    const order = await service.order();
    const { id } = await service.cancelUntil('closed', { orderId: order.id });
    await stripe('bounce', { payment_intent: order.payments[0] });
    const { caseId } = await service.becomes(id, 'in_case');
    expect((await lastTypes(order.id)).slice(-2)).toEqual(['refund.bounced', 'case.opened']);
    expected(await work(caseId ?? '', 'retry'), 202);
    await service.becomes(id, 'closed');
    expect(await service.local.payment(order.payments[0] ?? '')).toMatchObject({ refunded: 2_000, refunds: 2 });
    const order2 = await service.orderNow(order.id);
    expect(order2).toMatchObject({ status: 'cancelled', lines: [{ cancelled: 2, available: 0 }] });
    expect(await service.local.stock(order)).toMatchObject({ reserved: 0, available: 2 });
  });
});

describe('Money that bounces after success, and nobody says so,', () => {
  onLaptop('is found all the same, and becomes a case', async () => {
    const order = await service.order();
    await stripe('webhooks', { send: 'never' });
    const { id } = await service.cancelUntil('closed', { orderId: order.id });
    await stripe('bounce', { payment_intent: order.payments[0] });
    await service.local.pass({ minutes: 16 });
    const { caseId, timeline } = await service.becomes(id, 'in_case');
    expect(timeline).toContainEqual(
      expect.objectContaining({ actor: 'provider', step: 'reconcile', outcome: 'bounced' }),
    );
    expect((await lastTypes(order.id)).slice(-2)).toEqual(['refund.bounced', 'case.opened']);
    // Again and again over the same hours: it stays one case, and the money that is sent again is no second bounce.
    expected(await work(caseId ?? '', 'retry'), 202);
    await service.becomes(id, 'closed');
    for (let rounds = 0; rounds < 3; rounds += 1) await service.local.fire('Reconcile');
    expect((await service.cancellation(id)).status).toBe('closed');
    expect((await lastTypes(order.id)).filter((type) => type === 'case.opened')).toHaveLength(1);
    const { lines } = await service.local.control<{ lines: { text: string }[] }>('GET', 'logs?limit=2000');
    expect(lines.filter(({ text }) => text.includes('refund_unmatched'))).toEqual([]);
  });

  onLaptop(
    'while a refund that bears our ids and is none of ours is told of, becomes a case, and is left alone',
    async () => {
      const order = await service.order();
      const { id } = await service.cancelUntil('closed', { orderId: order.id });
      const [refund] = await service.local.refundsOn(...order.payments);
      // Somebody made it with the account's key: the same ids, another leg, another payment.
      const ref = `pi_stray_${order.reference}`;
      await stripe('seed', {
        seed: [{ payment_intent: ref, amount: 500, currency: 'gbp', account: 'con_stripe_demo' }],
      });
      const metadata = { ...refund?.metadata, leg_id: 'rfd_stray-1' };
      const body = new URLSearchParams({ payment_intent: ref });
      for (const [name, value] of Object.entries(metadata)) body.set(`metadata[${name}]`, value);
      const headers = { authorization: 'Bearer sk_test_laptop' };
      expect((await fetch(new URL('/v1/refunds', service.baseUrl), { method: 'POST', headers, body })).status).toBe(
        200,
      );
      for (let rounds = 0; rounds < 2; rounds += 1) await service.local.fire('Reconcile');
      const { lines } = await service.local.control<{ lines: { text: string }[] }>('GET', 'logs?limit=2000');
      const told = lines.filter(({ text }) => text.includes('refund_unmatched') && text.includes('rfd_stray-1'));
      expect(told).toHaveLength(1);
      expect((await service.cancellation(id)).status).toBe('closed');

      const cases = async (): Promise<readonly Case[]> => {
        const { data } = expected(await service.support.get<List<Case>>('/v1/cases?limit=100'), 200);
        return data.filter(({ orderId }) => orderId === order.id);
      };
      const [stray] = await cases();
      expect(stray).toMatchObject({
        kind: 'stray_refund',
        status: 'open',
        cancellationId: id,
        refundAtProvider: { provider: 'stripe', connectionId: 'con_stripe_demo' },
        actions: ['close'],
      });
      const caseId = stray?.id ?? '';
      expect(await work(caseId, 'retry')).toMatchObject({ status: 409, body: { code: 'case_action_not_allowed' } });
      expect(await work(caseId, 'close')).toMatchObject({ status: 400, body: { param: '/reason' } });
      const reason = { reason: 'made by hand for another order' };
      expect(await work(caseId, 'close', reason)).toMatchObject({
        status: 202,
        body: { status: 'closed', closed: reason },
      });
      expect(await cases()).toEqual([]);
      await service.local.fire('Reconcile');
      expect(await cases()).toEqual([]);
    },
  );
});

describe('A payment out of turn', () => {
  const late = (reference: string, ref: string, amount: number) =>
    service.system.put<{ outcome: string }>(`/v1/orders/${reference}/payments/${ref}`, {
      merchantId: service.merchant.claims.merchant_id,
      channel: 'stripe',
      connectionId: 'con_stripe_demo',
      captures: [{ ref: `ch_${ref}`, amount }],
    });

  onLaptop('that comes after the cancellation goes back by itself, once', async () => {
    const order = await service.order({ tenders: [] });
    await service.cancelUntil('closed', { orderId: order.id });
    const ref = `pi_late_${order.reference}`;
    await stripe('seed', {
      seed: [{ payment_intent: ref, charge: `ch_${ref}`, amount: 2_000, currency: 'gbp', account: 'con_stripe_demo' }],
    });
    expect(await late(order.reference, ref, 2_000)).toMatchObject({ status: 200, body: { outcome: 'refunding' } });
    await service.local.idle();
    expect((await late(order.reference, ref, 2_000)).status).toBe(200);
    await until(
      () => service.orderNow(order.id),
      ({ cancellations }) => cancellations.every(({ status }) => status === 'closed'),
    );
    await service.local.idle();
    expect(await service.local.payment(ref)).toMatchObject({ refunded: 2_000, refunds: 1 });
    const { cancellations } = await service.orderNow(order.id);
    expect(cancellations).toHaveLength(2);
  });

  onLaptop('that comes before its order waits for it and is refunded with it', async () => {
    const reference = `${service.prefix}-early`;
    const ref = `pi_${reference}`;
    await stripe('seed', {
      seed: [{ payment_intent: ref, charge: `ch_${ref}`, amount: 1_500, currency: 'gbp', account: 'con_stripe_demo' }],
    });
    expect(await late(reference, ref, 1_500)).toMatchObject({ body: { outcome: 'kept_for_order' } });
    const put = await service.system.put<{ id: string }>(`/v1/orders/${reference}`, {
      version: 1,
      merchantId: service.merchant.claims.merchant_id,
      placedAt: (await service.now()).toISOString(),
      currency: 'GBP',
      customer: { id: service.customer.sub },
      lines: [{ id: '1', sku: 'early', kind: 'digital', quantity: 1, net: 1_500 }],
    });
    const { id } = expected(put, 201);
    await service.cancelUntil('closed', { orderId: id });
    expect(await service.local.payment(ref)).toMatchObject({ refunded: 1_500, refunds: 1 });
  });

  onLaptop('above the price of what is kept is not promised twice', async () => {
    const order = await service.order({ lines: [{ quantity: 2 }], tenders: [{ card: 1_000 }] });
    expect(await service.cancel({ orderId: order.id })).toMatchObject({
      status: 409,
      body: { code: 'exceeds_captured', facts: { missing: 1_000 } },
    });
  });
});

/** Cancellations that wait: for the customer to think again, for the merchant to answer, for nobody to answer. */
import { expected, onLaptop, until, useService, type Cancellation, type List } from '../support/service';
import type { Policy } from '../../shared/domain/policy';

const service = useService();

const asks = (onSilence: 'approve' | 'decline'): Partial<Policy> => ({
  approval: { above: { GBP: 500 }, deadlineMinutes: 60, onSilence },
});

const answer = (id: string, verdict: 'approve' | 'decline', body: object = {}, key = service.key()) =>
  service.merchant.post<Cancellation>(`/v1/cancellations/${id}/${verdict}`, body, key);

const withdraw = (id: string, by = service.customer) => by.post<Cancellation>(`/v1/cancellations/${id}/withdraw`);

const queue = async (): Promise<readonly Cancellation[]> =>
  expected(await service.merchant.get<List<Cancellation>>('/v1/cancellations?status=awaiting_answer&limit=100'), 200)
    .data;

describe('A grace window', () => {
  onLaptop('is waited out before anything irreversible happens', async () => {
    const order = await service.order({ policy: { graceMinutes: 30 } });
    const { body } = await service.cancel({ orderId: order.id });
    expect(body).toMatchObject({ status: 'in_grace', next: expect.arrayContaining(['withdrawn']) as unknown });
    await service.local.pass({ minutes: 29 });
    expect(await service.local.refundsOn(...order.payments)).toEqual([]);
    await service.local.pass({ minutes: 2 });
    await service.becomes(body.id, 'closed');
    expect(await service.local.refundsOn(...order.payments)).toHaveLength(1);
  });

  it('lets the customer withdraw, as often as he likes; the order stands and can be cancelled again', async () => {
    const order = await service.order({ policy: { graceMinutes: 30 }, tenders: [{ storeCredit: 2_000 }] });
    const { body } = await service.cancel({ orderId: order.id });
    expect(await withdraw(body.id)).toMatchObject({ status: 200, body: { status: 'withdrawn' } });
    expect(await withdraw(body.id)).toMatchObject({ status: 200, body: { status: 'withdrawn' } });
    expect(await service.orderNow(order.id)).toMatchObject({ status: 'open', lines: [{ available: 2, cancelled: 0 }] });
    await service.showsActive(order.reference);
    const again = expected(await service.cancel({ orderId: order.id }), 202);
    expect(again.id).not.toBe(body.id);
    await withdraw(again.id);
  });

  onLaptop('moves no money when it was withdrawn, however long one waits', async () => {
    const order = await service.order({ policy: { graceMinutes: 30 } });
    const { body } = await service.cancel({ orderId: order.id });
    await withdraw(body.id);
    await service.local.pass({ hours: 2 });
    expect((await service.cancellation(body.id)).status).toBe('withdrawn');
    expect(await service.local.refundsOn(...order.payments)).toEqual([]);
    expect((await service.local.heard(order.id)).map(({ type }) => type)).toEqual([
      'order.received',
      'cancellation.requested',
      'cancellation.withdrawn',
    ]);
  });

  it('that is over is too late to withdraw', async () => {
    const order = await service.order({ tenders: [{ storeCredit: 2_000 }] });
    const { id } = await service.cancelUntil('closed', { orderId: order.id });
    expect(await withdraw(id)).toMatchObject({ status: 409, body: { code: 'too_late_to_withdraw' } });
  });

  it('binds the customer, not the merchant', async () => {
    const order = await service.order({ policy: { graceMinutes: 30 }, tenders: [{ storeCredit: 2_000 }] });
    await service.cancelUntil('closed', { orderId: order.id }, service.merchant);
  });

  onLaptop('comes before the question to the merchant, whose deadline starts after it', async () => {
    const order = await service.order({ policy: { graceMinutes: 10, ...asks('decline') } });
    const { body } = await service.cancel({ orderId: order.id });
    expect(body.status).toBe('in_grace');
    expect(await answer(body.id, 'approve')).toMatchObject({ status: 409, body: { code: 'transition_not_allowed' } });
    await service.local.pass({ minutes: 11 });
    const waiting = await service.becomes(body.id, 'awaiting_answer');
    expect(Date.parse(waiting.deadlineAt ?? '')).toBe(Date.parse(body.graceUntil ?? '') + 3_600_000);
    expected(await answer(body.id, 'approve'), 200);
    await service.becomes(body.id, 'closed');
  });
});

describe("The merchant's answer", () => {
  it('approves: the cancellation is carried out', async () => {
    const order = await service.order({ policy: asks('decline'), tenders: [{ storeCredit: 2_000 }] });
    const { body } = await service.cancel({ orderId: order.id });
    expect(body).toMatchObject({ status: 'awaiting_answer', onSilence: 'decline' });
    expect(await answer(body.id, 'approve', { text: 'of course' })).toMatchObject({ status: 200 });
    const closed = await service.becomes(body.id, 'closed');
    expect(closed.answer).toMatchObject({ verdict: 'approved', effect: 'approve', text: 'of course' });
    expect((await service.orderNow(order.id)).status).toBe('cancelled');
  });

  it('declines: the units are free again and nothing moves', async () => {
    const order = await service.order({ policy: asks('approve'), tenders: [{ storeCredit: 2_000 }] });
    const { body } = await service.cancel({ orderId: order.id });
    const declined = expected(await answer(body.id, 'decline', { code: 'made_to_measure' }), 200);
    expect(declined).toMatchObject({ status: 'declined', answer: { verdict: 'declined', code: 'made_to_measure' } });
    expect(await service.orderNow(order.id)).toMatchObject({ status: 'open', lines: [{ available: 2 }] });
  });

  it('is taken once: the same again is the same, another is told what was said', async () => {
    const order = await service.order({ policy: asks('decline'), tenders: [{ storeCredit: 2_000 }] });
    const { body } = await service.cancel({ orderId: order.id });
    const key = service.key();
    expect((await answer(body.id, 'approve', {}, key)).status).toBe(200);
    expect((await answer(body.id, 'approve', {}, key)).status).toBe(200);
    expect(await answer(body.id, 'decline')).toMatchObject({
      status: 409,
      body: { code: 'already_answered', facts: { verdict: 'approved' } },
    });
    expect(await answer(body.id, 'decline', {}, key)).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
    await service.becomes(body.id, 'closed');
  });

  onLaptop('that never comes is no answer: nobody decided, and silence means what the policy says', async () => {
    const yes = await service.order({ policy: asks('approve') });
    const no = await service.order({ policy: asks('decline') });
    const [first, second] = [await service.cancel({ orderId: yes.id }), await service.cancel({ orderId: no.id })];
    await service.local.pass({ minutes: 61 });
    const approved = await service.becomes(first.body.id, 'closed');
    expect(approved.answer).toMatchObject({ verdict: 'nobody_decided', effect: 'approve' });
    expect(await service.local.refundsOn(...yes.payments)).toHaveLength(1);
    const declined = await service.becomes(second.body.id, 'declined');
    expect(declined.answer).toMatchObject({ verdict: 'nobody_decided', effect: 'decline' });
    expect(await service.local.refundsOn(...no.payments)).toEqual([]);
    expect((await service.local.heard(no.id)).at(-1)?.data['cancellation']).toMatchObject({
      verdict: 'nobody_decided',
    });
    expect(await answer(second.body.id, 'approve')).toMatchObject({ status: 409 });
  });

  onLaptop('races its deadline: whoever wrote first is obeyed, and both see the same outcome', async () => {
    const orders = await Promise.all([1, 2, 3, 4].map(() => service.order({ policy: asks('decline') })));
    const asked = await Promise.all(orders.map((order) => service.cancel({ orderId: order.id })));
    await service.local.pass({ minutes: 59, seconds: 50 });
    const [, ...replies] = await Promise.all([
      service.local.pass({ seconds: 11 }),
      ...asked.map(({ body }) => answer(body.id, 'approve')),
    ]);
    await service.local.pass({ minutes: 5 });
    for (const [index, { body }] of asked.entries()) {
      const ended = await service.cancellation(body.id);
      const accepted = replies[index]?.status === 200;
      expect(ended.status).toBe(accepted ? 'closed' : 'declined');
      expect(ended.answer?.verdict).toBe(accepted ? 'approved' : 'nobody_decided');
      expect(await service.local.refundsOn(...(orders[index]?.payments ?? []))).toHaveLength(accepted ? 1 : 0);
    }
  });

  it('is not needed below the amount, nor when the merchant asks himself', async () => {
    const small = await service.order({
      lines: [{ net: 400 }],
      policy: asks('decline'),
      tenders: [{ storeCredit: 400 }],
    });
    await service.cancelUntil('closed', { orderId: small.id });
    const own = await service.order({ policy: asks('decline'), tenders: [{ storeCredit: 2_000 }] });
    await service.cancelUntil('closed', { orderId: own.id }, service.merchant);
  });

  it('may be forestalled by the customer, who withdraws while it is awaited', async () => {
    const order = await service.order({ policy: asks('approve'), tenders: [{ storeCredit: 2_000 }] });
    const { body } = await service.cancel({ orderId: order.id });
    expect(await withdraw(body.id)).toMatchObject({ status: 200, body: { status: 'withdrawn' } });
    expect(await answer(body.id, 'approve')).toMatchObject({ status: 409 });
    expect((await queue()).map(({ id }) => id)).not.toContain(body.id);
  });

  it('holds the units meanwhile: a second request is told what is open on them', async () => {
    const order = await service.order({ policy: asks('approve'), tenders: [{ storeCredit: 2_000 }] });
    const { body } = await service.cancel({ orderId: order.id });
    expect(await service.cancel({ orderId: order.id })).toMatchObject({
      status: 409,
      body: { code: 'cancellation_open', facts: { cancellation: body.id } },
    });
    await withdraw(body.id);
  });
});

describe("The merchant's queue", () => {
  onLaptop('is sorted by deadline, cut at a time, and left by what was answered', async () => {
    const deadlines = [240, 60, 120];
    const orders = [];
    for (const deadlineMinutes of deadlines) {
      orders.push(
        await service.order({ policy: { approval: { above: { GBP: 500 }, deadlineMinutes, onSilence: 'decline' } } }),
      );
    }
    const asked = await Promise.all(orders.map((order) => service.cancel({ orderId: order.id })));
    await service.local.idle();
    const ids = asked.map(({ body }) => body.id);
    const inOrder = [ids[1], ids[2], ids[0]];
    const seen = async () => (await queue()).map(({ id }) => id).filter((id) => ids.includes(id));
    expect(await seen()).toEqual(inOrder);
    const before = new Date((await service.now()).getTime() + 90 * 60_000).toISOString();
    const due = await service.merchant.get<List<Cancellation>>(`/v1/cancellations?before=${before}`);
    expect(
      expected(due, 200)
        .data.map(({ id }) => id)
        .filter((id) => ids.includes(id)),
    ).toEqual([ids[1]]);
    expected(await answer(ids[2] ?? '', 'decline'), 200);
    expect(await seen()).toEqual([ids[1], ids[0]]);
    const other = service.caller({ tenant: 'demo', role: 'merchant', sub: 'm', merchant_id: 'somebody-else' });
    const theirs = await other.get<List<Cancellation>>('/v1/cancellations');
    expect(expected(theirs, 200).data).toEqual([]);
    await service.local.pass({ hours: 5 });
    await until(seen, (left) => left.length === 0, 'an empty queue');
  });
});

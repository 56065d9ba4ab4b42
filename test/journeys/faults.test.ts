/** Trouble on every side. Whatever happens, money moves once, the order closes, and nobody else waits. */
import { eventId } from '../../shared/domain/ids';
import type { Placed } from '../support/order-sketch';
import { expected, onLaptop, until, useService, type Cancellation } from '../support/service';

const service = useService();

const stripe = (path: string, body?: unknown): Promise<unknown> => service.local.stripe(path, body);

afterEach(async () => {
  if (process.env['JOURNEYS_BASE_URL'] !== undefined) return;
  await service.local.noMoreFaults();
  await stripe('webhooks', { send: 'after-reply' });
});

/** Lets time go by, so that pauses between tries pass, until a cancellation has a status. */
async function inTheEnd(id: string, status: string): Promise<Cancellation> {
  await until(
    async () => {
      await service.local.goBy({ seconds: 30 });
      return service.cancellation(id);
    },
    (cancellation) => cancellation.status === status,
    `${id} as ${status}`,
  );
  // A run that was replaced may still pause between its tries; it has to find that nothing is left to do.
  await service.local.goBy({ minutes: 1 });
  await service.local.idle();
  const settled = await service.cancellation(id);
  expect(settled.status).toBe(status);
  return settled;
}

async function refundedOnce(order: Placed): Promise<void> {
  const live = (await service.local.refundsOn(...order.payments)).filter(({ status }) => status === 'succeeded');
  expect(live).toMatchObject([{ amount: order.total }]);
  expect(await service.local.stock(order)).toMatchObject({ reserved: 0, available: 2 });
  expect((await service.orderNow(order.id)).status).toBe('cancelled');
}

describe('The provider', () => {
  const refunds = { method: 'POST', path: '/v1/refunds' };

  onLaptop.each([
    ['answers 500 before anything was done', { answer: 'status', status: 500, saved: false }],
    ['answers 500 although it has refunded', { answer: 'status', status: 500, applied: true, saved: false }],
    ['answers 503 three times', { answer: 'status', status: 503, saved: false, next: 3 }],
    [
      'answers that it is asked too often',
      {
        answer: 'status',
        status: 429,
        body: { error: { type: 'invalid_request_error', code: 'rate_limit', message: 'slow down' } },
      },
    ],
    ['answers garbage', { answer: 'garbage' }],
    ['answers garbage although it has refunded', { answer: 'garbage', applied: true }],
    ['hangs up', { answer: 'hang-up', next: 2 }],
    ['refunds and hangs up', { answer: 'hang-up', applied: true }],
    ['takes its time', { delayMs: 1_500 }],
  ])('%s: one refund in the end', async (_what, trouble) => {
    const order = await service.order();
    await stripe('faults', { ...refunds, ...trouble });
    const { id } = expected(await service.cancel({ orderId: order.id }), 201, 202);
    await inTheEnd(id, 'closed');
    await refundedOnce(order);
  });

  onLaptop('cannot be asked what became of it either, for a while: one refund in the end', async () => {
    const order = await service.order();
    await stripe('faults', { ...refunds, answer: 'hang-up', applied: true });
    await stripe('faults', { method: 'GET', answer: 'status', status: 500, next: 4 });
    const { id } = expected(await service.cancel({ orderId: order.id }), 201, 202);
    await inTheEnd(id, 'closed');
    await refundedOnce(order);
  });

  onLaptop(
    'repeats a saved 500 under its key: a new attempt is made only when it has had no trace of the old one for ten minutes',
    async () => {
      const order = await service.order();
      await stripe('faults', { ...refunds, answer: 'status', status: 500 });
      const { id } = expected(await service.cancel({ orderId: order.id }), 201, 202);
      await service.local.goBy({ minutes: 3 });
      expect((await service.cancellation(id)).status).toBe('executing');
      expect(await service.local.refundsOn(...order.payments)).toEqual([]);
      await service.local.goBy({ minutes: 12 });
      await inTheEnd(id, 'closed');
      await refundedOnce(order);
      const { timeline } = await service.cancellation(id);
      expect(timeline.map(({ outcome }) => outcome)).toContain('attempt 2');
    },
  );

  onLaptop('tells by webhook before it answers, and tells everything twice', async () => {
    const order = await service.order();
    await stripe('webhooks', { send: 'before-reply', copies: 2 });
    const { id } = expected(await service.cancel({ orderId: order.id }), 201, 202);
    await inTheEnd(id, 'closed');
    await refundedOnce(order);
    const types = (await service.local.heard(order.id)).map(({ type }) => type);
    expect(types).toEqual([
      'order.received',
      'cancellation.requested',
      'cancellation.closed',
      'order.cancelled',
      'credit_note.issued',
    ]);
  });

  onLaptop('is away for five minutes: tried again until it is back', async () => {
    const order = await service.order();
    await stripe('faults', { answer: 'hang-up', next: 1_000 });
    const { id } = expected(await service.cancel({ orderId: order.id }), 201, 202);
    await service.local.goBy({ minutes: 5 });
    expect((await service.cancellation(id)).status).toBe('executing');
    await stripe('faults/clear', {});
    await inTheEnd(id, 'closed');
    await refundedOnce(order);
  });
});

describe('Our own house', () => {
  onLaptop.each([
    [
      'throttles every other write',
      { service: 'dynamodb', kind: 'throttle', operation: 'TransactWriteItems', times: 3 },
    ],
    [
      'cuts the line after a write was done',
      { service: 'dynamodb', kind: 'timeout-after', operation: 'TransactWriteItems' },
    ],
    ['lets two writers meet', { service: 'dynamodb', kind: 'conflict', operation: 'TransactWriteItems', times: 3 }],
    ['kills a step after its work was done', { service: 'lambda', kind: 'timeout-after', function: 'RefundLeg' }],
    ['kills the step that closes', { service: 'lambda', kind: 'timeout-before', function: 'CloseOrder' }],
    ['tells a change twice', { service: 'dynamodbstreams', kind: 'duplicate', times: 2 }],
    [
      'starts the fan-out and loses its answer',
      { service: 'states', kind: 'timeout-after', operation: 'StartSyncExecution' },
    ],
  ])('%s: one refund, one release, in the end', async (_what, fault) => {
    const order = await service.order();
    const key = service.key();
    await service.local.fault(fault);
    const reply = await until(
      () => service.cancel({ orderId: order.id }, service.customer, key),
      ({ status }) => status < 300,
    );
    await inTheEnd(reply.body.id, 'closed');
    await refundedOnce(order);
    const moved = await service.local.movements(order);
    expect(moved.filter(({ type }) => type === 'release')).toHaveLength(1);
    const heard = await service.local.heard(order.id);
    expect(heard.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
    expect(heard.at(-1)?.type).toBe('credit_note.issued');
  });
});

describe('A clock that leaps by days', () => {
  onLaptop('while a grace window, a question and a refund wait: each ends as its own rule says', async () => {
    const grace = await service.order({ policy: { graceMinutes: 30 } });
    const question = await service.order({
      policy: { approval: { above: { GBP: 500 }, deadlineMinutes: 90, onSilence: 'decline' } },
    });
    const pending = await service.order();
    await stripe('behaviours', {
      payment_intent: pending.payments[0],
      status: 'pending',
      then: 'succeeded',
      afterMs: 3_600_000,
    });
    const [first, second, third] = [
      expected(await service.cancel({ orderId: grace.id }), 202),
      expected(await service.cancel({ orderId: question.id }), 202),
      await service.cancelUntil('refund_pending', { orderId: pending.id }),
    ];
    await service.local.pass({ days: 9 });
    await service.becomes(first.id, 'closed');
    expect((await service.becomes(second.id, 'declined')).answer).toMatchObject({ verdict: 'nobody_decided' });
    await inTheEnd(third.id, 'closed');
    await refundedOnce(grace);
    await refundedOnce(pending);
    expect(await service.local.refundsOn(...question.payments)).toEqual([]);
  });
});

describe('An event that the bus will not take', () => {
  onLaptop('parks its order and no other; redrive tells the rest in sequence', async () => {
    const poisoned = await service.order();
    await service.local.idle();
    // The client tries three times; only then is the bus taken at its word.
    await service.local.fault({ service: 'events', operation: 'PutEvents', kind: 'error', times: 3 });
    const { id } = expected(await service.cancel({ orderId: poisoned.id }, service.merchant), 201, 202);
    await service.local.idle();
    await service.local.control('DELETE', 'faults');
    await service.becomes(id, 'closed');
    expect((await service.local.heard(poisoned.id)).map(({ sequence }) => sequence)).toEqual([1]);

    const other = await service.order();
    await service.cancelUntil('closed', { orderId: other.id });
    expect((await service.local.heard(other.id)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);

    // Its closing, once told, brings about a further event; one that comes while the others are told waits for the next time.
    let heard = await service.local.heard(poisoned.id);
    for (let round = 1; round <= 3 && heard.length < 5; round += 1) {
      await service.local.fire('RedriveParked');
      heard = await service.local.heard(poisoned.id);
    }
    expect(heard.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
    expect(heard.map((event) => event.id)).toEqual([1, 2, 3, 4, 5].map((sequence) => eventId(poisoned.id, sequence)));
    // What comes later waits behind nothing any more.
    const late = await service.order();
    await service.cancelUntil('closed', { orderId: late.id });
    expect((await service.local.heard(late.id)).at(-1)?.type).toBe('credit_note.issued');
  });
});

describe('A change that the views cannot take', () => {
  onLaptop('ends in the failure queue, and the others go on', async () => {
    await service.local.idle();
    const failures = async (): Promise<number> => (await service.local.queue('ChangeFeedFailures')).messages.length;
    const before = await failures();
    await service.local.fault({
      service: 'dynamodb',
      kind: 'error',
      operation: 'PutItem',
      table: 'Views',
      probability: 1,
    });
    const order = await service.order({ tenders: [] });
    await until(failures, (count) => count > before, 'a message in the failure queue');
    await service.local.control('DELETE', 'faults');
    await service.local.idle();
    const next = await service.order({ tenders: [] });
    await service.cancelUntil('closed', { orderId: next.id });
    const shown = await service.customer.get<{ data: { reference: string }[] }>('/v1/orders?status=all&limit=100');
    const references = shown.body.data.map(({ reference }) => reference);
    expect(references).toContain(next.reference);
    expect(references).not.toContain(order.reference);
    // The order itself is whole; only the view has not heard of it.
    await service.showsActive(order.reference);
    expect((await service.local.heard(order.id)).map(({ type }) => type)).toEqual(['order.received']);
  });
});

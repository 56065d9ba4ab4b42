/** The same request again, late or at once; selections of a thousand lines; and records that cannot be read. */
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Caller } from '../support/api-client';
import { expected, onLaptop, useService, type Cancellation } from '../support/service';

const service = useService();
const question = { approval: { above: { GBP: 500 }, deadlineMinutes: 90, onSilence: 'decline' as const } };
const stripe = (path: string, body: unknown): Promise<unknown> => service.local.stripe(path, body);

/** A POST under each key that demands one: who sends it, where to, what else could be sent under the same key. */
interface Demanding {
  readonly by: Caller;
  readonly path: string;
  readonly body: object;
  readonly other: object;
}

const waiting = async (): Promise<string> => {
  const order = await service.order({ policy: question });
  return expected(await service.cancel({ orderId: order.id }), 202).id;
};

const inCase = async (): Promise<{ id: string; caseId: string; dead: string }> => {
  const order = await service.order({ lines: [{ quantity: 5 }], tenders: [{ card: 3_000 }, { card: 2_000 }] });
  const dead = order.payments[1] ?? '';
  await stripe('behaviours', { payment_intent: dead, status: 'failed', failureReason: 'expired_or_canceled_card' });
  const { id, caseId = '' } = await service.cancelUntil('in_case', { orderId: order.id });
  return { id, caseId, dead };
};

const demanding: Readonly<Record<string, () => Promise<Demanding>>> = {
  'claim a shipment': async () => {
    const { id } = await service.order();
    const of = (ref: string) => ({ ref, lines: [{ lineId: '1', quantity: 1 }] });
    return { by: service.system, path: `/v1/orders/${id}/shipments`, body: of('p1'), other: of('p2') };
  },
  'withdraw a cancellation': async () => {
    const order = await service.order({ policy: { graceMinutes: 30 } });
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    return { by: service.customer, path: `/v1/cancellations/${id}/withdraw`, body: {}, other: {} };
  },
  approve: async () => ({
    by: service.merchant,
    path: `/v1/cancellations/${await waiting()}/approve`,
    body: { text: 'as you like' },
    other: { text: 'well' },
  }),
  decline: async () => ({
    by: service.merchant,
    path: `/v1/cancellations/${await waiting()}/decline`,
    body: {},
    other: { code: 'no' },
  }),
  'choose a destination': async () => {
    const { id } = await inCase();
    const body = { destination: 'store_credit' };
    return { by: service.customer, path: `/v1/cancellations/${id}/destination`, body, other: body };
  },
  'start a withdrawal': async () => {
    const { id: orderId } = await service.order();
    const other = { orderId, lines: [{ lineId: '1', quantity: 1 }] };
    return { by: service.customer, path: '/v1/withdrawals', body: { orderId }, other };
  },
  'confirm a withdrawal': async () => {
    const { id: orderId } = await service.order();
    const { id } = expected(await service.customer.post<{ id: string }>('/v1/withdrawals', { orderId }), 201);
    const other = { lines: [{ lineId: '1', quantity: 1 }] };
    return { by: service.customer, path: `/v1/withdrawals/${id}/confirm`, body: {}, other };
  },
  'work a case': async () => {
    const { caseId } = await inCase();
    const [body, other] = [{ reference: 'SEPA-1' }, { reference: 'SEPA-2' }];
    return { by: service.support, path: `/v1/cases/${caseId}/settle`, body, other };
  },
};

describe('A POST that changes something', () => {
  onLaptop.each(Object.keys(demanding))('to %s is answered once per key', async (what) => {
    const sent = await demanding[what]?.();
    if (sent === undefined) throw new Error(what);
    const { by, path, body, other } = sent;
    expect(await by.send({ method: 'POST', path, body })).toMatchObject({
      status: 400,
      body: { code: 'idempotency_key_missing' },
    });
    const key = service.key();
    const first = await by.post(path, body, key);
    expect(first.status).toBeLessThan(300);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    // Whatever has become of it since, the answer is the first one.
    await service.local.pass({ minutes: 5 });
    const again = await by.post(path, body, key);
    expect(again).toMatchObject({ status: first.status, body: first.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const reused = { status: 422, body: { code: 'idempotency_key_reused' } };
    if (JSON.stringify(other) !== JSON.stringify(body)) expect(await by.post(path, other, key)).toMatchObject(reused);
    const elsewhere = by === service.customer ? '/v1/cancellations/can_x/withdraw' : '/v1/cancellations/can_x/approve';
    const caller = by === service.customer || by === service.merchant ? by : undefined;
    if (caller !== undefined) expect(await caller.post(elsewhere, {}, key)).toMatchObject(reused);
  });

  onLaptop('and is sent five times at once is carried out once; who comes too early is told so', async () => {
    const { by, path, body } = (await demanding['start a withdrawal']?.()) as Demanding;
    const key = service.key();
    const replies = await Promise.all(
      [1, 2, 3, 4, 5].map(() => by.post<{ id: string; code?: string }>(path, body, key)),
    );
    const answered = replies.filter(({ status }) => status === 201);
    expect(new Set(answered.map(({ body: { id } }) => id)).size).toBe(1);
    for (const { status, body: said } of replies.filter((reply) => !answered.includes(reply))) {
      expect({ status, code: said.code }).toEqual({ status: 409, code: 'request_running' });
    }
  });

  onLaptop('and was refused may be sent again under its key', async () => {
    const { by, path } = (await demanding['work a case']?.()) as Demanding;
    const key = service.key();
    expect(await by.post(path, {}, key)).toMatchObject({ status: 400, body: { param: '/reference' } });
    expect((await by.post(path, { reference: 'SEPA-1' }, key)).status).toBe(202);
  });

  onLaptop('on a case does not run again after other work on it', async () => {
    const { id, caseId, dead } = await inCase();
    const retryInVain = async (key: string): Promise<void> => {
      await stripe('behaviours', { payment_intent: dead, status: 'failed', failureReason: 'still_dead' });
      expected(await service.support.post(`/v1/cases/${caseId}/retry`, {}, key), 202);
      await service.becomes(id, 'in_case');
    };
    const key = service.key();
    await retryInVain(key);
    await retryInVain(service.key());
    const tries = (await service.local.refundsOn(dead)).length;
    await retryInVain(key);
    expect(await service.local.refundsOn(dead)).toHaveLength(tries);
  });
});

describe('The same key after the quote or withdrawal has expired', () => {
  onLaptop('gets the cancellation that it once made', async () => {
    const order = await service.order();
    const quote = await service.customer.post<{ id: string }>('/v1/cancellation-quotes', { orderId: order.id });
    const { id: quoteId } = expected(quote, 200);
    const key = service.key();
    const { id } = expected(await service.cancel({ quoteId }, service.customer, key), 201, 202);
    await service.becomes(id, 'closed');
    await service.local.pass({ minutes: 16 });
    const again = await service.cancel({ quoteId }, service.customer, key);
    expect(again.body.id).toBe(id);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await service.cancel({ quoteId })).toMatchObject({ status: 409, body: { code: 'quote_expired' } });
  });

  onLaptop('gets the receipt of the withdrawal, also under another key', async () => {
    const { id: orderId } = await service.order();
    const { id } = expected(await service.customer.post<{ id: string }>('/v1/withdrawals', { orderId }), 201);
    const key = service.key();
    const confirm = (under?: string) =>
      service.customer.post<{ submittedAt: string }>(`/v1/withdrawals/${id}/confirm`, {}, under);
    const { submittedAt } = expected(await confirm(key), 201);
    await service.local.pass({ minutes: 61 });
    expect(expected(await confirm(key), 201).submittedAt).toBe(submittedAt);
    expect(expected(await confirm(), 200).submittedAt).toBe(submittedAt);
  });
});

describe('A selection of more than a thousand lines', () => {
  const lines = Array.from({ length: 1_114 }, (_, index) => ({ lineId: String(index + 1), quantity: 1 }));
  const large = () =>
    service.order({
      lines: lines.map(() => ({ kind: 'digital' as const, quantity: 1, net: 10 })),
      tenders: [{ storeCredit: 11_140 }],
    });
  const selected = lines.slice(0, 1_113);

  it('is quoted under a short id and taken with the same lines', async () => {
    const order = await large();
    const asked = { orderId: order.id, lines: selected };
    const quote = expected(await service.customer.post<{ id: string }>('/v1/cancellation-quotes', asked), 200);
    expect(quote.id.length).toBeLessThan(1_000);
    const missing = await service.cancel({ quoteId: quote.id });
    expect(missing).toMatchObject({ status: 400, body: { param: '/lines' } });
    const wrong = await service.cancel({ quoteId: quote.id, lines });
    expect(wrong).toMatchObject({ status: 400, body: { param: '/lines' } });
    const { refund } = await service.cancelUntil('closed', { quoteId: quote.id, lines: selected });
    expect(refund.amount).toBe(11_130);
  });

  it('is withdrawn from under a short id', async () => {
    const order = await large();
    const started = await service.customer.post<{ id: string }>('/v1/withdrawals', {
      orderId: order.id,
      lines: selected,
    });
    const { id } = expected(started, 201);
    expect(id.length).toBeLessThan(1_000);
    const path = `/v1/withdrawals/${id}/confirm`;
    expect(await service.customer.post(path)).toMatchObject({ status: 400, body: { param: '/lines' } });
    const receipt = await service.customer.post<{ cancellation: Cancellation }>(path, { lines: selected });
    await service.becomes(expected(receipt, 201).cancellation.id, 'closed', service.customer);
  });
});

describe('What went wrong', () => {
  onLaptop('is a code to the customer and the words to support', async () => {
    const { id } = await inCase();
    expect((await service.cancellation(id, service.customer)).failure).toBe('refund_failed');
    expect((await service.cancellation(id, service.support)).failure).toBe('expired_or_canceled_card');
  });
});

describe('A change whose events cannot be read', () => {
  /** Writes a cancellation as only a fault of ours could: with marks, and a body that is none. */
  async function poison(orderId: string): Promise<Record<string, unknown>> {
    const items = await service.local.partition('Orders', `T#demo#O#${orderId}`);
    const item = items.find(({ sk }) => String(sk).startsWith('CAN#'));
    if (item === undefined) throw new Error('There is no cancellation.');
    const { TableNames } = await service.local.aws<{ TableNames: string[] }>('DynamoDB_20120810.ListTables', {});
    const TableName = TableNames.find((name) => name.includes('Orders'));
    const put = (Item: Record<string, unknown>) =>
      service.local.aws('DynamoDB_20120810.PutItem', { TableName, Item: marshall(Item) });
    await put({ ...item, body: '[99', events: ['6 order.updated'], tells: 1 });
    return item;
  }

  onLaptop('parks its order under its numbers, and the others go on', async () => {
    const order = await service.order();
    await service.cancelUntil('closed', { orderId: order.id });
    await poison(order.id);
    await service.local.idle();
    const parked = () => service.local.partition('Views', `T#demo#PARKED#${order.id}`);
    expect(await parked()).toMatchObject([{ sk: '0000000006', error: 'SyntaxError' }]);
    const other = await service.order();
    await service.cancelUntil('closed', { orderId: other.id });
    expect((await service.local.heard(other.id)).at(-1)?.type).toBe('credit_note.issued');
    await service.local.fire('RedriveParked');
    expect(await parked()).toHaveLength(1);
    expect((await service.local.heard(order.id)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
  });

  onLaptop('is told from what was parked, once it can be read', async () => {
    const order = await service.order();
    await service.cancelUntil('closed', { orderId: order.id });
    const item = await poison(order.id);
    await service.local.idle();
    const { TableNames } = await service.local.aws<{ TableNames: string[] }>('DynamoDB_20120810.ListTables', {});
    const [parked] = await service.local.partition('Views', `T#demo#PARKED#${order.id}`);
    // What a release would do that reads such bodies: here the parked image itself is made readable.
    const readable = { after: { ...item, events: ['6 order.updated'] } };
    await service.local.aws('DynamoDB_20120810.PutItem', {
      TableName: TableNames.find((name) => name.includes('Views')),
      Item: marshall({ ...parked, unread: JSON.stringify(readable) }),
    });
    await service.local.fire('RedriveParked');
    expect((await service.local.heard(order.id)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await service.local.partition('Views', `T#demo#PARKED#${order.id}`)).toEqual([]);
  });
});

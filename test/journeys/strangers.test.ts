/** The same request twice, requests of strangers, and requests that make no sense. */
import type { Caller } from '../support/api-client';
import { ask } from '../support/api-client';
import type { Placed } from '../support/order-sketch';
import { expected, onLaptop, useService, type Cancellation } from '../support/service';

const service = useService();
const paid = { tenders: [{ storeCredit: 2_000 }] };
const unknown = 'ord_00000000000000000000000000';

describe('The same request twice', () => {
  it('is one cancellation with one answer', async () => {
    const order = await service.order(paid);
    const key = service.key();
    const first = await service.cancel({ orderId: order.id }, service.customer, key);
    await service.becomes(first.body.id, 'closed', service.customer);
    const second = await service.cancel({ orderId: order.id }, service.customer, key);
    expect(second.body.id).toBe(first.body.id);
    expect(second.status).toBe(first.status);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect((await service.orderNow(order.id)).cancellations).toHaveLength(1);
  });

  onLaptop('at the same moment moves money once', async () => {
    const order = await service.order();
    const key = service.key();
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => service.cancel({ orderId: order.id }, service.customer, key)),
    );
    const taken = replies.filter(({ status }) => status < 300);
    expect(taken.length).toBeGreaterThan(0);
    expect(new Set(taken.map(({ body }) => body.id)).size).toBe(1);
    const others = replies.filter(({ status }) => status >= 300);
    expect(others.every(({ status, body }) => status === 409 && body.code === 'request_running')).toBe(true);
    await service.becomes(taken[0]?.body.id ?? '', 'closed');
    expect(await service.local.refundsOn(...order.payments)).toHaveLength(1);
    expect((await service.cancel({ orderId: order.id }, service.customer, key)).body.id).toBe(taken[0]?.body.id);
  });

  it('under the same key but with another payload is refused', async () => {
    const order = await service.order(paid);
    const key = service.key();
    const { id } = expected(await service.cancel({ orderId: order.id }, service.customer, key), 201, 202);
    const other = await service.cancel({ orderId: order.id, note: 'other' }, service.customer, key);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    await service.becomes(id, 'closed', service.customer);
  });

  it('of two parties under the same key are two requests', async () => {
    const order = await service.order(paid);
    const key = service.key();
    const one = { orderId: order.id, lines: [{ lineId: '1', quantity: 1 }] };
    const mine = expected(await service.cancel(one, service.customer, key), 201, 202);
    const theirs = expected(await service.cancel(one, service.merchant, key), 201, 202);
    expect(theirs.id).not.toBe(mine.id);
  });

  it('an order version that was put before changes nothing, an older one is refused', async () => {
    const order = await service.order(paid);
    const put = (version: number) => service.system.put(`/v1/orders/${order.reference}`, { ...order.body, version });
    expect(await put(1)).toMatchObject({ status: 200, body: { outcome: 'unchanged' } });
    expect(await put(3)).toMatchObject({ status: 200, body: { outcome: 'updated' } });
    expect(await put(2)).toMatchObject({ status: 409, body: { code: 'order_version_stale', facts: { known: 3 } } });
    await service.cancelUntil('closed', { orderId: order.id });
    const cheaper = [{ ...(order.body['lines'] as object[])[0], net: 1 }];
    const changed = await service.system.put(`/v1/orders/${order.reference}`, {
      ...order.body,
      version: 4,
      lines: cheaper,
    });
    expect(changed).toMatchObject({ status: 409, body: { code: 'order_frozen' } });
  });
});

describe('Somebody else', () => {
  const others = (): Record<string, Caller> => ({
    'another customer': service.customerNamed('other'),
    'another merchant': service.caller({ tenant: 'demo', role: 'merchant', sub: 'm', merchant_id: 'other' }),
    'support of another tenant': service.caller({ tenant: 'rival', role: 'support', sub: 's' }),
    'the customer of that name at another tenant': service.caller({
      tenant: 'rival',
      role: 'customer',
      sub: service.customer.sub,
    }),
  });

  /** What two answers have in common: everything but the ids that were asked for. */
  const likeness = (body: unknown, ...ids: readonly string[]): string =>
    ids.reduce((text, id) => text.replaceAll(id, '…'), JSON.stringify({ ...(body as object), request_id: '' }));

  onLaptop.each(Object.keys({ customer: 0, merchant: 1, support: 2, namesake: 3 }).map((_, at) => at))(
    'number %i gets the same answer for what exists and for what does not',
    async (at) => {
      const [name, other] = Object.entries(others())[at] ?? [];
      if (name === undefined || other === undefined) throw new Error('There are four others.');
      const order = await service.order(paid);
      const { id } = await service.cancelUntil('closed', { orderId: order.id });
      const missing = 'can_00000000000000000000000000';
      const body = (orderId: string) => ({ orderId, reason: { core: 'customer_asked' } });
      const both = async (
        look: (orderId: string, cancellationId: string) => Promise<{ status: number; body: unknown }>,
      ) => {
        const [there, gone] = [await look(order.id, id), await look(unknown, missing)];
        expect(there.status).toBe(404);
        expect(gone.status).toBe(404);
        expect(likeness(there.body, order.id, id)).toBe(likeness(gone.body, unknown, missing));
      };
      await both((orderId) => other.get(`/v1/orders/${orderId}`));
      await both((orderId) => other.get(`/v1/orders/${orderId}/units`));
      await both((_orderId, cancellationId) => other.get(`/v1/cancellations/${cancellationId}`));
      await both((_orderId, cancellationId) => other.get(`/v1/cancellations/${cancellationId}/explanation`));
      await both((orderId) => other.post('/v1/cancellation-quotes', { orderId }));
      if (other.claims.role === 'customer') {
        await both((orderId) => other.post('/v1/cancellations', { ...body(orderId), reason: { core: 'other' } }));
        await both((orderId) => other.post('/v1/withdrawals', { orderId }));
        await both((_orderId, cancellationId) => other.post(`/v1/cancellations/${cancellationId}/withdraw`));
      } else {
        await both((orderId) => other.post('/v1/cancellations', body(orderId)));
      }
      if (other.claims.role === 'merchant')
        await both((_orderId, cancellationId) => other.post(`/v1/cancellations/${cancellationId}/approve`));
    },
  );

  onLaptop('sees none of it in his lists', async () => {
    await service.order(paid);
    const rival = service.caller({ tenant: 'rival', role: 'customer', sub: service.customer.sub });
    expect(await rival.get('/v1/orders')).toMatchObject({ status: 200, body: { data: [] } });
    expect(await rival.get('/v1/orders?status=all')).toMatchObject({ status: 200, body: { data: [] } });
  });

  it('an unknown order is not found, by whatever route', async () => {
    expect(await service.support.get(`/v1/orders/${unknown}`)).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    });
    expect(await service.cancel({ orderId: unknown })).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(
      (
        await service.system.post(`/v1/orders/${unknown}/shipments`, {
          ref: 'p',
          lines: [{ lineId: '1', quantity: 1 }],
        })
      ).status,
    ).toBe(404);
  });
});

describe('Tokens', () => {
  const list = (token?: string) =>
    ask<{ message?: string; code?: string }>(service.baseUrl, { method: 'GET', path: '/v1/orders', token });

  it('none, nonsense and a forged one open nothing', async () => {
    expect(await list()).toMatchObject({ status: 401, body: { message: 'Unauthorized' } });
    expect(await list('nonsense')).toMatchObject({ status: 401 });
    const [head, , signature] = (await service.customer.token()).split('.');
    const payload = Buffer.from(JSON.stringify({ tenant: 'demo', role: 'platform', sub: 'x' })).toString('base64url');
    expect(await list(`${head}.${payload}.${signature}`)).toMatchObject({ status: 401 });
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    expect(await list(`${none}.${payload}.`)).toMatchObject({ status: 401 });
  });

  onLaptop('expire', async () => {
    const caller = service.caller({ tenant: 'demo', role: 'customer', sub: 'short' }, 30);
    expect((await caller.get('/v1/orders')).status).toBe(200);
    await service.local.pass({ minutes: 30 });
    expect((await caller.get('/v1/orders')).status).toBe(401);
  });

  onLaptop('that name no tenant, role, subject or merchant are refused', async () => {
    const incomplete = [
      { role: 'customer', sub: 'a' },
      { tenant: 'demo', sub: 'a' },
      { tenant: 'demo', role: 'customer' },
      { tenant: 'demo', role: 'merchant', sub: 'a' },
      { tenant: 'demo', role: 'root', sub: 'a' },
      { tenant: 'de#mo', role: 'customer', sub: 'a' },
    ];
    for (const claims of incomplete) {
      const reply = await service.caller(claims).get('/v1/policies/current');
      expect(reply).toMatchObject({ status: 403, body: { code: 'token_incomplete' } });
    }
  });

  it('of a role that may not are refused, and told which may', async () => {
    const order = await service.order(paid);
    const refused = [
      service.customer.put(`/v1/orders/${order.reference}`, order.body),
      service.customer.get('/v1/cancellations'),
      service.customer.get('/v1/cases'),
      service.merchant.get('/v1/orders'),
      service.system.post('/v1/cancellations', { orderId: order.id, reason: { core: 'other' } }),
      service.support.post('/v1/stock/batch', { items: [] }),
    ];
    for (const reply of await Promise.all(refused)) {
      expect(reply).toMatchObject({ status: 403, body: { code: 'role_not_allowed' } });
      expect(reply.body.facts?.['allowed']).toEqual(expect.any(Array));
    }
  });
});

describe('Bad input', () => {
  const post = (body: unknown, headers: Record<string, string> = { 'idempotency-key': service.key() }) =>
    service.customer.send({ method: 'POST', path: '/v1/cancellations', body, headers });

  it('is answered with a problem that names what is wrong', async () => {
    const order = await service.order(paid);
    const good = { orderId: order.id, reason: { core: 'other' } };
    const wrong: [unknown, number, string, string?][] = [
      ['{"orderId": ', 400, 'malformed_json'],
      ['[1, 2', 400, 'malformed_json'],
      ['"text"', 400, 'invalid_field'],
      [{ ...good, surprise: 1 }, 400, 'unknown_field', '/surprise'],
      [{ ...good, reason: { core: 'other', mood: 'bad' } }, 400, 'unknown_field', '/reason/mood'],
      [{ orderId: order.id }, 400, 'invalid_field', '/reason'],
      [{ ...good, reason: { core: 'because' } }, 422, 'reason_not_allowed', '/reason/core'],
      [{ ...good, lines: [] }, 400, 'invalid_field', '/lines'],
      [{ ...good, lines: [{ lineId: '1', quantity: 0 }] }, 400, 'invalid_field', '/lines/0/quantity'],
      [{ ...good, lines: [{ lineId: '1', quantity: 1.5 }] }, 400, 'invalid_field', '/lines/0/quantity'],
      [
        {
          ...good,
          lines: [
            { lineId: '1', quantity: 1 },
            { lineId: '1', quantity: 1 },
          ],
        },
        400,
        'invalid_field',
        '/lines/1/lineId',
      ],
      [{ ...good, note: 'line\nbreak' }, 400, 'invalid_field', '/note'],
      [{ reason: { core: 'other' } }, 400, 'invalid_field', '/orderId'],
    ];
    for (const [body, status, code, param] of wrong) {
      const reply = await post(body);
      expect([body, reply.status, reply.body.code]).toEqual([body, status, code]);
      if (param !== undefined) expect([body, reply.body.param]).toEqual([body, param]);
      expect(reply.headers.get('content-type')).toContain('application/problem+json');
    }
    expect((await service.orderNow(order.id)).cancellations).toEqual([]);
  });

  it('of a megabyte is refused unread', async () => {
    const reply = await post({ orderId: 'x', reason: { core: 'other' }, note: 'x'.repeat(1_048_576) });
    expect(reply).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  });

  it('without an Idempotency-Key, or with one beyond measure, is refused', async () => {
    const body = { orderId: unknown, reason: { core: 'other' } };
    expect(await post(body, {})).toMatchObject({ status: 400, body: { code: 'idempotency_key_missing' } });
    expect(await post(body, { 'idempotency-key': 'k'.repeat(256) })).toMatchObject({
      status: 400,
      body: { param: 'Idempotency-Key' },
    });
  });

  it('a path that is none is not found, and says so as the gateway does', async () => {
    const reply = await service.customer.get('/v1/nothing');
    expect(reply).toMatchObject({ status: 404, body: { message: 'Not Found' } });
  });
});

describe('A quote', () => {
  interface Quote {
    readonly id: string;
    readonly outcome: string;
    readonly refund: { amount: number };
    readonly legs: readonly { amount: number }[];
    readonly code?: string;
  }
  const quoteOf = (order: Placed, more: object = {}, by = service.customer) =>
    by.post<Quote>('/v1/cancellation-quotes', { orderId: order.id, ...more });

  it('says exactly what the request then does', async () => {
    const order = await service.order({
      lines: [
        { quantity: 3, net: 1_000 },
        { net: 599, tax: 100 },
      ],
      shipping: { amount: 301 },
      tenders: [{ storeCredit: 1_200 }, { storeCredit: 800 }],
    });
    const quote = expected(
      await quoteOf(order, {
        lines: [
          { lineId: '1', quantity: 2 },
          { lineId: '2', quantity: 1 },
        ],
      }),
      200,
    );
    expect(quote.outcome).toBe('accepted');
    const closed = await service.cancelUntil('closed', { quoteId: quote.id });
    expect(closed.refund.amount).toBe(quote.refund.amount);
    expect(closed.legs.map(({ amount }) => amount)).toEqual(quote.legs.map(({ amount }) => amount));
    expect(closed.lines).toEqual([
      { lineId: '1', quantity: 2 },
      { lineId: '2', quantity: 1 },
    ]);
  });

  it('that no longer holds is refused with a fresh one', async () => {
    const order = await service.order({ lines: [{ quantity: 3 }], tenders: [{ storeCredit: 3_000 }] });
    const stale = expected(await quoteOf(order), 200);
    await service.cancelUntil('closed', { orderId: order.id, lines: [{ lineId: '1', quantity: 1 }] });
    const refused = await service.cancel({ quoteId: stale.id });
    expect(refused).toMatchObject({ status: 409, body: { code: 'quote_stale' } });
    const fresh = refused.body.facts?.['quote'] as Quote;
    expect(fresh.refund.amount).toBe(2_000);
    await service.cancelUntil('closed', { quoteId: fresh.id });
  });

  onLaptop('holds for a quarter of an hour', async () => {
    const order = await service.order(paid);
    const quote = expected(await quoteOf(order), 200);
    await service.local.pass({ minutes: 16 });
    expect(await service.cancel({ quoteId: quote.id })).toMatchObject({ status: 409, body: { code: 'quote_expired' } });
  });

  onLaptop('of somebody else, or one that was altered, is none', async () => {
    const order = await service.order(paid);
    const { id } = expected(await quoteOf(order), 200);
    expect(await service.cancel({ quoteId: id }, service.customerNamed('thief'))).toMatchObject({ status: 404 });
    const rival = service.caller({ tenant: 'rival', role: 'customer', sub: service.customer.sub });
    expect(await service.cancel({ quoteId: id }, rival)).toMatchObject({
      status: 422,
      body: { code: 'quote_invalid' },
    });
    const altered = `${id.slice(0, -3)}xyz`;
    expect(await service.cancel({ quoteId: altered })).toMatchObject({ status: 422, body: { code: 'quote_invalid' } });
  });

  it('of what cannot be cancelled says so, and why, without an id', async () => {
    const order = await service.order({
      lines: [{ kind: 'digital', stage: 'served' }],
      tenders: [{ storeCredit: 1_000 }],
    });
    const quote = expected(await quoteOf(order), 200);
    expect(quote).toMatchObject({ outcome: 'refused', code: 'stage_passed' });
    expect(quote.id).toBeUndefined();
  });
});

describe('A withdrawal by law', () => {
  interface Withdrawal {
    readonly id: string;
    readonly status: string;
  }
  interface Receipt {
    readonly submittedAt: string;
    readonly cancellation: Cancellation;
  }
  const begin = (order: Placed) => service.customer.post<Withdrawal>('/v1/withdrawals', { orderId: order.id });
  const confirm = (id: string, by = service.customer) =>
    by.post<Receipt & { code?: string }>(`/v1/withdrawals/${encodeURIComponent(id)}/confirm`);

  it('takes two steps, of which the first changes nothing and the second is receipted with its time', async () => {
    const order = await service.order(paid);
    const { id, status } = expected(await begin(order), 201);
    expect(status).toBe('to_confirm');
    expect((await service.orderNow(order.id)).cancellations).toEqual([]);
    const receipt = expected(await confirm(id), 201);
    expect(receipt.submittedAt).toBe((receipt.cancellation as unknown as { requestedAt: string }).requestedAt);
    await service.becomes(receipt.cancellation.id, 'closed', service.customer);
    const again = await confirm(id);
    expect(again).toMatchObject({ status: 200, body: { submittedAt: receipt.submittedAt } });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  onLaptop('has to be confirmed within the hour, by the one who began it, unaltered', async () => {
    const order = await service.order(paid);
    const { id } = expected(await begin(order), 201);
    expect(await confirm(id, service.customerNamed('thief'))).toMatchObject({ status: 404 });
    expect(await confirm(`${id}x`)).toMatchObject({ status: 422, body: { code: 'withdrawal_invalid' } });
    await service.local.pass({ minutes: 61 });
    expect(await confirm(id)).toMatchObject({ status: 409, body: { code: 'withdrawal_expired' } });
    expect((await service.orderNow(order.id)).cancellations).toEqual([]);
  });
});

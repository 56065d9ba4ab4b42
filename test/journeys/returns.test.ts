/** A return through the API: who sees it, which step follows which, and what no desk can report. */
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DynamoOrderStore } from '../../shared/adapters/dynamodb/order-store';
import { DynamoReturns } from '../../shared/adapters/dynamodb/returns';
import { authorise, type Return } from '../../shared/domain/return';
import { documentClientOf } from '../support/document-client';
import type { Caller, Problem } from '../support/api-client';
import { aShipment } from '../support/orders';
import { expected, onLaptop, useService, type List } from '../support/service';

const service = useService();

interface Shown extends Problem {
  readonly id: string;
  readonly status: string;
  readonly sendBackBy: string;
  readonly next: readonly string[];
  readonly received?: { readonly lines: readonly { lineId: string; quantity: number }[] };
  readonly inspected?: { readonly note?: string; readonly lines: readonly Record<string, unknown>[] };
  readonly timeline: readonly { actor: string; step: string; outcome: string }[];
}

/** A return of the units of a cancelled order, as the story of its cancellation opens it. */
async function authorised(quantity = 3): Promise<Return> {
  const order = await service.order({ lines: [{ quantity }], tenders: [{ storeCredit: quantity * 1_000 }] });
  const { id } = await service.cancelUntil('closed', { orderId: order.id });
  const client = documentClientOf(service.baseUrl);
  try {
    const { TableNames = [] } = await client.send(new ListTablesCommand({}));
    const table = TableNames.find((name) => name.includes('Orders')) ?? '';
    const aggregate = await new DynamoOrderStore(client, table).find('demo', order.id);
    const cancellation = aggregate?.cancellations.find((each) => each.id === id);
    if (cancellation === undefined) throw new Error('it was cancelled');
    const at = (await service.now()).toISOString();
    const terms = { callBack: 'freely', refundOn: 'receipt', answerHours: 24, returnDays: 21 } as const;
    const rule = { ...terms, afterRefusal: 'return', sendBackDays: 14, inspectDays: 5 } as const;
    const given = authorise(cancellation, [aShipment('p1', 'delivered', cancellation.units)], rule, at);
    if (given === undefined) throw new Error('it was authorised');
    const entry = { actor: 'system', step: 'open-return', outcome: 'authorised', at };
    expect(await new DynamoReturns(client, table).open(given, entry)).toBe('opened');
    return given;
  } finally {
    client.destroy();
  }
}

const look = (id: string, by: Caller = service.support) => by.get<Shown>(`/v1/returns/${id}`);
const receive = (id: string, body: object, by: Caller = service.system, key?: string) =>
  by.post<Shown>(`/v1/returns/${id}/received`, body, key);
const inspect = (id: string, body: object, by: Caller = service.merchant, key?: string) =>
  by.post<Shown>(`/v1/returns/${id}/inspected`, body, key);
const units = (quantity: number) => ({ lines: [{ lineId: '1', quantity }] });
const full = (quantity: number) => ({ lines: [{ lineId: '1', quantity, result: 'full' }] });
const stored = (given: Return) => service.local.partition('Orders', `T#demo#O#${given.orderId}`);

describe('A return', () => {
  onLaptop('is received, inspected unit by unit, and told step by step', async () => {
    const given = await authorised();
    const { id } = given;
    expect(expected(await look(id), 200)).toMatchObject({
      ...{ object: 'return', status: 'authorised', cancellationId: given.cancellationId },
      ...{ sendBackBy: given.sendBackBy, lines: [{ lineId: '1', quantity: 3 }] },
      next: ['label_sent', 'in_transit', 'received', 'expired'],
    });
    expect(expected(await receive(id, units(2)), 200)).toMatchObject({ status: 'received', next: ['inspected'] });
    const worn = { lineId: '1', quantity: 1, result: 'reduced', reason: 'worn', keep: { basisPoints: 2_500 } };
    const whole = { lineId: '1', quantity: 1, result: 'full' };
    const found = { lines: [whole, { ...worn, noRestock: 'damaged' }], note: 'a chip at the rim' };
    expect(expected(await inspect(id, found), 200)).toMatchObject({
      status: 'restocked',
      inspected: { note: 'a chip at the rim', lines: [{ restock: true }, { restock: false, noRestock: 'damaged' }] },
    });
    await service.local.idle();
    const forCustomer = expected(await look(id, service.customer), 200);
    expect(forCustomer.inspected?.lines).toEqual([whole, worn]);
    expect(forCustomer.inspected).not.toHaveProperty('note');
    expect(forCustomer.timeline.map(({ actor, outcome }) => [actor, outcome])).toEqual([
      ['system', 'authorised'],
      ['system', 'received'],
      ['merchant', 'inspected'],
      ['merchant', 'restocked'],
    ]);
    const heard = (await service.local.heard(given.orderId)).filter(({ type }) => type.startsWith('return.'));
    expect(heard.map(({ type }) => type)).toEqual([
      'return.authorised',
      'return.received',
      'return.inspected',
      'return.restocked',
    ]);
    expect(heard[0]?.data).toMatchObject({ return: { id, status: 'authorised', sendBackBy: given.sendBackBy } });
    const story = await service.cancellation(given.cancellationId);
    expect(story.timeline.map(({ step }) => step)).not.toContain('receive-return');
  });

  onLaptop('has a label, and is on its way when its buyer shows that he has sent it', async () => {
    const { id } = await authorised();
    const label = (body: object, by: Caller = service.merchant) => by.post<Shown>(`/v1/returns/${id}/label`, body);
    const sent = (body: object, by: Caller = service.customer) => by.post<Shown>(`/v1/returns/${id}/sent`, body);
    expect(await label({})).toMatchObject({ status: 400, body: { code: 'invalid_field', param: '/url' } });
    expect(await label({ url: 'http://shop.example/l' })).toMatchObject({ status: 400, body: { param: '/url' } });
    expect((await label({ trackingCode: 'R1' }, service.customer)).status).toBe(403);
    for (let time = 1; time <= 2; time += 1)
      expect(expected(await label({ url: 'https://shop.example/l' }), 200)).toMatchObject({
        ...{ status: 'label_sent', label: { url: 'https://shop.example/l' } },
      });
    expect((await sent({ trackingCode: 'R1' }, service.customerNamed('stranger'))).status).toBe(404);
    const tomorrow = new Date((await service.now()).getTime() + 86_400_000).toISOString();
    expect(await sent({ trackingCode: 'R1', sentBackAt: tomorrow })).toMatchObject({ body: { param: '/sentBackAt' } });
    for (let time = 1; time <= 2; time += 1)
      expect(expected(await sent({ trackingCode: 'R1' }), 200)).toMatchObject({ status: 'in_transit' });
    expect(await sent({ trackingCode: 'R2' })).toMatchObject({
      status: 409,
      body: { code: 'return_step_not_allowed' },
    });
    expect(expected(await receive(id, units(3)), 200)).toMatchObject({ status: 'received' });
  });

  onLaptop('says of each unit where it is', async () => {
    const given = await authorised(2);
    const places = async () => {
      const path = `/v1/orders/${given.orderId}/units`;
      const reply = await service.support.get<{ lines: { units: { place: string; because: object }[] }[] }>(path);
      return expected(reply, 200).lines[0]?.units.map(({ place, because }) => [place, because]);
    };
    expect(await places()).toEqual([['delivered', { rule: 'return.authorised', id: given.id }]]);
    expected(await receive(given.id, units(1)), 200);
    expect(await places()).toEqual([
      ['returned', { rule: 'return.received', id: given.id }],
      ['delivered', { rule: 'return.received', id: given.id }],
    ]);
  });

  onLaptop('that nobody sends back is an exception when its time is over, and is then not taken any more', async () => {
    const given = await authorised();
    const listed = async () => {
      const reply = await service.merchant.get<List<{ kind: string; return?: { id: string } }>>('/v1/goods/exceptions');
      return expected(reply, 200).data.filter((each) => each.return?.id === given.id);
    };
    expect(await listed()).toEqual([]);
    await service.local.pass({ days: 14, seconds: 1 });
    expect(await listed()).toMatchObject([{ kind: 'return_overdue' }]);
    const late = await receive(given.id, units(3));
    expect(late).toMatchObject({
      status: 409,
      body: { code: 'return_expired', facts: { sendBackBy: given.sendBackBy } },
    });
    expect(expected(await look(given.id), 200)).toMatchObject({ status: 'expired', next: [] });
    expect(await listed()).toEqual([]);
  });

  onLaptop('that was sent in time may arrive later', async () => {
    const given = await authorised();
    await service.local.pass({ days: 20 });
    const sentBackAt = given.authorisedAt;
    expect(expected(await receive(given.id, { ...units(3), sentBackAt }), 200)).toMatchObject({ status: 'received' });
  });
});

describe('The same report twice', () => {
  onLaptop('is one step with one answer, under its key; under another it is refused', async () => {
    const { id } = await authorised();
    const key = service.key();
    const first = expected(await receive(id, units(3), service.system, key), 200);
    const again = await receive(id, units(3), service.system, key);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(expected(again, 200)).toEqual(first);
    expect(await receive(id, units(2), service.system, key)).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
    expect(await receive(id, units(3))).toMatchObject({ status: 409, body: { code: 'return_step_not_allowed' } });
    const reply = await service.system.send<Problem>({
      method: 'POST',
      path: `/v1/returns/${id}/received`,
      body: units(3),
    });
    expect(reply).toMatchObject({ status: 400, body: { code: 'idempotency_key_missing' } });
  });
});

describe('Steps in a wrong order', () => {
  onLaptop('are refused, and nothing moves', async () => {
    const given = await authorised();
    const before = await stored(given);
    expect(await inspect(given.id, full(3))).toMatchObject({
      status: 409,
      body: { code: 'return_step_not_allowed', facts: { status: 'authorised' } },
    });
    expect(await stored(given)).toEqual(before);
    expected(await receive(given.id, units(3)), 200);
    expected(await inspect(given.id, full(3)), 200);
    const after = await stored(given);
    expect(await receive(given.id, units(3))).toMatchObject({ status: 409, body: { facts: { status: 'restocked' } } });
    expect(await inspect(given.id, full(3))).toMatchObject({
      status: 409,
      body: { facts: { allowed: [] } },
    });
    expect(await stored(given)).toEqual(after);
  });
});

describe('What cannot be reported', () => {
  const line = (more: object) => ({ lines: [{ lineId: '1', quantity: 3, result: 'full', ...more }] });
  const arrivals: readonly [string, object, number, string, string][] = [
    ['none', units(0), 400, 'invalid_field', '/lines/0/quantity'],
    ['less than none', units(-1), 400, 'invalid_field', '/lines/0/quantity'],
    ['half a unit', units(1.5), 400, 'invalid_field', '/lines/0/quantity'],
    ['more than were sent', units(4), 422, 'units_not_in_return', '/lines/0/quantity'],
    ['what was never sent', { lines: [{ lineId: '2', quantity: 1 }] }, 422, 'units_not_in_return', '/lines/0/lineId'],
    ['no lines', { lines: [] }, 400, 'invalid_field', '/lines'],
    ['a line twice', { lines: [...units(1).lines, ...units(1).lines] }, 400, 'invalid_field', '/lines/1/lineId'],
    [
      'a postmark of tomorrow',
      { ...units(1), sentBackAt: '2099-01-01T00:00:00Z' },
      400,
      'invalid_field',
      '/sentBackAt',
    ],
    ['a field of our own', { ...units(1), status: 'restocked' }, 400, 'unknown_field', '/status'],
  ];
  const findings: readonly [string, object, number, string, string][] = [
    ['none', line({ quantity: 0 }), 400, 'invalid_field', '/lines/0/quantity'],
    ['less than none', line({ quantity: -3 }), 400, 'invalid_field', '/lines/0/quantity'],
    ['half a unit', line({ quantity: 2.5 }), 400, 'invalid_field', '/lines/0/quantity'],
    ['more than arrived', line({ quantity: 4 }), 422, 'units_not_in_return', '/lines/0/quantity'],
    ['less than arrived', line({ quantity: 2 }), 422, 'inspection_incomplete', '/lines'],
    ['a result of no kind', line({ result: 'perhaps' }), 400, 'invalid_field', '/lines/0/result'],
    ['no reason', line({ result: 'none' }), 400, 'invalid_field', '/lines/0/reason'],
    [
      'a share above all',
      line({ result: 'reduced', reason: 'worn', keep: { basisPoints: 10_000 } }),
      400,
      'invalid_field',
      '/lines/0/keep',
    ],
    [
      'all that it cost',
      line({ result: 'reduced', reason: 'worn', keep: { amount: 3_000 } }),
      422,
      'reduction_too_high',
      '/lines/0/keep',
    ],
  ];

  onLaptop('of what arrives is refused by its code, and nothing moves', async () => {
    const given = await authorised();
    const before = await stored(given);
    for (const [what, body, status, code, param] of arrivals) {
      const reply = await receive(given.id, body);
      expect([what, reply.status, reply.body.code]).toEqual([what, status, code]);
      expect([what, reply.body.param?.startsWith(param)]).toEqual([what, true]);
    }
    expect(await stored(given)).toEqual(before);
  });

  onLaptop('of what was found is refused by its code, and nothing moves', async () => {
    const given = await authorised();
    expected(await receive(given.id, units(3)), 200);
    const before = await stored(given);
    for (const [what, body, status, code, param] of findings) {
      const reply = await inspect(given.id, body);
      expect([what, reply.status, reply.body.code]).toEqual([what, status, code]);
      expect([what, reply.body.param?.startsWith(param)]).toEqual([what, true]);
    }
    expect(await stored(given)).toEqual(before);
  });
});

describe('Somebody else', () => {
  onLaptop('gets the same answer for a return of others and for one that is not', async () => {
    const given = await authorised();
    const missing = 'ret_00000000000000000000000000';
    const rivals = [
      service.customerNamed('other'),
      service.caller({ tenant: 'demo', role: 'merchant', sub: 'm', merchant_id: 'other' }),
      service.caller({ tenant: 'demo', role: 'system', sub: 's', merchant_id: 'other' }),
      service.caller({ tenant: 'rival', role: 'support', sub: 's' }),
      service.caller({ tenant: 'rival', role: 'customer', sub: service.customer.sub }),
    ];
    const likeness = (body: unknown, id: string): string =>
      JSON.stringify({ ...(body as object), request_id: '' }).replaceAll(id, '…');
    const before = await stored(given);
    for (const rival of rivals) {
      const asks = [(id: string) => look(id, rival)];
      const { role } = rival.claims;
      if (role === 'system' || role === 'support') asks.push((id) => receive(id, units(3), rival));
      if (role === 'merchant' || role === 'support') asks.push((id) => inspect(id, full(3), rival));
      for (const one of asks) {
        const [there, gone] = [await one(given.id), await one(missing)];
        expect([there.status, gone.status]).toEqual([404, 404]);
        expect(likeness(there.body, given.id)).toBe(likeness(gone.body, missing));
      }
    }
    for (const [by, step] of [
      [service.customer, receive],
      [service.merchant, receive],
      [service.customer, inspect],
    ] as const)
      expect(await step(given.id, units(3), by)).toMatchObject({ status: 403, body: { code: 'role_not_allowed' } });
    expect(await stored(given)).toEqual(before);
  });

  it('has no return under an id that is none', async () => {
    for (const id of ['ret_1', 'can_00000000000000000000000000', 'ret_0000000000000000000000000'])
      expect(await look(id)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

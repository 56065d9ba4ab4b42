/** What a caller may count on, whichever door he comes by: status and shape of every answer. */
import { intakeOf } from '../../support/order-sketch';
import type { ApiAnswer, ApiRequest, Claims } from '../world/gateway';

export interface DoorSubject {
  readonly tenant: string;
  readonly now: Date;
  ask(request: ApiRequest): Promise<ApiAnswer>;
  /** The next invocation of a function ends like this. */
  next(functionName: string, end: 'dies' | 'throttled'): void;
  stop(): Promise<void>;
}

/** An answer without what differs from host to host and run to run: values of ids and times. */
export type Shape = string | readonly Shape[] | { readonly [name: string]: Shape };

export function doorContract(begin: () => Promise<DoorSubject>, shapes: Map<string, Shape>): void {
  let door: DoorSubject;
  let order = '';
  let cancellation = '';

  beforeAll(async () => {
    door = await begin();
  }, 120_000);
  afterAll(() => door.stop());

  const claims = (role: Claims['role'], sub: string = role): Claims => ({
    tenant: door.tenant,
    role,
    sub,
    ...(role === 'merchant' ? { merchant_id: 'shop' } : {}),
  });
  const as = (role: string, method: string, path: string, more: Partial<ApiRequest> = {}): ApiRequest => ({
    method,
    path,
    claims: claims(role),
    ...more,
  });
  const key = (text: string) => ({ headers: { 'idempotency-key': text } });

  async function asked(name: string, request: ApiRequest, status: number): Promise<ApiAnswer> {
    const answer = await door.ask(request);
    shapes.set(name, shapeOf(answer.body));
    expect({ status: answer.status, body: answer.body as unknown }).toMatchObject({ status });
    return answer;
  }

  it('takes an order in, with its stock', async () => {
    const { body, stock } = intakeOf(
      { lines: [{ id: 'a', quantity: 2 }], tenders: [{ storeCredit: 2_000 }], policy: { graceMinutes: 30 } },
      { reference: 'a-1', merchantId: 'shop', customerId: 'customer', now: door.now, onOwnLedger: false },
    );
    const items = stock.map((one) => ({ ...one, ref: 'a', sku: 'a' }));
    await asked(
      'stock',
      as('system', 'POST', '/v1/stock/batch', { ...key('s'), body: { merchantId: 'shop', items } }),
      200,
    );
    // Percent signs in the path are read before the function sees it.
    const put = await asked('order', as('system', 'PUT', '/v1/orders/a%2D%31', { body }), 201);
    order = (put.body as { id: string }).id;
    await asked('order again', as('system', 'PUT', '/v1/orders/a%2D%31', { body }), 200);
  });

  it('shows it to its customer, and to no other', async () => {
    const { body } = await asked('an order', as('customer', 'GET', `/v1/orders/${order}`), 200);
    expect(body).toMatchObject({ reference: 'a-1' });
    const other = { ...as('customer', 'GET', `/v1/orders/${order}`), claims: claims('customer', 'somebody') };
    await asked("somebody else's order", other, 404);
    await asked('orders', as('customer', 'GET', '/v1/orders', { query: { limit: '10' } }), 200);
    await asked('a wrong limit', as('customer', 'GET', '/v1/orders', { query: { limit: 'ten' } }), 400);
  });

  it('takes a cancellation once under its key', async () => {
    const body = { orderId: order, reason: { core: 'changed_mind' } };
    const wish = as('customer', 'POST', '/v1/cancellations', { ...key('k'), body });
    const first = await asked('a cancellation', wish, 202);
    cancellation = (first.body as { id: string }).id;
    const again = await door.ask(wish);
    expect(again.body).toMatchObject({ id: cancellation });
    shapes.set('the same again', { status: String(again.status), body: shapeOf(again.body) });
    await asked('another under its key', { ...wish, body: { ...body, reason: { core: 'other', own: 'x' } } }, 422);
    await asked('without a key', as('customer', 'POST', '/v1/cancellations', { body }), 400);
  });

  it('shows it, and lets it be withdrawn', async () => {
    await asked('one cancellation', as('customer', 'GET', `/v1/cancellations/${cancellation}`), 200);
    const withdraw = as('customer', 'POST', `/v1/cancellations/${cancellation}/withdraw`, { ...key('w'), body: {} });
    await asked('withdrawn', withdraw, 200);
  });

  it.each<[string, string, string, object, number]>([
    ['a body that is no JSON', 'POST', '/v1/cancellations', { ...key('n'), body: '{"orderId":' }, 400],
    ['a body that lacks what is needed', 'POST', '/v1/cancellations', { ...key('m'), body: {} }, 400],
    ['what nobody knows', 'GET', '/v1/cancellations/can_00000000000000000000000000', {}, 404],
    ['what is no id', 'GET', '/v1/orders/%25x', {}, 400],
    ['what his role may not', 'PUT', '/v1/orders/mine', { body: {} }, 403],
    ['a path without a route', 'GET', '/v1/nothing', {}, 404],
    ['a route by another method', 'PUT', '/v1/cancellations', { body: {} }, 404],
    ['a path that ends in a slash', 'GET', '/v1/orders/', {}, 404],
    ['a route with one part more', 'GET', '/v1/orders/x/y', {}, 404],
    ['the rules', 'GET', '/v1/policies/current', { query: { market: 'DE' } }, 200],
  ])('refuses or answers %s alike', async (name, method, path, more, status) => {
    await asked(name, as('customer', method, path, more), status);
  });

  it('lets nobody in without a token', async () => {
    const answer = await asked('nobody', { method: 'GET', path: '/v1/orders' }, 401);
    expect(answer.body).toEqual({ message: 'Unauthorized' });
  });

  it('takes no webhook that is not signed, and asks for no token there', async () => {
    const body = JSON.stringify({ id: 'evt_1' });
    const path = `/webhooks/payments/stripe/con_nobody`;
    await asked('a webhook', { method: 'POST', path, body }, 404);
  });

  it('says that it broke when a function dies, and that it is busy when Lambda refuses', async () => {
    door.next('get-policy', 'dies');
    const rules = as('customer', 'GET', '/v1/policies/current', { query: { market: 'DE' } });
    expect((await asked('a dead function', rules, 500)).body).toEqual({ message: 'Internal Server Error' });
    door.next('get-policy', 'throttled');
    expect((await asked('a busy function', rules, 503)).body).toEqual({ message: 'Service Unavailable' });
    await asked('afterwards', rules, 200);
  });
}

function shapeOf(value: unknown): Shape {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  // What an answer says in a word of ours is the same everywhere.
  const told = ['code', 'message', 'status', 'title', 'type', 'param'];
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, told.includes(name) ? JSON.stringify(one) : shapeOf(one)]),
  );
}

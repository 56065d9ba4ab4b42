import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { stockSystemStandIn } from '../../infra/local/stand-ins/stock-system';
import { HttpStock, signatureOf } from '../../shared/adapters/stock/http-stock';
import { PermanentFault, TransientFault } from '../../shared/domain/faults';
import { mount, type Mounted } from '../support/mounted-stand-in';
import { stockKeeperSuite } from './stock-keeper.suite';

const account = { id: 'con_stock', apiKey: 'a-shared-secret', webhookSecrets: [] };
const tenant = 'acme';
const at = '2026-03-01T12:00:00.000Z';

let party: Mounted;
beforeEach(async () => void (party = await mount(stockSystemStandIn({ accounts: () => Promise.resolve([account]) }))));
afterEach(() => party.close());

const keeper = (apiKey = account.apiKey, now = () => party.clock.now()): HttpStock => {
  const connection = { ...account, apiKey, tenant, provider: 'stock_system', baseUrl: party.baseUrl };
  return new HttpStock(() => Promise.resolve(connection), now, { timeoutMs: 400 });
};

const schema = JSON.parse(readFileSync(join(__dirname, '../../docs/stock-api.schema.json'), 'utf8')) as { $id: string };
const ajv = new Ajv2020({ strict: true });
ajv.addSchema(schema);
const fits = (part: string, value: unknown): void => {
  const validate = ajv.getSchema(`${schema.$id}#/$defs/${part}`);
  if (validate === undefined) throw new Error(`the contract has no ${part}`);
  const right = validate(value);
  expect([right, validate.errors]).toEqual([true, null]);
};

describe("a shop's own stock system", () => {
  stockKeeperSuite(() => ({ keeper: keeper(), tenant }));

  // Whatever the suite sent and was answered is held against the contract.
  afterEach(() => {
    for (const { request, reply } of party.exchanges) {
      if (reply === 'hang-up') continue;
      const answer: unknown = JSON.parse(reply.body.toString());
      if (request.method === 'POST') {
        fits(request.path.endsWith('/openings') ? 'opening' : 'movement', JSON.parse(request.rawBody.toString()));
        expect(request.headers['idempotency-key']).toMatch(/^mov_/);
      }
      fits(reply.status >= 400 ? 'problem' : request.method === 'GET' ? 'balance' : 'outcome', answer);
    }
    expect(party.exchanges.length).toBeGreaterThan(0);
  });
});

const place = { merchantId: 'm1', sku: 'MUG', location: 'main' };
const source = { tenant, merchantId: 'm1', orderId: 'ord_1', cancellationId: 'can_1', round: 0 };
const line = { sku: 'MUG', location: 'main', lineId: '1', quantity: 1 };

describe('the contract of a stock system', () => {
  test('signs method, path, time and body, so that anybody can compute it again', () => {
    const signed = { method: 'POST', path: '/stock/v1/movements', timestamp: '1767225600', body: '{}' };
    // echo -n '{}' | sha256sum; printf 'POST\n/stock/v1/movements\n1767225600\nDIGEST' | openssl dgst -sha256 -hmac secret
    expect(signatureOf('secret', signed)).toBe('a508c1febd93902c3188af5df60b87848c78c979d1f77a8958842e60dabcf63a');
    for (const change of [{ method: 'PUT' }, { path: '/x' }, { timestamp: '1' }, { body: '' }])
      expect(signatureOf('secret', { ...signed, ...change })).not.toBe(
        'a508c1febd93902c3188af5df60b87848c78c979d1f77a8958842e60dabcf63a',
      );
  });

  test('lets nobody in with another secret, or at another time', async () => {
    await expect(keeper('another').open(tenant, { ...place, onHand: 1, reserved: 1, ref: 'o' }, at)).rejects.toThrow(
      PermanentFault,
    );
    const late = (): number => party.clock.now() + 6 * 60_000;
    await expect(keeper(account.apiKey, late).balance(tenant, place)).rejects.toThrow(PermanentFault);
    expect(await party.control('ledger')).toEqual({ balances: {}, keys: [] });
  });

  test('a key that comes with something else moves nothing', async () => {
    await keeper().open(tenant, { ...place, onHand: 5, reserved: 5, ref: 'o' }, at);
    await keeper().release(source, [line], at);
    await expect(keeper().release(source, [{ ...line, quantity: 2 }], at)).rejects.toThrow(PermanentFault);
    expect(await keeper().balance(tenant, place)).toMatchObject({ reserved: 4 });
  });

  test('what was moved outlives the system', async () => {
    await keeper().open(tenant, { ...place, onHand: 5, reserved: 5, ref: 'o' }, at);
    await keeper().release(source, [line], at);
    await party.restart(stockSystemStandIn({ accounts: () => Promise.resolve([account]) }));
    await keeper().release(source, [line], at);
    expect(await keeper().balance(tenant, place)).toMatchObject({ onHand: 5, reserved: 4 });
  });

  describe('a reservation that was on its way while its order was cancelled', () => {
    const reserve = (id: string, quantity: number) =>
      keeper().move(
        tenant,
        { id, type: 'reserve', ...place, quantity, of: { orderId: 'ord_1', lineId: '1' }, lineUnits: 2 },
        undefined,
        at,
      );
    beforeEach(() => keeper().open(tenant, { ...place, onHand: 9, reserved: 0, ref: 'o' }, at));

    test('comes to nothing, also where the release came first and moved nothing', async () => {
      expect(await keeper().release(source, [{ ...line, quantity: 2 }], at)).toMatchObject({
        unmatched: [{ quantity: 2 }],
      });
      expect(await reserve('mov_1', 1)).toBe('short');
      expect(await keeper().balance(tenant, place)).toMatchObject({ reserved: 0 });
    });

    test('comes to nothing after what was reserved is released', async () => {
      expect(await reserve('mov_1', 2)).toBe('moved');
      expect(await keeper().release(source, [line], at)).toEqual({ unmatched: [] });
      expect(await reserve('mov_2', 1)).toBe('short');
      expect(await reserve('mov_1', 2)).toBe('known');
      expect(await keeper().balance(tenant, place)).toMatchObject({ reserved: 1 });
    });

    test('is made when the cancellation was undone, and for what was not cancelled', async () => {
      expect(await reserve('mov_1', 1)).toBe('moved');
      await keeper().release(source, [line], at);
      expect(await keeper().reserveAgain({ ...source, round: 1 }, [line], at)).toEqual({ gone: [] });
      expect(await reserve('mov_2', 1)).toBe('moved');
      expect(await reserve('mov_3', 1)).toBe('short');
      expect(await keeper().balance(tenant, place)).toMatchObject({ reserved: 2 });
    });

    test('comes to nothing after a restart of the system as well', async () => {
      await keeper().release(source, [{ ...line, quantity: 2 }], at);
      await party.restart(stockSystemStandIn({ accounts: () => Promise.resolve([account]) }));
      expect(await reserve('mov_1', 1)).toBe('short');
    });
  });

  test.each<[string, object]>([
    ['the answer is lost after the units moved', { answer: 'hang-up', applied: true }],
    ['the connection breaks before they did', { answer: 'hang-up' }],
    ['it answers 500 and has moved them', { answer: 'status', status: 500, applied: true }],
    ['it answers 503', { answer: 'status', status: 503 }],
    ['it has too much to do', { answer: 'status', status: 429 }],
    ['it is busy with the same units', { answer: 'status', status: 409, body: '{"code":"busy"}' }],
    ['a gateway answers in its place', { answer: 'garbage', status: 200, applied: true }],
    ['it does not answer in time', { delayMs: 600, applied: true }],
  ])('%s: the step is told to try again, and the second time is the same movement', async (_what, trouble) => {
    await keeper().open(tenant, { ...place, onHand: 5, reserved: 5, ref: 'o' }, at);
    await party.control('faults', { next: 1, ...trouble });
    await expect(keeper().release(source, [line], at)).rejects.toThrow(TransientFault);
    expect(await keeper().release(source, [line], at)).toEqual({ unmatched: [] });
    expect(await keeper().balance(tenant, place)).toMatchObject({ onHand: 5, reserved: 4 });
  });
});

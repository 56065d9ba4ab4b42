/** What may become an exception stands in two indexes of a real engine, and leaves them when it no longer may. */
import { type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { assembly } from '../../infra/local/assembly';
import { startLaptop, type Laptop } from '../../infra/local/laptop';
import { DynamoCancellationStore } from '../../shared/adapters/dynamodb/cancellation-store';
import { DynamoGoodsExceptions } from '../../shared/adapters/dynamodb/goods-exceptions';
import { DynamoReturns } from '../../shared/adapters/dynamodb/returns';
import { DynamoOrderStore } from '../../shared/adapters/dynamodb/order-store';
import type { OrderAggregate } from '../../shared/domain/aggregate';
import { derivedId } from '../../shared/domain/ids';
import type { Shipment } from '../../shared/domain/order';
import { isRefusal, type Refusal } from '../../shared/domain/refusal';
import { authorise, expire } from '../../shared/domain/return';
import { listGoodsExceptions } from '../../shared/flows/list-goods-exceptions';
import type { Page } from '../../shared/ports/order-store';
import { documentClientOf } from '../support/document-client';
import { anOrder, aPolicy, aShipment, withCancellation } from '../support/orders';

const at = '2026-03-01T12:00:00.000Z';
const entry = { actor: 'system', step: 'test', outcome: 'done', at };
const parcels = { callBack: 'freely', refundOn: 'acceptance', answerHours: 24, returnDays: 10 } as const;
const units = { '1': [{ from: 0, to: 1 }] };

let laptop: Laptop;
let client: DynamoDBDocumentClient;
let orders: DynamoOrderStore;
let cancellations: DynamoCancellationStore;
let exceptions: DynamoGoodsExceptions;
let returns: DynamoReturns;
let counter = 0;

beforeAll(async () => {
  laptop = await startLaptop({ assembly: await assembly(), log: 'silent' });
  client = documentClientOf(laptop.baseUrl);
  const table = laptop.table('orders').name;
  orders = new DynamoOrderStore(client, table);
  cancellations = new DynamoCancellationStore(client, table);
  exceptions = new DynamoGoodsExceptions(client, table);
  returns = new DynamoReturns(client, table);
}, 120_000);

afterAll(async () => {
  client.destroy();
  await laptop.close();
});

interface Whose {
  readonly tenant: string;
  readonly merchantId?: string;
}

async function read({ tenant }: Whose, id: string): Promise<OrderAggregate> {
  const found = await orders.find(tenant, id);
  if (found === undefined) throw new Error('the order was stored');
  return found;
}

async function save(whose: Whose, id: string, change: Partial<Shipment>): Promise<void> {
  const { order, shipments } = await read(whose, id);
  const [shipment = aShipment(`shp-${id}`, 'in_transit', units)] = shipments;
  expect(await orders.saveShipment(order, { ...shipment, ...change }, [], entry)).toBe('stored');
}

/** A cancelled order whose one parcel was called back on a day of March. */
async function calledBack(whose: Whose, day: number, change: Partial<Shipment> = {}): Promise<string> {
  counter += 1;
  const { tenant, merchantId = 'm1' } = whose;
  const sketch = anOrder({ lines: [{ id: '1' }], policy: aPolicy({ parcels }) });
  const id = derivedId('ord', tenant, counter);
  const { contract, lines, ...header } = { ...sketch.order, id, tenant, merchantId };
  await orders.insert({ header, contract, lines, payments: [], shipments: [] }, [], entry);
  const taken = withCancellation(await read(whose, id), { units }, 'executing').cancellations[0];
  if (taken === undefined) throw new Error('it was cancelled');
  const own = { ...taken, id: derivedId('can', tenant, counter) };
  expect(await cancellations.record(await read(whose, id), own, [], entry)).toBe('recorded');
  const recalledAt = `2026-03-${String(day).padStart(2, '0')}T12:00:00.000Z`;
  await save(whose, id, { recall: 'accepted', recallKind: 'interception', recalledAt, ...change });
  return id;
}

function pageOf<Item>(page: Page<Item> | Refusal): Page<Item> {
  if (isRefusal(page)) throw new Error(page.detail);
  return page;
}

const list = async (whose: Whose, now = '2026-06-01T00:00:00.000Z', limit = 20, startingAfter?: string) =>
  pageOf(
    await listGoodsExceptions({ exceptions, orders }, whose, now, {
      limit,
      ...(startingAfter === undefined ? {} : { startingAfter }),
    }),
  );
const ordersIn = async (whose: Whose, now?: string) => (await list(whose, now)).items.map(({ orderId }) => orderId);

describe('goods that are not where they should be', () => {
  test('are listed longest overdue first, of a tenant or of one of its merchants', async () => {
    const tenant = 'ordered';
    const late = await calledBack({ tenant }, 9);
    const foreign = await calledBack({ tenant, merchantId: 'm2' }, 5);
    const first = await calledBack({ tenant }, 2);
    await calledBack({ tenant: 'another' }, 3);
    expect(await ordersIn({ tenant })).toEqual([first, foreign, late]);
    expect(await ordersIn({ tenant, merchantId: 'm1' })).toEqual([first, late]);
    expect(await ordersIn({ tenant, merchantId: 'm2' })).toEqual([foreign]);
    expect(await ordersIn({ tenant, merchantId: 'm3' })).toEqual([]);
  });

  test('are those that are due, not those that may become so', async () => {
    const tenant = 'due';
    const first = await calledBack({ tenant }, 2);
    await calledBack({ tenant }, 9);
    expect(await ordersIn({ tenant }, '2026-03-12T11:59:59.000Z')).toEqual([]);
    expect(await ordersIn({ tenant }, '2026-03-12T12:00:01.000Z')).toEqual([first]);
  });

  test('leave the list when the parcel is here, and come into it when it was delivered all the same', async () => {
    const tenant = 'moving';
    const id = await calledBack({ tenant }, 2);
    await save({ tenant }, id, { position: 'returned', recall: 'received' });
    expect(await ordersIn({ tenant })).toEqual([]);
    const other = await calledBack({ tenant }, 3);
    const failed = { cancellationId: 'can_1', at: '2026-03-04T00:00:00.000Z' };
    await save({ tenant }, other, { position: 'delivered', recall: 'refused', failed });
    expect((await list({ tenant })).items).toMatchObject([
      { kind: 'delivered_although_called_back', orderId: other, since: failed.at },
    ]);
  });

  test('are returns as well, by when their next step is due', async () => {
    const tenant = 'returns';
    const id = await calledBack({ tenant }, 9);
    const {
      cancellations: [cancellation],
      shipments,
    } = await read({ tenant }, id);
    const rule = { ...parcels, afterRefusal: 'return', sendBackDays: 5 } as const;
    const given = cancellation && authorise(cancellation, shipments, rule, at);
    if (given === undefined) throw new Error('it was authorised');
    expect(await returns.open(given, entry)).toBe('opened');
    const kinds = async (now: string) => (await list({ tenant, merchantId: 'm1' }, now)).items.map(({ kind }) => kind);
    expect(await kinds('2026-03-06T11:59:59.000Z')).toEqual([]);
    expect(await kinds('2026-03-06T12:00:01.000Z')).toEqual(['return_overdue']);
    expect(await kinds('2026-06-01T00:00:00.000Z')).toEqual(['return_overdue', 'interception_overdue']);
    const expired = expire(given, '2026-03-06T12:00:00.000Z');
    if (isRefusal(expired)) throw new Error(expired.detail);
    expect(await returns.save(given, expired, ['return.expired'], entry)).toBe('saved');
    expect(await kinds('2026-03-06T12:00:01.000Z')).toEqual([]);
  });

  test('come in pages, also where some have been settled meanwhile', async () => {
    const tenant = 'paged';
    const ids: string[] = [];
    for (let day = 1; day <= 5; day += 1) ids.push(await calledBack({ tenant }, day));
    const settled = await read({ tenant }, ids[1] ?? '');
    const [before] = settled.cancellations;
    if (before === undefined) throw new Error('it was cancelled');
    const undone = { ...before, status: 'undone' as const, closedAt: at, failure: 'x' };
    expect(await cancellations.save(before, undone, entry)).toBe('saved');
    const shown: string[] = [];
    let next: string | undefined;
    do {
      const page = await list({ tenant }, undefined, 1, next);
      expect(page.items).toHaveLength(1);
      shown.push(...page.items.map(({ orderId }) => orderId));
      next = page.next;
    } while (next !== undefined);
    expect(shown).toEqual(ids.filter((_id, index) => index !== 1));
  });

  test('of another list are not gone on with', async () => {
    const tenant = 'cursors';
    await calledBack({ tenant }, 1);
    await calledBack({ tenant }, 2);
    const { next = '' } = await list({ tenant }, undefined, 1);
    expect(next).not.toBe('');
    const page = { limit: 1, startingAfter: next };
    const refused = { code: 'invalid_field', param: 'starting_after' };
    const now = '2026-06-01T00:00:00.000Z';
    expect(await listGoodsExceptions({ exceptions, orders }, { tenant: 'paged' }, now, page)).toMatchObject(refused);
    expect(await listGoodsExceptions({ exceptions, orders }, { tenant, merchantId: 'm1' }, now, page)).toMatchObject(
      refused,
    );
  });
});

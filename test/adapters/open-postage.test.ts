/** Labels that are asked after stand in an index of a real engine, by a time of the day, and leave it when they are settled. */
import { type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { assembly } from '../../infra/local/assembly';
import { startLaptop, type Laptop } from '../../infra/local/laptop';
import { DynamoGoodsExceptions } from '../../shared/adapters/dynamodb/goods-exceptions';
import { DynamoOpenPostage } from '../../shared/adapters/dynamodb/open-postage';
import { DynamoOrderStore } from '../../shared/adapters/dynamodb/order-store';
import { derivedId } from '../../shared/domain/ids';
import { slotOf } from '../../shared/domain/open-postage';
import type { Shipment } from '../../shared/domain/order';
import { listGoodsExceptions } from '../../shared/flows/list-goods-exceptions';
import { documentClientOf } from '../support/document-client';
import { anOrder, aShipment } from '../support/orders';

const at = '2026-03-01T12:00:00.000Z';
const entry = { actor: 'system', step: 'test', outcome: 'done', at };
const units = { '1': [{ from: 0, to: 1 }] };

let laptop: Laptop;
let client: DynamoDBDocumentClient;
let orders: DynamoOrderStore;
let postage: DynamoOpenPostage;
let exceptions: DynamoGoodsExceptions;
let counter = 0;

beforeAll(async () => {
  laptop = await startLaptop({ assembly: await assembly(), log: 'silent' });
  client = documentClientOf(laptop.baseUrl);
  const table = laptop.table('orders').name;
  orders = new DynamoOrderStore(client, table);
  postage = new DynamoOpenPostage(client, table);
  exceptions = new DynamoGoodsExceptions(client, table);
}, 120_000);

afterAll(async () => {
  client.destroy();
  await laptop.close();
});

interface Stored {
  readonly tenant: string;
  readonly orderId: string;
  readonly shipmentId: string;
  readonly connectionId: string;
}

/** An id that is asked after at that time of the day. */
function shipmentIdIn(slot: number): string {
  for (;;) {
    counter += 1;
    const id = derivedId('shp', 't1', counter);
    if (slotOf(id) === slot) return id;
  }
}

/** A stored order whose one label is still good. */
async function labelled(slot: number, tenant = 't1', connectionId = 'con_1'): Promise<Stored> {
  const shipmentId = shipmentIdIn(slot);
  const orderId = derivedId('ord', tenant, counter);
  const sketch = anOrder({ lines: [{ id: '1' }] });
  const { contract, lines, ...header } = { ...sketch.order, id: orderId, tenant };
  const label = { carrier: 'easypost', connectionId, providerShipmentRef: `ref_${counter}` };
  const shipment = { ...aShipment(shipmentId, 'label_created', units), ...label };
  expect(await orders.insert({ header, contract, lines, payments: [], shipments: [shipment] }, [], entry)).toBe(
    'stored',
  );
  return { tenant, orderId, shipmentId, connectionId };
}

async function change({ tenant, orderId }: Stored, to: Partial<Shipment>): Promise<void> {
  const found = await orders.find(tenant, orderId);
  const [shipment] = found?.shipments ?? [];
  if (found === undefined || shipment === undefined) throw new Error('the order was stored');
  expect(await orders.saveShipment(found.order, { ...shipment, ...to }, [], entry)).toBe('stored');
}

const voided = { position: 'voided', recall: 'accepted', recalledAt: at, postage: 'submitted' } as const;
const all = (slot: number) => postage.list(slot, '', 100);

describe('labels that are asked after', () => {
  test('stand at their time of the day from the void on, until their postage is settled', async () => {
    const label = await labelled(7);
    expect(await all(7)).toEqual([]);
    await change(label, { recall: 'requested', recalledAt: at });
    expect(await all(7)).toEqual([]);
    await change(label, voided);
    expect(await all(7)).toEqual([label]);
    for (const other of [6, 8]) expect(await all(other)).toEqual([]);
    await change(label, { postage: 'refunded' });
    expect(await all(7)).toEqual([]);
  });

  test('leave when their label turns out to be good', async () => {
    const label = await labelled(8);
    await change(label, voided);
    await change(label, { recall: 'refused', position: 'in_transit' });
    expect(await all(8)).toEqual([]);
  });

  test('become goods of their tenant and merchant that a person looks after, when they are given up', async () => {
    const label = await labelled(9, 'overdue');
    await change(label, voided);
    const listed = async (merchantId?: string) => {
      const page = { limit: 10 };
      const now = '2026-04-15T12:00:00.001Z';
      const found = await listGoodsExceptions({ exceptions, orders }, { tenant: 'overdue', merchantId }, now, page);
      return 'items' in found ? found.items.map(({ kind, id, since }) => [kind, id, since]) : found;
    };
    expect(await listed()).toEqual([]);
    await change(label, { postage: 'overdue' });
    expect(await all(9)).toEqual([]);
    const expected = [['postage_overdue', label.shipmentId, '2026-04-15T12:00:00.000Z']];
    expect([await listed(), await listed('m1'), await listed('m2')]).toEqual([expected, expected, []]);
    await change(label, { postage: 'refunded' });
    expect(await listed()).toEqual([]);
  });

  test('are of all tenants and connections, begun with those behind a place, as many as are wanted', async () => {
    const labels: Stored[] = [];
    for (const [tenant, connection] of [
      ['t1', 'con_1'],
      ['t2', 'con_2'],
      ['t3', 'con:3.x'],
      ['t3', 'con_4'],
    ] as const) {
      const label = await labelled(10, tenant, connection);
      await change(label, voided);
      labels.push(label);
    }
    const sorted = labels.sort((a, b) => (a.shipmentId < b.shipmentId ? -1 : 1));
    const [first, second, third, fourth] = sorted;
    expect(await all(10)).toEqual(sorted);
    expect(await postage.list(10, `${second?.shipmentId}~`, 100)).toEqual([third, fourth, first, second]);
    expect(await postage.list(10, `${second?.shipmentId}~`, 3)).toEqual([third, fourth, first]);
    expect(await postage.list(10, `${second?.shipmentId}~`, 1)).toEqual([third]);
  });
});

/** Returns on a real engine: one of a cancellation, each step once, events numbered with all others of the order. */
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { assembly } from '../../infra/local/assembly';
import { startLaptop, type Laptop } from '../../infra/local/laptop';
import { DynamoOrderStore } from '../../shared/adapters/dynamodb/order-store';
import { DynamoReturns } from '../../shared/adapters/dynamodb/returns';
import { eventsOf } from '../../shared/adapters/dynamodb/told-events';
import { eventTypes } from '../../shared/domain/events';
import { derivedId } from '../../shared/domain/ids';
import { isRefusal } from '../../shared/domain/refusal';
import { authorise, receive, returnStatuses, sendBack, type Arrival, type Return } from '../../shared/domain/return';
import { changeReturn, inspectReturn, workReturn, type InspectingPorts } from '../../shared/flows/work-return';
import { documentClientOf } from '../support/document-client';
import { anOrder, aShipment, withCancellation } from '../support/orders';

const tenant = 't1';
const at = '2026-03-10T12:00:00.000Z';
/** What the stock was told, of any order. */
const moved: { type: string; quantity: number }[] = [];
const inspecting = (): InspectingPorts => ({
  returns,
  orders,
  cancellations: {
    find: () => Promise.resolve(undefined),
    token: () => Promise.resolve(undefined),
  } as unknown as InspectingPorts['cancellations'],
  stock: {
    ledgerOf: () => Promise.resolve(undefined),
    move: (_tenant: string, { type, quantity }: { type: string; quantity: number }) => {
      moved.push({ type, quantity });
      return Promise.resolve('moved');
    },
  } as unknown as InspectingPorts['stock'],
  workflow: { wake: () => Promise.resolve() } as unknown as InspectingPorts['workflow'],
  tell: () => undefined,
});
const entry = { actor: 'system', step: 'test', outcome: 'done', at };
const units = { '1': [{ from: 0, to: 3 }] };
const terms = { callBack: 'freely', refundOn: 'receipt', answerHours: 24, returnDays: 21 } as const;
const rule = { ...terms, afterRefusal: 'return' } as const;

let laptop: Laptop;
let client: DynamoDBDocumentClient;
let table: string;
let orders: DynamoOrderStore;
let returns: DynamoReturns;
let counter = 0;

beforeAll(async () => {
  laptop = await startLaptop({ assembly: await assembly(), log: 'silent' });
  client = documentClientOf(laptop.baseUrl);
  table = laptop.table('orders').name;
  orders = new DynamoOrderStore(client, table);
  returns = new DynamoReturns(client, table);
}, 120_000);

afterAll(async () => {
  client.destroy();
  await laptop.close();
});

/** A return of three units, not stored yet, of an order that is. */
async function authorised(): Promise<Return> {
  counter += 1;
  const sketch = anOrder({ lines: [{ id: '1', quantity: 3, location: 'main' }] });
  const id = derivedId('ord', tenant, 'return', counter);
  const { contract, lines, ...header } = { ...sketch.order, id, tenant };
  await orders.insert({ header, contract, lines, payments: [], shipments: [] }, [], entry);
  const [cancellation] = withCancellation(
    { ...sketch, order: { ...sketch.order, id, tenant } },
    { units },
    'executing',
  ).cancellations;
  if (cancellation === undefined) throw new Error('it was cancelled');
  const own = { ...cancellation, id: derivedId('can', tenant, counter) };
  const given = authorise(own, [aShipment('p1', 'delivered', units)], rule, at);
  if (given === undefined) throw new Error('it was authorised');
  return given;
}

async function opened(): Promise<Return> {
  const given = await authorised();
  expect(await returns.open(given, entry)).toBe('opened');
  return given;
}

const arrival = (request: string, quantity = 3) => ({
  lines: [{ lineId: '1', quantity }],
  ...{ at, by: 'system:desk', request },
});
const proof = { trackingCode: '1Z9' };
const receiving = (given: Return, arrived: Arrival) =>
  workReturn(inspecting(), given, { actor: 'system', step: 'receive-return', now: arrived.at }, (before) =>
    receive(before, arrived),
  );
const inspection = (request: string) => ({
  parts: [{ lineId: '1', quantity: 3, result: 'full' as const }],
  ...{ at, by: 'merchant:desk', request },
});

const stored = (given: Return) => returns.find(tenant, given.orderId, given.cancellationId);
async function itemOf(given: Return, sk: string): Promise<Record<string, unknown> | undefined> {
  const Key = { pk: `T#${tenant}#O#${given.orderId}`, sk };
  return (await client.send(new GetCommand({ TableName: table, Key }))).Item;
}

describe('a return', () => {
  test('comes back as it was stored, alone and with its order', async () => {
    const given = await opened();
    expect(await stored(given)).toEqual(given);
    expect((await orders.find(tenant, given.orderId))?.returns).toEqual([given]);
  });

  test('is opened once for a cancellation', async () => {
    const given = await opened();
    expect(await returns.open({ ...given, sendBackBy: at }, entry)).toBe('exists');
    expect(await stored(given)).toEqual(given);
  });

  test('of many at once is opened by one', async () => {
    const given = await authorised();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => returns.open(given, entry)));
    expect(outcomes.filter((outcome) => outcome === 'opened')).toHaveLength(1);
    expect(await stored(given)).toEqual(given);
  });

  test('is not opened for an order that is not there', async () => {
    const given = { ...(await authorised()), orderId: 'ord_none' };
    await expect(returns.open(given, entry)).rejects.toThrow('missing');
  });

  test('that has changed since it was read is not written over', async () => {
    const given = await opened();
    const sent = sendBack(given, proof, at, at);
    const received = receive(given, arrival('r1'));
    if (isRefusal(sent) || isRefusal(received)) throw new Error('both are allowed');
    expect(await returns.save(given, sent, ['return.in_transit'], entry)).toBe('saved');
    expect(await returns.save(given, received, ['return.received'], entry)).toBe('lost');
    expect(await stored(given)).toEqual({ ...sent, revision: 2 });
  });

  test('tells each step once, numbered with the other events of its order', async () => {
    const given = await opened();
    const steps: { type: string; sequence: number; data: unknown }[] = [];
    const tell = async () => {
      const after = await itemOf(given, `RET#${given.cancellationId}`);
      if (after === undefined) throw new Error('it is there');
      for (const { type, sequence, data } of eventsOf({ after })) steps.push({ type, sequence, data });
    };
    await tell();
    await changeReturn(returns, given, { actor: 'carrier', step: 'test', now: at }, (before) =>
      sendBack(before, proof, at, at),
    );
    await tell();
    const here = await receiving(given, arrival('r1'));
    if (isRefusal(here)) throw new Error(here.detail);
    await tell();
    await inspectReturn(inspecting(), here, inspection('i1'), 'merchant');
    await tell();
    expect(steps.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['return.authorised', 2],
      ['return.in_transit', 3],
      ['return.received', 4],
      ['return.restocked', 6],
    ]);
    expect(steps[0]?.data).toEqual({
      return: {
        ...{ id: given.id, cancellationId: given.cancellationId, status: 'authorised', sendBackBy: given.sendBackBy },
        lines: [{ lineId: '1', quantity: 3 }],
      },
    });
    expect(await itemOf(given, 'HEAD')).toMatchObject({ sequence: 6, version: 6 });
    expect(moved).toEqual([{ type: 'restock', quantity: 3 }]);
  });

  test('has no attribute by which its story would be taken for its cancellation’s', async () => {
    const given = await opened();
    const item = await itemOf(given, `RET#${given.cancellationId}`);
    expect(item).toMatchObject({ returnId: given.id, tenant, revision: 1 });
    expect(item).not.toHaveProperty('cancellationId');
    expect(item).not.toHaveProperty('body');
  });
});

describe('a step', () => {
  test('of many desks at once is taken by one, and the others are refused by the code', async () => {
    const given = await opened();
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, desk) => receiving(given, arrival(`r${desk}`, 1 + (desk % 3)))),
    );
    const refused = answers.filter(isRefusal);
    expect(refused.map(({ code }) => code)).toEqual(Array.from({ length: 5 }, () => 'return_step_not_allowed'));
    const now = await stored(given);
    expect(answers).toContainEqual(now);
    expect(now).toMatchObject({ status: 'received', revision: 2 });
  });

  test('told again under its request is the same step, and writes nothing', async () => {
    const given = await opened();
    const first = await receiving(given, arrival('r1'));
    const again = await receiving(given, arrival('r1'));
    expect(again).toEqual(first);
    expect(await itemOf(given, 'HEAD')).toMatchObject({ version: 3 });
  });

  test('that comes too late ends the return', async () => {
    const given = await opened();
    const late = { ...arrival('r1'), at: '2026-04-10T12:00:00.000Z' };
    expect(await receiving(given, late)).toMatchObject({ code: 'return_expired' });
    expect(await stored(given)).toMatchObject({ status: 'expired', revision: 2 });
    expect(await receiving(given, late)).toMatchObject({ code: 'return_step_not_allowed' });
  });

  test('that is refused moves nothing', async () => {
    const given = await opened();
    const [before, head] = [await stored(given), await itemOf(given, 'HEAD')];
    for (const quantity of [0, -1, 1.5, 4])
      expect(isRefusal(await receiving(given, arrival('r1', quantity)))).toBe(true);
    expect(await inspectReturn(inspecting(), given, inspection('i1'), 'support')).toMatchObject({
      code: 'return_step_not_allowed',
    });
    expect(await stored(given)).toEqual(before);
    expect(await itemOf(given, 'HEAD')).toEqual(head);
  });

  test('gives way to those who write the order in the same moment, and is taken', async () => {
    const given = await opened();
    const race = Array.from({ length: 4 }, async (_, index) => {
      const found = await orders.find(tenant, given.orderId);
      if (found === undefined) throw new Error('it is there');
      return orders.saveShipment(found.order, aShipment(`s${index}`, 'in_transit', {}), [], entry);
    });
    const [received] = await Promise.all([receiving(given, arrival('r1')), ...race]);
    expect(received).toMatchObject({ status: 'received' });
    expect(await stored(given)).toMatchObject({ status: 'received' });
  });
});

test('every status has an event of its name', () => {
  expect(eventTypes).toEqual(expect.arrayContaining(returnStatuses.map((status) => `return.${status}`)));
});

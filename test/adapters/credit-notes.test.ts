/** Numbers without a gap are a promise of the adapter's conditions; here they meet a real engine, and many at once. */
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  type QueryCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import { assembly } from '../../infra/local/assembly';
import { startLaptop, type Laptop } from '../../infra/local/laptop';
import { DynamoCancellationStore } from '../../shared/adapters/dynamodb/cancellation-store';
import { DynamoCreditNotes } from '../../shared/adapters/dynamodb/credit-notes';
import {
  creditNoteSort,
  creditNumberSort,
  merchantPartition,
  orderPartition,
} from '../../shared/adapters/dynamodb/keys';
import { DynamoOrderStore } from '../../shared/adapters/dynamodb/order-store';
import { eventsOf } from '../../shared/adapters/dynamodb/told-events';
import type { OrderAggregate } from '../../shared/domain/aggregate';
import type { Cancellation } from '../../shared/domain/cancellation';
import { creditNoteOf, type CreditNote } from '../../shared/domain/credit-note';
import { documentClientOf } from '../support/document-client';
import { accepted, afterDecision, anOrder, asking } from '../support/orders';
import { decide } from '../../shared/domain/decide';
import { TransientFault } from '../../shared/domain/faults';
import { derivedId } from '../../shared/domain/ids';
import { issueCreditNote } from '../../shared/flows/issue-credit-note';

const at = '2026-03-01T12:00:00.000Z';
const entry = { actor: 'system', step: 'issue-credit-note', outcome: 'issued', at };

let laptop: Laptop;
let client: DynamoDBDocumentClient;
let table: string;
let orders: DynamoOrderStore;
let cancellations: DynamoCancellationStore;
let notes: DynamoCreditNotes;
let counter = 0;

beforeAll(async () => {
  laptop = await startLaptop({ assembly: await assembly(), log: 'silent' });
  client = documentClientOf(laptop.baseUrl);
  table = laptop.table('orders').name;
  orders = new DynamoOrderStore(client, table);
  cancellations = new DynamoCancellationStore(client, table);
  notes = new DynamoCreditNotes(client, table);
}, 120_000);

afterAll(async () => {
  client.destroy();
  await laptop.close();
});

interface Whose {
  readonly tenant?: string;
  readonly merchantId?: string;
  readonly lines?: readonly { id: string; sku?: string; quantity?: number }[];
}

interface Closed {
  readonly aggregate: OrderAggregate;
  readonly cancellation: Cancellation;
  /** As the event of its closing names it. */
  readonly about: { readonly tenant: string; readonly orderId: string; readonly cancellationId: string };
}

/** An order that was cancelled whole, as it lies in the table. */
async function closed({
  tenant = 't1',
  merchantId = 'm1',
  lines = [{ id: '1', quantity: 2 }],
}: Whose = {}): Promise<Closed> {
  counter += 1;
  const sketch = anOrder({ lines });
  const { contract, lines: sold, version: _v, sequence: _s, status: _st, cancelledUnits: _c, ...header } = sketch.order;
  const id = derivedId('ord', tenant, 'credit-notes', counter);
  const news = { header: { ...header, id, tenant, merchantId }, contract, lines: sold, payments: sketch.payments };
  expect(await orders.insert({ ...news, shipments: [] }, [], entry)).toBe('stored');
  const before = await found(tenant, id);
  const decision = decide(before, contract.policy, { reason: { core: 'out_of_stock' } }, asking('merchant'));
  const [decided] = afterDecision(before, accepted(decision), 'closed').cancellations as [Cancellation];
  const cancellation: Cancellation = {
    ...decided,
    id: derivedId('can', id),
    money: accepted(decision).plan.money,
    counted: true,
  };
  expect(await cancellations.record(before, cancellation, ['cancellation.closed'], entry)).toBe('recorded');
  const about = { tenant, orderId: id, cancellationId: cancellation.id };
  return { aggregate: await found(tenant, id), cancellation, about };
}

async function found(tenant: string, id: string): Promise<OrderAggregate> {
  const aggregate = await orders.find(tenant, id);
  if (aggregate === undefined) throw new Error('the order was stored');
  return aggregate;
}

const noteOf = ({ aggregate, cancellation }: Closed, number: number): CreditNote =>
  creditNoteOf(aggregate, cancellation, number, at);
const issue = (one: Closed, number: number) => notes.issue(one.aggregate.order, noteOf(one, number), entry);
const issueNext = ({ about }: Closed) => issueCreditNote({ orders, creditNotes: notes }, about, at);

/** As the queue does: whoever lost too often is given the message again. */
async function heard(one: Closed): Promise<CreditNote | undefined> {
  for (;;) {
    try {
      return await issueNext(one);
    } catch (error) {
      if (!(error instanceof TransientFault)) throw error;
    }
  }
}

/** Everything that lies under a note, page by page. */
async function stored({ about }: Closed): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page: QueryCommandOutput = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :note)',
        ExpressionAttributeValues: {
          ':pk': orderPartition(about.tenant, about.orderId),
          ':note': creditNoteSort(about.cancellationId),
        },
        ConsistentRead: true,
        ExclusiveStartKey,
      }),
    );
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return items;
}

describe('A merchant’s numbers', () => {
  test('are 1 to 20 when twenty notes are issued at once: some lose, none is skipped, none is given twice', async () => {
    const merchantId = 'busy';
    const all = await Promise.all(Array.from({ length: 20 }, () => closed({ merchantId })));
    const tries = jest.spyOn(notes, 'issue');
    const issued = await Promise.all(all.map(heard));
    const outcomes = await Promise.all(tries.mock.results.map(({ value }) => value as Promise<string>));
    tries.mockRestore();
    expect(outcomes.filter((outcome) => outcome === 'lost').length).toBeGreaterThan(0);
    const numbers = issued.map((note) => note?.number ?? 0).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(await notes.lastNumber('t1', merchantId)).toBe(20);
    for (const one of all) {
      const { tenant, orderId, cancellationId } = one.about;
      expect(await notes.find(tenant, orderId, cancellationId)).toEqual(
        issued.find((note) => note?.cancellationId === cancellationId),
      );
    }
  });

  test('are each given once although two decided on the same', async () => {
    const [one, other] = [await closed({ merchantId: 'two' }), await closed({ merchantId: 'two' })];
    expect(await Promise.all([issue(one, 1), issue(other, 1)]).then((outcomes) => outcomes.sort())).toEqual([
      'issued',
      'lost',
    ]);
    expect(await notes.lastNumber('t1', 'two')).toBe(1);
  });

  test.each([
    ['the first again', 1],
    ['the one before', 2],
    ['one too far', 4],
  ])('go on by one: %s is lost, and nothing is stored', async (_what, number) => {
    const merchantId = `by-one-${number}`;
    const first = await closed({ merchantId });
    expect(await issue(first, 1)).toBe('issued');
    expect(await issue(await closed({ merchantId }), 2)).toBe('issued');
    const next = await closed({ merchantId });
    expect(await issue(next, number)).toBe('lost');
    expect(await stored(next)).toEqual([]);
    expect(await notes.lastNumber('t1', merchantId)).toBe(2);
  });

  test('begin with 1, and with no other', async () => {
    const one = await closed({ merchantId: 'new' });
    expect(await notes.lastNumber('t1', 'new')).toBe(0);
    expect(await issue(one, 2)).toBe('lost');
    expect(await issue(one, 1)).toBe('issued');
  });

  test('are counted apart for two merchants, and for two tenants whose merchants have the same name', async () => {
    const whose = [{ merchantId: 'apart' }, { merchantId: 'apart-2' }, { merchantId: 'apart', tenant: 't2' }];
    for (const each of whose)
      for (const number of [1, 2]) expect(await issueNext(await closed(each))).toMatchObject({ number });
    expect(await notes.lastNumber('t1', 'apart')).toBe(2);
    expect(await notes.lastNumber('t2', 'apart')).toBe(2);
  });
});

describe('A cancellation', () => {
  test('has one note, however often and by how many at once its event is heard', async () => {
    const one = await closed({ merchantId: 'once' });
    const many = await Promise.all(Array.from({ length: 10 }, () => heard(one)));
    const [first] = many;
    expect(first).toMatchObject({ number: 1, issuedAt: at });
    for (const note of many) expect(note).toEqual(first);
    const later = '2026-04-01T12:00:00.000Z';
    expect(await issueCreditNote({ orders, creditNotes: notes }, one.about, later)).toEqual(first);
    expect(await notes.lastNumber('t1', 'once')).toBe(1);
    expect(await stored(one)).toHaveLength(1);
  });

  test('that has a note is told so, and takes neither a number nor an event', async () => {
    const one = await closed({ merchantId: 'exists' });
    await issueNext(one);
    const again = { ...one, aggregate: await found('t1', one.about.orderId) };
    expect(await issue(again, 2)).toBe('exists');
    expect(await notes.lastNumber('t1', 'exists')).toBe(1);
    expect((await found('t1', one.about.orderId)).order).toMatchObject({
      version: again.aggregate.order.version,
      sequence: again.aggregate.order.sequence,
    });
  });

  test('whose order was written since it was read is not noted on an old one', async () => {
    const one = await closed({ merchantId: 'moved' });
    const late = { ...one.cancellation, id: derivedId('can', one.about.orderId, 'late'), units: {} };
    expect(await cancellations.record(one.aggregate, late, ['cancellation.requested'], entry)).toBe('recorded');
    expect(await issue(one, 1)).toBe('lost');
    expect(await notes.lastNumber('t1', 'moved')).toBe(0);
    expect(await issueNext(one)).toMatchObject({ number: 1 });
  });

  test('of another tenant is not found under the same names', async () => {
    const one = await closed({ merchantId: 'mine' });
    await issueNext(one);
    expect(await notes.find('t2', one.about.orderId, one.about.cancellationId)).toBeUndefined();
  });
});

describe('A note', () => {
  test('comes back as it was issued', async () => {
    const one = await closed({
      merchantId: 'same',
      lines: [
        { id: 'a', quantity: 3 },
        { id: 'b', sku: 'Größe "L"' },
      ],
    });
    const note = await issueNext(one);
    expect(note).toEqual(noteOf(one, 1));
    expect(await notes.find('t1', one.about.orderId, one.about.cancellationId)).toEqual(note);
  });

  test('is told by the order’s next event, with its lines, and leaves the order as it was', async () => {
    const one = await closed({ merchantId: 'told' });
    const { order: before } = one.aggregate;
    const note = await issueNext(one);
    const [after] = await stored(one);
    expect(eventsOf({ ...(after === undefined ? {} : { after }) })).toMatchObject([
      {
        type: 'credit_note.issued',
        sequence: before.sequence + 1,
        ...{ tenant: 't1', merchantId: 'told', orderId: before.id, at },
        data: { creditNote: { reference: 'CN-000001', ...note } },
      },
    ]);
    const { order } = await found('t1', before.id);
    expect(order).toEqual({ ...before, version: before.version + 1, sequence: before.sequence + 1 });
  });

  test('of two lines stays under one write unit', async () => {
    const one = await closed({
      merchantId: 'mer_atelier',
      lines: [
        { id: '1', sku: 'MUG-BLUE', quantity: 2 },
        { id: '2', sku: 'MUG-RED' },
      ],
    });
    await issueNext(one);
    const sizes = (await stored(one)).map((item) => Buffer.byteLength(JSON.stringify(item)));
    expect(sizes).toHaveLength(1);
    expect(sizes[0]).toBeLessThan(1_024);
  });

  test('of five thousand lines is stored whole, told without them, and leaves room in the event and in each item', async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => ({
      id: `line-${String(index).padStart(30, '0')}`,
      sku: `${String(index).padStart(20, '0')}${'ü'.repeat(80)}`,
      quantity: 7,
    }));
    const one = await closed({ merchantId: 'large', lines });
    const note = await issueNext(one);
    expect(note?.lines).toHaveLength(5_000);
    expect(await notes.find('t1', one.about.orderId, one.about.cancellationId)).toEqual(noteOf(one, 1));
    const items = await stored(one);
    expect(items).toHaveLength(20);
    for (const item of items) expect(Buffer.byteLength(JSON.stringify(item))).toBeLessThan(200 * 1_024);
    const [head] = items;
    const [event] = eventsOf({ ...(head === undefined ? {} : { after: head }) });
    expect(event?.data['creditNote']).toMatchObject({
      lineCount: 5_000,
      total: note?.total,
      components: note?.components,
    });
    expect(event?.data['creditNote']).not.toHaveProperty('lines');
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(2_048);
    // What lies beside the order's own items is none of them.
    expect((await found('t1', one.about.orderId)).order.lines).toHaveLength(5_000);
  }, 60_000);

  test('of as many lines as one item holds is told with them within 256 KB', async () => {
    const lines = Array.from({ length: 250 }, (_, index) => ({
      id: `line-${String(index).padStart(90, '0')}`,
      sku: `${String(index).padStart(20, '0')}${'ü'.repeat(80)}`,
    }));
    const one = await closed({ merchantId: 'full', lines });
    await issueNext(one);
    const [after] = await stored(one);
    const [event] = eventsOf({ ...(after === undefined ? {} : { after }) });
    expect((event?.data['creditNote'] as CreditNote).lines).toHaveLength(250);
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(256 * 1_024);
  });

  test('that has lost lines is not shown as if it were whole', async () => {
    const lines = Array.from({ length: 251 }, (_, index) => ({ id: String(index) }));
    const one = await closed({ merchantId: 'lost', lines });
    await issueNext(one);
    const [, chunk] = await stored(one);
    await client.send(new DeleteCommand({ TableName: table, Key: { pk: chunk?.['pk'], sk: chunk?.['sk'] } }));
    await expect(notes.find('t1', one.about.orderId, one.about.cancellationId)).rejects.toThrow('has lost lines');
  });
});

test('a merchant’s counter is nothing but his last number', async () => {
  const one = await closed({ merchantId: 'counter' });
  await issueNext(one);
  const Key = { pk: merchantPartition('t1', 'counter'), sk: creditNumberSort };
  const { Item } = await client.send(new GetCommand({ TableName: table, Key }));
  expect(Item).toEqual({ ...Key, last: 1 });
});

import { type DynamoDBDocumentClient, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { assembly } from '../../infra/local/assembly';
import { startLaptop, type Laptop } from '../../infra/local/laptop';
import { OwnStock } from '../../shared/adapters/stock/own-stock';
import { balanceOf, type LedgerEntry } from '../../shared/domain/stock';
import type { StockMovement, StockRelease } from '../../shared/ports/stock-keeper';
import { documentClientOf } from '../support/document-client';
import { stockKeeperSuite } from './stock-keeper.suite';

/** The conditions of the adapter are the argument that nothing moves twice; here they meet a real engine. */

const at = '2026-03-01T12:00:00.000Z';
const tenant = 't1';

let laptop: Laptop;
let client: DynamoDBDocumentClient;

beforeAll(async () => {
  laptop = await startLaptop({ assembly: await assembly(), log: 'silent' });
  client = documentClientOf(laptop.baseUrl);
}, 120_000);

afterAll(async () => {
  client.destroy();
  await laptop.close();
});

/** Another process: what one has learned of a balance the other does not know. */
const keeper = (): OwnStock => new OwnStock(client, laptop.table('stock').name, laptop.table('orders').name);

describe('our own stock', () => stockKeeperSuite(() => ({ keeper: keeper(), tenant })));

let counter = 0;
/** A SKU that no other test has. */
async function stocked(onHand: number, reserved: number, spread?: number) {
  counter += 1;
  const place = { merchantId: 'm1', sku: `SKU-${counter}`, location: 'main' };
  const opening = { ...place, onHand, reserved, ref: 'o', ...(spread !== undefined && { spread }) };
  expect(await keeper().open(tenant, opening, at)).toBe('opened');
  return place;
}
type Place = Awaited<ReturnType<typeof stocked>>;

const balance = (place: Place) => keeper().balance(tenant, place);
const of = (order: number) => ({ orderId: `ord_own_${order}`, lineId: '1' });
const source = (order: number, round = 0) => ({
  tenant,
  merchantId: 'm1',
  orderId: of(order).orderId,
  cancellationId: `can_own_${order}`,
  round,
});
const line = ({ sku, location }: Place, more: Partial<StockRelease> = {}): StockRelease => ({
  sku,
  location,
  lineId: '1',
  quantity: 1,
  ...more,
});

let moves = 0;
/** Reports a movement of an order's units. */
function move(place: Place, type: StockMovement['type'], quantity: number, order: number, more: object = {}) {
  moves += 1;
  const movement = { ...place, id: `mov_own_${moves}`, type, quantity, of: of(order), ...more };
  return keeper().move(tenant, movement, undefined, `2026-03-01T12:00:00.${String(moves).padStart(3, '0')}Z`);
}

const rightNow = async (place: Place) => {
  const { onHand = 0, reserved = 0, waiting = 0 } = (await balance(place)) ?? {};
  return { onHand, reserved, waiting };
};

const movements = async (order: number): Promise<string[]> =>
  (await keeper().ledgerOf(tenant, of(order).orderId)).movements
    .map(({ type, quantity }) => `${type} ${quantity}`)
    .sort();

/** The ledger of one SKU, out of everything that lies in the table. */
async function ledgerOf({ sku }: Place): Promise<LedgerEntry[]> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: laptop.table('stock').name }));
  return Items.filter(
    ({ sk, pk, sku: of }) => String(sk).startsWith('M#') && (of === sku || String(pk).endsWith(`#${sku}`)),
  ) as unknown as LedgerEntry[];
}

describe('a hot SKU', () => {
  test.each([
    ['in one item', undefined],
    ['spread over eight', 8],
  ])(
    '%s: 200 cancellations at once end right, each of them asked for twice',
    async (_how, spread) => {
      const hot = await stocked(250, 200, spread);
      await Promise.all(
        Array.from({ length: 400 }, (_, place) =>
          keeper().release(source(1_000 * counter + (place % 200)), [line(hot)], at),
        ),
      );
      expect(await balance(hot)).toEqual({ onHand: 250, reserved: 0, incoming: 0, waiting: 0 });
      const ledger = await ledgerOf(hot);
      expect(ledger).toHaveLength(201);
      expect(balanceOf(ledger)).toEqual(await balance(hot));
    },
    60_000,
  );

  test('gives no more than there is from all of its items together, and takes from several when none has enough', async () => {
    const hot = await stocked(8, 8, 4);
    expect(await keeper().release(source(1), [line(hot, { quantity: 7 })], at)).toEqual({ unmatched: [] });
    const tooMuch = line(hot, { quantity: 2 });
    expect(await keeper().release(source(2), [tooMuch], at)).toEqual({ unmatched: [tooMuch] });
    expect(await rightNow(hot)).toEqual({ onHand: 8, reserved: 1, waiting: 0 });
  });

  test('is spread, spread further and gathered again while it is moved, and nothing is lost', async () => {
    const hot = await stocked(100, 100, 2);
    const spread = (shares: number) =>
      keeper().open(tenant, { ...hot, onHand: 0, reserved: 0, ref: `spread ${shares}`, spread: shares }, at);
    const all = Array.from({ length: 60 }, (_, place) => keeper().release(source(20_000 + place), [line(hot)], at));
    await Promise.all([...all, spread(6), spread(3)]);
    await spread(1);
    expect(await rightNow(hot)).toEqual({ onHand: 100, reserved: 40, waiting: 0 });
    expect(balanceOf(await ledgerOf(hot))).toEqual(await balance(hot));
  }, 60_000);
});

const bundle = { component: true, watched: { total: 1, known: false } } as const;

describe('a bundle', () => {
  test('of which one component has shipped releases only the other', async () => {
    const [cup, saucer] = [await stocked(5, 1), await stocked(5, 1)];
    expect(await move(cup, 'ship', 1, 101)).toBe('moved');
    const lines = [line(cup, bundle), line(saucer, bundle)];
    for (let time = 0; time < 2; time += 1)
      expect(await keeper().release(source(101), lines, at)).toEqual({ unmatched: [] });
    expect(await rightNow(cup)).toEqual({ onHand: 4, reserved: 0, waiting: 0 });
    expect(await rightNow(saucer)).toEqual({ onHand: 5, reserved: 0, waiting: 0 });
    expect(await movements(101)).toEqual(['release 1', 'ship 1']);
  });

  test('is taken again whole by an undo, but for what had shipped', async () => {
    const [cup, saucer] = [await stocked(5, 1), await stocked(5, 1)];
    await move(cup, 'ship', 1, 102);
    const lines = [line(cup, bundle), line(saucer, bundle)];
    await keeper().release(source(102), lines, at);
    expect(await keeper().reserveAgain(source(102, 1), lines, at)).toEqual({ gone: [] });
    expect(await rightNow(saucer)).toEqual({ onHand: 5, reserved: 1, waiting: 0 });
    await keeper().release(source(102, 1), lines, at);
    expect(await rightNow(saucer)).toEqual({ onHand: 5, reserved: 0, waiting: 0 });
    expect(await rightNow(cup)).toEqual({ onHand: 4, reserved: 0, waiting: 0 });
  });
});

const waiting = (quantity: number): Partial<StockRelease> => ({ quantity, watched: { total: quantity, known: true } });

describe('back-orders', () => {
  const wait = (place: Place, quantity: number, order: number) =>
    move(place, 'reserve', quantity, order, { mayWait: true });

  test('what is available is taken, the rest waits', async () => {
    const vase = await stocked(2, 0);
    expect(await wait(vase, 3, 201)).toBe('moved');
    expect(await rightNow(vase)).toEqual({ onHand: 2, reserved: 2, waiting: 1 });
    expect(await movements(201)).toEqual(['back_order 1', 'reserve 2']);
  });

  test('whoever comes when others wait does not overtake them', async () => {
    const vase = await stocked(0, 0);
    await wait(vase, 2, 202);
    expect(await move(vase, 'reserve', 1, 203)).toBe('short');
    await move(vase, 'announce', 1, 203, { of: undefined });
    await move(vase, 'arrive', 1, 203, { of: undefined });
    expect(await move(vase, 'reserve', 1, 203)).toBe('short');
    expect(await rightNow(vase)).toEqual({ onHand: 1, reserved: 1, waiting: 1 });
  });

  test('units that come free go to those who wait in the order in which they came, each once', async () => {
    const vase = await stocked(3, 3);
    await wait(vase, 1, 211);
    await wait(vase, 2, 212);
    await wait(vase, 1, 213);
    await Promise.all([221, 222].map((order) => keeper().release(source(order), [line(vase)], at)));
    expect(await Promise.all([211, 212, 213].map(movements))).toEqual([
      ['back_order 1', 'promote 1'],
      ['back_order 2', 'promote 1'],
      ['back_order 1'],
    ]);
    await move(vase, 'restock', 5, 223, { receipt: 'r1' });
    expect(await Promise.all([212, 213].map(movements))).toEqual([
      ['back_order 2', 'promote 1', 'promote 1'],
      ['back_order 1', 'promote 1'],
    ]);
    expect(await rightNow(vase)).toEqual({ onHand: 8, reserved: 5, waiting: 0 });
    expect(balanceOf(await ledgerOf(vase))).toEqual(await balance(vase));
  });

  test('a cancelled order waits no longer: what comes free goes to the next', async () => {
    const vase = await stocked(1, 1);
    await wait(vase, 1, 231);
    await wait(vase, 1, 232);
    expect(await keeper().release(source(231), [line(vase, waiting(1))], at)).toEqual({ unmatched: [] });
    await keeper().release(source(233), [line(vase)], at);
    expect(await Promise.all([231, 232].map(movements))).toEqual([
      ['back_order 1', 'drop 1'],
      ['back_order 1', 'promote 1'],
    ]);
    expect(await rightNow(vase)).toEqual({ onHand: 1, reserved: 1, waiting: 0 });
  });

  test('of a line that is reserved in part and waits in part, both are given back, and an undo takes both again', async () => {
    const vase = await stocked(2, 0);
    await wait(vase, 3, 241);
    const lines = [line(vase, waiting(3))];
    await keeper().release(source(241), lines, at);
    expect(await rightNow(vase)).toEqual({ onHand: 2, reserved: 0, waiting: 0 });
    expect(await keeper().reserveAgain(source(241, 1), lines, at)).toEqual({ gone: [] });
    expect(await rightNow(vase)).toEqual({ onHand: 2, reserved: 2, waiting: 1 });
    await move(vase, 'restock', 1, 242, { receipt: 'r1' });
    expect(await rightNow(vase)).toEqual({ onHand: 3, reserved: 3, waiting: 0 });
    await keeper().release(source(241, 1), lines, at);
    expect(await rightNow(vase)).toEqual({ onHand: 3, reserved: 0, waiting: 0 });
  });

  test('more than the order ever reserved is not given back', async () => {
    const vase = await stocked(5, 2);
    const lines = [line(vase, waiting(2))];
    expect(await keeper().release(source(251), lines, at)).toEqual({ unmatched: lines });
    expect(await rightNow(vase)).toEqual({ onHand: 5, reserved: 2, waiting: 0 });
  });

  test('a SKU that was spread is gathered when somebody has to wait for it', async () => {
    const vase = await stocked(4, 2, 4);
    expect(await wait(vase, 3, 261)).toBe('moved');
    expect(await rightNow(vase)).toEqual({ onHand: 4, reserved: 4, waiting: 1 });
    await keeper().release(source(262), [line(vase)], at);
    expect(await rightNow(vase)).toEqual({ onHand: 4, reserved: 4, waiting: 0 });
  });

  test('twenty waiting orders are cancelled while units come free: none of them is left with any', async () => {
    const vase = await stocked(20, 20);
    const orders = Array.from({ length: 20 }, (_, place) => 300 + place);
    for (const order of orders) await wait(vase, 1, order);
    const cancelled = orders.filter((order) => order % 2 === 0);
    await Promise.all([
      ...cancelled.map((order) => keeper().release(source(order), [line(vase, waiting(1))], at)),
      ...Array.from({ length: 12 }, (_, place) => keeper().release(source(400 + place), [line(vase)], at)),
    ]);
    // Cancelled or not, a promoted unit is counted once; what a cancelled order had been given is free for the next.
    for (const order of cancelled) {
      const all = (await keeper().ledgerOf(tenant, of(order).orderId)).movements;
      const held = all.reduce((sum, { type }) => sum + (type === 'promote' ? 1 : type === 'release' ? -1 : 0), 0);
      expect(held).toBe(0);
    }
    const kept = await Promise.all(orders.filter((order) => order % 2 === 1).map(movements));
    expect(kept).toEqual(kept.map(() => ['back_order 1', 'promote 1']));
    expect(await rightNow(vase)).toEqual({ onHand: 20, reserved: 18, waiting: 0 });
    expect(balanceOf(await ledgerOf(vase))).toEqual(await balance(vase));
  }, 60_000);

  test('a retried reservation waits once', async () => {
    const vase = await stocked(0, 0);
    const again = { id: 'mov_own_again', mayWait: true };
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => move(vase, 'reserve', 1, 271, again)));
    expect(outcomes.filter((outcome) => outcome === 'moved')).toHaveLength(1);
    expect(await rightNow(vase)).toEqual({ onHand: 0, reserved: 0, waiting: 1 });
    const queue = await client.send(
      new QueryCommand({
        TableName: laptop.table('stock').name,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :start)',
        ExpressionAttributeValues: { ':pk': `T#${tenant}#S#m1#main#${vase.sku}`, ':start': 'W#' },
      }),
    );
    expect(queue.Items).toHaveLength(1);
  });
});

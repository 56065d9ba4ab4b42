/** A refund that our books do not have is one case, on a real engine. */
import { type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { assembly } from '../../infra/local/assembly';
import { startLaptop, type Laptop } from '../../infra/local/laptop';
import { DynamoCancellationStore } from '../../shared/adapters/dynamodb/cancellation-store';
import { DynamoStrayRefunds } from '../../shared/adapters/dynamodb/stray-refunds';
import { isRefusal } from '../../shared/domain/refusal';
import { strayId, type StrayRefund } from '../../shared/domain/stray-refund';
import type { CaseEntry } from '../../shared/ports/cancellation-store';
import { documentClientOf } from '../support/document-client';

let laptop: Laptop;
let client: DynamoDBDocumentClient;
let strays: DynamoStrayRefunds;
let cancellations: DynamoCancellationStore;

beforeAll(async () => {
  laptop = await startLaptop({ assembly: await assembly(), log: 'silent' });
  client = documentClientOf(laptop.baseUrl);
  const { name } = laptop.table('orders');
  strays = new DynamoStrayRefunds(client, name);
  cancellations = new DynamoCancellationStore(client, name);
}, 120_000);

afterAll(async () => {
  client.destroy();
  await laptop.close();
});

const closed = { at: '2026-03-02T12:00:00.000Z', by: 'support', reason: 'made by hand', request: 'one' };

const found = (tenant: string, providerRef: string, day = 1): StrayRefund => ({
  id: strayId(tenant, 'stripe', providerRef),
  tenant,
  connectionId: 'con_1',
  provider: 'stripe',
  providerRef,
  orderId: 'ord_1',
  cancellationId: 'can_1',
  foundAt: `2026-03-0${day}T12:00:00.000Z`,
});

async function listed(tenant: string): Promise<readonly CaseEntry[]> {
  const entries: CaseEntry[] = [];
  let startingAfter: string | undefined;
  do {
    const page = await cancellations.listCases(tenant, { limit: 1, ...(startingAfter && { startingAfter }) });
    if (isRefusal(page)) throw new Error(page.detail);
    entries.push(...page.items);
    startingAfter = page.next;
  } while (startingAfter !== undefined);
  return entries;
}

test('however often it is found, it is opened once, and shown as it was found first', async () => {
  const stray = found('often', 're_1');
  const answers = await Promise.all([1, 2, 3, 4].map((day) => strays.open(found('often', 're_1', day))));
  expect(answers.filter((answer) => answer === 'opened')).toHaveLength(1);
  expect(await strays.open(found('often', 're_1', 9))).toBe('known');
  expect(await listed('often')).toEqual([{ stray: stray.id }]);
  expect((await strays.find('often', stray.id))?.foundAt).not.toBe('2026-03-09T12:00:00.000Z');
});

test('closed, it leaves the list, and found again it stays closed', async () => {
  const stray = found('closing', 're_1');
  await strays.open(stray);
  const answers = await Promise.all([strays.close(stray, closed), strays.close(stray, { ...closed, request: 'two' })]);
  expect(answers.sort()).toEqual(['closed', 'lost']);
  expect(await listed('closing')).toEqual([]);
  expect(await strays.open(stray)).toBe('known');
  expect(await listed('closing')).toEqual([]);
  expect((await strays.find('closing', stray.id))?.closed).toMatchObject({ reason: 'made by hand' });
});

test('the oldest comes first, page by page, and nobody sees those of another tenant', async () => {
  const strangers = found('another', 're_1');
  const [late, early, middle] = [found('pages', 're_1', 3), found('pages', 're_2', 1), found('pages', 're_3', 2)];
  for (const stray of [strangers, late, early, middle]) await strays.open(stray);
  expect(await listed('pages')).toEqual([early, middle, late].map(({ id }) => ({ stray: id })));
  expect(await strays.find('pages', strangers.id)).toBeUndefined();
});

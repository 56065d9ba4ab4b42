/** Which news of a dispute is kept, on a real engine. */
import { type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { assembly } from '../../infra/local/assembly';
import { startLaptop, type Laptop } from '../../infra/local/laptop';
import { DynamoDisputes } from '../../shared/adapters/dynamodb/disputes';
import type { DisputeNews } from '../../shared/ports/disputes';
import { documentClientOf } from '../support/document-client';

let laptop: Laptop;
let client: DynamoDBDocumentClient;
let disputes: DynamoDisputes;

beforeAll(async () => {
  laptop = await startLaptop({ assembly: await assembly(), log: 'silent' });
  client = documentClientOf(laptop.baseUrl);
  disputes = new DynamoDisputes(client, laptop.table('orders').name);
}, 120_000);

afterAll(async () => {
  client.destroy();
  await laptop.close();
});

let counter = 0;
const payment = (): string => `pi_${(counter += 1)}`;
const news = (of: string, order: number, stops: boolean, dispute = 'du_1'): DisputeNews => ({
  dispute,
  payment: of,
  order,
  stops,
});

test('a payment of which nothing was heard is not disputed', async () =>
  expect(await disputes.stop('t1', [payment()])).toBe(false));

test.each<[string, [order: number, stops: boolean][], boolean]>([
  ['opened', [[1, true]], true],
  [
    'opened and won',
    [
      [1, true],
      [2, false],
    ],
    false,
  ],
  [
    'won, then heard of as opened',
    [
      [2, false],
      [1, true],
    ],
    false,
  ],
  [
    'opened, won, and charged back once more',
    [
      [1, true],
      [2, false],
      [3, true],
    ],
    true,
  ],
  [
    'opened and won in the same second',
    [
      [1, true],
      [1, false],
    ],
    true,
  ],
  [
    'won and opened in the same second',
    [
      [1, false],
      [1, true],
    ],
    true,
  ],
  [
    'told twice',
    [
      [1, true],
      [1, true],
      [2, false],
      [2, false],
    ],
    false,
  ],
])('a dispute that was %s', async (_course, told, stopped) => {
  const of = payment();
  for (const [order, stops] of told) await disputes.hear('t1', news(of, order, stops));
  expect(await disputes.stop('t1', [of])).toBe(stopped);
});

test('one of two disputes is enough, and one of two references', async () => {
  const [of, other] = [payment(), payment()];
  await disputes.hear('t1', news(of, 5, false, 'du_1'));
  await disputes.hear('t1', news(of, 1, true, 'du_2'));
  expect(await disputes.stop('t1', [other, of])).toBe(true);
  expect(await disputes.stop('t1', [other])).toBe(false);
  expect(await disputes.stop('t1', [])).toBe(false);
});

test('a dispute of another tenant stops nothing here', async () => {
  const of = payment();
  await disputes.hear('t2', news(of, 1, true));
  expect(await disputes.stop('t1', [of])).toBe(false);
});

import * as fc from 'fast-check';
import { holds } from '../../support/property';
import { Unmodelled } from '../world/tables/refusals';
import type { TableChange } from '../world/tables/shape';
import { Tables } from '../world/tables/tables';
import type { Item } from './item';
import { operation, type Operation } from './operations';
import { shapes } from './subject';

/** What a campaign needs of its tables and no engine offers: lag, a way back, a digest, and no guesses. */

const TableName = 'orders';
const at = Date.UTC(2026, 2, 1);
const Key = { pk: 'p', sk: 'a' };

function put(tables: Tables, item: Item, more: Item = {}): void {
  tables.carryOut('PutCommand', { TableName, Item: { ...Key, ...item }, ...more }, at);
}

const seen = (tables: Tables, behind: number, more: Item = {}) =>
  (tables.carryOut('GetCommand', { TableName, Key, ...more }, at, behind) as { Item?: Item }).Item?.['version'];

function listed(tables: Tables, behind: number): unknown[] {
  const input = {
    TableName,
    IndexName: 'active',
    KeyConditionExpression: 'activePk = :pk',
    ExpressionAttributeValues: { ':pk': 'U' },
  };
  const { Items } = tables.carryOut('QueryCommand', input, at, behind) as { Items: Item[] };
  return Items.map(({ sk, orderId }) => [sk, orderId]);
}

/** Whatever comes of it. */
function attempt(tables: Tables, { command, input }: Operation): void {
  try {
    tables.carryOut(`${command}Command`, input, at);
  } catch (error) {
    if (error instanceof Unmodelled) throw error;
  }
}

const everything = (tables: Tables): unknown[] =>
  shapes.map(({ name }) => [...tables.items(name)].sort((one, other) => (idOf(one) < idOf(other) ? -1 : 1)));
const idOf = ({ pk, sk }: Item): string => `${String(pk)} ${String(sk)}`;

describe('a read that lags behind', () => {
  test('sees an item as it was so many changes of its table ago, and not before the first', () => {
    const tables = new Tables(shapes);
    for (const version of [1, 2, 3]) put(tables, { version });
    expect([0, 1, 2, 3, 9].map((behind) => seen(tables, behind))).toEqual([3, 2, 1, undefined, undefined]);
    put(tables, { sk: 'b' });
    expect(seen(tables, 1)).toBe(3);
    put(tables, { sk: 'b' });
    expect(seen(tables, 2)).toBe(2);
    tables.carryOut('DeleteCommand', { TableName, Key }, at);
    expect([seen(tables, 0), seen(tables, 1)]).toEqual([undefined, 3]);
  });

  test('lags no more when it is a consistent one', () => {
    const tables = new Tables(shapes);
    for (const version of [1, 2]) put(tables, { version });
    expect(seen(tables, 1, { ConsistentRead: true })).toBe(2);
  });

  test('sees an index as it was: entries that came, went, moved or changed', () => {
    const tables = new Tables(shapes);
    const put1 = (sk: string, activeSk: string | undefined, orderId: string) =>
      put(tables, { sk, activePk: 'U', activeSk, orderId });
    put1('a', '1', 'came');
    put1('b', '2', 'came');
    put1('a', '3', 'moved');
    put1('b', '2', 'changed');
    put1('a', undefined, 'went');
    expect([0, 1, 2, 3, 4, 5].map((behind) => listed(tables, behind))).toEqual([
      [['b', 'changed']],
      [
        ['b', 'changed'],
        ['a', 'moved'],
      ],
      [
        ['b', 'came'],
        ['a', 'moved'],
      ],
      [
        ['a', 'came'],
        ['b', 'came'],
      ],
      [['a', 'came']],
      [],
    ]);
  });

  test('may see half of a transaction, as an index does', () => {
    const tables = new Tables(shapes);
    const of = (sk: string) => ({ Put: { TableName, Item: { pk: 'p', sk, activePk: 'U', activeSk: sk } } });
    tables.carryOut('TransactWriteCommand', { TransactItems: [of('a'), of('b')] }, at);
    expect(listed(tables, 1)).toEqual([['a', undefined]]);
  });

  test('is as an earlier read was, whatever was done since', () => {
    holds(
      fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
        const now: unknown[] = [];
        const views: unknown[][] = [];
        const tables = new Tables(shapes, { changed: () => now.push(undefined) });
        const look = (behind: number) => [
          listed(tables, behind),
          (
            tables.carryOut(
              'QueryCommand',
              { TableName, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': '~p' } },
              at,
              behind,
            ) as { Items: Item[] }
          ).Items,
        ];
        for (const each of operations) {
          views[now.length] = look(0);
          attempt(tables, each);
        }
        views[now.length] = look(0);
        for (let behind = 0; behind <= Math.min(now.length, 32); behind += 1) {
          const then = views[now.length - behind];
          // Within a transaction nobody looked.
          if (then !== undefined) expect(look(behind)).toEqual(then);
        }
      }),
    );
  });
});

describe('a snapshot', () => {
  test('brings back what was there, for reads of every kind, as often as it is asked', () => {
    holds(
      fc.property(fc.array(operation, { maxLength: 20 }), fc.array(operation, { maxLength: 20 }), (before, after) => {
        const tables = new Tables(shapes);
        for (const each of before) attempt(tables, each);
        const [items, digest, list] = [everything(tables), tables.digest(), listed(tables, 0)];
        const snapshot = tables.snapshot();
        for (let time = 0; time < 2; time += 1) {
          for (const each of after) attempt(tables, each);
          tables.restore(snapshot);
          expect([everything(tables), tables.digest(), listed(tables, 0)]).toEqual([items, digest, list]);
          expect(listed(tables, 3)).toEqual(list);
        }
      }),
    );
  });

  test('brings back which transactions were carried out under which token', () => {
    const tables = new Tables(shapes);
    const before = tables.snapshot();
    const UpdateExpression = 'ADD version :one';
    const Update = { TableName, Key, UpdateExpression, ExpressionAttributeValues: { ':one': 1 } };
    const input = { ClientRequestToken: 't', TransactItems: [{ Update }] };
    tables.carryOut('TransactWriteCommand', input, at);
    tables.carryOut('TransactWriteCommand', input, at + 599_999);
    expect(seen(tables, 0)).toBe(1);
    tables.carryOut('TransactWriteCommand', input, at + 600_000);
    expect(seen(tables, 0)).toBe(2);
    tables.restore(before);
    tables.carryOut('TransactWriteCommand', input, at + 600_001);
    expect(seen(tables, 0)).toBe(1);
  });
});

describe('a digest', () => {
  test('is the same for the same items, however they came there', () => {
    holds(
      fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
        const tables = new Tables(shapes);
        for (const each of operations) {
          attempt(tables, each);
          if (each.command === 'Get') tables.digest();
        }
        const others = new Tables(shapes);
        for (const Item of [...tables.items(TableName)].reverse()) {
          const reversed = Object.fromEntries(Object.entries(Item).reverse());
          others.carryOut('PutCommand', { TableName, Item: reversed }, at);
        }
        expect(tables.digest()).toBe(others.digest());
      }),
    );
  });

  test('is another one for every other content', () => {
    const contents: Item[] = [
      {},
      { a: 1 },
      { a: '1' },
      { a: 2 },
      { b: 1 },
      { a: 1, b: 1 },
      { a: [1, 2] },
      { a: [2, 1] },
      { a: [[1], 2] },
      { a: { b: 1 } },
      { a: { b: { b: 1 } } },
      { a: null },
      { a: true },
      { a: false },
      { a: '' },
      { a: [] },
      { a: {} },
      { a: new Uint8Array([1]) },
    ];
    const digests = contents.flatMap((content) =>
      ['orders', 'stock'].map((table) => {
        const tables = new Tables(shapes);
        tables.carryOut('PutCommand', { TableName: table, Item: { ...Key, ...content } }, at);
        return tables.digest();
      }),
    );
    expect(new Set([...digests, new Tables(shapes).digest()]).size).toBe(2 * contents.length + 1);
  });
});

describe('who watches', () => {
  test('is told of each condition, whether it held', () => {
    const heard: unknown[] = [];
    const tables = new Tables(shapes, { condition: (text, held) => heard.push([text, held]) });
    const ConditionExpression = 'attribute_not_exists(pk)';
    put(tables, {}, { ConditionExpression });
    expect(() => put(tables, {}, { ConditionExpression })).toThrow('The conditional request failed');
    expect(heard).toEqual([
      [ConditionExpression, true],
      [ConditionExpression, false],
    ]);
  });

  test('is told of changes by number, each with copies of its own', () => {
    const heard: TableChange[] = [];
    const tables = new Tables(shapes, { changed: (change) => heard.push(change) });
    put(tables, { entry: { version: 1 } });
    put(tables, { entry: { version: 1 } });
    put(tables, { entry: { version: 2 } });
    expect(heard.map(({ write }) => write)).toEqual([1, 2]);
    for (const { before, after } of heard) for (const image of [before, after]) if (image) image['entry'] = 'mine';
    expect([...tables.items(TableName)]).toEqual([{ ...Key, entry: { version: 2 } }]);
  });
});

describe('what is not imitated', () => {
  const get = { TableName, Key };
  const cases: [string, string, Item][] = [
    ['a command', 'ScanCommand', { TableName }],
    ['a member of an input', 'GetCommand', { ...get, ProjectionExpression: 'pk' }],
    ['a returned item', 'PutCommand', { TableName, Item: Key, ReturnValues: 'ALL_OLD' }],
    ['a filter', 'QueryCommand', { TableName, KeyConditionExpression: 'pk = :pk', FilterExpression: 'a = :pk' }],
    ['a set', 'PutCommand', { TableName, Item: { ...Key, tags: new Set(['a']) } }],
    ['an instance', 'PutCommand', { TableName, Item: { ...Key, when: new Date(0) } }],
    ...[
      'a.b = :v',
      'a[0] = :v',
      'size(a) = :v',
      'a IN (:v)',
      'a BETWEEN :v AND :v',
      'begins_with(a, :v)',
      'a =',
      '((a = :v))',
    ].map((ConditionExpression): [string, string, Item] => [
      `the condition ${ConditionExpression}`,
      'PutCommand',
      { TableName, Item: Key, ConditionExpression, ExpressionAttributeValues: { ':v': 1 } },
    ]),
    ...['SET a = :v', 'REMOVE a', 'ADD a.b :v', 'ADD a :v SET b = :v'].map(
      (UpdateExpression): [string, string, Item] => [
        `the update ${UpdateExpression}`,
        'UpdateCommand',
        { ...get, UpdateExpression, ExpressionAttributeValues: { ':v': 1 } },
      ],
    ),
    [
      'a sum of fractions',
      'UpdateCommand',
      { ...get, UpdateExpression: 'ADD amount :v', ExpressionAttributeValues: { ':v': 0.1 } },
    ],
    ['an action', 'TransactWriteCommand', { TransactItems: [{ Get: get }] }],
  ];
  test.each(cases)('is refused and not guessed: %s', (_what, command, input) => {
    const tables = new Tables(shapes);
    expect(() => tables.carryOut(command, input, at)).toThrow(Unmodelled);
    expect([...tables.items(TableName)]).toEqual([]);
  });
});

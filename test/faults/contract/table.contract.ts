/**
 * What DynamoDB's tables promise, as far as the adapters count on it. Held to the campaign's tables in memory and to a
 * real engine alike. Where that engine is known to differ from AWS, AWS's documentation decides, and the engine is not asked.
 */
import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
  type QueryCommandInput,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { answerOf, type Answer } from './answer';
import type { Item } from './item';
import type { Subject } from './subject';

type Writes = NonNullable<TransactWriteCommandInput['TransactItems']>;
type Conditional = {
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Item;
  ReturnValuesOnConditionCheckFailure?: 'ALL_OLD';
};

const TableName = 'orders';
const isNew = 'attribute_not_exists(pk)';
const refused: Answer = { error: 'ValidationException' };
let partitions = 0;

export function tableContract(open: () => Promise<Subject>, extent: 'in full' | 'but for known differences'): void {
  let subject: Subject;
  let pk: string;

  beforeAll(async () => {
    subject = await open();
  }, 60_000);
  afterAll(() => subject.stop());
  beforeEach(() => {
    pk = `p${(partitions += 1)}`;
  });

  const ask = (command: { readonly input: object }) => answerOf(subject, command);
  const put = (item: Item, more: Conditional = {}) =>
    ask(new PutCommand({ TableName, Item: { pk, ...item }, ...more }));
  const remove = (sk: string, more: Conditional = {}) =>
    ask(new DeleteCommand({ TableName, Key: { pk, sk }, ...more }));
  const add = (sk: string, UpdateExpression: string, values: Item, more: Conditional = {}) =>
    ask(
      new UpdateCommand({ TableName, Key: { pk, sk }, UpdateExpression, ...more, ExpressionAttributeValues: values }),
    );
  const get = async (sk: string) =>
    (await ask(new GetCommand({ TableName, Key: { pk, sk }, ConsistentRead: true }))).output?.['Item'];
  const transact = (...TransactItems: Writes) => ask(new TransactWriteCommand({ TransactItems }));
  const query = (more: Partial<QueryCommandInput> = {}) =>
    ask(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': pk },
        ...more,
      }),
    );
  const sortsOf = ({ output }: Answer) => (output?.['Items'] as Item[]).map(({ sk }) => sk);
  const done: Answer = { output: {} };

  describe('an item', () => {
    test('comes back as it was put, whatever it holds', async () => {
      const item = {
        sk: 'a',
        empty: '',
        text: 'ä€𝄞',
        whole: 9_007_199_254_740_991,
        negative: -12,
        fraction: 0.1,
        large: 1e15,
        small: 1e-7,
        no: false,
        nothing: null,
        list: [1, 'two', [3], {}, []],
        map: { deep: { deeper: [null, { status: 'x' }] } },
        bytes: new Uint8Array([0, 1, 255]),
      };
      expect(await put(item)).toEqual(done);
      expect(await get('a')).toEqual({ pk, ...item });
    });

    test('loses what is undefined, deep inside too, and keeps no negative zero', async () => {
      await put({ sk: 'a', gone: undefined, map: { gone: undefined, kept: 1 }, list: [1, undefined, 2], zero: -0 });
      expect(await get('a')).toStrictEqual({ pk, sk: 'a', map: { kept: 1 }, list: [1, 2], zero: 0 });
    });

    test('is the table’s own: what others do to theirs does not reach it', async () => {
      const mine = { sk: 'a', entry: { step: 'one' }, events: ['1'], bytes: new Uint8Array([1]) };
      await put(mine);
      mine.entry.step = 'two';
      mine.events.push('2');
      mine.bytes[0] = 2;
      const theirs = (await get('a')) as typeof mine;
      expect(theirs).toEqual({ pk, sk: 'a', entry: { step: 'one' }, events: ['1'], bytes: new Uint8Array([1]) });
      theirs.entry.step = 'three';
      theirs.bytes[0] = 3;
      expect(await get('a')).toEqual({
        pk,
        sk: 'a',
        entry: { step: 'one' },
        events: ['1'],
        bytes: new Uint8Array([1]),
      });
    });

    test('that is not there is no error, neither to read nor to delete', async () => {
      expect(await ask(new GetCommand({ TableName, Key: { pk, sk: 'a' } }))).toEqual(done);
      expect(await remove('a')).toEqual(done);
    });

    test('is replaced as a whole by a put, and gone after a delete', async () => {
      await put({ sk: 'a', one: 1, status: 'open' });
      await put({ sk: 'a', two: 2 });
      expect(await get('a')).toEqual({ pk, sk: 'a', two: 2 });
      await remove('a');
      expect(await get('a')).toBeUndefined();
    });

    test.each([NaN, Infinity, 2 ** 53 + 2])('does not take the number %p', async (number) => {
      expect(await put({ sk: 'a', number })).toEqual({ error: 'Error' });
    });

    test('may have 400 KB and not a byte more', async () => {
      const names = Buffer.byteLength(`pk${pk}skabody`);
      const most = 400 * 1024 - names;
      expect(await put({ sk: 'a', body: 'x'.repeat(most) })).toEqual(done);
      expect(await put({ sk: 'a', body: 'x'.repeat(most + 1) })).toEqual(refused);
    });
  });

  describe('a condition', () => {
    const version = {
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: { ':version': 2 },
    };
    const taking: Conditional = {
      ConditionExpression:
        'attribute_not_exists(pk) OR #expires <= :seconds OR ' +
        '(#request = :request AND attribute_not_exists(#status) AND #leaseUntil <= :now)',
      ExpressionAttributeNames: {
        '#expires': 'expires',
        '#request': 'request',
        '#status': 'status',
        '#leaseUntil': 'leaseUntil',
      },
      ExpressionAttributeValues: { ':seconds': 100, ':request': 'r', ':now': '2026-03-01' },
    };
    const held: Item = { expires: 101, request: 'r', leaseUntil: '2026-03-01' };
    const reading = { ConditionExpression: 'payment = :read', ExpressionAttributeValues: { ':read': '{"a":1}' } };
    const generation: Conditional = {
      ConditionExpression: '#revision = :revision AND #generation = :generation',
      ExpressionAttributeNames: { '#revision': 'revision', '#generation': 'generation' },
      ExpressionAttributeValues: { ':revision': 1, ':generation': 2 },
    };
    const mine: Conditional = {
      ConditionExpression: '#owner = :owner AND attribute_not_exists(#status)',
      ExpressionAttributeNames: { '#owner': 'owner', '#status': 'status' },
      ExpressionAttributeValues: { ':owner': 'me' },
    };
    const comparing = (ConditionExpression: string, value: unknown): Conditional => ({
      ConditionExpression,
      ExpressionAttributeValues: { ':value': value },
    });
    const cases: [string, Conditional, Item | undefined, boolean][] = [
      ['nothing there', { ConditionExpression: isNew }, undefined, true],
      ['something there', { ConditionExpression: isNew }, {}, false],
      ['something there', { ConditionExpression: 'attribute_exists(pk)' }, {}, true],
      ['nothing there', { ConditionExpression: 'attribute_exists(pk)' }, undefined, false],
      ['a null', { ConditionExpression: 'attribute_exists(answer)' }, { answer: null }, true],
      ['the version read', { ConditionExpression: '#version = :version', ...version }, { version: 2 }, true],
      ['another version', { ConditionExpression: '#version = :version', ...version }, { version: 3 }, false],
      ['a version as text', { ConditionExpression: '#version = :version', ...version }, { version: '2' }, false],
      ['no version', { ConditionExpression: '#version = :version', ...version }, {}, false],
      ['nothing there', { ConditionExpression: '#version = :version', ...version }, undefined, false],
      ...[undefined, { version: 1 }, { version: 2 }, { version: 3 }].map(
        (item): [string, Conditional, Item | undefined, boolean] => [
          JSON.stringify(item) ?? 'nothing there',
          { ConditionExpression: `${isNew} OR #version < :version`, ...version },
          item,
          (item?.version ?? 0) < 2,
        ],
      ),
      ['revision and generation', generation, { revision: 1, generation: 2 }, true],
      ['an older generation', generation, { revision: 1, generation: 1 }, false],
      ['another revision', generation, { revision: 2, generation: 2 }, false],
      ['the payment read', reading, { payment: '{"a":1}' }, true],
      ['a payment that went on', reading, { payment: '{"a":2}' }, false],
      ['nobody', taking, undefined, true],
      ['an expired answer', taking, { ...held, expires: 100, request: 'other' }, true],
      ['the same request, given up', taking, held, true],
      ['the same request, running', taking, { ...held, leaseUntil: '2026-03-02' }, false],
      ['the same request, answered', taking, { ...held, status: 200 }, false],
      ['another request', taking, { ...held, request: 'other' }, false],
      ['my own', mine, { owner: 'me' }, true],
      ['another’s', mine, { owner: 'you' }, false],
      ['my own, answered', mine, { owner: 'me', status: 200 }, false],
      ['enough', comparing('available >= :value', 2), { available: 2 }, true],
      ['not enough', comparing('available >= :value', 2), { available: 1 }, false],
      ['no number', comparing('available >= :value', 2), { available: '3' }, false],
      ['absent', comparing('available >= :value', 2), {}, false],
      ['another', comparing('amount <> :value', 2), { amount: 3 }, true],
      ['the same', comparing('amount <> :value', 2), { amount: 2 }, false],
      ['absent', comparing('amount <> :value', 2), {}, true],
      ['more', comparing('amount > :value', 'b'), { amount: 'ba' }, true],
      ['as much', comparing('amount > :value', 'b'), { amount: 'b' }, false],
      ['beyond the basic plane', comparing('amount > :value', '\uffee'), { amount: '\u{1f600}' }, true],
      ['neither', comparing('NOT (amount = :value OR amount > :value)', 2), { amount: 1 }, true],
      ['a map in another order', comparing('entry = :value', { a: 1, b: [2] }), { entry: { b: [2], a: 1 } }, true],
      ['a list in another order', comparing('entry = :value', [1, 2]), { entry: [2, 1] }, false],
      ['bytes', comparing('entry = :value', new Uint8Array([1, 2])), { entry: new Uint8Array([1, 2]) }, true],
    ];

    test.each(cases)('for %s: %j on %j holds: %p', async (_what, condition, item, holds) => {
      if (item !== undefined) await put({ sk: 'a', ...item });
      expect(await put({ sk: 'a', written: true }, condition)).toEqual(
        holds ? done : { error: 'ConditionalCheckFailedException' },
      );
      const now = (await get('a')) as Item | undefined;
      expect(now?.['written']).toBe(holds ? true : undefined);
      if (!holds) expect(now).toEqual(item && { pk, sk: 'a', ...item });
    });

    test('that fails shows the item it failed for, if that is asked for and there is one', async () => {
      const old = { sk: 'a', request: 'first', entry: { at: 'now' }, bytes: new Uint8Array([1]) };
      const showing: Conditional = { ConditionExpression: isNew, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
      await put(old);
      const failed = { error: 'ConditionalCheckFailedException', item: { pk, ...old } };
      expect(await put({ sk: 'a' }, showing)).toEqual(failed);
      expect(await remove('a', showing)).toEqual(failed);
      expect(await put({ sk: 'b' }, { ...showing, ConditionExpression: 'attribute_exists(pk)' })).toEqual({
        error: 'ConditionalCheckFailedException',
      });
    });

    test('holds for deletes and updates as for puts', async () => {
      await put({ sk: 'a', version: 1 });
      expect(await remove('a', { ConditionExpression: isNew })).toEqual({ error: 'ConditionalCheckFailedException' });
      const exists: Conditional = { ConditionExpression: 'attribute_exists(pk)' };
      expect(await add('b', 'ADD version :one', { ':one': 1 }, exists)).toEqual({
        error: 'ConditionalCheckFailedException',
      });
      expect(await remove('a', exists)).toEqual(done);
    });

    const malformed: [string, Conditional][] = [
      ['a reserved word', comparing('status = :value', 'open')],
      ['a name that is not given', { ConditionExpression: 'attribute_exists(#status)' }],
      ['a value that is not given', { ConditionExpression: 'amount = :value' }],
      ['a value that is undefined', comparing('amount = :value', undefined)],
      ['a name too many', { ConditionExpression: isNew, ExpressionAttributeNames: { '#other': 'other' } }],
      ['a value too many', { ConditionExpression: isNew, ExpressionAttributeValues: { ':other': 1 } }],
      ['names without an expression', { ExpressionAttributeNames: { '#other': 'other' } }],
    ];
    test.each(malformed)('with %s is refused', async (_what, condition) => {
      expect(await put({ sk: 'a' }, condition)).toEqual(refused);
    });

    if (extent === 'in full') {
      // LT and its like take "only one AttributeValue element of type String, Number, or Binary":
      // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Condition.html. dynoxide lets it fail.
      test('with an order of booleans is refused', async () => {
        expect(await put({ sk: 'a' }, comparing('amount < :value', true))).toEqual(refused);
      });
    }
  });

  describe('an addition', () => {
    test('begins at nothing, also where there is no item, and goes on from what is there', async () => {
      const values = { ':onHand': 10, ':reserved': 4, ':available': 6 };
      const expression = 'ADD onHand :onHand, reserved :reserved, available :available';
      expect(await add('a', expression, values)).toEqual(done);
      expect(await get('a')).toEqual({ pk, sk: 'a', onHand: 10, reserved: 4, available: 6 });
      await add('a', 'ADD available :given, reserved :taken, fresh :given', { ':given': -7, ':taken': 0 });
      expect(await get('a')).toEqual({ pk, sk: 'a', onHand: 10, reserved: 4, available: -1, fresh: -7 });
    });

    test('to what is no number is refused, alone and in a transaction', async () => {
      await put({ sk: 'a', amount: 'text', nothing: null });
      expect(await add('a', 'ADD amount :one', { ':one': 1 })).toEqual(refused);
      expect(await add('a', 'ADD nothing :one', { ':one': 1 })).toEqual(refused);
      const Key = { pk, sk: 'a' };
      const UpdateExpression = 'ADD amount :one';
      const update = { Update: { TableName, Key, UpdateExpression, ExpressionAttributeValues: { ':one': 1 } } };
      expect(await transact({ Put: { TableName, Item: { pk, sk: 'b' } } }, update)).toEqual({
        error: 'TransactionCanceledException',
        reasons: [{ code: 'None' }, { code: 'ValidationError' }],
      });
      expect(await get('b')).toBeUndefined();
    });

    test('of a text, to a key, or twice to the same is refused', async () => {
      expect(await add('a', 'ADD amount :one', { ':one': '1' })).toEqual(refused);
      expect(await add('a', 'ADD sk :one', { ':one': 1 })).toEqual(refused);
      expect(await add('a', 'ADD amount :one, amount :one', { ':one': 1 })).toEqual(refused);
    });
  });

  describe('a transaction', () => {
    const putting = (sk: string, more: Conditional & Item = {}) => {
      const { ConditionExpression, ReturnValuesOnConditionCheckFailure, ...item } = more;
      return {
        Put: { TableName, Item: { pk, sk, ...item }, ConditionExpression, ReturnValuesOnConditionCheckFailure },
      };
    };
    const checking = (sk: string, ConditionExpression: string) => ({
      ConditionCheck: { TableName, Key: { pk, sk }, ConditionExpression },
    });

    test('does all of its actions, over several tables', async () => {
      await put({ sk: 'old' });
      const Key = { pk, sk: 'balance' };
      const values = { ':amount': 5 };
      const update = {
        TableName: 'stock',
        Key,
        UpdateExpression: 'ADD amount :amount',
        ExpressionAttributeValues: values,
      };
      const answer = await transact(
        putting('new', { ConditionExpression: isNew }),
        { Delete: { TableName, Key: { pk, sk: 'old' } } },
        { Update: update },
        checking('absent', isNew),
      );
      expect(answer).toEqual(done);
      expect([await get('new'), await get('old'), await get('absent')]).toEqual([
        { pk, sk: 'new' },
        undefined,
        undefined,
      ]);
      expect((await ask(new GetCommand({ TableName: 'stock', Key }))).output).toEqual({ Item: { ...Key, amount: 5 } });
    });

    test('does nothing when one condition fails, and gives the reasons in the order of its actions', async () => {
      await put({ sk: 'held', version: 1 });
      const answer = await transact(
        putting('a'),
        putting('held', { ConditionExpression: isNew, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
        checking('absent', 'attribute_exists(pk)'),
        putting('b', { ConditionExpression: isNew }),
      );
      expect(answer).toEqual({
        error: 'TransactionCanceledException',
        reasons: [
          { code: 'None' },
          { code: 'ConditionalCheckFailed', item: { pk, sk: 'held', version: 1 } },
          { code: 'ConditionalCheckFailed' },
          { code: 'None' },
        ],
      });
      expect(sortsOf(await query())).toEqual(['held']);
    });

    test('names its reasons in its message as well', async () => {
      await put({ sk: 'held' });
      const TransactItems = [putting('a'), putting('held', { ConditionExpression: isNew })];
      await expect(subject.send(new TransactWriteCommand({ TransactItems }))).rejects.toMatchObject({
        message:
          'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]',
        CancellationReasons: [{ Code: 'None' }, { Message: 'The conditional request failed' }],
      });
    });

    test.each<[string, Writes[number]]>([
      ['a key that is missing', { Put: { TableName, Item: { pk: 'p' } } }],
      ['a key of another type', { Put: { TableName, Item: { pk: 'p', sk: 1 } } }],
      ['a key of an index of another type', { Put: { TableName, Item: { pk: 'p', sk: 'a', activePk: 1 } } }],
      ['half a key', { Delete: { TableName, Key: { pk: 'p' } } }],
    ])('is cancelled by %s', async (_what, action) => {
      expect(await transact(putting('a'), action)).toEqual({
        error: 'TransactionCanceledException',
        reasons: [{ code: 'None' }, { code: 'ValidationError' }],
      });
      expect(await get('a')).toBeUndefined();
    });

    test('with an empty key, or an item or table that can never be, is refused', async () => {
      expect(await transact(putting('a'), putting(''))).toEqual(refused);
      expect(await transact(putting('a'), putting('b', { body: 'x'.repeat(400 * 1024) }))).toEqual(refused);
      expect(await transact(putting('a'), { Put: { TableName: 'nowhere', Item: { pk, sk: 'b' } } })).toEqual({
        error: 'ResourceNotFoundException',
      });
    });

    test('with the same item twice is refused', async () => {
      expect(await transact(putting('a'), checking('a', isNew))).toEqual(refused);
    });

    test('takes a hundred actions and not one more', async () => {
      const actions = Array.from({ length: 101 }, (_, at) => putting(`${at}`));
      expect(await transact(...actions)).toEqual(refused);
      expect(await transact(...actions.slice(1))).toEqual(done);
      expect(await transact()).toEqual(refused);
    });

    test('takes four megabytes at most', async () => {
      const large = Array.from({ length: 11 }, (_, at) => putting(`${at}`, { body: 'x'.repeat(390 * 1024) }));
      expect(await transact(...large)).toEqual(refused);
      expect(await transact(...large.slice(1))).toEqual(done);
    });

    test('under the same token is done once; with other content the token is refused', async () => {
      const adding = (amount: number) => ({
        Update: {
          TableName,
          Key: { pk, sk: 'balance' },
          UpdateExpression: 'ADD amount :amount',
          ExpressionAttributeValues: { ':amount': amount },
        },
      });
      const asking = (amount: number, ClientRequestToken: string) =>
        ask(new TransactWriteCommand({ ClientRequestToken, TransactItems: [adding(amount)] }));
      expect(await asking(5, `${pk}-1`)).toEqual(done);
      expect(await asking(5, `${pk}-1`)).toEqual(done);
      expect(await get('balance')).toEqual({ pk, sk: 'balance', amount: 5 });
      expect(await asking(6, `${pk}-1`)).toEqual({ error: 'IdempotentParameterMismatchException' });
      expect(await asking(5, `${pk}-2`)).toEqual(done);
      expect(await get('balance')).toEqual({ pk, sk: 'balance', amount: 10 });
    });

    test('that was cancelled is tried anew under the same token', async () => {
      const ClientRequestToken = `${pk}-1`;
      const TransactItems = [putting('a', { ConditionExpression: isNew })];
      await put({ sk: 'a' });
      expect((await ask(new TransactWriteCommand({ ClientRequestToken, TransactItems }))).error).toBe(
        'TransactionCanceledException',
      );
      await remove('a');
      expect(await ask(new TransactWriteCommand({ ClientRequestToken, TransactItems }))).toEqual(done);
    });
  });

  describe('keys', () => {
    test.each([
      ['missing', {}],
      ['empty', { sk: '' }],
      ['no text', { sk: 1 }],
      ['longer than a kilobyte', { sk: 'x'.repeat(1_025) }],
    ])('are refused when the sort key is %s', async (_what, item) => {
      expect(await put(item)).toEqual(refused);
    });

    test('are all that a key may hold, and all that it has to hold', async () => {
      for (const Key of [{ pk }, { pk, sk: 'a', more: 1 }, { pk, other: 'a' }, { pk, sk: '' }]) {
        expect(await ask(new GetCommand({ TableName, Key }))).toEqual(refused);
        expect(await ask(new DeleteCommand({ TableName, Key }))).toEqual(refused);
      }
    });

    test('of an index are texts with something in them', async () => {
      expect(await put({ sk: 'a', activePk: 1, activeSk: 'x' })).toEqual(refused);
      expect(await put({ sk: 'a', activePk: '', activeSk: 'x' })).toEqual(refused);
    });

    test('of a table or an index that there is not are refused', async () => {
      const gone = { TableName: 'nowhere', Key: { pk, sk: 'a' } };
      expect(await ask(new GetCommand(gone))).toEqual({ error: 'ResourceNotFoundException' });
      expect(await query({ IndexName: 'nowhere' })).toEqual(refused);
    });
  });

  describe('a query', () => {
    const five = ['a', 'a#1', 'a#2', 'b', 'c'];
    const putFive = async () => {
      for (const sk of ['b', 'a#2', 'c', 'a', 'a#1']) await put({ sk, number: sk.length });
    };

    test('gives a partition in the order of the sort key, or from behind', async () => {
      await putFive();
      const { output } = await query({ ConsistentRead: true });
      expect(output).toEqual({ Items: five.map((sk) => ({ pk, sk, number: sk.length })), Count: 5, ScannedCount: 5 });
      expect(sortsOf(await query({ ScanIndexForward: false }))).toEqual([...five].reverse());
      expect(await query({ ExpressionAttributeValues: { ':pk': `${pk}-none` } })).toEqual({
        output: { Items: [], Count: 0, ScannedCount: 0 },
      });
    });

    test('orders by the bytes of UTF-8', async () => {
      const order = ['A', 'Z', 'a', 'é', '\uffee', '\u{1f600}'];
      for (const sk of [...order].reverse()) await put({ sk });
      expect(sortsOf(await query())).toEqual(order);
    });

    const ranges: [string, Item, string[]][] = [
      ['pk = :pk AND sk = :one', { ':one': 'a#1' }, ['a#1']],
      ['pk = :pk AND sk < :one', { ':one': 'a#2' }, ['a', 'a#1']],
      ['pk = :pk AND sk <= :one', { ':one': 'a#2' }, ['a', 'a#1', 'a#2']],
      ['pk = :pk AND sk > :one', { ':one': 'a#2' }, ['b', 'c']],
      ['pk = :pk AND sk >= :one', { ':one': 'a#2' }, ['a#2', 'b', 'c']],
      ['pk = :pk AND sk BETWEEN :one AND :two', { ':one': 'a#1', ':two': 'b' }, ['a#1', 'a#2', 'b']],
      ['pk = :pk AND begins_with(sk, :one)', { ':one': 'a#' }, ['a#1', 'a#2']],
    ];
    test.each(ranges)('by %s finds its range', async (KeyConditionExpression, values, found) => {
      await putFive();
      const ExpressionAttributeValues = { ':pk': pk, ...values };
      expect(sortsOf(await query({ KeyConditionExpression, ExpressionAttributeValues }))).toEqual(found);
    });

    test('that is full says where the next page begins, even if nothing is left for it', async () => {
      await putFive();
      const full = await query({ Limit: 5 });
      expect(full.output).toMatchObject({ Count: 5, LastEvaluatedKey: { pk, sk: 'c' } });
      const next = await query({ Limit: 5, ExclusiveStartKey: { pk, sk: 'c' } });
      expect(next.output).toEqual({ Items: [], Count: 0, ScannedCount: 0 });
      expect((await query({ Limit: 6 })).output).not.toHaveProperty('LastEvaluatedKey');
    });

    test('goes on behind a key, whether that is still there or not', async () => {
      await putFive();
      expect(sortsOf(await query({ ExclusiveStartKey: { pk, sk: 'a#1' } }))).toEqual(['a#2', 'b', 'c']);
      expect(sortsOf(await query({ ExclusiveStartKey: { pk, sk: 'aa' } }))).toEqual(['b', 'c']);
      const back = { ScanIndexForward: false, Limit: 1 };
      expect(sortsOf(await query({ ...back, ExclusiveStartKey: { pk, sk: 'aa' } }))).toEqual(['a#2']);
    });

    test('gives a megabyte at once and the rest on its next pages', async () => {
      const body = 'x'.repeat(300 * 1024);
      for (const sk of five) await put({ sk, body });
      const first = await query();
      expect(sortsOf(first)).toEqual(five.slice(0, 3));
      const rest = await query({ ExclusiveStartKey: first.output?.['LastEvaluatedKey'] as Item });
      expect(sortsOf(rest)).toEqual(five.slice(3));
      expect(rest.output).not.toHaveProperty('LastEvaluatedKey');
    });

    const malformed: [string, Partial<QueryCommandInput>][] = [
      ['without the partition', { KeyConditionExpression: 'sk = :pk' }],
      ['by a range of partitions', { KeyConditionExpression: 'pk > :pk' }],
      ['by another attribute', { KeyConditionExpression: 'pk = :pk AND other = :pk' }],
      ['by nothing', { ExpressionAttributeValues: { ':pk': undefined } }],
      ['with a limit of none', { Limit: 0 }],
      ['from half a key', { ExclusiveStartKey: { pk: 'p' } }],
      [
        'of an index, consistently',
        { IndexName: 'active', KeyConditionExpression: 'activePk = :pk', ConsistentRead: true },
      ],
    ];
    test.each(malformed)('%s is refused', async (_what, more) => {
      expect(await query(more)).toEqual(refused);
    });

    if (extent === 'in full') {
      // Keys are of the type that the table declares and never empty:
      // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html. dynoxide
      // finds nothing.
      test.each(['', 1])('by the key %p is refused', async (key) => {
        expect(await query({ ExpressionAttributeValues: { ':pk': key } })).toEqual(refused);
      });

      // What a page can begin with is what an earlier one returned as its last key:
      // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html. dynoxide takes any.
      test('from a key of another partition, or outside of its range, is refused', async () => {
        expect(await query({ ExclusiveStartKey: { pk: `${pk}-other`, sk: 'a' } })).toEqual(refused);
        const below = {
          KeyConditionExpression: 'pk = :pk AND sk < :b',
          ExpressionAttributeValues: { ':pk': pk, ':b': 'b' },
        };
        expect(await query({ ...below, ExclusiveStartKey: { pk, sk: 'c' } })).toEqual(refused);
      });
    }
  });

  describe('an index', () => {
    const summary = { orderId: 'o', reference: 'r', status: 'open', placedAt: 't', currency: 'EUR', total: 1 };
    const list = (more: Partial<QueryCommandInput> = {}) =>
      query({
        IndexName: 'active',
        KeyConditionExpression: '#partition = :pk',
        ExpressionAttributeNames: { '#partition': 'activePk' },
        ...more,
      });
    const listed = (sk: string, activeSk: string, more: Item = {}) => put({ sk, activePk: pk, activeSk, ...more });

    test('shows its keys, the table’s keys and what it projects', async () => {
      await listed('a', '1', { ...summary, version: 3, entry: { at: 't' } });
      const Items = [{ pk, sk: 'a', activePk: pk, activeSk: '1', ...summary }];
      expect((await list()).output).toEqual({ Items, Count: 1, ScannedCount: 1 });
      await listed('a', '1', { orderId: 'p' });
      expect((await list()).output?.['Items']).toEqual([{ pk, sk: 'a', activePk: pk, activeSk: '1', orderId: 'p' }]);
    });

    test('holds an item only while that has both of its keys', async () => {
      await listed('a', '1');
      await put({ sk: 'b', activePk: pk });
      await put({ sk: 'c', activeSk: '1' });
      expect(sortsOf(await list())).toEqual(['a']);
      await put({ sk: 'b', activePk: pk, activeSk: '2' });
      await put({ sk: 'a' });
      expect(sortsOf(await list())).toEqual(['b']);
      await remove('b');
      expect(sortsOf(await list())).toEqual([]);
    });

    test('moves an item whose keys change', async () => {
      await listed('a', '1');
      await listed('b', '2');
      await listed('a', '3');
      expect(sortsOf(await list())).toEqual(['b', 'a']);
      await put({ sk: 'a', activePk: `${pk}-other`, activeSk: '3' });
      expect(sortsOf(await list())).toEqual(['b']);
      expect(sortsOf(await list({ ExpressionAttributeValues: { ':pk': `${pk}-other` } }))).toEqual(['a']);
    });

    test('goes in pages, forwards and from the newest, each entry once', async () => {
      for (const at of [3, 1, 4, 5, 2]) await listed(`${6 - at}`, `${at}`);
      for (const ScanIndexForward of [true, false]) {
        const seen: unknown[] = [];
        let start: Item | undefined;
        do {
          const page = await list({
            ScanIndexForward,
            Limit: 2,
            ...(start === undefined ? {} : { ExclusiveStartKey: start }),
          });
          seen.push(...sortsOf(page));
          start = page.output?.['LastEvaluatedKey'] as Item | undefined;
          if (start !== undefined) expect(Object.keys(start).sort()).toEqual(['activePk', 'activeSk', 'pk', 'sk']);
        } while (start !== undefined);
        expect(seen).toEqual(ScanIndexForward ? ['5', '4', '3', '2', '1'] : ['1', '2', '3', '4', '5']);
      }
    });

    test('shows entries of the same sort key, and each once over its pages', async () => {
      for (const sk of ['a', 'b', 'c']) await listed(sk, 'same');
      const first = await list({ Limit: 2 });
      const rest = await list({ ExclusiveStartKey: first.output?.['LastEvaluatedKey'] as Item });
      expect([...sortsOf(first), ...sortsOf(rest)].sort()).toEqual(['a', 'b', 'c']);
    });

    test('finds what is due', async () => {
      for (const at of ['1', '2', '3']) await put({ sk: at, openPk: pk, openSk: at, cancellationId: at, refund: 1 });
      const due = {
        IndexName: 'open',
        KeyConditionExpression: 'openPk = :shard AND openSk < :now',
        ExpressionAttributeValues: { ':shard': pk, ':now': '3' },
      };
      const Items = ['1', '2'].map((at) => ({ pk, sk: at, openPk: pk, openSk: at, cancellationId: at }));
      expect((await query({ ...due, Limit: 3 })).output).toEqual({ Items, Count: 2, ScannedCount: 2 });
      expect((await query({ ...due, Limit: 2 })).output).toMatchObject({ LastEvaluatedKey: { pk, sk: '2' } });
    });
  });

  describe('the stream', () => {
    beforeEach(() => subject.changes(TableName));

    test('tells what an item was and what it is', async () => {
      const keys = { pk, sk: 'a' };
      await put({ sk: 'a', version: 1, entry: { at: 't' } });
      await add('a', 'ADD version :one', { ':one': 1 });
      await remove('a');
      const [first, second] = [
        { ...keys, version: 1, entry: { at: 't' } },
        { ...keys, version: 2, entry: { at: 't' } },
      ];
      expect(await subject.changes(TableName)).toEqual([
        { keys, after: first },
        { keys, before: first, after: second },
        { keys, before: second },
      ]);
    });

    test('tells nothing of what changed nothing', async () => {
      await put({ sk: 'a', entry: { at: 't', step: 's' }, total: 1 });
      await subject.changes(TableName);
      await put({ total: 1, entry: { step: 's', at: 't' }, sk: 'a', gone: undefined });
      await put({ sk: 'a' }, { ConditionExpression: isNew });
      await remove('b');
      expect(await subject.changes(TableName)).toEqual([]);
    });

    test('tells each change of a transaction, and nothing of a cancelled one', async () => {
      const putting = (sk: string) => ({ Put: { TableName, Item: { pk, sk }, ConditionExpression: isNew } });
      await transact(putting('a'), putting('b'));
      expect((await subject.changes(TableName)).map(({ keys }) => keys['sk']).sort()).toEqual(['a', 'b']);
      await transact(putting('c'), putting('b'));
      expect(await subject.changes(TableName)).toEqual([]);
    });

    test('tells of an expired item that the service removed it', async () => {
      await put({ sk: 'past', expires: 1_700_000_000 });
      await put({ sk: 'now', expires: 1_700_000_001 });
      await put({ sk: 'text', expires: '1' });
      await put({ sk: 'ancient', expires: 1 });
      await subject.changes(TableName);
      // The service leaves alone what expired more than five years ago.
      await subject.expire(1_700_000_001);
      expect(sortsOf(await query())).toEqual(['ancient', 'now', 'text']);
      const before = { pk, sk: 'past', expires: 1_700_000_000 };
      expect(await subject.changes(TableName)).toEqual([{ keys: { pk, sk: 'past' }, before, expired: true }]);
    });
  });
}

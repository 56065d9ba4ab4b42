/** What the adapters do to tables, at random: over a few keys, so that operations meet. */
import * as commands from '@aws-sdk/lib-dynamodb';
import * as fc from 'fast-check';
import { answerOf, type Answer } from './answer';
import type { Item } from './item';
import type { Subject } from './subject';

/** Plain data, so that a counterexample can be read. In its texts `~` stands for what keeps sequences apart. */
export interface Operation {
  readonly command: 'Get' | 'Put' | 'Delete' | 'Update' | 'TransactWrite' | 'Query';
  readonly input: Item;
}

/** Carries it out; a query with all of its pages. */
export async function carryOut({ command, input }: Operation, subject: Subject, prefix: string): Promise<Answer[]> {
  const Command = commands[`${command}Command`] as new (input: unknown) => { readonly input: object };
  const answers: Answer[] = [];
  for (let start: unknown, more = true; more; more = start !== undefined) {
    const from = start === undefined ? {} : { ExclusiveStartKey: start };
    const answer = await answerOf(subject, new Command({ ...(apart(input, prefix) as Item), ...from }));
    answers.push(answer);
    start = answer.output?.['LastEvaluatedKey'];
  }
  return answers;
}

function apart(value: unknown, prefix: string): unknown {
  if (typeof value === 'string') return value.replace('~', prefix);
  if (Array.isArray(value)) return value.map((member) => apart(member, prefix));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, apart(member, prefix)]));
}

const TableName = 'orders';
const key = fc.record({ pk: fc.constantFrom('~p', '~q'), sk: fc.constantFrom('HEAD', 'CAN#1', 'CAN#2') });
const version = fc.integer({ min: 0, max: 3 });
const generation = fc.integer({ min: 1, max: 2 });
const moment = fc.integer({ min: 0, max: 9 }).map((digit) => `2026-03-0${digit}`);
const seldom = <Often, Seldom>(often: fc.Arbitrary<Often>, other: fc.Arbitrary<Seldom>) =>
  fc.oneof({ weight: 8, arbitrary: often }, { weight: 1, arbitrary: other });

/** What conditions, additions and indexes look at, each of it there or not, now and then of another type. */
const attributes = fc.record(
  {
    version: seldom(version, fc.constant('2')),
    generation,
    amount: seldom(fc.integer({ min: -3, max: 3 }), fc.constantFrom('text', null, [1])),
    status: fc.constantFrom('open', 'closed', undefined),
    entry: fc.record({ at: moment, detail: fc.constantFrom('x', undefined, 0.5, -0, '', null) }),
    events: fc.array(fc.constantFrom('1 order.received', '2 order.updated'), { maxLength: 2 }),
    orderId: fc.constantFrom('o1', 'o2'),
  },
  { requiredKeys: [] },
);
const item = fc
  .record({ at: key, more: attributes, active: fc.option(moment), open: fc.option(moment) })
  .map(({ at, more, active, open }) => ({
    ...at,
    ...more,
    // Each entry of an index has a sort key of its own, as those of the adapters do: the order of equal ones is open.
    ...(active === null ? {} : { activePk: '~U', activeSk: `${active}#${at.pk}#${at.sk}` }),
    ...(open === null ? {} : { openPk: '~DUE', openSk: `${open}#${at.pk}#${at.sk}` }),
  }));

const conditionOf = (ConditionExpression: string, values: Item): Item => {
  const names = [...ConditionExpression.matchAll(/#(\w+)/g)].map(([alias = '', name]) => [alias, name]);
  return {
    ConditionExpression,
    ...(names.length === 0 ? {} : { ExpressionAttributeNames: Object.fromEntries(names) as Item }),
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
  };
};
const mayTake =
  'attribute_not_exists(pk) OR #version <= :version OR ' +
  '(openSk >= :at AND attribute_not_exists(#status) AND NOT orderId = :at)';
const condition = fc
  .oneof(
    fc.constant({}),
    fc.constantFrom('attribute_not_exists(pk)', 'attribute_exists(pk)').map((text) => conditionOf(text, {})),
    fc
      .tuple(fc.constantFrom('#version = :version', 'attribute_not_exists(pk) OR #version < :version'), version)
      .map(([text, read]) => conditionOf(text, { ':version': read })),
    fc
      .tuple(version, generation)
      .map(([read, own]) =>
        conditionOf('#version = :version AND #generation = :generation', { ':version': read, ':generation': own }),
      ),
    fc.tuple(version, moment).map(([read, at]) => conditionOf(mayTake, { ':version': read, ':at': at })),
  )
  .chain((one) =>
    fc.constantFrom(
      one,
      'ConditionExpression' in one ? { ...one, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } : one,
    ),
  );

const put = fc.tuple(item, condition).map(([Item, more]): Item => ({ TableName, Item, ...more }));
const remove = fc.tuple(key, condition).map(([Key, more]): Item => ({ TableName, Key, ...more }));
const update = fc.tuple(key, fc.integer({ min: -2, max: 2 }), fc.boolean()).map(([Key, amount, enough]): Item => ({
  TableName,
  Key,
  UpdateExpression: 'ADD amount :amount, given :given',
  ...(enough ? { ConditionExpression: 'amount >= :amount' } : {}),
  ExpressionAttributeValues: { ':amount': amount, ':given': -amount },
}));
const check = fc
  .tuple(key, fc.constantFrom('attribute_exists(pk)', 'attribute_not_exists(pk)'))
  .map(([Key, ConditionExpression]): Item => ({ TableName, Key, ConditionExpression }));
const transaction = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ Put: put }) },
    { weight: 2, arbitrary: fc.record({ Update: update }) },
    { weight: 1, arbitrary: fc.record({ Delete: remove }) },
    { weight: 2, arbitrary: fc.record({ ConditionCheck: check }) },
  ),
  { minLength: 1, maxLength: 3 },
);

const list = fc.oneof(
  fc.constantFrom(
    { KeyConditionExpression: 'pk = :of', ExpressionAttributeValues: { ':of': '~p' } },
    { IndexName: 'active', KeyConditionExpression: 'activePk = :of', ExpressionAttributeValues: { ':of': '~U' } },
  ),
  moment.map((now) => ({
    IndexName: 'open',
    KeyConditionExpression: 'openPk = :of AND openSk < :now',
    ExpressionAttributeValues: { ':of': '~DUE', ':now': now },
  })),
);
const query = fc
  .record({ Limit: fc.integer({ min: 1, max: 4 }), ScanIndexForward: fc.boolean(), list })
  .map(({ list: one, ...more }): Item => ({ TableName, ...one, ...more }));

const as =
  (command: Operation['command']) =>
  (input: Item): Operation => ({ command, input });

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: put.map(as('Put')) },
  { weight: 1, arbitrary: remove.map(as('Delete')) },
  { weight: 2, arbitrary: update.map(as('Update')) },
  { weight: 5, arbitrary: transaction.map((TransactItems) => as('TransactWrite')({ TransactItems })) },
  { weight: 2, arbitrary: key.map((Key) => as('Get')({ TableName, Key })) },
  { weight: 3, arbitrary: query.map(as('Query')) },
);

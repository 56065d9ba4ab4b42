import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { assembly } from '../../infra/local/assembly';
import { startLaptop, type Laptop } from '../../infra/local/laptop';
import { DynamoKeptAnswers } from '../../shared/adapters/dynamodb/kept-answers';
import { DynamoParkedEvents } from '../../shared/adapters/dynamodb/parked-events';
import { DynamoWatermarks } from '../../shared/adapters/dynamodb/watermarks';
import type { DomainEvent } from '../../shared/domain/events';
import { later } from '../../shared/domain/time';
import type { Attempt } from '../../shared/ports/kept-answers';
import { documentClientOf } from '../support/document-client';

/** What is written once and read again under conditions, on a real engine. */

const at = '2026-03-01T12:00:00.000Z';
const tenant = 't1';

let laptop: Laptop;
let client: DynamoDBDocumentClient;
let answers: DynamoKeptAnswers;
let parked: DynamoParkedEvents;
let watermarks: DynamoWatermarks;

beforeAll(async () => {
  laptop = await startLaptop({ assembly: await assembly(), log: 'silent' });
  client = documentClientOf(laptop.baseUrl);
  answers = new DynamoKeptAnswers(client, laptop.table('orders').name);
  parked = new DynamoParkedEvents(client, laptop.table('views').name);
  watermarks = new DynamoWatermarks(client, laptop.table('orders').name);
}, 120_000);

afterAll(async () => {
  client.destroy();
  await laptop.close();
});

let keys = 0;
const attempt = (more: Partial<Attempt> = {}): Attempt => ({
  tenant,
  key: `k${(keys += 1)}`,
  request: 'r1',
  owner: 'first',
  now: at,
  ...more,
});
const again = (first: Attempt, more: Partial<Attempt> = {}): Attempt => ({ ...first, owner: 'second', ...more });
const in_ = (length: number, unit: 'seconds' | 'days') => later(at, { length, unit });

describe('an answer under a key', () => {
  const answer = { status: 202, body: { object: 'case', text: 'ü€' } };

  test('is given again for thirty days; after that the key is new', async () => {
    const first = attempt();
    expect(await answers.take(first)).toEqual({ outcome: 'taken' });
    await answers.keep(first, answer);
    expect(await answers.take(again(first))).toEqual({ outcome: 'answered', answer });
    expect(await answers.take(again(first, { now: in_(29, 'days') }))).toEqual({ outcome: 'answered', answer });
    expect(await answers.take(again(first, { now: in_(30, 'days'), request: 'r2' }))).toEqual({ outcome: 'taken' });
  });

  test('is refused to another request, answered or still running', async () => {
    const first = attempt();
    await answers.take(first);
    expect(await answers.take(again(first, { request: 'r2' }))).toEqual({ outcome: 'reused' });
    await answers.keep(first, answer);
    expect(await answers.take(again(first, { request: 'r2' }))).toEqual({ outcome: 'reused' });
  });

  test('is waited for while the first request may be running; one that crashed is taken over', async () => {
    const first = attempt();
    await answers.take(first);
    expect(await answers.take(again(first, { now: in_(11, 'seconds') }))).toEqual({ outcome: 'running' });
    const second = again(first, { now: in_(12, 'seconds') });
    expect(await answers.take(second)).toEqual({ outcome: 'taken' });
    // The first one was only slow; its answer comes too late to count.
    await answers.keep(first, { status: 200, body: 'late' });
    await answers.keep(second, answer);
    expect(await answers.take(again(first, { now: in_(13, 'seconds') }))).toEqual({ outcome: 'answered', answer });
  });

  test('is taken by one of many at the same moment', async () => {
    const first = attempt();
    const racers = Array.from({ length: 8 }, (_, index) => answers.take({ ...first, owner: `racer ${index}` }));
    const outcomes = (await Promise.all(racers)).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'taken')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'running')).toHaveLength(7);
  });

  test('is the own one when the same write is repeated because its answer was lost', async () => {
    const first = attempt();
    await answers.take(first);
    expect(await answers.take(first)).toEqual({ outcome: 'taken' });
  });

  test('was none when the request was refused: the key is free for it or another one', async () => {
    const first = attempt();
    await answers.take(first);
    await answers.release(first);
    expect(await answers.take(again(first, { request: 'r2' }))).toEqual({ outcome: 'taken' });
  });

  test('is not kept above the size of an item: the request is carried out again', async () => {
    const first = attempt();
    await answers.take(first);
    const noise = Array.from({ length: 300_000 }, () => Math.random().toString(36).slice(2, 4)).join('');
    await answers.keep(first, { status: 200, body: noise });
    expect(await answers.take(again(first))).toEqual({ outcome: 'taken' });
  });

  test('of common size costs one write unit, and names its end for the sweeper', async () => {
    const first = attempt();
    await answers.take(first);
    const timeline = Array.from({ length: 5 }, (_, index) => ({
      actor: 'system',
      step: `step-${index}`,
      outcome: 'done',
      at,
    }));
    const leg = {
      id: 'rfd_0123456789abcdefghjkmnpqrs',
      channel: 'stripe',
      operation: 'refund',
      payment: 'pi_1',
      amount: 2_000,
    };
    await answers.keep(first, { status: 200, body: { id: 'can_1', legs: [leg, leg], timeline, next: ['closed'] } });
    const { Items } = await client.send(
      new QueryCommand({
        TableName: laptop.table('orders').name,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': `T#${tenant}#K#${first.key}` },
      }),
    );
    const [stored] = Items ?? [];
    expect((stored?.['body'] as Uint8Array).length).toBeLessThan(700);
    expect(stored?.['expires']).toBe(Date.parse(in_(30, 'days')) / 1_000);
  });
});

describe('parked orders', () => {
  const event = (orderId: string, sequence: number): DomainEvent => ({
    id: `evt_${sequence}`,
    tenant,
    merchantId: 'm1',
    orderId,
    type: 'order.updated',
    sequence,
    at,
    data: {},
  });
  const listed = async (limit: number) => (await parked.list(limit)).map(({ orderId }) => orderId);

  test('that stay hopeless go to the end of the list and starve nobody', async () => {
    for (const orderId of ['ord_1', 'ord_2', 'ord_3']) await parked.park([event(orderId, 1)], 'why');
    const first = await listed(2);
    for (const [index, orderId] of first.entries()) await parked.tried(tenant, orderId, in_(index, 'seconds'));
    const [last] = ['ord_1', 'ord_2', 'ord_3'].filter((orderId) => !first.includes(orderId));
    expect(await listed(2)).toEqual([last, first[0]]);
    // More of its events do not bring an order to the front again.
    await parked.park([event(first[1] ?? '', 2)], 'behind');
    expect(await listed(3)).toEqual([last, ...first]);
  });

  test('keep what could not be read as it came, in its place among the others', async () => {
    const change = {
      before: { events: ['1 a'] },
      after: { pk: 'T#t1#O#ord_u', body: 'no JSON', events: ['2 x', '3 y'] },
    };
    await parked.park([event('ord_u', 4)], 'behind');
    await parked.parkUnread({ tenant, orderId: 'ord_u', sequences: [2, 3] }, change, 'SyntaxError');
    expect(await parked.of(tenant, 'ord_u')).toEqual([
      { sequence: 2, unread: change },
      { sequence: 3, unread: change },
      { sequence: 4, event: event('ord_u', 4) },
    ]);
  });
});

describe('a watermark', () => {
  const trail = { tenant, orderId: 'ord_1', cancellationId: 'can_1', legId: 'rfd_1-1' };
  const notice = { eventId: 'evt_1', type: 'refund.updated', providerRef: 're_1', trail, claims: 'failed' } as const;
  const mark = { until: at, reading: { begun: at, since: at, after: 'evt_9' }, unheard: [{ notice, since: at }] };

  test('is read as it was written, apart for each connection and tenant', async () => {
    expect(await watermarks.find(tenant, 'con_1')).toBeUndefined();
    await watermarks.move(tenant, 'con_1', undefined, mark);
    expect(await watermarks.find(tenant, 'con_1')).toEqual({ ...mark, version: 1 });
    expect(await watermarks.find('t2', 'con_1')).toBeUndefined();
    expect(await watermarks.find(tenant, 'con_2')).toBeUndefined();
  });

  test('is moved by one of two rounds that read the same', async () => {
    const first = await watermarks.move(tenant, 'con_3', undefined, { until: at, unheard: [] });
    if (first === 'lost') throw new Error('nobody else was there');
    expect(await watermarks.move(tenant, 'con_3', undefined, mark)).toBe('lost');
    const moves = await Promise.all(
      [1, 2].map((days) => watermarks.move(tenant, 'con_3', first, { until: in_(days, 'days'), unheard: [] })),
    );
    expect(moves.filter((move) => move === 'lost')).toHaveLength(1);
    expect((await watermarks.find(tenant, 'con_3'))?.version).toBe(2);
  });
});

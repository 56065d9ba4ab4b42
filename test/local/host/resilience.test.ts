/** Killing everything, faults on request, poison records and messages. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Laptop } from '../../../infra/local/laptop';
import { UnsupportedResource } from '../../../infra/local/unsupported';
import { buildModel } from '../../../infra/local/template/model';
import { aws, fixtureAssembly, item, send, startFixture } from './fixture-host';

const ROOT = join(__dirname, '..', '..', '..');

describe('a host that is killed with everything it started', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'laptop-test-'));
  let child: ChildProcess | undefined;

  afterAll(() => {
    if (child?.pid) process.kill(-child.pid, 'SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** Starts the host as `npm start` does, as the head of its own process group. */
  async function start(): Promise<string> {
    const args = ['--import', 'tsx', join('infra', 'local', 'start.ts'), '--assembly', fixtureAssembly()];
    child = spawn(process.execPath, [...args, '--data', dataDir, '--port', '0', '--no-demo', '--json'], {
      cwd: ROOT,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await new Promise<string>((resolve) =>
      child?.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString())),
    );
    return (JSON.parse(line) as { url: string }).url;
  }

  /** Without its database, which then runs on as an orphan, or with everything. */
  async function kill(what: 'host' | 'everything'): Promise<void> {
    const gone = new Promise((resolve) => child?.once('exit', resolve));
    if (child?.pid) process.kill(what === 'host' ? child.pid : -child.pid, 'SIGKILL');
    await gone;
  }

  async function call(
    url: string,
    method: string,
    path: string,
    body?: unknown,
    token?: string,
  ): Promise<Record<string, unknown>> {
    const response = await fetch(url + path, {
      method,
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, ...((await response.json()) as Record<string, unknown>) };
  }

  it('goes on with executions, tokens, messages, time and keys where it was', async () => {
    let url = await start();
    const { token } = (await call(url, 'POST', '/_local/token', {
      sub: 'u1',
      role: 'customer',
      expiresInSeconds: 999_999,
    })) as { token: string };
    await call(url, 'POST', '/v1/orders/k1', { graceSeconds: 0 }, token);
    await call(url, 'POST', '/v1/orders/k2', { graceSeconds: 7_200 }, token);
    await call(url, 'POST', '/_local/clock', { advanceSeconds: 3_600 });
    await call(url, 'GET', '/_local/idle');
    const { now: before } = (await call(url, 'GET', '/_local/clock')) as { now: string };
    await expect(startFixture({ dataDir })).rejects.toThrow(/in use by the host at/);
    await kill('everything');

    url = await start();
    const { now: after } = (await call(url, 'GET', '/_local/clock')) as { now: string };
    expect(Date.parse(after)).toBeGreaterThanOrEqual(Date.parse(before));
    expect((await call(url, 'POST', '/v1/orders/k1/confirm', {}, token))['status']).toBe(202);
    await call(url, 'GET', '/_local/idle');
    expect(await call(url, 'GET', '/v1/orders/k1', undefined, token)).toMatchObject({ status: 'CANCELLED' });
    await kill('host');

    url = await start();
    await call(url, 'POST', '/_local/clock', { advanceSeconds: 3_700 });
    await call(url, 'GET', '/_local/idle');
    expect((await call(url, 'POST', '/v1/orders/k2/confirm', {}, token))['status']).toBe(202);
    await call(url, 'GET', '/_local/idle');
    expect(await call(url, 'GET', '/v1/orders/k2', undefined, token)).toMatchObject({ status: 'CANCELLED' });
    await kill('everything');
  });
});

describe('faults on request', () => {
  let laptop: Laptop;
  let token: string;

  beforeAll(async () => {
    laptop = await startFixture();
    token = await laptop.token({ sub: 'u1', role: 'customer' });
  });

  afterEach(() => send(laptop, 'DELETE', '/_local/faults'));
  afterAll(() => laptop.close());

  const fault = (wish: object): ReturnType<typeof send> => send(laptop, 'POST', '/_local/faults', { body: wish });
  const table = (): string => laptop.table('Orders').name;
  const put = (id: string): ReturnType<typeof aws> =>
    aws(laptop, 'DynamoDB_20120810.PutItem', { TableName: table(), Item: { pk: { S: id }, sk: { S: 'x' } } });

  it('throttle the database as often as asked', async () => {
    await fault({ service: 'dynamodb', operation: 'PutItem', kind: 'throttle', times: 2 });
    expect((await put('f1')).json['__type']).toBe('ThrottlingException');
    expect((await put('f1')).status).toBe(400);
    expect((await put('f1')).status).toBe(200);
  });

  it('are ridden out by the retries of the SDK in a handler', async () => {
    await fault({ service: 'dynamodb', operation: 'PutItem', kind: 'throttle', times: 2 });
    expect((await send(laptop, 'POST', '/v1/orders/f2', { token, body: {} })).status).toBe(202);
  });

  it('raise conflicts in transactions, with a reason', async () => {
    await fault({ service: 'dynamodb', table: 'Orders', kind: 'conflict' });
    const write = { Put: { TableName: table(), Item: { pk: { S: 'f3' }, sk: { S: 'x' } } } };
    const answer = await aws(laptop, 'DynamoDB_20120810.TransactWriteItems', { TransactItems: [write] });
    expect(answer.json).toMatchObject({
      __type: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'TransactionConflict' }],
    });
  });

  it('cut the line before or after the effect', async () => {
    await fault({ service: 'dynamodb', operation: 'PutItem', kind: 'timeout-before' });
    await expect(put('f4')).rejects.toThrow();
    expect(await item(laptop, 'f4', 'x')).toBeUndefined();
    await fault({ service: 'dynamodb', operation: 'PutItem', kind: 'timeout-after' });
    await expect(put('f4')).rejects.toThrow();
    expect(await item(laptop, 'f4', 'x')).toBeDefined();
  });

  it('let an index overlook what was just written', async () => {
    await fault({ service: 'dynamodb', operation: 'Query', kind: 'stale' });
    await send(laptop, 'POST', '/v1/orders/f5', { token, body: {} });
    const query = {
      TableName: table(),
      IndexName: 'byStatus',
      KeyConditionExpression: '#s = :s AND #s = :s',
      ExpressionAttributeNames: { '#s': 'status' },
      ExpressionAttributeValues: { ':s': { S: 'PLACED' } },
    };
    query.KeyConditionExpression = '#s = :s';
    const keys = async (): Promise<string> => (await aws(laptop, 'DynamoDB_20120810.Query', query)).text;
    expect(await keys()).not.toContain('order#f5');
    expect(await keys()).toContain('order#f5');
  });

  it('deliver a batch of the stream twice', async () => {
    await laptop.idle();
    await fault({ service: 'dynamodbstreams', kind: 'duplicate' });
    await send(laptop, 'POST', '/v1/orders/f6', { token, body: {} });
    await laptop.idle();
    expect((await item(laptop, 'order#f6', 'seen'))?.['seen']).toEqual(['INSERT PLACED', 'INSERT PLACED']);
  });

  it('are refused when they make no sense', async () => {
    expect((await fault({ kind: 'throttle' })).status).toBe(400);
    expect((await fault({ service: 'dynamodb', kind: 'earthquake' })).status).toBe(400);
  });
});

describe('an asynchronous event', () => {
  it('is tried three times, with minutes between, and is then given up', async () => {
    const laptop = await startFixture();
    const name = laptop.table('Orders').name.replace(/-Orders.*/, '-misbehaveF094FDB0');
    await laptop.functions.invokeAsync(name, JSON.stringify({ body: JSON.stringify({ how: 'throw' }) }));
    const calls = (): number => laptop.trace().functions[name]?.calls ?? 0;
    await laptop.idle();
    expect(calls()).toBe(1);
    for (const seconds of [61, 121, 600]) {
      laptop.clock.moveTo(laptop.clock.now() + seconds * 1_000);
      await laptop.idle();
    }
    expect(calls()).toBe(3);
    await laptop.close();
  });
});

describe('what fails for good', () => {
  let laptop: Laptop;
  let token: string;

  beforeAll(async () => {
    laptop = await startFixture();
    token = await laptop.token({ sub: 'u1', role: 'customer' });
  });
  afterAll(() => laptop.close());

  it('in a stream goes alone to the failure destination, and the others arrive in order', async () => {
    const orders = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6'];
    await Promise.all(
      orders.map((id) =>
        send(laptop, 'POST', `/v1/orders/${id}`, { token, body: id === 'p3' ? { poison: true } : {} }),
      ),
    );
    await laptop.idle();
    for (const id of orders.filter((one) => one !== 'p3')) {
      expect((await item(laptop, `order#${id}`, 'seen'))?.['seen']).toEqual(['INSERT PLACED']);
    }
    expect(await item(laptop, 'order#p3', 'seen')).toBeUndefined();
    const failures = laptop.queues.at('FailedRecordsDEC8AD7E').peek();
    expect(failures).toHaveLength(1);
    expect(JSON.parse(failures[0]?.body ?? '')).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted' },
      DDBStreamBatchInfo: { batchSize: 1, streamArn: expect.stringContaining('/stream/') as unknown },
    });
  });

  it('in a FIFO queue holds back its group only, and ends in the dead-letter queue', async () => {
    const work = (body: object): ReturnType<typeof send> => send(laptop, 'POST', '/v1/work', { token, body });
    await work({ group: 'bad', id: 'b1', fail: true });
    await work({ group: 'bad', id: 'b2' });
    await work({ group: 'good', id: 'g1' });
    await laptop.idle();
    const log = async (): Promise<string[]> =>
      ((await item(laptop, 'work', 'log'))?.['entries'] as string[]).map(
        (entry) => (JSON.parse(entry) as { id: string }).id,
      );
    expect(await log()).toEqual(['g1']);
    for (let visibility = 0; visibility < 3; visibility += 1) {
      laptop.clock.moveTo(laptop.clock.now() + 61_000);
      await laptop.idle();
    }
    expect(await log()).toEqual(['g1', 'b2']);
    const dead = await send(laptop, 'GET', '/_local/queues/DeadWorkC2A3B751');
    expect(dead.json['messages']).toMatchObject([{ body: expect.stringContaining('b1') as unknown }]);
  });

  it('is sent once by a FIFO queue that gets the same message twice', async () => {
    const before = laptop.trace().queues[laptop.queues.at('WorkBF636A8B').settings.name]?.sent ?? 0;
    await send(laptop, 'POST', '/v1/work', { token, body: { group: 'twice', id: 'd1' } });
    await send(laptop, 'POST', '/v1/work', { token, body: { group: 'twice', id: 'd1' } });
    expect(laptop.trace().queues[laptop.queues.at('WorkBF636A8B').settings.name]?.sent).toBe(before + 1);
  });
});

describe('a template with something the host cannot run', () => {
  it('is refused by the name of each type and property', () => {
    const resource = (
      logicalId: string,
      type: string,
      properties = {},
    ): [string, { logicalId: string; type: string; properties: object }] => [
      logicalId,
      { logicalId, type, properties },
    ];
    const template = {
      stackName: 'S',
      resources: new Map([
        resource('Bucket', 'AWS::S3::Bucket'),
        resource('Queue', 'AWS::SQS::Queue', { Teleport: true }),
        resource('Bus', 'AWS::Events::EventBus', { Name: { 'Fn::Transform': {} } }),
      ]) as never,
      parameters: {},
      conditions: {},
      mappings: {},
      outputs: {},
      assets: new Map<string, string>(),
    };
    expect(() => buildModel(template, 'http://127.0.0.1')).toThrow(UnsupportedResource);
    expect(() => buildModel(template, 'http://127.0.0.1')).toThrow(/AWS::S3::Bucket[^]*Teleport[^]*Fn::Transform/);
  });
});

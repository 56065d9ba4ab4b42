/** The fixture's whole flow over HTTP: API, table, story with a token, Express, event, rule, queue, stream. */
import type { Laptop } from '../../../infra/local/laptop';
import { aws, item, send, startFixture } from './fixture-host';

const START = Date.UTC(2026, 0, 1);
let laptop: Laptop;
let token: string;

beforeAll(async () => {
  laptop = await startFixture({ now: START });
  token = await laptop.token({ sub: 'u1', role: 'customer' }, { expiresInSeconds: 30 * 86_400 });
});

afterAll(() => laptop.close());

describe('an order that is cancelled after a grace period', () => {
  it('is accepted, waits, asks, is confirmed, unwound and announced', async () => {
    const placed = await send(laptop, 'POST', '/v1/orders/a1', { token, body: { graceSeconds: 3_600 } });
    expect(placed.status).toBe(202);
    await laptop.idle();
    expect(await item(laptop, 'order#a1', 'token')).toBeUndefined();

    laptop.clock.moveTo(laptop.clock.now() + 3_601_000);
    await laptop.idle();
    expect((await item(laptop, 'order#a1', 'token'))?.['token']).toEqual(expect.any(String));

    expect((await send(laptop, 'POST', '/v1/orders/a1/confirm', { token })).status).toBe(202);
    await laptop.idle();
    expect((await item(laptop, 'order#a1', 'head'))?.['status']).toBe('CANCELLED');
    const announced = { id: 'a1', answer: 'SUCCEEDED', note: 'said SUCCEEDED' };
    expect((await item(laptop, 'work', 'log'))?.['entries']).toContain(JSON.stringify(announced));
    expect((await item(laptop, 'order#a1', 'seen'))?.['seen']).toEqual(['INSERT PLACED', 'MODIFY CANCELLED']);
  });

  it('takes silence for an answer when the deadline passes', async () => {
    await send(laptop, 'POST', '/v1/orders/a2', { token, body: { graceSeconds: 0 } });
    await laptop.idle();
    laptop.clock.moveTo(laptop.clock.now() + 86_401_000);
    await laptop.idle();
    const announced = { id: 'a2', answer: 'silence', note: 'said silence' };
    expect((await item(laptop, 'work', 'log'))?.['entries']).toContain(JSON.stringify(announced));
  });

  it('is described with its history by the Step Functions API', async () => {
    const stateMachineArn = expect.stringContaining('Story') as unknown;
    const machines = await aws(laptop, 'AWSStepFunctions.ListStateMachines', {});
    const story = (machines.json['stateMachines'] as { stateMachineArn: string; name: string }[]).find(({ name }) =>
      name.includes('Story'),
    );
    const listed = await aws(laptop, 'AWSStepFunctions.ListExecutions', { stateMachineArn: story?.stateMachineArn });
    const executions = listed.json['executions'] as { executionArn: string; name: string }[];
    const one = executions.find(({ name }) => name === 'can-a1');
    const described = await aws(laptop, 'AWSStepFunctions.DescribeExecution', { executionArn: one?.executionArn });
    expect(described.json).toMatchObject({ status: 'SUCCEEDED', stateMachineArn });
    const history = await aws(laptop, 'AWSStepFunctions.GetExecutionHistory', { executionArn: one?.executionArn });
    const types = (history.json['events'] as { type: string }[]).map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining(['WaitStateEntered', 'TaskSubmitted', 'TaskSucceeded', 'ExecutionSucceeded']),
    );
  });
});

describe('time', () => {
  it('is the same for a handler and for the host', async () => {
    await send(laptop, 'POST', '/v1/orders/t1', { token, body: {} });
    const at = Date.parse(String((await item(laptop, 'order#t1', 'head'))?.['at']));
    expect(Math.abs(at - laptop.clock.now())).toBeLessThan(5_000);
  });

  it('fires a schedule when it reaches it, once for a leap over many', async () => {
    laptop.clock.moveTo(laptop.clock.now() + 5 * 3_600_000);
    await laptop.idle();
    const before = ((await item(laptop, 'ticks', 'log'))?.['ticks'] as string[]).length;
    laptop.clock.moveTo(laptop.clock.now() + 3 * 3_600_000);
    await laptop.idle();
    const ticks = (await item(laptop, 'ticks', 'log'))?.['ticks'] as string[];
    expect(ticks.length).toBe(before + 1);
    expect(ticks.at(-1)).toContain('{"key":"from-template"}');
  });

  it('moves by the control route, and never backwards', async () => {
    const before = laptop.clock.now();
    const moved = await send(laptop, 'POST', '/_local/clock', { body: { advanceSeconds: 60 } });
    expect(Date.parse(String(moved.json['now']))).toBeGreaterThanOrEqual(before + 60_000);
    expect((await send(laptop, 'POST', '/_local/clock', { body: { now: '2020-01-01T00:00:00Z' } })).status).toBe(400);
  });

  it('expires items as the service does, and keeps what expired more than five years ago', async () => {
    const seconds = Math.floor(laptop.clock.now() / 1_000);
    const put = (pk: string, expiresAt: number): Promise<unknown> =>
      laptop
        .table('Orders')
        .call('PutItem', { Item: { pk: { S: pk }, sk: { S: 'x' }, expiresAt: { N: String(expiresAt) } } });
    await put('ttl#now', seconds - 10);
    await put('ttl#later', seconds + 1_000);
    await put('ttl#ancient', seconds - 6 * 366 * 86_400);
    await laptop.sweepExpired();
    expect(await item(laptop, 'ttl#now', 'x')).toBeUndefined();
    expect(await item(laptop, 'ttl#later', 'x')).toBeDefined();
    expect(await item(laptop, 'ttl#ancient', 'x')).toBeDefined();
  });
});

describe('the trace', () => {
  it('counts calls, units, transitions, events and messages of one order', async () => {
    await laptop.idle();
    await send(laptop, 'POST', '/_local/trace/reset');
    await send(laptop, 'POST', '/v1/orders/n1', { token, body: { graceSeconds: 0 } });
    await laptop.idle();
    const { json } = await send(laptop, 'GET', '/_local/trace');
    expect(json).toMatchObject({
      http: { 'POST /v1/orders/{id} 202': 1 },
      functions: { [expectedName(laptop, 'api')]: { calls: 1, errors: 0 } },
      database: { operations: { PutItem: 2 } },
    });
    const { table, indexes } =
      Object.values(
        (
          json['database'] as {
            tables: Record<string, { table: { write: number }; indexes: Record<string, { write: number }> }>;
          }
        ).tables,
      )[0] ?? {};
    // The order, the token, and what the stream's reader noted.
    expect(table?.write).toBe(3);
    expect(indexes?.['byStatus']?.write).toBe(1);
    const machines = Object.entries(json['machines'] as Record<string, { entered: number }>);
    expect(machines.find(([name]) => name.includes('Story'))?.[1].entered).toBe(2);
  });
});

function expectedName(host: Laptop, part: string): string {
  return Object.keys(host.trace().functions).find((name) => name.includes(part)) ?? part;
}

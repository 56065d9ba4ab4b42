import {
  billedTransitions,
  billOf,
  databaseDollars,
  expressGbSeconds,
  lambdaDollars,
  listenersOf,
  totalOf,
  withoutConsumers,
  type FunctionUse,
  type Usage,
} from '../../bench/cost/formula';

const call: FunctionUse = {
  calls: 1,
  milliseconds: 100,
  initMilliseconds: 0,
  memoryMb: 1024,
  architecture: 'arm64',
};
const nothing: Usage = {
  apiKind: 'HTTP',
  apiRequests: 0,
  responseBytes: 0,
  requestPath: { functions: {}, units: { read: 0, write: 0 } },
  consumers: { functions: {}, units: { read: 0, write: 0 } },
  listeners: { functions: {}, units: { read: 0, write: 0 } },
  queueRequests: 0,
  standardTransitions: 0,
  expressRuns: 0,
  expressGbSeconds: 0,
  events: 0,
  logBytes: { own: 0, platform: 0, access: 0 },
  traceable: 0,
};

describe('Standard transitions', () => {
  it('are the states entered, each retry, and two for every execution', () => {
    expect(billedTransitions({ executions: 1, entered: 4, retries: 0 })).toBe(6);
    expect(billedTransitions({ executions: 2, entered: 4, retries: 3 })).toBe(11);
    expect(billedTransitions({ executions: 0, entered: 0, retries: 0 })).toBe(0);
  });
});

describe('Express GB-seconds', () => {
  it.each([
    [1, 64, 0.1 / 16],
    [100, 64, 0.1 / 16],
    [101, 64, 0.2 / 16],
    [100, 65, 0.1 / 8],
    [0, 0, 0.1 / 16],
  ])('of %d ms and %d MB come in steps of 100 ms and 64 MB', (milliseconds, memory, expected) => {
    expect(expressGbSeconds(milliseconds, memory)).toBeCloseTo(expected, 10);
  });
});

describe('a function call', () => {
  it('costs its request and its time at its memory', () => {
    expect(lambdaDollars(call)).toBeCloseTo(0.2e-6 + 0.1 * 1.33334e-5, 12);
    expect(lambdaDollars({ ...call, memoryMb: 256 })).toBeCloseTo(0.2e-6 + 0.025 * 1.33334e-5, 12);
  });

  it('costs a quarter more on the other processor', () => {
    const [arm, x86] = [lambdaDollars(call), lambdaDollars({ ...call, architecture: 'x86_64' })];
    expect((x86 - 0.2e-6) / (arm - 0.2e-6)).toBeCloseTo(1.25, 3);
  });

  it('meets a cold environment now and then', () => {
    const cold = lambdaDollars({ ...call, initMilliseconds: 200 }, 0.5);
    expect(cold).toBeCloseTo(0.2e-6 + 0.2 * 1.33334e-5, 12);
  });
});

describe('the database', () => {
  it('asks five times as much for a write as for a read', () => {
    expect(databaseDollars({ read: 1, write: 0 })).toBeCloseTo(0.125e-6, 12);
    expect(databaseDollars({ read: 0, write: 1 })).toBeCloseTo(0.625e-6, 12);
  });
});

describe('the bill', () => {
  it('of nothing is empty', () => {
    expect(billOf(nothing)).toEqual([]);
    expect(totalOf([])).toBe(0);
  });

  it('has the dearest item first and adds up', () => {
    const bill = billOf({
      ...nothing,
      apiRequests: 2,
      standardTransitions: 6,
      events: 3,
      requestPath: { functions: { ask: call }, units: { read: 8, write: 10 } },
      consumers: { functions: {}, units: { read: 0, write: 4 } },
    });
    expect(bill.map(({ name }) => name)).toEqual([
      'Standard transitions',
      'DynamoDB, request path',
      'Events',
      'DynamoDB, stream consumers',
      'API requests',
      'Lambda, request path',
    ]);
    expect(totalOf(bill)).toBeCloseTo(150 + 7.25 + 3 + 2.5 + 2 + 1.533, 2);
  });

  it('knows what is spent behind the request: on the change feed, on events, and on those of us who hear them', () => {
    const bill = billOf({
      ...nothing,
      events: 4,
      apiRequests: 1,
      listeners: { functions: { hear: call }, units: { read: 2, write: 6 } },
      queueRequests: 3,
    });
    expect(listenersOf(bill)).toBeCloseTo(4 + 1.2 + 1.533, 2);
    expect(withoutConsumers(bill).map(({ name }) => name)).toEqual(['API requests']);
  });

  it('knows that a REST API is three and a half times as dear', () => {
    expect(totalOf(billOf({ ...nothing, apiRequests: 1, apiKind: 'REST' }))).toBeCloseTo(3.5, 6);
  });

  it('counts logs and answers by the gigabyte, and traces by their share', () => {
    const gigabyte = 1024 ** 3;
    const bill = billOf({
      ...nothing,
      responseBytes: gigabyte / 1_000_000,
      logBytes: { own: gigabyte / 2_000_000, platform: gigabyte / 4_000_000, access: gigabyte / 4_000_000 },
      traceable: 2,
    });
    expect(Object.fromEntries(bill.map(({ name, dollars }) => [name, Number(dollars.toFixed(6))]))).toEqual({
      Traces: 0.5,
      Logs: 0.5,
      'Data out': 0.09,
    });
  });
});

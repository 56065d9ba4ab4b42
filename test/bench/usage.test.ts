import type { TemplateFacts } from '../../bench/cost/template-facts';
import { usageOf, type Observed } from '../../bench/cost/usage';

const facts: TemplateFacts = {
  functions: new Map([
    ['ask', { memoryMb: 256, architecture: 'arm64', traced: true }],
    ['read', { memoryMb: 128, architecture: 'x86_64', traced: true }],
    ['hear', { memoryMb: 256, architecture: 'arm64', traced: true }],
  ]),
  consumers: new Set(['read']),
  listeners: new Set(['hear']),
  consumerTables: new Set(['views']),
  apiKind: 'HTTP',
  standardMachines: new Set(['story']),
  expressMachines: new Set(['unwind']),
  accessLogBytes: 400,
};

const counts = (calls: number, billedMs: number) => ({
  calls,
  billedMs,
  errors: 0,
  throttles: 0,
  coldStarts: 0,
  busyMs: 0,
  initMs: 0,
  logBytes: 10,
});
const one = (billedMs: number, writes: number): Observed => ({
  trace: {
    functions: { ask: counts(1, billedMs), read: counts(2, 8), hear: counts(1, 11) },
    database: {
      operations: {},
      tables: {
        orders: { table: { read: 5, write: 6 + writes }, indexes: { open: { read: 0, write: 1 } } },
        views: { table: { read: 0.5, write: 4 }, indexes: {} },
      },
      functions: { ask: { read: 3, write: writes + 1 }, read: { read: 0.5, write: 4 }, hear: { read: 2, write: 6 } },
    },
    events: { 'cancellation.closed': 1, 'order.cancelled': 1 },
    queues: { notes: { sent: 1, received: 1, deleted: 1 } },
    http: { 'POST /v1/cancellations 201': 1 },
    streams: {},
    machines: {
      story: { executions: 1, entered: 4, retries: 1, states: {} },
      unwind: { executions: 1, entered: 8, retries: 0, states: {} },
    },
  },
  expressMilliseconds: [120],
  responseBytes: 700,
});

describe('what several cancellations used', () => {
  const usage = usageOf([one(10, 5), one(30, 6), one(500, 7)], facts, new Map([['ask', 90]]));

  it('keeps the stream consumers apart, by function and by table', () => {
    expect(usage.requestPath.units).toEqual({ read: 3, write: 7 });
    expect(usage.consumers.units).toEqual({ read: 0.5, write: 4 });
    expect(Object.keys(usage.requestPath.functions)).toEqual(['ask']);
    expect(usage.consumers.functions['read']?.calls).toBe(2);
  });

  it('keeps apart what hears events, which writes where the request path does', () => {
    expect(usage.listeners.units).toEqual({ read: 2, write: 6 });
    expect(Object.keys(usage.listeners.functions)).toEqual(['hear']);
    expect(usage.queueRequests).toBe(3);
  });

  it('takes the median of times, so that one slow moment does not count', () => {
    expect(usage.requestPath.functions['ask']).toEqual({
      calls: 1,
      milliseconds: 30,
      initMilliseconds: 90,
      memoryMb: 256,
      architecture: 'arm64',
    });
  });

  it('bills Standard machines by transitions and Express ones by time', () => {
    expect(usage.standardTransitions).toBe(7);
    expect(usage.expressRuns).toBe(1);
    expect(usage.expressGbSeconds).toBeCloseTo(0.2 / 16, 10);
  });

  it('counts what is logged by us and around us, and what may begin a trace', () => {
    expect(usage.logBytes.own).toBe(30);
    expect(usage.logBytes.access).toBe(400);
    expect(usage.logBytes.platform).toBeGreaterThan(3 * 200);
    expect(usage.events).toBe(2);
    expect(usage.traceable).toBe(4);
  });
});

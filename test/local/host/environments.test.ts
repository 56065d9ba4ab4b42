/** Execution environments under load: functions share what there is, and do not end each other's. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostClock } from '../../../infra/local/clock';
import { Faults } from '../../../infra/local/faults';
import { Functions } from '../../../infra/local/lambda/functions';
import type { Model } from '../../../infra/local/template/model';
import { Trace } from '../../../infra/local/trace';

const directory = mkdtempSync(join(tmpdir(), 'environments-'));
writeFileSync(
  join(directory, 'index.mjs'),
  'export const handler = async () => { await new Promise((resolve) => setTimeout(resolve, 5)); return true; };',
);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const names = Array.from({ length: 10 }, (_, at) => `function-${at}`);

const model: Model = {
  region: 'eu-central-1',
  account: '000000000000',
  stackName: 'environments',
  outputs: {},
  assets: new Map([['code', directory]]),
  byId: () => undefined,
  ofType: (type) =>
    type !== 'AWS::Lambda::Function'
      ? []
      : names.map((name) => ({
          logicalId: name,
          type,
          name,
          arn: `arn:aws:lambda:eu-central-1:000000000000:function:${name}`,
          properties: { Code: { S3Key: 'code.zip' }, Handler: 'index.handler', Runtime: 'nodejs24.x', Timeout: 30 },
        })),
};

it('a load on more functions than there is room for starts hardly more environments than are kept', async () => {
  const trace = new Trace();
  const store = {
    get: async () => undefined,
    put: async () => undefined,
    delete: async () => undefined,
    all: async () => [],
  };
  const functions = new Functions(model, {
    baseUrl: 'http://127.0.0.1',
    clock: new HostClock(),
    faults: new Faults(),
    clockOffset: new SharedArrayBuffer(8),
    store,
    workersPerFunction: 8,
    counts: (name) => trace.function(name),
    log: () => undefined,
    sendToQueue: async () => undefined,
  });
  try {
    // Each caller goes from function to function, as a machine does.
    const caller = async (first: number): Promise<void> => {
      for (let step = 0; step < 60; step += 1)
        expect((await functions.invoke(names[(first + step) % names.length] ?? '', '{}')).error).toBeUndefined();
    };
    await Promise.all(Array.from({ length: 80 }, (_, at) => caller(at)));
    const started = names.reduce((sum, name) => sum + trace.function(name).coldStarts, 0);
    expect(started).toBeGreaterThanOrEqual(2 * names.length);
    expect(started).toBeLessThan(45);
  } finally {
    await functions.close();
  }
});

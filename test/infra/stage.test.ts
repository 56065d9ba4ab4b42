import { loadStage } from '../../infra/stages/load-stage';
import { stage as laptop } from '../../infra/stages/laptop';
import { parseStage } from '../../infra/stages/stage';

const stockSystem = { id: 'con_stock', tenant: 'demo', provider: 'stock_system', baseUrl: 'https://stock.example' };

describe('a stage', () => {
  it.each(['laptop', 'production.example'])('%s is valid', async (name) => {
    await expect(loadStage(name)).resolves.toMatchObject({ removal: 'retain' });
  });

  it.each(['nowhere', '../stage', 'stage', 'load-stage', ''])(
    '%p is no stage, and the message says which are',
    async (name) => {
      await expect(loadStage(name)).rejects.toThrow(
        /There is no stage ".*"; infra\/stages has laptop, production\.example/,
      );
    },
  );

  it.each([
    ['a plain http issuer', { identity: { kind: 'issuer', issuer: 'http://issuer', audience: ['a'] } }, /issuer/],
    ['a retention that logs do not offer', { logRetentionDays: 8 }, /not a retention/],
    ['an unknown member', { colour: 'blue' }, /colour/],
    ['a wildcard inside an origin', { allowedOrigins: ['https://*.shop.example'] }, /allowedOrigins/],
    ['a key among the connections', { connections: [{ ...laptop.connections[0], apiKey: 'secret' }] }, /apiKey/],
    [
      'a connection named twice',
      { connections: [laptop.connections[0], laptop.connections[0]] },
      /con_stripe_demo twice/,
    ],
    ['a stock system that is nowhere', { connections: [{ ...stockSystem, baseUrl: undefined }] }, /where con_stock is/],
    [
      'two stock systems of one tenant',
      { connections: [stockSystem, { ...stockSystem, id: 'con_stock_2' }] },
      /two stock systems for demo/,
    ],
  ])('is refused with %s', (_what, change, message) => {
    expect(() => parseStage({ ...laptop, ...change })).toThrow(message);
  });
});

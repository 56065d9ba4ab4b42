import { loadStage } from '../../infra/stages/load-stage';
import { stage as laptop } from '../../infra/stages/laptop';
import { parseStage } from '../../infra/stages/stage';

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
  ])('is refused with %s', (_what, change, message) => {
    expect(() => parseStage({ ...laptop, ...change })).toThrow(message);
  });
});

/**
 * Every request that we send to UPS, and every answer of the stand-in, against UPS's own descriptions of tracking and of
 * interceptions. Those of its tokens, its void and its alerts are public as well, and not at hand here.
 */
import { upsCarrier } from '../../shared/adapters/carriers/ups';
import type { Interception } from '../../shared/ports/carrier';
import { upsStandIn } from '../../infra/local/stand-ins/ups';
import { mount, rawServer, type Mounted } from '../support/mounted-stand-in';
import { describeWithSpec, type VendorSpec } from '../support/vendor-spec';
import { contractSuite } from './contract.suite';

const ACCOUNT = {
  id: 'con_ups',
  tenant: 'acme',
  provider: 'ups',
  apiKey: 'ups-secret',
  settings: { clientId: 'ups-client', contactName: 'Acme Returns', contactPhone: '+14107495070' },
  webhookSecrets: ['credential one'],
};
const [ONE, TWO, UNKNOWN] = ['1Z6568YY1200043419', '1Z4096YY0316914058', '1Z0000000000000000'];

let party: Mounted;
beforeAll(async () => {
  party = await mount(upsStandIn({ accounts: () => Promise.resolve([ACCOUNT]) }));
  await driveEverything();
});
afterAll(() => party.close());

describeWithSpec('ups', 'DeliveryIntercept.yaml', (spec) => {
  test('the check is known to work: what is missing, strange or of another type is named', () => {
    expect(spec.problems('/components/schemas/DeliveryInterceptResponseV2', { success: 'yes' })).not.toEqual([]);
    expect(spec.problems('/components/schemas/DeliveryInterceptRequestV2', { requestType: 'RS' })).not.toEqual([]);
  });

  contractSuite({
    spec,
    exchanges: () => party.exchanges,
    about: /^\/api\/deliveryintercept\//,
    answers: ['GET 200', 'GET 401', 'POST 200', 'POST 400'],
    open: /\/v2\/charges\//,
  });

  test.each([
    ['/return/{tracking_number}', 'SUCCESS', 'accepted', 'Success'],
    ['/return/{tracking_number}', 'ERROR', 'refused', '500'],
    ['/cancel/{tracking_number}', 'SUCCESS', 'accepted', 'Success'],
    ['/cancel/{tracking_number}', 'ERROR', 'refused', '500'],
  ])('we understand the example answers themselves: %s %s', async (path, example, outcome, word) => {
    const answers = { path: exampleOf(spec, path, 'post', example), eligibility: { response: { success: false } } };
    const { intercept, wish, close } = await withAnswers(answers);
    const asked = path.startsWith('/return') ? intercept.request(wish) : intercept.cancel?.(wish);
    expect(await asked).toEqual({ outcome, word });
    await close();
  });

  test('we understand the example of eligibility and of charges', async () => {
    const { intercept, wish, close } = await withAnswers({
      path: exampleOf(spec, '/charges/{tracking_number}', 'post', 'ALL INTERCEPT'),
      eligibility: exampleOf(spec, '/eligibility/intercept/{tracking_number}', 'get', 'SUCCESS'),
    });
    const fee = { amount: 2_100, currency: 'USD' };
    expect(await intercept.quote(wish)).toEqual({ eligible: 'yes', word: 'ELIGIBLE', fee });
    await close();
  });
});

describeWithSpec('ups', 'Tracking.yaml', (spec) => {
  test('the check is known to work', () =>
    expect(spec.problems('/components/schemas/TrackApiResponse', { trackResponse: { shipment: 1 } })).not.toEqual([]));

  contractSuite({
    spec,
    exchanges: () => party.exchanges,
    about: /^\/api\/track\//,
    answers: ['GET 200', 'GET 404'],
  });
});

/** Everything that the adapter can ask for, and every kind of answer. */
async function driveEverything(): Promise<void> {
  const carrier = upsCarrier();
  const intercept = carrier.interception as Interception;
  const connection = { ...ACCOUNT, baseUrl: party.baseUrl };
  const wish = (providerShipmentRef = ONE) => ({ connection, providerShipmentRef, key: 'k'.repeat(32) });
  const seed = [ONE, TWO].map((shipment) => ({ shipment, tracking_code: shipment }));
  await party.control('seed', { seed });
  await carrier.query(wish());
  await carrier.query(wish(UNKNOWN));
  await party.control('scan', { shipment: ONE, status: 'I' });
  await intercept.quote(wish());
  await intercept.cancel?.(wish());
  await intercept.request(wish());
  await intercept.request(wish());
  await carrier.query(wish());
  await intercept.cancel?.(wish());
  const to = { name: 'Ann', phone: '+14107495071', street: '1899 Fleet St', city: 'Baltimore', region: 'MD' };
  await intercept.redirect?.({ ...wish(), to: { ...to, postalCode: '21230', country: 'US' } });
  await party.control('scan', { shipment: ONE, status: 'D FS' });
  await carrier.query(wish());
  await carrier.voidLabel(wish());
  await carrier.voidLabel(wish(TWO));
  await carrier.query(wish(TWO));
  await Promise.allSettled([intercept.request(wish(UNKNOWN))]);
  await fetch(new URL(`/api/deliveryintercept/v2/eligibility/intercept/${ONE}`, party.baseUrl));
}

function exampleOf(spec: VendorSpec, path: string, method: string, name: string): unknown {
  const steps = ['paths', path, method, 'responses', '200', 'content', 'application/json', 'examples', name, 'value'];
  const found = steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], spec.document);
  expect(found).toBeDefined();
  return found;
}

/** UPS with these answers, whatever it is asked. */
async function withAnswers({ path, eligibility }: { path: unknown; eligibility: unknown }) {
  const server = await rawServer((incoming, outgoing) => {
    const isToken = incoming.url?.includes('/oauth/') ?? false;
    const answer = isToken
      ? { access_token: 't', expires_in: '14399' }
      : incoming.method === 'GET'
        ? eligibility
        : path;
    outgoing.end(JSON.stringify(answer));
  });
  const connection = { ...ACCOUNT, baseUrl: server.baseUrl };
  return {
    intercept: upsCarrier().interception as Interception,
    wish: { connection, providerShipmentRef: ONE ?? '', key: 'k'.repeat(32) },
    close: () => server.close(),
  };
}

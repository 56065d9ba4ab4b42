import { upsCarrier } from '../../shared/adapters/carriers/ups';
import { PermanentFault, TransientFault } from '../../shared/domain/faults';
import type { Interception } from '../../shared/ports/carrier';
import { upsStandIn } from '../../infra/local/stand-ins/ups';
import { record } from '../../infra/local/json';
import { mount, type Mounted } from '../support/mounted-stand-in';
import { carrierSuite } from './carrier.suite';

const ACCOUNT = {
  id: 'con_ups',
  tenant: 'acme',
  provider: 'ups',
  apiKey: 'ups-secret',
  settings: { clientId: 'ups-client', contactName: 'Acme Returns', contactPhone: '+14107495070' },
  webhookSecrets: ['credential one'],
};
const PARCEL = '1Z6568YY1200043419';
const standIn = () => upsStandIn({ accounts: () => Promise.resolve([ACCOUNT]) });

carrierSuite('ups', {
  carrier: upsCarrier,
  standIn,
  account: ACCOUNT,
  refs: { one: PARCEL, unknown: '1Z0000000000000000' },
  places: {
    void: '/api/shipments/',
    read: '/api/track/',
    intercept: '/api/deliveryintercept/v2/return/',
  },
  numberIsRef: true,
  trackedByAnybody: true,
  notLetIn: TransientFault,
  journey: [
    ['I', 'handed_over'],
    ['I DP', 'in_transit'],
    ['I OT', 'out_for_delivery'],
    ['X', 'exception'],
    ['D', 'out_for_delivery'],
    ['D FS', 'delivered'],
  ],
  refusals: [
    [{ call: 'void', refuse: 'Not Voided' }, 'Not Voided'],
    [{ call: 'void', refuse: '190117' }, '190117'],
  ],
  interception: {
    onItsWay: ['I', 'I DP'],
    tooLate: 'D FS',
    fee: { amount: 2_100, currency: 'USD' },
    refusal: [{ call: 'intercept', refuse: '500' }, '500'],
    told: true,
  },
});

describe('UPS', () => {
  const carrier = upsCarrier({ timeoutMs: 5_000 });
  const intercept = carrier.interception as Interception;
  let party: Mounted;
  beforeEach(async () => {
    party = await mount(standIn());
    await party.control('seed', { seed: [{ shipment: PARCEL, tracking_code: PARCEL }] });
  });
  afterEach(() => party.close());
  const label = () => ({ connection: { ...ACCOUNT, baseUrl: party.baseUrl }, providerShipmentRef: PARCEL });
  const wish = () => ({ ...label(), key: 'k'.repeat(32) });
  const scan = (status: string) => party.control('scan', { shipment: PARCEL, status });
  const sent = (path: string) => party.exchanges.map(({ request }) => request).filter((one) => one.path.includes(path));
  const bodyOf = (path: string) => record(JSON.parse(sent(path)[0]?.rawBody.toString() ?? '{}'));

  test('gets a token for client id and secret, and keeps it', async () => {
    const one = label();
    await carrier.query(one);
    await carrier.query(one);
    const [token, second] = sent('/security/v1/oauth/token');
    expect(second).toBeUndefined();
    expect(token?.headers.authorization).toBe(`Basic ${Buffer.from('ups-client:ups-secret').toString('base64')}`);
    expect(token?.rawBody.toString()).toBe('grant_type=client_credentials');
  });

  test('gets a new one shortly before the old one ends', async () => {
    let now = 0;
    const clocked = upsCarrier({ clock: () => now });
    const one = label();
    await clocked.query(one);
    now = (14_399 - 61) * 1000;
    await clocked.query(one);
    expect(sent('/oauth/token')).toHaveLength(1);
    now += 2_000;
    await clocked.query(one);
    expect(sent('/oauth/token')).toHaveLength(2);
  });

  test('gets a new one when the old one is refused, once', async () => {
    const one = label();
    await carrier.query(one);
    const refused = {
      path: '/api/track',
      answer: 'status',
      status: 401,
      body: { response: { errors: [{ code: '1' }] } },
    };
    await party.control('faults', refused);
    expect((await carrier.query(one))?.position).toBe('label_created');
    await party.control('faults', { ...refused, next: 2 });
    await expect(carrier.query(one)).rejects.toThrow(TransientFault);
    expect(sent('/oauth/token')).toHaveLength(3);
  });

  test.each(['clientId', 'contactName', 'contactPhone'])('a connection without %s is told by name', async (setting) => {
    const settings = Object.fromEntries(Object.entries(ACCOUNT.settings).filter(([name]) => name !== setting));
    const connection = { ...ACCOUNT, settings, baseUrl: party.baseUrl };
    await expect(intercept.request({ ...wish(), connection })).rejects.toThrow(
      new RegExp(`con_ups has no .*${setting}`),
    );
  });

  test('voids with a DELETE that names the shipment', async () => {
    expect(await carrier.voidLabel(label())).toEqual({ outcome: 'accepted', word: 'Voided' });
    expect(await carrier.voidLabel(label())).toEqual({ outcome: 'accepted', word: 'Already Voided' });
    const [first] = sent('/void/');
    expect([first?.method, first?.path]).toEqual(['DELETE', `/api/shipments/v2409/void/cancel/${PARCEL}`]);
  });

  test('an error for a label that is void already is no refusal', async () => {
    await carrier.voidLabel(label());
    await party.control('behaviours', { call: 'void', refuse: '190104' });
    expect(await carrier.voidLabel(label())).toEqual({ outcome: 'accepted', word: '190104' });
  });

  test('a void label whose parcel is scanned all the same is on its way', async () => {
    await carrier.voidLabel(label());
    expect(await carrier.query(label())).toEqual({ position: 'voided', void: 'accepted', trackingCode: PARCEL });
    await scan('I');
    expect(await carrier.query(label())).toMatchObject({ position: 'handed_over', void: 'accepted' });
  });

  test('a number that is unknown inside a 200 is unknown', async () => {
    const body = { trackResponse: { shipment: [{ inquiryNumber: PARCEL, warnings: [{ code: 'TW0001' }] }] } };
    await party.control('faults', { path: '/api/track', answer: 'status', status: 200, body });
    expect(await carrier.query(label())).toBeUndefined();
  });

  test('tracking of another parcel is not believed', async () => {
    const other = {
      trackResponse: { shipment: [{ package: [{ trackingNumber: '1Z1', currentStatus: { type: 'D' } }] }] },
    };
    await party.control('faults', { path: '/api/track', answer: 'status', status: 200, body: other });
    await expect(carrier.query(label())).rejects.toThrow(/not believed/);
  });

  test('asks for the return of a cancelled order, by whom the settings name', async () => {
    await scan('I');
    await intercept.request(wish());
    expect(bodyOf('/return/')).toEqual({
      requestType: 'RS',
      requesterContactInfo: { name: 'Acme Returns', telephone: '+14107495070' },
      specialInstructions: null,
      reasonForReturn: 'AM',
    });
  });

  test('names the same wish by the same transaction, and another by another', async () => {
    await scan('I');
    for (const key of ['a', 'a', 'b']) await intercept.request({ ...wish(), key: key.repeat(32) });
    const [first, again, other] = sent('/return/').map(({ headers }) => headers['transid']);
    expect(first).toMatch(/^[0-9a-f]{14}$/);
    expect([again === first, other === first]).toEqual([true, false]);
  });

  test('takes a wish back, so that the parcel goes on', async () => {
    await scan('I');
    expect(await intercept.cancel?.(wish())).toEqual({ outcome: 'refused', word: '1203' });
    await intercept.request(wish());
    expect(await intercept.cancel?.(wish())).toEqual({ outcome: 'accepted', word: 'Success' });
    expect(await carrier.query(label())).toMatchObject({ interception: 'none' });
  });

  test('has a parcel delivered elsewhere', async () => {
    await scan('I');
    const to = { name: 'Ann', phone: '+14107495071', street: '1899 Fleet St', city: 'Baltimore', region: 'MD' };
    const address = { ...to, postalCode: '21230', country: 'US' };
    expect((await intercept.redirect?.({ ...wish(), to: address }))?.outcome).toBe('accepted');
    expect(bodyOf('/redirect/address/')).toMatchObject({
      requestType: 'AA',
      newDeliveryAddress: { addressInfo: { city: 'Baltimore', state: 'MD', postalCode: '21230', countryCode: 'US' } },
    });
    expect((await intercept.redirect?.({ ...wish(), to: address }))?.outcome).toBe('refused');
  });

  test.each([
    ['no charges', { response: { success: false, errors: [{ errorCode: '500' }] } }],
    ['an amount in a currency that nobody knows', charged('21.00', 'XXQ')],
    ['an amount that is none', charged('free', 'USD')],
    ['more digits than the currency has', charged('21.001', 'USD')],
  ])('a quote with %s is a quote without a fee', async (_what, body) => {
    await scan('I');
    const path = '/api/deliveryintercept/v2/charges/';
    await party.control('faults', { path, answer: 'status', status: 200, body });
    expect(await intercept.quote(label())).toEqual({ eligible: 'yes', word: 'ELIGIBLE' });
  });

  test('an eligibility that UPS cannot tell is unknown, and no refusal', async () => {
    const body = {
      response: { success: false, statusCode: '500', errors: [{ errorCode: '500', errorMessage: 'no' }] },
    };
    const path = '/api/deliveryintercept/v2/eligibility/';
    await party.control('faults', { path, answer: 'status', status: 200, body });
    expect(await intercept.quote(label())).toEqual({ eligible: 'unknown', word: '500' });
  });

  test('tracking is told also where the account may not intercept', async () => {
    await scan('I');
    const body = { response: { statusCode: '403', errors: [{ code: '250003' }] } };
    const path = '/api/deliveryintercept/v2/eligibility/';
    await party.control('faults', { path, answer: 'status', status: 403, body });
    expect(await carrier.query(label())).toEqual({ position: 'handed_over', void: 'none', trackingCode: PARCEL });
  });

  test('a wish that UPS does not understand is no refusal of the parcel', async () => {
    const body = { response: { statusCode: '400', errors: [{ code: '710' }] } };
    await party.control('faults', { path: '/api/deliveryintercept', answer: 'status', status: 400, body });
    await expect(intercept.request(wish())).rejects.toThrow(PermanentFault);
  });
});

function charged(totalCharge: string, currencyCode: string) {
  const interceptChargeDetail = [{ interceptOption: 'RS', totalCharge, currencyCode }];
  return { response: { success: true, chargeInfo: [{ interceptChargeDetail }] } };
}

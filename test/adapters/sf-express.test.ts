import { createHash } from 'node:crypto';
import { sfExpressCarrier } from '../../shared/adapters/carriers/sf-express';
import { digestOf } from '../../shared/adapters/carriers/sf-express-digest';
import { PermanentFault, TransientFault, UnknownOutcome } from '../../shared/domain/faults';
import type { Interception } from '../../shared/ports/carrier';
import { sfExpressStandIn } from '../../infra/local/stand-ins/sf-express';
import { digest } from '../../infra/local/stand-ins/sf-express-wire';
import { list, record } from '../../infra/local/json';
import { mount, rawServer, type Mounted } from '../support/mounted-stand-in';
import { carrierSuite } from './carrier.suite';

const ACCOUNT = {
  id: 'con_sf_express',
  tenant: 'acme',
  provider: 'sf_express',
  apiKey: 'checkword-of-acme',
  settings: {
    partnerId: 'ACME',
    returnProvince: '广东省',
    returnCity: '深圳市',
    returnCounty: '南山区',
    returnAddress: '软件产业基地 1 栋',
    returnContact: 'Acme 退货',
    returnPhone: '+8675500000000',
  },
  webhookSecrets: ['checkword-of-acme'],
};
const standIn = () => sfExpressStandIn({ accounts: () => Promise.resolve([ACCOUNT]) });
const at = (service: string) => `/std/service/EXP_RECE_${service}`;

carrierSuite('sf_express', {
  carrier: sfExpressCarrier,
  standIn,
  account: ACCOUNT,
  refs: { one: 'ORDER-1', unknown: 'ORDER-0' },
  places: { void: at('UPDATE_ORDER'), read: at('SEARCH_ROUTES'), intercept: at('WANTED_INTERCEPT') },
  voidNotTold: true,
  notLetIn: TransientFault,
  journey: [
    ['50', 'handed_over'],
    ['30', 'in_transit'],
    ['36', 'in_transit'],
    ['31', 'in_transit'],
    ['44', 'in_transit'],
    ['204', 'out_for_delivery'],
    ['99', 'exception'],
    ['80', 'delivered'],
    ['8000', 'delivered'],
  ],
  refusals: [
    [{ call: 'void', refuse: '8019' }, '8019'],
    [{ call: 'void', refuse: '8252' }, '8252'],
  ],
  interception: {
    onItsWay: ['50', '30'],
    tooLate: '80',
    refusal: [{ call: 'intercept', refuse: '9001' }, '9001'],
    told: false,
  },
});

describe('SF Express', () => {
  const carrier = sfExpressCarrier({ timeoutMs: 5_000, clock: () => 1_790_000_000_123 });
  const intercept = carrier.interception as Interception;
  let party: Mounted;
  beforeEach(async () => {
    party = await mount(standIn());
    await party.control('seed', { seed: [{ shipment: 'ORDER-1', tracking_code: 'SF7444400043064' }] });
  });
  afterEach(() => party.close());
  const label = (connection: object = ACCOUNT) => ({
    connection: { ...ACCOUNT, ...connection, baseUrl: party.baseUrl },
    providerShipmentRef: 'ORDER-1',
  });
  const wish = (key = 'k'.repeat(32)) => ({ ...label(), key });
  const scan = async (...words: string[]) => {
    for (const status of words) {
      party.clock.moveTo(party.clock.now() + 60_000);
      await party.control('scan', { shipment: 'ORDER-1', status });
    }
  };
  const formOf = (index: number) =>
    Object.fromEntries(new URLSearchParams(party.exchanges.at(index)?.request.rawBody.toString()));
  const line = async () => record(list(record(await party.control('ledger'))['shipments'])[0]);

  test('sends a form whose digest is that of SF', async () => {
    expect(await carrier.voidLabel(label())).toEqual({ outcome: 'accepted', word: 'S0000' });
    const form = formOf(0);
    expect(Object.keys(form).sort()).toEqual(
      ['msgData', 'msgDigest', 'partnerID', 'requestID', 'serviceCode', 'timestamp'].sort(),
    );
    expect(form).toMatchObject({
      partnerID: 'ACME',
      serviceCode: 'EXP_RECE_UPDATE_ORDER',
      timestamp: '1790000000123',
      msgDigest: digest(form['msgData'] ?? '', '1790000000123', 'checkword-of-acme'),
    });
    expect(form['requestID']).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.parse(form['msgData'] ?? '')).toEqual({
      orderId: 'ORDER-1',
      dealType: 2,
      language: 'zh-CN',
      waybillNoInfoList: [],
    });
    expect(party.exchanges[0]?.request.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
    expect(await carrier.voidLabel(label())).toEqual({ outcome: 'accepted', word: '8037' });
  });

  test.each([
    ['{"a":1}', '1', 'w', '%7B%22a%22%3A1%7D1w'],
    ['快递 (1)', '2', "~!*'", '%E5%BF%AB%E9%80%92+%281%292%7E%21*%27'],
    ['a+b&c=d/e', '3', '', 'a%2Bb%26c%3Dd%2Fe3'],
  ])('encodes %s as Java does before it is digested', (data, time, checkword, encoded) => {
    const expected = createHash('md5').update(encoded).digest('base64');
    expect(digestOf(data, time, checkword)).toBe(expected);
    expect(digest(data, time, checkword)).toBe(expected);
  });

  test('a digest under another checkword is not let in', async () => {
    const call = carrier.voidLabel(label({ apiKey: 'checkword-of-theirs' }));
    await expect(call).rejects.toThrow(/A1006/);
  });

  test.each([
    ['A1001', PermanentFault],
    ['A1002', TransientFault],
    ['A1003', TransientFault],
    ['A1004', TransientFault],
    ['A1005', TransientFault],
    ['A1006', TransientFault],
    ['A1007', UnknownOutcome],
    ['A1008', PermanentFault],
    ['A1009', UnknownOutcome],
    ['A1099', UnknownOutcome],
    ['A9999', UnknownOutcome],
  ])('the platform saying %s inside a 200', async (apiResultCode, fault) => {
    const body = { apiErrorMsg: '', apiResponseID: '1', apiResultCode, apiResultData: null };
    await party.control('faults', { path: at('UPDATE_ORDER'), answer: 'status', status: 200, body });
    await expect(carrier.voidLabel(label())).rejects.toBeInstanceOf(fault);
  });

  const answers = async (service: string, result: unknown) => {
    const inner = typeof result === 'string' ? result : JSON.stringify(result);
    const body = { apiErrorMsg: '', apiResponseID: '1', apiResultCode: 'A1000', apiResultData: inner };
    await party.control('faults', { path: at(service), answer: 'status', status: 200, body });
  };
  const order = { orderId: 'ORDER-1', waybillNoInfoList: [], resStatus: 2 };

  test.each([
    ['JSON that is none', '{'],
    ['a result without a word', { msgData: order }],
    ['an error without a code', { success: false }],
    ['another order', { success: true, msgData: { ...order, orderId: 'ORDER-2' } }],
    ['a status of tomorrow', { success: true, msgData: { ...order, resStatus: 3 } }],
  ])('%s inside the JSON is not believed', async (_what, result) => {
    await answers('UPDATE_ORDER', result);
    await expect(carrier.voidLabel(label())).rejects.toBeInstanceOf(UnknownOutcome);
  });

  test.each([
    [
      { success: 'true', errorCode: 'S0000', msgData: order },
      { outcome: 'accepted', word: 'S0000' },
    ],
    [
      { success: true, msgData: { ...order, resStatus: '2' } },
      { outcome: 'accepted', word: 'S0000' },
    ],
    [
      { success: true, msgData: { ...order, resStatus: 1 } },
      { outcome: 'refused', word: 'resStatus 1' },
    ],
    [
      { success: 'false', errorCode: '8253', msgData: null },
      { outcome: 'accepted', word: '8253' },
    ],
  ])('%j is understood', async (result, answer) => {
    await answers('UPDATE_ORDER', result);
    expect(await carrier.voidLabel(label())).toEqual(answer);
  });

  test.each(['20052', '6118', '6136', '8017', '8024'])('%s is about us, and no refusal of the parcel', async (code) => {
    await answers('UPDATE_ORDER', { success: false, errorCode: code, msgData: null });
    await expect(carrier.voidLabel(label())).rejects.toBeInstanceOf(PermanentFault);
  });

  test('an order that is told as cancelled is void', async () => {
    await answers('SEARCH_ORDER_RESP', { success: false, errorCode: '8037', msgData: null });
    expect(await carrier.query(label())).toEqual({ position: 'voided', void: 'accepted' });
  });

  test.each([
    ['an order', 'SEARCH_ORDER_RESP', { success: true, msgData: { ...order, orderId: 'ORDER-2' } }, TransientFault],
    ['an error of the order', 'SEARCH_ORDER_RESP', { success: false, errorCode: '1', msgData: null }, PermanentFault],
    ['an error of the route', 'SEARCH_ROUTES', { success: false, errorCode: '1', msgData: null }, PermanentFault],
  ])('%s that is not the one asked for is no view', async (_what, service, result, fault) => {
    await answers(service, result);
    await expect(carrier.query(label())).rejects.toBeInstanceOf(fault);
  });

  test('nodes of a route are read in the order of their times', async () => {
    const node = (opCode: string, hour: string) => ({ opCode, acceptTime: `2026-04-11 ${hour}:00:00` });
    const routes = [node('50', '08'), node('204', '18'), node('30', '10')];
    await answers('SEARCH_ROUTES', { success: true, msgData: { routeResps: [{ mailNo: 'SF7444400043064', routes }] } });
    expect((await carrier.query(label()))?.position).toBe('out_for_delivery');
  });

  test('of two nodes in one second the one that is further on is the later one', async () => {
    const node = (opCode: string) => ({ opCode, acceptTime: '2026-04-11 08:00:00' });
    for (const routes of [
      [node('80'), node('204')],
      [node('204'), node('80')],
    ]) {
      await answers('SEARCH_ROUTES', {
        success: true,
        msgData: { routeResps: [{ mailNo: 'SF7444400043064', routes }] },
      });
      expect((await carrier.query(label()))?.position).toBe('delivered');
    }
  });

  test('the route of another parcel is not this one', async () => {
    const routes = [{ opCode: '80', acceptTime: '2026-04-11 08:00:00' }];
    await answers('SEARCH_ROUTES', { success: true, msgData: { routeResps: [{ mailNo: 'SF1', routes }] } });
    expect((await carrier.query(label()))?.position).toBe('label_created');
  });

  test('a parcel that turned round goes back, and what is delivered then is returned', async () => {
    await scan('50', '30', '648');
    expect(await carrier.query(label())).toMatchObject({ position: 'returning', interception: 'succeeded' });
    expect((await intercept.quote(label())).eligible).toBe('no');
    await scan('31');
    expect((await carrier.query(label()))?.position).toBe('returning');
    await scan('80');
    expect(await carrier.query(label())).toMatchObject({ position: 'returned', interception: 'succeeded' });
  });

  test('asks for the return to the address of the settings, at the sender’s cost', async () => {
    await scan('50');
    expect((await intercept.request(wish())).outcome).toBe('accepted');
    expect(JSON.parse(formOf(-1)['msgData'] ?? '')).toEqual({
      waybillNo: 'SF7444400043064',
      serviceCode: '2',
      role: '1',
      payMode: '1',
      newDestAddress: {
        province: '广东省',
        city: '深圳市',
        county: '南山区',
        address: '软件产业基地 1 栋',
        contact: 'Acme 退货',
        phone: '+8675500000000',
      },
    });
  });

  test('or by his monthly card, where the settings name one', async () => {
    await scan('50');
    const settings = { ...ACCOUNT.settings, monthlyCard: '7551234567' };
    await intercept.request({ ...label({ settings }), key: 'k'.repeat(32) });
    expect(JSON.parse(formOf(-1)['msgData'] ?? '')).toMatchObject({ payMode: '4', monthlyCardNo: '7551234567' });
  });

  test('one wish for an order: another key is another request, which SF refuses', async () => {
    await scan('50');
    await intercept.request(wish());
    const first = formOf(-1)['requestID'];
    expect(await intercept.request(wish())).toEqual({ outcome: 'requested', word: 'A1007' });
    expect(formOf(-1)['requestID']).toBe(first);
    expect(await intercept.request(wish('o'.repeat(32)))).toEqual({ outcome: 'refused', word: '9002' });
  });

  test('takes a wish back by SF’s number of it', async () => {
    await scan('50');
    const { ref } = await intercept.request(wish());
    expect(ref).toMatch(/^[0-9A-F]{12}$/);
    expect(await intercept.cancel?.(wish())).toEqual({ outcome: 'refused', word: 'no_command_id' });
    expect(await intercept.cancel?.({ ...wish(), ref: 'ANOTHER' })).toMatchObject({ outcome: 'refused' });
    expect((await intercept.cancel?.({ ...wish('c'.repeat(32)), ref: ref ?? '' }))?.outcome).toBe('accepted');
    expect((await line())['interception']).toBe('withdrawn');
  });

  test('has a parcel delivered elsewhere', async () => {
    await scan('50');
    const to = { name: '安', phone: '+8613800000000', street: '科技南路 1 号', city: '深圳市', region: '广东省' };
    const answer = await intercept.redirect?.({ ...wish(), to: { ...to, district: '南山区', country: 'CN' } });
    expect(answer?.outcome).toBe('accepted');
    expect(JSON.parse(formOf(-1)['msgData'] ?? '')).toMatchObject({
      serviceCode: '1',
      newDestAddress: { province: '广东省', city: '深圳市', county: '南山区', address: '科技南路 1 号' },
    });
  });

  test.each(['partnerId', 'returnCity'])('a connection without %s is told, and nothing is asked for', async (name) => {
    await scan('50');
    const settings = Object.fromEntries(Object.entries(ACCOUNT.settings).filter(([key]) => key !== name));
    const asked = intercept.request({ ...label({ settings }), key: 'k'.repeat(32) });
    await expect(asked).rejects.toThrow(/connection con_sf_express has no/);
    expect((await line())['interception']).toBeNull();
  });

  test('an order without a parcel cannot be stopped on its way', async () => {
    const server = await rawServer((_incoming, outgoing) => {
      const apiResultData = JSON.stringify({ success: true, msgData: order });
      outgoing.end(JSON.stringify({ apiResultCode: 'A1000', apiResultData }));
    });
    const lost = { ...wish(), connection: { ...ACCOUNT, baseUrl: server.baseUrl } };
    await expect(intercept.request(lost)).rejects.toBeInstanceOf(PermanentFault);
    await server.close();
  });
});

/** What the adapter sends and the stand-in answers and tells, against Adyen's own descriptions of transfers. */
import { bankTransferChannel } from '../../shared/adapters/payments/bank-transfer';
import { derivedId, providerKey, refundId } from '../../shared/domain/ids';
import { adyenTransfersStandIn } from '../../infra/local/stand-ins/adyen-transfers';
import { record } from '../../infra/local/json';
import { mount, type Mounted } from '../support/mounted-stand-in';
import { VendorCalls } from '../support/vendor-calls';
import { describeWithSpec } from '../support/vendor-spec';
import { contractSuite } from './contract.suite';

const ACCOUNT = {
  id: 'con_bank_transfer',
  apiKey: 'AQE_secret_of_the_test',
  webhookSecrets: ['a1'.repeat(32)],
  settings: { balanceAccountId: 'BA3227C223222B5B9SCR82TMV' },
};
const INSTRUMENT = 'SE322KT223222D5FJ7TJN2986';
const OTHER = 'SE322KT223222D5FJ7TJN2987';

let party: Mounted;
beforeAll(async () => {
  party = await mount(adyenTransfersStandIn({ accounts: () => Promise.resolve([ACCOUNT]) }));
  await driveEverything();
});
afterAll(() => party.close());

describeWithSpec('adyen', 'TransferService-v4.json', (spec) => {
  contractSuite({
    spec,
    exchanges: () => party.exchanges,
    about: /^/,
    answers: ['GET 200', 'GET 422', 'POST 202', 'POST 401', 'POST 422'],
  });
});

describeWithSpec('adyen', 'BalancePlatformTransferNotification-v4.json', (spec) => {
  const calls = new VendorCalls(spec);

  test('every webhook is one that Adyen describes', () => {
    const types = party.deliveries.map(({ rawBody }) => {
      const event = record(JSON.parse(rawBody.toString()));
      const type = String(event['type']);
      expect([type, calls.problemsOfWebhook(type, event)]).toEqual([type, []]);
      return `${type.split('.').at(-1)} ${String(record(event['data'])['status'])}`;
    });
    expect([...new Set(types)].sort()).toEqual([
      'created received',
      'updated authorised',
      'updated booked',
      'updated failed',
      'updated returned',
    ]);
  });

  test('a wrong one is named, so that the check is known to work', () => {
    const type = 'balancePlatform.transfer.updated';
    expect(calls.problemsOfWebhook(type, { type, data: { amount: 5 } })).not.toEqual([]);
  });
});

/** Everything that the adapter can ask for, and every state that a transfer can be in. */
async function driveEverything(): Promise<void> {
  const channel = bankTransferChannel({ now: () => new Date(party.clock.now()).toISOString() });
  const connection = { ...ACCOUNT, tenant: 'acme', provider: 'bank_transfer', baseUrl: party.baseUrl };
  await party.control('seed', { seed: [{ instrument: INSTRUMENT }, { instrument: OTHER }] });
  let counter = 0;
  const wish = (amount: number, instrument = INSTRUMENT) => {
    counter += 1;
    const cancellationId = derivedId('can', counter);
    const legId = providerKey(refundId(cancellationId, 'l1'), 1);
    const trail = { tenant: 'acme', orderId: derivedId('ord', counter), cancellationId, legId, leg: 'l1', attempt: 1 };
    return {
      connection,
      paymentRef: instrument,
      captureRef: 'cash-1',
      amount,
      currency: 'EUR',
      key: legId,
      legId,
      trail,
    };
  };
  const first = wish(500);
  const { providerRef } = await channel.refund(first);
  await channel.refund(first);
  await channel.query({ ...first, providerRef });
  await channel.query(first);
  await channel.query(wish(1));
  await party.control('settle');
  await channel.refund(wish(100));
  await party.control('settle', { status: 'failed' });
  await party.control('bounce', { transfer: providerRef });
  await Promise.allSettled([
    channel.refund(wish(1, 'SE000000000000000000000000')),
    channel.refund({ ...wish(1), currency: 'XXX' }),
    channel.refund({ ...wish(1), connection: { ...connection, apiKey: 'wrong' } }),
    channel.query({ ...first, providerRef: 'AAAAAAAAAAAAAAAA' }),
  ]);
  await channel.changesSince({ connection, since: '2020-01-01T00:00:00.000Z' }).catch(() => undefined);
  await party.idle();
}

/** What is particular to this provider. What is tried against every webhook is in webhook-attacks.test.ts. */
import { createHmac } from 'node:crypto';
import { bankTransferChannel } from '../../shared/adapters/payments/bank-transfer';
import { bankTransferWebhook } from '../../shared/adapters/payments/bank-transfer-webhook';
import { compactTrail } from '../../shared/adapters/payments/compact-trail';
import { PermanentFault, SignatureInvalid } from '../../shared/domain/faults';
import { derivedId, providerKey, refundId } from '../../shared/domain/ids';
import type { Connection } from '../../shared/ports/connections';
import { adyenTransfersStandIn } from '../../infra/local/stand-ins/adyen-transfers';
import { mount, type Mounted } from '../support/mounted-stand-in';

const NOW = 1_790_000_000;
const KEY = '0f'.repeat(32);
const OTHER = 'f0'.repeat(32);
const BALANCE_ACCOUNT = 'BA3227C223222B5B9SCR82TMV';
const INSTRUMENT = 'SE322KT223222D5FJ7TJN2986';

const connectionWith = (other: Partial<Connection> = {}): Connection => ({
  id: 'con_bank_transfer',
  tenant: 'acme',
  provider: 'bank_transfer',
  apiKey: 'AQE',
  webhookSecrets: [KEY],
  settings: { balanceAccountId: BALANCE_ACCOUNT },
  ...other,
});

const cancellationId = derivedId('can', 1);
const legId = providerKey(refundId(cancellationId, 'l1'), 1);
const trail = { tenant: 'acme', orderId: derivedId('ord', 1), cancellationId, legId };
const reference = compactTrail({ ...trail, leg: 'l1', attempt: 1 });

const data = {
  id: '6JKRLZ8LOT47J7RY',
  amount: { currency: 'EUR', value: 500 },
  balanceAccount: { id: BALANCE_ACCOUNT },
  category: 'bank',
  direction: 'outgoing',
  reason: 'approved',
  reference,
  sequenceNumber: 3,
  status: 'booked',
  type: 'bankTransfer',
};
const event = {
  data,
  environment: 'live',
  timestamp: '2026-11-23T12:00:00+01:00',
  type: 'balancePlatform.transfer.updated',
};
const message = (more: object = {}): string => JSON.stringify({ ...event, data: { ...data, ...more } });
const body = message();

type Headers = Record<string, string | undefined>;

/** Written from the vendor's description, so that our reading is not checked against our own writing of it. */
function signed(payload: string | Uint8Array, { key = KEY } = {}): Headers {
  const hmac = createHmac('sha256', Buffer.from(key, 'hex')).update(payload);
  return { hmacsignature: hmac.digest('base64'), protocol: 'HmacSHA256' };
}

const read = (payload: string | Uint8Array, headers: Headers, connection = connectionWith()) =>
  bankTransferWebhook.read(connection, Buffer.from(payload), headers, NOW);

describe('a transfer webhook of Adyen', () => {
  test.each(['balancePlatform.transfer.created', 'balancePlatform.transfer.updated'])(
    '%s names the transfer and leads back to the leg',
    (type) => {
      const payload = JSON.stringify({ ...event, type });
      expect(read(payload, signed(payload))).toEqual({
        eventId: '6JKRLZ8LOT47J7RY:3',
        type,
        providerRef: '6JKRLZ8LOT47J7RY',
        trail,
        claims: 'succeeded',
      });
    },
  );

  test.each([
    ['received', 'pending'],
    ['authorised', 'pending'],
    ['booked', 'succeeded'],
    ['refused', 'failed'],
    ['failed', 'failed'],
    ['returned', 'failed'],
    ['cancelled', 'canceled'],
    ['teleported', undefined],
  ])('one that is %s claims %s, and no more: it is a hint', (status, claims) => {
    const payload = message({ status });
    const notice = read(payload, signed(payload));
    expect([notice?.claims, notice?.signed]).toEqual([claims, undefined]);
  });

  test.each([
    ['of another balance account of the platform', { balanceAccount: { id: 'BA00000000000000000000009' } }],
    ['of no balance account', { balanceAccount: null }],
    ['of money that comes in', { direction: 'incoming' }],
    ['between balance accounts', { category: 'internal' }],
    ['that somebody made by hand', { reference: 'Payout of the week' }],
    ['without a reference', { reference: undefined }],
    ['whose reference is ours in part', { reference: reference.slice(0, -4) }],
  ])('one %s is authentic and left out', (_what, more) => {
    const payload = message(more);
    expect(read(payload, signed(payload))).toBeUndefined();
  });

  test.each(['balancePlatform.transaction.created', 'balancePlatform.accountHolder.updated', '', undefined])(
    "a message of type '%s' is authentic and left out",
    (type) => {
      const payload = JSON.stringify({ ...event, type });
      expect(read(payload, signed(payload))).toBeUndefined();
    },
  );

  test('while a key is replaced either one opens it', () => {
    const both = connectionWith({ webhookSecrets: [KEY, OTHER] });
    for (const key of both.webhookSecrets) expect(read(body, signed(body, { key }), both)?.trail).toEqual(trail);
    expect(read(body, signed(body, { key: KEY.toUpperCase() }), both)?.trail).toEqual(trail);
  });

  test('it leads to the tenant of its connection, whatever it says', () => {
    const payload = JSON.stringify({ ...event, data: { ...data, tenant: 'other' }, tenant: 'other' });
    expect(read(payload, signed(payload))?.trail?.tenant).toBe('acme');
  });

  const header = signed(body)['hmacsignature'] ?? '';
  const attacks: [why: string, payload: string | Uint8Array, headers: Headers, other?: Partial<Connection>][] = [
    ['an altered body', body.replace('6JKRLZ8LOT47J7RY', '6JKRLZ8LOT47J7RX'), signed(body)],
    ['another amount', body.replace('500', '900'), signed(body)],
    ['another state', body.replace('booked', 'failed'), signed(body)],
    ['an older time in it', body.replace('2026-11-23', '2025-11-23'), signed(body)],
    ['the same JSON with other spaces', JSON.stringify(event, null, 1), signed(body)],
    ['a byte order mark in front', `\uFEFF${body}`, signed(body)],
    ['bytes that are no UTF-8', Buffer.from([0xff]), signed(Buffer.from([0xff]))],
    ['an empty body', '', signed(body)],
    ['a wrong key', body, signed(body, { key: OTHER })],
    ['a key that could be guessed', body, signed(body, { key: '0f0f' }), { webhookSecrets: ['0f0f'] }],
    ['a part of the signature', body, { hmacsignature: header.slice(0, 20) }],
    ['the signature twice', body, { hmacsignature: `${header},${header}` }],
    ['the signature in hexadecimal', body, { hmacsignature: Buffer.from(header, 'base64').toString('hex') }],
    ['no algorithm at all', body, { hmacsignature: 'A'.repeat(43) + '=', protocol: 'none' }],
    ['the signature of a payment', body, signed(`6JKRLZ8LOT47J7RY::${BALANCE_ACCOUNT}:${reference}:500:EUR`)],
  ];
  test.each(attacks.map(([why, ...attack]) => ({ why, attack })))('with $why is refused', ({ attack }) => {
    const [payload, headers, other] = attack;
    expect(() => read(payload, headers, connectionWith(other))).toThrow(SignatureInvalid);
  });

  test('sent again it names the same event: its time limits nothing, so what it names is re-read', () => {
    expect(read(body, signed(body))).toEqual(read(body, signed(body)));
  });

  test.each([
    ['names no transfer', message({ id: undefined })],
    ['names a path', message({ id: '../transfers' })],
    ['has no transfer', JSON.stringify({ ...event, data: undefined })],
    ['is no JSON', '{'],
  ])('signed, but it %s: loud, because Adyen has changed', (_what, payload) => {
    expect(() => read(payload, signed(payload))).toThrow(PermanentFault);
  });

  test('a connection that does not say from which account it pays hears nothing', () => {
    expect(() => read(body, signed(body), connectionWith({ settings: {} }))).toThrow(/no balanceAccountId/);
  });
});

describe('the stand-in sends transfer webhooks as Adyen does', () => {
  const accounts = () => Promise.resolve([{ ...connectionWith(), settings: { balanceAccountId: BALANCE_ACCOUNT } }]);
  let party: Mounted;
  beforeEach(async () => {
    party = await mount(adyenTransfersStandIn({ accounts }));
    await party.control('seed', { seed: [{ instrument: INSTRUMENT }] });
  });
  afterEach(() => party.close());

  const refunding = () =>
    bankTransferChannel({ now: () => new Date(party.clock.now()).toISOString() }).refund({
      connection: connectionWith({ baseUrl: party.baseUrl }),
      paymentRef: INSTRUMENT,
      captureRef: 'cash-1',
      amount: 500,
      currency: 'EUR',
      key: legId,
      legId,
      trail: { ...trail, leg: 'l1', attempt: 1 },
    });
  const readAll = () =>
    party.deliveries.map(({ rawBody, headers }) => bankTransferWebhook.read(connectionWith(), rawBody, headers, NOW));

  test('signed with the key of the account, to the address of the connection', async () => {
    const { providerRef } = await refunding();
    await party.idle();
    expect(party.deliveries[0]?.path).toBe('/webhooks/payments/bank_transfer/con_bank_transfer');
    expect(party.deliveries[0]?.headers['protocol']).toBe('HmacSHA256');
    expect(readAll()).toEqual([
      { eventId: `${providerRef}:1`, type: 'balancePlatform.transfer.created', providerRef, trail, claims: 'pending' },
    ]);
  });

  test('one for every change of state, also when the bank returns it', async () => {
    await refunding();
    party.clock.moveTo(party.clock.now() + 60_000);
    await party.idle();
    await party.control('bounce', { reason: 'counterpartyAccountClosed' });
    await party.idle();
    const sorted = readAll().sort((one, other) => (String(one?.eventId) < String(other?.eventId) ? -1 : 1));
    expect(sorted.map((notice) => [notice?.type.split('.').at(-1), notice?.claims])).toEqual([
      ['created', 'pending'],
      ['updated', 'pending'],
      ['updated', 'succeeded'],
      ['updated', 'failed'],
    ]);
  });

  test('again after a failure and a crash, with the same event id', async () => {
    party.answerWebhooksWith(500);
    await refunding();
    await party.idle();
    party.answerWebhooksWith(200);
    await party.restart(adyenTransfersStandIn({ accounts }));
    party.clock.moveTo(party.clock.now() + 3_600_000);
    await party.idle();
    const created = readAll().filter((notice) => notice?.type === 'balancePlatform.transfer.created');
    expect(created).toHaveLength(2);
    expect(created[0]).toEqual(created[1]);
  });

  test('twice on request, never on request, before the reply on request', async () => {
    await party.control('webhooks', { copies: 2 });
    await refunding();
    await party.idle();
    expect(party.deliveries).toHaveLength(2);
    await party.control('webhooks', { send: 'never' });
    await party.control('settle');
    await party.idle();
    expect(party.deliveries).toHaveLength(2);
    await party.control('webhooks', { send: 'before-reply' });
    await party.control('bounce');
    expect(party.deliveries).toHaveLength(3);
  });
});

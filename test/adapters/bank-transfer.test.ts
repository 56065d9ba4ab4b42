import { AnswerSaved, PermanentFault, TransientFault, UnknownOutcome } from '../../shared/domain/faults';
import { bankTransferChannel } from '../../shared/adapters/payments/bank-transfer';
import { read } from '../../shared/adapters/payments/bank-transfer-call';
import { compactTrail } from '../../shared/adapters/payments/compact-trail';
import { derivedId, providerKey, refundId } from '../../shared/domain/ids';
import type { HttpClient } from '../../shared/adapters/http-client';
import type { Connection } from '../../shared/ports/connections';
import type { RefundRequest } from '../../shared/ports/payment-channel';
import { adyenTransfersStandIn } from '../../infra/local/stand-ins/adyen-transfers';
import { list, record } from '../../infra/local/json';
import { mount, rawServer, type Mounted } from '../support/mounted-stand-in';
import { paymentChannelSuite, type ChannelWorld } from './payment-channel.suite';
import { refundsIn } from '../support/refund-notices';

const BALANCE_ACCOUNT = 'BA3227C223222B5B9SCR82TMV';
const ACCOUNT = {
  id: 'con_bank_transfer',
  apiKey: 'AQE_secret_of_the_test',
  webhookSecrets: ['a1'.repeat(32)],
  settings: { balanceAccountId: BALANCE_ACCOUNT },
};
const accounts = () => Promise.resolve([ACCOUNT]);
const MINUTE = 60_000;
const DAY = 86_400_000;

function connectionTo(baseUrl: string, settings: Record<string, string> = {}): Connection {
  return {
    ...ACCOUNT,
    settings: { ...ACCOUNT.settings, ...settings },
    tenant: 'acme',
    provider: 'bank_transfer',
    baseUrl,
  };
}

let counter = 0;

/** A leg as the service makes it, so that its trail can be read back. */
function realLeg(attempt = 1): Pick<RefundRequest, 'legId' | 'key' | 'trail'> {
  counter += 1;
  const cancellationId = derivedId('can', counter);
  const legId = providerKey(refundId(cancellationId, 'l1'), attempt);
  const trail = { tenant: 'acme', orderId: derivedId('ord', counter), cancellationId, legId, leg: 'l1', attempt };
  return { legId, key: legId, trail };
}

/** Every payment is of a buyer of its own, with an account of his own. */
async function seed(party: Mounted): Promise<{ paymentRef: string; captureRef: string }> {
  counter += 1;
  const instrument = `SE322KT223222D5F${String(counter).padStart(9, '0')}`;
  await party.control('seed', { seed: [{ instrument }] });
  return { paymentRef: instrument, captureRef: `cash-${counter}` };
}

async function givenBack(party: Mounted, paymentRef: string): Promise<number> {
  const { instruments } = record(await party.control('ledger'));
  return Number(record(list(instruments).find((one) => record(one)['instrument'] === paymentRef))['paid']);
}

const clockOf = (party: Mounted) => () => new Date(party.clock.now()).toISOString();

async function world(): Promise<ChannelWorld> {
  const party = await mount(adyenTransfersStandIn({ accounts }));
  return {
    channel: bankTransferChannel({ now: clockOf(party) }),
    connection: connectionTo(party.baseUrl),
    captured: () => seed(party),
    givenBack: (paymentRef) => givenBack(party, paymentRef),
    paysOut: true,
    loseNextAnswer: async () => {
      await party.control('faults', { method: 'POST', answer: 'hang-up', applied: true });
    },
    close: () => party.close(),
  };
}

paymentChannelSuite('bank_transfer', world);

describe('A bank transfer', () => {
  let party: Mounted;
  const now = () => clockOf(party)();
  const channel = bankTransferChannel({ now });
  const hasty = bankTransferChannel({ now, timeoutMs: 400 });
  beforeEach(async () => {
    party = await mount(adyenTransfersStandIn({ accounts }));
  });
  afterEach(() => party.close());

  async function request(wish: { amount?: number; currency?: string } = {}): Promise<RefundRequest> {
    const refs = await seed(party);
    const { amount = 500, currency = 'EUR' } = wish;
    return { connection: connectionTo(party.baseUrl), ...refs, amount, currency, ...realLeg() };
  }
  const pass = async (ms: number): Promise<void> => {
    party.clock.moveTo(party.clock.now() + ms);
    await party.idle();
  };
  const error = (errorCode: string, status = 422, detail = 'why') => ({
    type: 'https://docs.adyen.com/errors/validation',
    title: 'no',
    status,
    detail,
    errorCode,
  });

  test('says how much, from where, to which account, how fast and for whom, under our key', async () => {
    const wish = await request();
    const answer = await channel.refund(wish);
    expect(answer).toEqual({ status: 'pending', providerRef: expect.stringMatching(/^[0-9A-Z]{16}$/), amount: 500 });
    const sent = party.exchanges[0]?.request;
    expect([sent?.method, sent?.path]).toEqual(['POST', '/btl/v4/transfers']);
    expect(JSON.parse(String(sent?.rawBody))).toEqual({
      amount: { currency: 'EUR', value: 500 },
      balanceAccountId: BALANCE_ACCOUNT,
      category: 'bank',
      counterparty: { transferInstrumentId: wish.paymentRef },
      priority: 'regular',
      reference: compactTrail(wish.trail),
      referenceForBeneficiary: wish.trail.cancellationId.slice(4, 19),
    });
    expect(sent?.headers).toMatchObject({ 'x-api-key': ACCOUNT.apiKey, 'idempotency-key': wish.key });
  });

  test('its texts and its key stay within the limits of Adyen at their longest', () => {
    const { trail, key } = realLeg(999);
    expect(compactTrail({ ...trail, leg: 'l999' }).length).toBeLessThanOrEqual(80);
    expect(trail.cancellationId.slice(4, 19)).toMatch(/^[0-9A-Za-z]{15}$/);
    expect(key.length).toBeLessThanOrEqual(64);
  });

  test.each(['TRANSFER-1001', 'DE89370400440532013000', 'SE4550000000058398257466', ''])(
    "a payment that names no account but '%s' is refused for good, and nothing is sent",
    async (paymentRef) => {
      const wish = { ...(await request()), paymentRef };
      const refused = channel.refund(wish);
      await expect(refused).rejects.toBeInstanceOf(PermanentFault);
      await expect(refused).rejects.toThrow(/^bank_transfer: no_payout_account/);
      expect(await channel.query(wish)).toBeUndefined();
      expect(party.exchanges).toEqual([]);
    },
  );

  test.each(['paid to an account', 'TRANSFER-1001'])(
    'of a payment that never came in (%s) nothing is voided, again and again',
    async (which) => {
      const wish = await request({ amount: 900 });
      const { connection, amount, currency, legId, trail, key } = wish;
      const paymentRef = which === 'TRANSFER-1001' ? which : wish.paymentRef;
      const reversed = { connection, paymentRef, amount, currency, legId, trail, key };
      const answer = await channel.reverse(reversed);
      expect(answer).toEqual({ status: 'succeeded', providerRef: paymentRef, amount: 900 });
      expect(await channel.reverse(reversed)).toEqual(answer);
      expect(await channel.query({ ...reversed, providerRef: paymentRef })).toEqual(answer);
      expect(party.exchanges).toEqual([]);
    },
  );

  test.each(['KRW', 'KWD'])('%s goes out and comes back as ours', async (currency) => {
    const wish = await request({ currency, amount: 5_120 });
    expect(await channel.refund(wish)).toMatchObject({ amount: 5_120 });
    expect(await channel.query(wish)).toMatchObject({ amount: 5_120 });
  });

  test.each([
    ['MGA', 300],
    ['CVE', 150],
    ['XTS', 1],
  ])('%s %d cannot be stated and is not sent', async (currency, amount) => {
    await expect(channel.refund({ ...(await request()), currency, amount })).rejects.toBeInstanceOf(PermanentFault);
    expect(party.exchanges).toEqual([]);
  });

  const transient = { 'transient-error': 'true' };
  test.each([
    ['a 429', { answer: 'status', status: 429 }, TransientFault],
    [
      'a 503 that may be repeated',
      { answer: 'status', status: 503, body: error('00_503', 503), headers: transient },
      TransientFault,
    ],
    [
      'a 422 that may be repeated',
      { answer: 'status', status: 422, body: error('704'), headers: transient },
      TransientFault,
    ],
    ['a request in progress that may not', { answer: 'status', status: 422, body: error('704') }, UnknownOutcome],
    ['a 500 of Adyen that may not', { answer: 'status', status: 500, body: error('00_500', 500) }, AnswerSaved],
    ['a 503 of a gateway', { answer: 'status', status: 503, body: '<html>503' }, UnknownOutcome],
    ['a 502 without a body', { answer: 'status', status: 502 }, UnknownOutcome],
    ['garbage with status 202', { answer: 'garbage', status: 202 }, UnknownOutcome],
    ['a closed connection', { answer: 'hang-up' }, UnknownOutcome],
    ['no answer in time', { delayMs: 900 }, UnknownOutcome],
    ['a JSON body that is no transfer', { answer: 'status', status: 202, body: { hello: 1 } }, UnknownOutcome],
    ['a null body', { answer: 'status', status: 202, body: 'null' }, UnknownOutcome],
    ['an empty body', { answer: 'status', status: 202, body: '' }, UnknownOutcome],
    ['a redirect', { answer: 'status', status: 302 }, UnknownOutcome],
    ['a 404 of somebody else', { answer: 'status', status: 404, body: {} }, UnknownOutcome],
    ['an error inside a 200', { answer: 'status', status: 200, body: error('29_001') }, UnknownOutcome],
    ['a 401', { answer: 'status', status: 401, body: error('00_401', 401) }, TransientFault],
    ['a 403', { answer: 'status', status: 403, body: error('00_403', 403) }, TransientFault],
    ['a 422', { answer: 'status', status: 422, body: error('29_001') }, PermanentFault],
  ])('%s on a write', async (_name, trouble, fault) => {
    const wish = await request();
    await party.control('faults', { method: 'POST', ...trouble });
    const called = 'delayMs' in trouble ? hasty : channel;
    await expect(called.refund(wish)).rejects.toBeInstanceOf(fault);
    if (!('delayMs' in trouble)) expect(await givenBack(party, wish.paymentRef)).toBe(0);
  });

  test.each([
    ['a 500', { answer: 'status', status: 500 }, TransientFault],
    ['a 500 of Adyen', { answer: 'status', status: 500, body: error('00_500', 500) }, TransientFault],
    ['garbage', { answer: 'garbage' }, TransientFault],
    ['a closed connection', { answer: 'hang-up' }, TransientFault],
    ['no answer in time', { delayMs: 900 }, TransientFault],
    ['a JSON body that is no transfer', { answer: 'status', status: 200, body: { hello: 1 } }, TransientFault],
    ['a list without its transfers', { answer: 'status', status: 200, body: { _links: {} } }, TransientFault],
    ['a 404 that is not of Adyen', { answer: 'status', status: 404, body: {} }, TransientFault],
    ['a 404 of an address', { answer: 'status', status: 404, body: error('00_404', 404) }, PermanentFault],
    ['a 403', { answer: 'status', status: 403, body: error('00_403', 403) }, TransientFault],
  ])('%s on a read is never "no trace"', async (_name, trouble, fault) => {
    const wish = await request();
    const { providerRef } = await channel.refund(wish);
    for (const asked of [wish, { ...wish, providerRef }]) {
      await party.control('faults', { method: 'GET', ...trouble });
      await expect(('delayMs' in trouble ? hasty : channel).query(asked)).rejects.toBeInstanceOf(fault);
    }
  });

  test('calls once: a closed connection is not tried again behind our back', async () => {
    const wish = await request();
    await party.control('faults', { next: 5, answer: 'hang-up' });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    expect(party.exchanges).toHaveLength(1);
  });

  test('a party that cannot be reached was sent nothing', async () => {
    const wish = { ...(await request()), connection: connectionTo('http://127.0.0.1:9') };
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(TransientFault);
  });

  test('an answer without end is not read', async () => {
    const server = await rawServer((_incoming, outgoing) => {
      outgoing.writeHead(202, { 'content-type': 'application/json' });
      outgoing.end(`"${'x'.repeat(2 * 1024 * 1024)}"`);
    });
    const wish = { ...(await request()), connection: connectionTo(server.baseUrl) };
    await expect(channel.refund(wish)).rejects.toThrow(/too_large/);
    await server.close();
  });

  const lies: [what: string, lie: Record<string, unknown>][] = [
    ['another amount', { amount: { currency: 'EUR', value: 499 } }],
    ['another currency', { amount: { currency: 'USD', value: 500 } }],
    ['an amount below zero', { amount: { currency: 'EUR', value: -500 } }],
    ['a part of a cent', { amount: { currency: 'EUR', value: 500.5 } }],
    ['an amount that is a text', { amount: { currency: 'EUR', value: '500' } }],
    ['no amount', { amount: null }],
    ['another balance account', { balanceAccount: { id: 'BA00000000000000000000009' } }],
    ['no balance account', { balanceAccount: null }],
    ['another instrument', { counterparty: { transferInstrumentId: 'SE00000000000000000000009' } }],
    ['another category', { category: 'internal' }],
    ['money that comes in', { direction: 'incoming' }],
    ['another reference', { reference: 'theirs' }],
    ['no reference', { reference: null }],
    ['no id', { id: '' }],
    ['an id that is a path', { id: '../transfers' }],
    ['a status nobody knows', { status: 'teleported' }],
    ['the status of a card payment', { status: 'captured' }],
    ['no status', { status: null }],
  ];
  const truthOf = (wish: RefundRequest) => ({
    id: '1W1UG35U8A9J5ZLG',
    amount: { currency: 'EUR', value: 500 },
    balanceAccount: { id: BALANCE_ACCOUNT },
    category: 'bank',
    counterparty: { transferInstrumentId: wish.paymentRef },
    direction: 'outgoing',
    reason: 'approved',
    reference: compactTrail(wish.trail),
    status: 'booked',
  });
  const answering = (status: number, body: unknown) => party.control('faults', { answer: 'status', status, body });

  test.each([...lies, ['no instrument', { counterparty: {} }] as (typeof lies)[number]])(
    'does not believe an answer with %s',
    async (_what, lie) => {
      const wish = await request();
      await answering(202, truthOf(wish));
      const believed = { status: 'succeeded', providerRef: '1W1UG35U8A9J5ZLG', amount: 500 };
      expect(await channel.refund(wish)).toEqual(believed);
      await answering(202, { ...truthOf(wish), ...lie });
      await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    },
  );

  test.each([...lies, ['another id', { id: '1W1UG35U8A9J5ZLX' }] as (typeof lies)[number]])(
    'does not believe a transfer that was asked for by its id and has %s',
    async (what, lie) => {
      const wish = { ...(await request()), providerRef: '1W1UG35U8A9J5ZLG' };
      await answering(200, { ...truthOf(wish), counterparty: undefined });
      expect(await channel.query(wish)).toMatchObject({ status: 'succeeded', amount: 500 });
      await answering(200, { ...truthOf(wish), ...lie });
      const refused = channel.query(wish);
      if (what === 'another amount') await expect(refused).rejects.toThrow(/other_amount/);
      else await expect(refused).rejects.toBeInstanceOf(TransientFault);
    },
  );

  test.each([
    ['received', 'pending'],
    ['pending', 'pending'],
    ['pendingApproval', 'pending'],
    ['pendingExecution', 'pending'],
    ['authorised', 'pending'],
    ['booked', 'succeeded'],
    ['refused', 'failed'],
    ['failed', 'failed'],
    ['returned', 'failed'],
    ['error', 'failed'],
    ['cancelled', 'canceled'],
  ])('%s is %s', async (word, status) => {
    const wish = await request();
    const reason = 'counterpartyAccountClosed';
    await answering(202, { ...truthOf(wish), status: word, reason });
    const ended = status === 'failed' || status === 'canceled';
    expect(await channel.refund(wish)).toEqual({
      status,
      providerRef: '1W1UG35U8A9J5ZLG',
      amount: 500,
      ...(ended ? { failureReason: reason } : {}),
    });
  });

  test.each(['unknown', 'approved', undefined, 'a text <b>of somebody</b>'])(
    "where the reason is '%s' the state says more",
    async (reason) => {
      const wish = await request();
      await answering(202, { ...truthOf(wish), status: 'returned', reason });
      expect(await channel.refund(wish)).toMatchObject({ status: 'failed', failureReason: 'returned' });
    },
  );

  test('without enough on the balance account it is refused at once, and once there is enough it goes', async () => {
    await party.control('balance', { amount: 700, currency: 'EUR' });
    const first = await request();
    const second = await request();
    expect((await channel.refund(first)).status).toBe('pending');
    const refused = { status: 'failed', amount: 500, failureReason: 'notEnoughBalance' };
    expect(await channel.refund(second)).toMatchObject(refused);
    expect(await channel.query(second)).toMatchObject(refused);
    expect(await givenBack(party, second.paymentRef)).toBe(0);
    await party.control('balance', { amount: 500, currency: 'EUR' });
    expect(await channel.refund({ ...second, ...realLeg() })).toMatchObject({ status: 'pending' });
    expect(await channel.refund({ ...(await request()), currency: 'USD' })).toMatchObject({ status: 'pending' });
  });

  test('received, and refused for want of balance later', async () => {
    const wish = await request();
    const behaviour = { status: 'received', then: 'refused', reason: 'notEnoughBalance', afterMs: MINUTE };
    await party.control('behaviours', behaviour);
    expect((await channel.refund(wish)).status).toBe('pending');
    await pass(MINUTE);
    expect(await channel.query(wish)).toMatchObject({ status: 'failed', failureReason: 'notEnoughBalance' });
  });

  test('received, then booked by itself; the repetition still says what it said, the query knows better', async () => {
    const wish = await request();
    const first = await channel.refund(wish);
    await pass(MINUTE);
    expect(await channel.refund(wish)).toEqual(first);
    const { providerRef } = first;
    expect(await channel.query(wish)).toEqual({ ...first, status: 'succeeded' });
    expect(await channel.query({ ...wish, providerRef })).toEqual({ ...first, status: 'succeeded' });
  });

  test('booked, and days later returned by the bank: the money is back', async () => {
    const wish = await request();
    const { providerRef } = await channel.refund(wish);
    await pass(MINUTE);
    await pass(3 * DAY);
    await party.control('bounce', { payment: wish.paymentRef, reason: 'counterpartyAccountClosed' });
    const returned = { status: 'failed', providerRef, amount: 500, failureReason: 'counterpartyAccountClosed' };
    expect(await channel.query(wish)).toEqual(returned);
    expect(await channel.query({ ...wish, providerRef })).toEqual(returned);
    expect(await givenBack(party, wish.paymentRef)).toBe(0);
  });

  test('what Adyen refuses at once bears its code', async () => {
    const wish = await request();
    await party.control('behaviours', { refuse: '30_081', reason: 'Amount limit' });
    await expect(channel.refund(wish)).rejects.toThrow('bank_transfer: 30_081 [422]: Amount limit');
    await expect(channel.refund(wish)).rejects.toThrow('30_081');
  });

  test('an instrument that is not there, or of another account, is refused for good, and leaves no trace', async () => {
    const wish = { ...(await request()), paymentRef: 'SE00000000000000000000009' };
    await expect(channel.refund(wish)).rejects.toThrow('bank_transfer: 30_112 [422]');
    expect(await channel.query(wish)).toBeUndefined();
    const other = { id: 'con_2', apiKey: 'AQE_other', settings: { balanceAccountId: 'BA2' }, webhookSecrets: [] };
    const foreign = await request();
    await party.control('accounts', other);
    const { providerRef } = await channel.refund(foreign);
    const connection = { ...foreign.connection, ...other };
    await expect(channel.refund({ ...foreign, connection, ...realLeg() })).rejects.toThrow('30_112');
    expect(await channel.query({ ...foreign, connection })).toBeUndefined();
    expect(await channel.query({ ...foreign, connection, providerRef })).toBeUndefined();
  });

  test('a key used for something else answers what it was used for, which is not believed', async () => {
    const wish = await request();
    const first = await channel.refund(wish);
    await expect(channel.refund({ ...wish, amount: 501 })).rejects.toBeInstanceOf(UnknownOutcome);
    await expect(channel.refund({ ...wish, ...realLeg(), key: wish.key })).rejects.toBeInstanceOf(UnknownOutcome);
    expect(await channel.query(wish)).toEqual(first);
    expect(await givenBack(party, wish.paymentRef)).toBe(500);
  });

  test('Adyen may forget the key after a week; the query finds the transfer half a year later', async () => {
    const wish = await request();
    const first = await channel.refund(wish);
    await pass(179 * DAY);
    expect(await channel.query(wish)).toEqual({ ...first, status: 'succeeded' });
    expect((await channel.refund(wish)).providerRef).not.toBe(first.providerRef);
    expect(await givenBack(party, wish.paymentRef)).toBe(1_000);
  });

  test('a failure that is saved under a key is got past by a new attempt, once the query shows no trace', async () => {
    const wish = await request();
    await party.control('faults', { method: 'POST', answer: 'status', status: 500, body: error('00_500', 500) });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(AnswerSaved);
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(AnswerSaved);
    expect(await channel.query(wish)).toBeUndefined();
    expect(await channel.refund({ ...wish, ...realLeg(2) })).toMatchObject({ status: 'pending' });
  });

  test('a failure that hides a transfer is found by the query', async () => {
    const wish = await request();
    const trouble = { answer: 'status', status: 500, body: error('00_500', 500), applied: true };
    await party.control('faults', { method: 'POST', ...trouble });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(AnswerSaved);
    expect(await channel.query(wish)).toMatchObject({ status: 'pending', amount: 500 });
  });

  test('asks for the leg by its reference, from the balance account, over half a year', async () => {
    const wish = await request();
    await channel.query(wish);
    const { query } = party.exchanges[0]?.request ?? {};
    const { createdSince, createdUntil, ...asked } = Object.fromEntries(query ?? []);
    expect(asked).toEqual({ balanceAccountId: BALANCE_ACCOUNT, reference: compactTrail(wish.trail), limit: '100' });
    expect(Date.parse(createdUntil ?? '') - Date.parse(createdSince ?? '')).toBe(180 * DAY);
  });

  test('two live transfers of one leg are never passed over in silence; of a failed and a live one the live one counts', async () => {
    const wish = await request();
    await party.control('behaviours', { status: 'failed', reason: 'counterpartyBankUnavailable' });
    await channel.refund(wish);
    const live = await channel.refund({ ...wish, key: `${wish.key}_2` });
    expect(await channel.query(wish)).toEqual(live);
    await channel.refund({ ...wish, key: `${wish.key}_3` });
    await expect(channel.query(wish)).rejects.toThrow(/^bank_transfer: refunded_twice/);
  });

  test('money that comes in under our reference, or goes out elsewhere, is not this leg’s', async () => {
    const wish = await request();
    const data = [
      { ...truthOf(wish), direction: 'incoming' },
      { ...truthOf(wish), category: 'internal' },
    ];
    await answering(200, { data });
    expect(await channel.query(wish)).toBeUndefined();
  });

  test.each([
    ['of other references', (wish: RefundRequest) => ({ data: [{ ...truthOf(wish), reference: 'theirs' }] })],
    ['that goes on', () => ({ data: [], _links: { next: { href: 'https://x.invalid/?cursor=2' } } })],
    ['that goes on nowhere', () => ({ data: [], _links: { next: { href: 'https://x.invalid/' } } })],
  ])('a list %s proves nothing', async (_what, body) => {
    const wish = await request();
    await answering(200, body(wish));
    await expect(channel.query(wish)).rejects.toBeInstanceOf(TransientFault);
  });

  describe('what changed', () => {
    const page = (since: number, after?: string) =>
      channel.changesSince({
        connection: connectionTo(party.baseUrl),
        since: new Date(since).toISOString(),
        ...(after === undefined ? {} : { after }),
      });

    test('leads back to the leg; the same state is the same event, another state is another', async () => {
      const wish = await request();
      const { providerRef } = await channel.refund(wish);
      const { tenant, orderId, cancellationId, legId } = wish.trail;
      const first = await page(party.clock.now());
      expect(first).toEqual({
        notices: [
          {
            eventId: `${providerRef}:1`,
            type: 'transfer.listed',
            providerRef,
            trail: { tenant, orderId, cancellationId, legId },
            claims: 'pending',
          },
        ],
        unreadable: [],
      });
      expect(await page(party.clock.now())).toEqual(first);
      await pass(MINUTE);
      expect((await page(party.clock.now())).notices).toMatchObject([
        { eventId: `${providerRef}:3`, claims: 'succeeded' },
      ]);
    });

    test('a transfer of thirteen days ago that is returned now is seen; one of fifteen is left to its webhook', async () => {
      const early = await channel.refund(await request());
      await pass(2 * DAY);
      const late = await channel.refund(await request());
      await pass(13 * DAY);
      await party.control('bounce');
      const { notices } = await page(party.clock.now());
      expect(notices).toMatchObject([{ providerRef: late.providerRef, claims: 'failed' }]);
      const further = await page(party.clock.now() - 2 * DAY);
      expect(refundsIn(further.notices).map(({ providerRef }) => providerRef)).toEqual([
        late.providerRef,
        early.providerRef,
      ]);
    });

    test('goes back as far as Adyen answers, and no further', async () => {
      await page(party.clock.now() - 400 * DAY);
      const { createdSince, createdUntil, ...asked } = Object.fromEntries(party.exchanges[0]?.request.query ?? []);
      expect(asked).toEqual({
        balanceAccountId: BALANCE_ACCOUNT,
        category: 'bank',
        sortOrder: 'desc',
        limit: '100',
      });
      expect(Date.parse(createdUntil ?? '') - Date.parse(createdSince ?? '')).toBe(180 * DAY);
      expect(party.exchanges[0]?.reply).toMatchObject({ status: 200 });
    });

    test('in pages of a hundred, newest first, each once, in the window of the first', async () => {
      await party.control('webhooks', { send: 'never' });
      let newest = '';
      for (let buyer = 0; buyer < 12; buyer += 1) {
        const wish = await request({ amount: 1 });
        for (let n = 0; n < 10; n += 1) {
          party.clock.moveTo(party.clock.now() + 100);
          newest = (await channel.refund({ ...wish, ...realLeg() })).providerRef;
        }
      }
      await party.idle();
      const since = party.clock.now();
      const first = await page(since);
      party.clock.moveTo(party.clock.now() + MINUTE);
      const second = await page(since, first.next);
      const seen = refundsIn([...first.notices, ...second.notices]).map(({ providerRef }) => providerRef);
      expect([first.notices.length, second.notices.length, new Set(seen).size]).toEqual([100, 20, 120]);
      expect(seen[0]).toBe(newest);
      expect(second.next).toBeUndefined();
      const asked = party.exchanges
        .filter(({ request: one }) => one.method === 'GET')
        .map(({ request: one }) => one.query);
      const [before, after] = asked.map((query) => [query.get('createdSince'), query.get('createdUntil')]);
      expect(after).toEqual(before);
      expect(asked.map((query) => query.get('cursor'))).toEqual([null, '100']);
    });

    test('the address in a link to the next page is not followed', async () => {
      const href = 'https://evil.example/btl/v4/transfers?balanceAccountId=BA9&cursor=S2B-cSlb%2B';
      await answering(200, { data: [], _links: { next: { href } } });
      const { next } = await page(party.clock.now());
      await answering(200, { data: [] });
      await page(party.clock.now(), next);
      const { query } = party.exchanges[1]?.request ?? {};
      expect([query?.get('balanceAccountId'), query?.get('cursor')]).toEqual([BALANCE_ACCOUNT, 'S2B-cSlb+']);
    });

    test('what others transfer is left out, and what cannot be read is named', async () => {
      const wish = await request();
      const truth = { ...truthOf(wish), sequenceNumber: 3 };
      const data = [
        { ...truth, reference: 'Payout of the week' },
        { ...truth, balanceAccount: { id: 'BA9' } },
        { ...truth, direction: 'incoming' },
        { ...truth, id: '?' },
        { id: 'TRANSFER9' },
        'nothing',
        { ...truth, id: 'TRANSFER8', status: 'teleported', sequenceNumber: undefined },
      ];
      await answering(200, { data });
      expect(await page(party.clock.now())).toMatchObject({
        notices: [{ eventId: 'TRANSFER8:teleported', providerRef: 'TRANSFER8' }],
        unreadable: ['?', 'TRANSFER9', 'without an id'],
      });
    });

    test('nothing is no trouble', async () => {
      expect(await page(party.clock.now())).toEqual({ notices: [], unreadable: [] });
    });

    test.each([
      ['a 500', { answer: 'status', status: 500 }, TransientFault],
      ['a closed connection', { answer: 'hang-up' }, TransientFault],
      ['something that is no list', { answer: 'status', status: 200, body: { data: {} } }, TransientFault],
      ['nothing at all', { answer: 'status', status: 200, body: 'null' }, TransientFault],
      ['a revoked key', { answer: 'status', status: 401, body: error('00_401', 401) }, TransientFault],
    ])('%s is trouble, not silence', async (_name, trouble, fault) => {
      await party.control('faults', trouble);
      await expect(page(party.clock.now())).rejects.toBeInstanceOf(fault);
    });
  });

  test('the transfer, its saved answer and its webhook outlive a crash between effect and answer', async () => {
    const wish = await request();
    await party.control('balance', { amount: 500, currency: 'EUR' });
    await party.control('faults', { method: 'POST', answer: 'hang-up', applied: true });
    await expect(channel.refund(wish)).rejects.toBeInstanceOf(UnknownOutcome);
    await party.restart(adyenTransfersStandIn({ accounts }));
    const again = await channel.refund(wish);
    expect(again.status).toBe('pending');
    expect(await givenBack(party, wish.paymentRef)).toBe(500);
    expect(await channel.refund({ ...wish, ...realLeg() })).toMatchObject({ failureReason: 'notEnoughBalance' });
    await pass(MINUTE);
    expect(await channel.query(wish)).toEqual({ ...again, status: 'succeeded' });
  });

  test('no fault ever shows the key', async () => {
    const wish = await request();
    for (const status of [200, 400, 401, 403, 404, 422, 429, 500]) {
      const body = status === 401 || status === 403 ? error('00_401', status, `key ${ACCOUNT.apiKey}`) : { hello: 1 };
      await party.control('faults', { method: 'POST', answer: 'status', status, body, saved: false });
      const thrown: unknown = await channel.refund(wish).catch((fault: unknown) => fault);
      expect(thrown).toBeInstanceOf(Error);
      expect(String(thrown)).not.toContain(ACCOUNT.apiKey);
    }
  });

  test.each<[string, Record<string, string>, RegExp, (typeof PermanentFault | typeof TransientFault)?]>([
    ['no balance account', { balanceAccountId: '' }, /name no balanceAccountId/],
    ['a balance account of somebody else', { balanceAccountId: 'BA9' }, /00_403 \[403\]/, TransientFault],
    ['a priority that Adyen does not know', { priority: 'soon' }, /priority is not one/],
    ['a live that is neither true nor false', { live: 'yes' }, /neither true nor false/],
  ])('a connection with %s moves nothing', async (_what, settings, message, fault = PermanentFault) => {
    const wish = await request();
    const refused = channel.refund({ ...wish, connection: connectionTo(party.baseUrl, settings) });
    await expect(refused).rejects.toBeInstanceOf(fault);
    await expect(refused).rejects.toThrow(message);
    expect(await givenBack(party, wish.paymentRef)).toBe(0);
  });

  test('pays as fast as the connection says', async () => {
    await channel.refund({ ...(await request()), connection: connectionTo(party.baseUrl, { priority: 'instant' }) });
    expect(JSON.parse(String(party.exchanges[0]?.request.rawBody))).toMatchObject({ priority: 'instant' });
  });

  test.each([
    ['http://example.com', /https/],
    ['http://user:secret@127.0.0.1', /host, a port and a path/],
    ['not a url', /not a URL/],
  ])('sends no key to %s', async (baseUrl, message) => {
    await expect(channel.refund({ ...(await request()), connection: connectionTo(baseUrl) })).rejects.toThrow(message);
  });
});

describe('the addresses of Adyen’s balance platform', () => {
  async function hostFor(settings: Record<string, string>): Promise<string | undefined> {
    let asked: string | undefined;
    const http: HttpClient = {
      send: (address) => {
        asked = `${address.protocol}://${address.host}:${address.port}${address.basePath}`;
        return Promise.resolve({ status: 200, headers: {}, text: '{}' });
      },
    };
    const { baseUrl: _baseUrl, ...connection } = connectionTo('', settings);
    await read(http, connection, '/transfers/x');
    return asked;
  }

  test('are the test system, unless the connection is live', async () => {
    expect(await hostFor({})).toBe('https://balanceplatform-api-test.adyen.com:443');
    expect(await hostFor({ live: 'false' })).toBe('https://balanceplatform-api-test.adyen.com:443');
    expect(await hostFor({ live: 'true' })).toBe('https://balanceplatform-api-live.adyen.com:443');
  });
});

/**
 * What is published of attacks on webhooks, tried against every provider whose webhooks are heard, at the door itself: the
 * production handler, its middleware, adapters and tables. `docs/decisions/0004` says what each provider signs.
 */
import { Door, TENANTS, type Staged } from './webhooks/door';
import type { RefundLeg } from '../../shared/domain/cancellation';
import { paymentWebhooks, type PaymentWebhookName } from '../../shared/wiring';
import { adyenAttacker } from './webhooks/adyen-attacker';
import { alipayAttacker } from './webhooks/alipay-attacker';
import type { Account, Attacker, Claim, Message, Named } from './webhooks/attacker';
import { bankTransferAttacker } from './webhooks/bank-transfer-attacker';
import { paypalAttacker } from './webhooks/paypal-attacker';
import { squareAttacker } from './webhooks/square-attacker';
import { stripeAttacker } from './webhooks/stripe-attacker';
import { wechatPayAttacker } from './webhooks/wechat-pay-attacker';

/** The compiler names a provider that is heard and not attacked. */
const attackers: Readonly<Record<PaymentWebhookName, Attacker>> = {
  stripe: stripeAttacker,
  paypal: paypalAttacker,
  adyen: adyenAttacker,
  square: squareAttacker,
  alipay: alipayAttacker,
  wechat_pay: wechatPayAttacker,
  bank_transfer: bankTransferAttacker,
};
const names = Object.keys(attackers) as PaymentWebhookName[];

const AMOUNT = 500;
const LIMIT = 256 * 1024;
const door = new Door(names, 1_790_000_000);

const hold = (name: PaymentWebhookName, account: Account, secrets: readonly (0 | 1)[]): void => {
  const own = { id: `con_${name}_${account}`, tenant: TENANTS[account], provider: name };
  door.hold({ ...attackers[name].connection(account, secrets), ...own });
};

const logged: string[] = [];
const opened: (() => Promise<void>)[] = [];
beforeAll(async () => {
  for (const { open } of Object.values(attackers)) if (open !== undefined) opened.push(await open());
  for (const level of ['info', 'warn', 'error'] as const) {
    jest.spyOn(console, level).mockImplementation((...line: unknown[]) => void logged.push(line.join(' ')));
  }
});
afterAll(async () => {
  for (const close of opened) await close();
  jest.useRealTimers();
});

test('every webhook that is heard is attacked', () => {
  expect(Object.keys(paymentWebhooks()).sort()).toEqual([...names].sort());
});

test('these sign no time that could be held against an old message: what it names is asked for, or is known', () => {
  const without = names.filter((name) => attackers[name].time === undefined);
  expect(without).toEqual(['adyen', 'square', 'alipay', 'bank_transfer']);
});

describe.each(names)('a stranger who writes to the webhook of %s', (name) => {
  const attacker = attackers[name];
  const idOf = (account: Account): string => `con_${name}_${account}`;
  let staged: Staged;
  let before: number;

  const live = (account: Account, secrets: readonly (0 | 1)[]): void =>
    door.hold({
      ...attacker.connection(account, secrets),
      id: idOf(account),
      tenant: TENANTS[account],
      provider: name,
    });
  const claim = (more: Partial<Claim> = {}): Claim => ({
    eventId: `evt_${staged.trail.orderId}`,
    providerRef: attacker.providerRef(staged.trail),
    trail: staged.trail,
    amount: AMOUNT,
    ...more,
  });
  const truth = (status: 'succeeded' | 'failed', amount = AMOUNT) => ({
    status,
    amount,
    providerRef: attacker.providerRef(staged.trail),
  });
  const genuine = (more: Partial<Claim> = {}, at = door.now): Message => attacker.message('ours', claim(more), { at });
  const send = (message: { body: string | Buffer; headers: Message['headers'] }, to: Account = 'ours') =>
    door.post(name, idOf(to), message);
  const legNow = async (): Promise<RefundLeg | undefined> => (await door.cancellation(staged.trail)).legs[0];

  /** Nobody was asked, nothing was written, and the answer is no acknowledgement. */
  async function refused(message: Parameters<typeof send>[0], status = 401, to: Account = 'ours'): Promise<void> {
    const asked = door.asked;
    const answer = await send(message, to);
    expect(answer.status).toBe(status);
    expect(answer.type).toBe('application/problem+json');
    expect([door.asked, door.writes]).toEqual([asked, before]);
  }

  async function eachRefused(messages: readonly Named<Message>[]): Promise<void> {
    expect(messages.length).toBeGreaterThan(0);
    for (const [what, message] of messages) {
      const answer = await send(message);
      expect([what, answer.status, door.writes]).toEqual([what, 401, before]);
    }
  }

  beforeEach(async () => {
    live('ours', [0]);
    live('theirs', [0]);
    const sent = { paymentRef: 'payment1', channel: name, connectionId: idOf('ours'), captureRef: 'capture1' };
    staged = await door.stage({ ...sent, amount: AMOUNT, currency: attacker.currency }, attacker.providerRef);
    door.tell(truth('succeeded'));
    before = door.writes;
    logged.length = 0;
  });
  afterEach(() => {
    const secrets = [0, 1].flatMap((secret) => attacker.connection('ours', [secret as 0 | 1]).webhookSecrets);
    for (const line of logged) for (const secret of secrets) expect(line).not.toContain(secret);
  });

  test('is heard when he is the provider: the refund is settled, and he reads what he wants to read', async () => {
    const answer = await send(genuine());
    const own = paymentWebhooks()[name]?.acknowledgement;
    expect(answer).toEqual({
      status: 200,
      type: own?.contentType ?? 'application/json',
      body: own?.body ?? '{"received":true}',
    });
    expect(await legNow()).toMatchObject({ status: 'succeeded', amount: AMOUNT });
  });

  test('is heard by his bytes, however the gateway hands them over', async () => {
    const { body, headers } = genuine();
    expect((await send({ body: Buffer.from(body), headers })).status).toBe(200);
    expect((await legNow())?.status).toBe('succeeded');
  });

  test('altered body: one byte that is another is refused, wherever it stands', async () => {
    const { body, headers } = genuine();
    const bytes = Buffer.from(body);
    const stride = Math.max(1, Math.floor(bytes.length / 60));
    let refusals = 0;
    for (let place = 0; place < bytes.length; place += stride) {
      const altered = Buffer.from(bytes);
      altered[place] = (altered[place] ?? 0) ^ 1;
      const { status } = await send({ body: altered, headers });
      if (status === 401) refusals += 1;
      // What is signed is what it says: a byte may change that says nothing, and then it says what it said.
      else expect([place, attacker.signs, status]).toEqual([place, 'content', 200]);
      const leg = await legNow();
      if (leg?.status !== 'pending') expect(leg).toMatchObject({ status: 'succeeded', amount: AMOUNT });
    }
    expect(refusals).toBeGreaterThan(attacker.signs === 'bytes' ? 59 : 20);
    if (attacker.signs === 'bytes') expect(door.writes).toBe(before);
  });

  const { time } = attacker;
  if (time !== undefined) {
    test('old time stamp: what was signed too long ago, or is from the future, is refused', async () => {
      await refused(genuine({}, door.now - time.old - 1));
      await refused(genuine({}, door.now + time.ahead + 1));
      await refused(time.restamped(genuine({}, door.now - time.old - 1), door.now));
      expect((await send(genuine({}, door.now - time.old))).status).toBe(200);
      expect((await send(genuine({}, door.now + time.ahead))).status).toBe(200);
    });
  }

  test('replay: the same message again changes nothing, also when its receipt is gone', async () => {
    const message = genuine();
    await send(message);
    const settled = await door.cancellation(staged.trail);
    expect(settled.revision).toBe(staged.cancellation.revision + 1);
    const [written, asked, items] = [door.writes, door.asked, door.itemsOf('ours').length];
    for (const days of [0, 60]) {
      door.expire(days);
      expect((await send(message)).status).toBe(200);
      expect([await door.cancellation(staged.trail), door.writes, door.asked]).toEqual([settled, written, asked]);
    }
    expect(door.itemsOf('ours').length).toBeLessThan(items);
  });

  test('replay: five copies at once are one change', async () => {
    const message = genuine();
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => send(message)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect((await door.cancellation(staged.trail)).revision).toBe(staged.cancellation.revision + 1);
  });

  test('old news: a success that is sent again after the money came back changes nothing', async () => {
    await send(genuine());
    await door.bounce(staged.trail);
    door.expire(60);
    door.tell(truth('failed'));
    const bounced = await door.cancellation(staged.trail);
    expect((await send(genuine())).status).toBe(200);
    expect((await send(genuine({ eventId: 'another' }))).status).toBe(200);
    expect(await door.cancellation(staged.trail)).toEqual(bounced);
  });

  test("other tenant: our provider's message is not signed for their connection", async () => {
    await refused(genuine(), 401, 'theirs');
  });

  test('other tenant: what they have signed is nothing at our connection', async () => {
    await refused(attacker.message('theirs', claim(), { at: door.now }));
  });

  test('other tenant: what they have signed at their own connection does not reach our refund', async () => {
    const [asked, items] = [door.asked, door.itemsOf('ours')];
    await send(attacker.message('theirs', claim(), { at: door.now }), 'theirs');
    expect([door.asked, door.itemsOf('ours')]).toEqual([asked, items]);
  });

  test('other account: what our key opens and somebody else is named in is refused, or is nothing to us', async () => {
    const [asked, messages] = [door.asked, attacker.misaddressed(claim(), door.now)];
    expect(messages.length).toBeGreaterThan(0);
    for (const [what, message] of messages) {
      const { status } = await send(message);
      expect([what, status === 200 || status === 401]).toEqual([what, true]);
      expect([what, door.writes, door.asked]).toEqual([what, before, asked]);
    }
  });

  test('other connection: one that is not there, or is at another provider, is not found', async () => {
    const other = names.find((each) => each !== name) ?? name;
    hold(other, 'ours', [0]);
    for (const [channel, id] of [
      [name, `con_${name}_nobodys`],
      [name, 'constructor'],
      [name, ''],
      [name, `con_${other}_ours`],
      [other, idOf('ours')],
    ] as const) {
      expect([channel, id, (await door.post(channel, id, genuine())).status]).toEqual([channel, id, 404]);
    }
    expect(door.writes).toBe(before);
  });

  test('other amount: one that is put into the message is refused', async () => {
    await refused(attacker.grafted(genuine({ amount: 900 }), genuine()));
    expect((await send(attacker.grafted(genuine(), genuine()))).status).toBe(200);
  });

  if (attacker.answersNothing) {
    test('other amount: one that is signed is not the refund that we sent', async () => {
      expect((await send(genuine({ amount: 900 }))).status).toBe(200);
      expect(await door.cancellation(staged.trail)).toEqual(staged.cancellation);
    });
  } else {
    test("other amount: one that is signed counts for nothing, the provider's books count", async () => {
      const asked = door.asked;
      expect((await send(genuine({ amount: 900 }))).status).toBe(200);
      expect([await legNow(), door.asked]).toMatchObject([{ status: 'succeeded', amount: AMOUNT }, asked + 1]);
    });

    test("other amount: what the provider's books show is not the refund that we sent", async () => {
      door.tell(truth('succeeded', 900));
      expect((await send(genuine())).status).toBe(200);
      expect(await door.cancellation(staged.trail)).toEqual(staged.cancellation);
    });

    test('a lie: what is signed as a success, and is none in the books of the provider, is none in ours', async () => {
      door.tell(truth('failed'));
      expect((await send(genuine())).status).toBe(200);
      expect((await legNow())?.status).toBe('failed');
    });
  }

  test('missing header: without any part of its signature it is refused', async () => {
    await eachRefused(attacker.unsigned(genuine()));
  });

  test('wrong algorithm: the right key does not make up for another scheme', async () => {
    await eachRefused(attacker.weaker(claim(), door.now));
  });

  test('oversized body: more than 256 KB is refused before anybody asks whose it is', async () => {
    const size = Buffer.byteLength(genuine().body);
    const padded = (bytes: number): Message => genuine({ padding: 'x'.repeat(bytes - size) });
    door.pass(301);
    const read = door.secretsRead;
    // The signature in a form is longer or shorter by some characters, as it happens to be written.
    const [large, fitting] = [padded(LIMIT + 100), padded(LIMIT - 100)];
    expect(Buffer.byteLength(large.body)).toBeGreaterThan(LIMIT);
    await refused(large, 413);
    await refused({ ...large, body: Buffer.from(large.body) }, 413);
    expect(door.secretsRead).toBe(read);
    expect((await send(fitting)).status).toBe(200);
  });

  test('rotation: of two live secrets each one opens the door, and one that was taken out does not', async () => {
    const under = (secret: 0 | 1): Message => attacker.message('ours', claim(), { at: door.now, secret });
    await refused(under(1));
    live('ours', [1, 0]);
    for (const secret of [0, 1] as const) expect((await send(under(secret))).status).toBe(200);
    expect((await legNow())?.status).toBe('succeeded');
    live('ours', [1]);
    before = door.writes;
    await refused(under(0));
    expect((await send(under(1))).status).toBe(200);
  });

  test('empty secret: neither an empty one nor none at all opens the door', async () => {
    const connection = attacker.connection('ours', []);
    for (const webhookSecrets of [[''], []]) {
      door.hold({ ...connection, webhookSecrets, id: idOf('ours'), tenant: TENANTS.ours, provider: name });
      for (const secret of ['none', 0] as const) {
        const { status } = await send(attacker.message('ours', claim(), { at: door.now, secret }));
        expect([401, 500]).toContain(status);
      }
    }
    expect(door.writes).toBe(before);
  });

  test('a secret without webhookSecrets is told by name, and opens nothing', async () => {
    const { webhookSecrets: _left, ...connection } = attacker.connection('ours', [0]);
    door.write(idOf('ours'), JSON.stringify({ ...connection, tenant: TENANTS.ours, provider: name }));
    await refused(genuine(), 500);
    expect(logged.join()).toContain(`connection ${idOf('ours')}: its secret has no list webhookSecrets`);
  });

  const { probes } = attacker;
  if (probes !== undefined) {
    test('probe: a wrong signature that the provider sends to see whether anybody looks is refused', async () => {
      await eachRefused(probes(genuine()));
    });
  }
});

/** What every payment channel promises, whoever is behind it. An adapter's test mounts its party and calls this. */
import { recordOf, type PaymentChannelName } from '../../shared/domain/channel';
import { PermanentFault } from '../../shared/domain/faults';
import type { PaymentChannel, RefundAnswer, RefundRequest, RefundTrail } from '../../shared/ports/payment-channel';
import type { Connection } from '../../shared/ports/connections';

export interface ChannelWorld {
  channel: PaymentChannel;
  connection: Connection;
  /** EUR, unless the channel takes something else only. */
  currency?: string;
  /** A payment of `amount` minor units with all of it captured. */
  captured(amount: number, currency: string): Promise<{ paymentRef: string; captureRef: string }>;
  /** A payment that is authorized only; absent where the channel knows no authorization. */
  authorized?(amount: number, currency: string): Promise<{ paymentRef: string }>;
  /** What the party says it has given back of a payment, minor units. */
  givenBack(paymentRef: string): Promise<number>;
  /** What its notices say of a call by now, by its provider reference; for channels that say of its outcome nothing else. */
  told?(providerRef: string): Promise<RefundAnswer | undefined>;
  /**
   * The channel pays out to an account and knows of no payment: it cannot say what is left of a capture, so our books alone
   * keep it from giving back too much, and there is nothing captured that it could reverse.
   */
  paysOut?: true;
  /** A payment of which a part was given back cannot be reversed. */
  reversesOnlyTheWhole?: boolean;
  /** The next write is carried out and its answer is lost; absent where there is no line to break. */
  loseNextAnswer?(): Promise<void>;
  close(): Promise<void>;
}

let counter = 0;

/** A leg of its own for every test: nothing is shared but the party. */
export function leg(): { legId: string; key: string; trail: RefundTrail } {
  counter += 1;
  const legId = `rfd_suite_${process.pid}_${counter}`;
  const trail = { tenant: 'acme', orderId: 'ord_1', cancellationId: 'can_1', legId, leg: 'l1', attempt: counter };
  return { legId, key: `key_${String(counter).padStart(32, '0')}`, trail };
}

/** Called once for each channel of the record; `test/infra/channels-page.test.ts` names one that was forgotten. */
export function paymentChannelSuite(channel: PaymentChannelName, build: () => Promise<ChannelWorld>): void {
  describe(`${recordOf(channel).title} keeps the promises of a payment channel`, () => {
    let world: ChannelWorld;
    let money: string;
    beforeAll(async () => {
      world = await build();
      money = world.currency ?? 'EUR';
    });
    afterAll(() => world.close());

    async function request(amount: number, of = 2_000): Promise<RefundRequest> {
      const refs = await world.captured(of, money);
      return { connection: world.connection, ...refs, amount, currency: money, ...leg() };
    }

    test('a refund gives back exactly the amount, and says so', async () => {
      const wish = await request(750);
      const answer = await world.channel.refund(wish);
      expect(['succeeded', 'pending']).toContain(answer.status);
      expect(answer.amount).toBe(750);
      expect(await world.givenBack(wish.paymentRef)).toBe(750);
    });

    test('the same key never moves money twice', async () => {
      const wish = await request(750);
      const first = await world.channel.refund(wish);
      const second = await world.channel.refund(wish);
      expect(second.providerRef).toBe(first.providerRef);
      expect(await world.givenBack(wish.paymentRef)).toBe(750);
    });

    test('the same key asked ten times at once never moves money twice', async () => {
      const wish = await request(750);
      await Promise.allSettled(Array.from({ length: 10 }, () => world.channel.refund(wish)));
      expect(await world.givenBack(wish.paymentRef)).toBe(750);
    });

    test('two legs of one capture are two refunds', async () => {
      const wish = await request(750);
      await world.channel.refund(wish);
      await world.channel.refund({ ...wish, amount: 250, ...leg() });
      expect(await world.givenBack(wish.paymentRef)).toBe(1_000);
    });

    test('more than the captured rest is refused for good, and nothing moves', async () => {
      if (world.paysOut) return;
      const wish = await request(1_500);
      await world.channel.refund(wish);
      const tooMuch = world.channel.refund({ ...wish, amount: 501, ...leg() });
      if (world.told) expect(await world.told((await tooMuch).providerRef)).toMatchObject({ status: 'failed' });
      else await expect(tooMuch).rejects.toBeInstanceOf(PermanentFault);
      expect(await world.givenBack(wish.paymentRef)).toBe(1_500);
    });

    test('a currency that the channel does not know is refused for good', async () => {
      const wish = await request(1);
      await expect(world.channel.refund({ ...wish, currency: 'XTS' })).rejects.toBeInstanceOf(PermanentFault);
    });

    test('a query finds the leg by our id alone', async () => {
      if (world.channel.withoutQuery) return;
      const wish = await request(750);
      const answer = await world.channel.refund(wish);
      const { connection, paymentRef, captureRef, legId, amount, currency, trail } = wish;
      const asked = { connection, paymentRef, captureRef, legId, amount, currency, trail };
      const found = await world.channel.query(asked);
      expect(found).toEqual(answer);
    });

    test('a query finds the leg by the provider reference', async () => {
      if (world.channel.withoutQuery) return;
      const wish = await request(750);
      const answer = await world.channel.refund(wish);
      const { providerRef } = answer;
      const { connection, paymentRef, legId, amount, currency, trail } = wish;
      const asked = { connection, paymentRef, providerRef, legId, amount, currency, trail };
      expect(await world.channel.query(asked)).toEqual(answer);
    });

    test('a channel without query says so whatever is asked, and nothing moves', async () => {
      if (!world.channel.withoutQuery) return;
      const wish = await request(750);
      await expect(world.channel.query(wish)).rejects.toBeInstanceOf(PermanentFault);
      const { providerRef } = await world.channel.refund(wish);
      await expect(world.channel.query({ ...wish, providerRef })).rejects.toBeInstanceOf(PermanentFault);
      expect(await world.givenBack(wish.paymentRef)).toBe(750);
    });

    test('a query for a leg that was never sent finds no trace', async () => {
      if (world.channel.withoutQuery) return;
      const { connection, paymentRef, captureRef, legId, amount, currency, trail } = await request(750);
      const asked = { connection, paymentRef, captureRef, legId, amount, currency, trail };
      const found = await world.channel.query(asked);
      expect(found).toBeUndefined();
    });

    test('reversing a captured payment gives back what is left of it', async () => {
      if (world.paysOut) return;
      const wish = await request(750);
      await world.channel.refund(wish);
      const { connection, paymentRef, currency } = wish;
      const answer = await world.channel.reverse({ connection, paymentRef, currency, amount: 1_250, ...leg() });
      expect(answer.amount).toBe(1_250);
      if (world.told && world.reversesOnlyTheWhole) {
        expect(await world.told(answer.providerRef)).toMatchObject({ status: 'failed' });
        expect(await world.givenBack(paymentRef)).toBe(750);
      } else expect(await world.givenBack(paymentRef)).toBe(2_000);
    });

    test('reversing twice with one key gives back once', async () => {
      if (world.paysOut) return;
      const { connection, paymentRef, currency } = await request(1);
      const again = { connection, paymentRef, currency, amount: 2_000, ...leg() };
      const first = await world.channel.reverse(again);
      expect(await world.channel.reverse(again)).toEqual(first);
      expect(first.providerRef).not.toBe(paymentRef);
      expect(await world.givenBack(paymentRef)).toBe(2_000);
    });

    test('reversing an authorized payment voids it; again, and a query, say the same', async () => {
      if (!world.authorized) return;
      const { paymentRef } = await world.authorized(900, money);
      const wish = { connection: world.connection, paymentRef, amount: 900, currency: money, ...leg() };
      const answer = await world.channel.reverse(wish);
      const outcome = world.told ? await world.told(answer.providerRef) : answer;
      expect(outcome).toMatchObject({ status: 'succeeded', amount: 900 });
      if (!world.channel.withoutQuery) expect(answer.providerRef).toBe(paymentRef);
      expect(await world.channel.reverse(wish)).toEqual(answer);
      if (!world.channel.withoutQuery) expect(await world.channel.query(wish)).toEqual(answer);
      expect(await world.givenBack(paymentRef)).toBe(0);
    });

    test('a lost answer is an unknown outcome, and the query, or the same call, finds what was done', async () => {
      if (!world.loseNextAnswer) return;
      const wish = await request(750);
      await world.loseNextAnswer();
      await expect(world.channel.refund(wish)).rejects.toMatchObject({ name: 'UnknownOutcome' });
      const { connection, paymentRef, captureRef, legId, amount, currency, trail } = wish;
      const asked = { connection, paymentRef, captureRef, legId, amount, currency, trail };
      const found = await (world.channel.withoutQuery ? world.channel.refund(wish) : world.channel.query(asked));
      expect(found).toMatchObject({ amount: 750 });
      expect(await world.channel.refund(wish)).toEqual(found);
      expect(await world.givenBack(paymentRef)).toBe(750);
    });
  });
}

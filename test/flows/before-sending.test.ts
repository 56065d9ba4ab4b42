/** What keeps a leg from being sent: a dispute of its payment, and a channel that wants a pause between two refunds. */
import type { Cancellation, RefundLeg } from '../../shared/domain/cancellation';
import { isDisputed } from '../../shared/domain/dispute';
import { PermanentFault } from '../../shared/domain/faults';
import { later } from '../../shared/domain/time';
import { carryOutLeg, type SendingPorts } from '../../shared/flows/carry-out-leg';
import type { RefundAnswer } from '../../shared/ports/payment-channel';
import { anOrder, withCancellation } from '../support/orders';

const start = '2026-03-05T12:00:00.000Z';
const hour = later(start, { length: 1, unit: 'hours' });

class World {
  cancellation: Cancellation;
  sent = 0;
  trace: RefundAnswer | undefined;
  keepsKeys = false;
  disputed = true;
  readonly looked: (readonly string[])[] = [];
  /** What was done, in order: a status is one that was stored. */
  readonly steps: string[] = [];

  constructor(leg: Partial<RefundLeg>) {
    const first: RefundLeg = {
      id: 'l1',
      paymentRef: 'pi_1',
      channel: 'stripe',
      connectionId: 'con_1',
      captureRef: 'ch_1',
      operation: 'refund',
      amount: 1_000,
      status: 'planned',
      attempt: 1,
      ...leg,
    };
    const order = withCancellation(anOrder({ lines: [{ id: '1' }] }), { units: {}, legs: [first] }, 'executing');
    [this.cancellation] = order.cancellations as [Cancellation];
  }

  carryOut(now = hour): Promise<RefundLeg> {
    const { tenant, orderId, id: cancellationId, run } = this.cancellation;
    return carryOutLeg(this.ports(), { tenant, orderId, cancellationId, generation: run.generation }, 'l1', now);
  }

  private ports(): SendingPorts {
    const move = (): Promise<RefundAnswer> => {
      this.sent += 1;
      this.steps.push('sent');
      return Promise.resolve({ status: 'succeeded', providerRef: 're_1', amount: 1_000 });
    };
    const channel = {
      ...(this.keepsKeys && { keepsKeys: true }),
      refund: move,
      reverse: move,
      query: () => Promise.resolve(this.trace),
    };
    const save = (_before: unknown, after: Cancellation): Promise<'saved'> => {
      this.cancellation = { ...after, revision: after.revision + 1 };
      this.steps.push(...after.legs.map(({ status }) => status));
      return Promise.resolve('saved');
    };
    const { tenant } = this.cancellation;
    return {
      channels: { stripe: channel, square: channel, gift_card: channel, store_credit: channel },
      connections: {
        find: () => Promise.resolve({ id: 'con_1', tenant, provider: 'stripe', apiKey: '', webhookSecrets: [] }),
      },
      cancellations: { find: () => Promise.resolve(this.cancellation), save, saveWithOrder: save },
      disputes: {
        stop: (_tenant: string, refs: readonly string[]) => {
          this.looked.push(refs);
          this.steps.push('looked');
          return Promise.resolve(this.disputed && refs.includes('pi_1'));
        },
      },
    } as unknown as SendingPorts;
  }
}

test('of a disputed payment nothing is sent, and a person is told why', async () => {
  const world = new World({});
  const leg = await world.carryOut();
  expect([world.sent, leg.status, leg.failure, isDisputed(leg)]).toEqual([0, 'failed', 'payment_disputed', true]);
});

test('store credit in place of the money is stopped as well', async () => {
  const world = new World({ operation: 'credit', channel: 'store_credit', account: 'c1' });
  expect(await world.carryOut()).toMatchObject({ status: 'failed', failure: 'payment_disputed' });
  expect([world.sent, world.looked]).toEqual([0, [['pi_1', 'ch_1']]]);
});

test('money that was waited for is looked at again before it is sent', async () => {
  const world = new World({ status: 'awaiting_funds', failure: 'insufficient_funds', since: start });
  expect(await world.carryOut()).toMatchObject({ status: 'failed', failure: 'payment_disputed' });
  expect(world.sent).toBe(0);
});

test('a gift card is disputed by nobody', async () => {
  const world = new World({ channel: 'gift_card' });
  expect(await world.carryOut()).toMatchObject({ status: 'succeeded' });
  expect(world.looked).toEqual([[]]);
});

describe('a leg for which it is too soon', () => {
  test('is left as it is', async () => {
    const world = new World({ notBefore: hour });
    expect(await world.carryOut(later(start, { length: 59, unit: 'minutes' }))).toMatchObject({ status: 'planned' });
    expect([world.sent, world.cancellation.revision]).toEqual([0, 1]);
  });

  test('is sent when its time has come', async () => {
    const world = new World({ notBefore: hour });
    world.disputed = false;
    const sent = await world.carryOut(hour);
    expect([sent.status, sent.notBefore, world.sent]).toEqual(['succeeded', undefined, 1]);
  });
});

describe('what was sent before the dispute', () => {
  test('and has arrived is not called failed because of it', async () => {
    const world = new World({ status: 'unknown', since: start });
    world.trace = { status: 'succeeded', providerRef: 're_1', amount: 1_000 };
    expect(await world.carryOut()).toMatchObject({ status: 'succeeded' });
  });

  test('is sent again under its own key: it may have arrived already', async () => {
    const world = new World({ status: 'unknown', since: start });
    world.keepsKeys = true;
    expect(await world.carryOut()).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(world.looked).toEqual([]);
  });

  test('and never arrived is not made anew', async () => {
    const world = new World({ status: 'unknown', since: start });
    expect(await world.carryOut()).toMatchObject({ status: 'failed', failure: 'payment_disputed', attempt: 1 });
    expect(world.sent).toBe(0);
  });
});

test('that it is going to be sent is not even stored: whoever finds that would take it for sent', async () => {
  const world = new World({});
  await world.carryOut();
  expect(world.steps).toEqual(['looked', 'failed']);
});

test('a dispute is looked for before that is stored, and not again', async () => {
  const world = new World({});
  world.disputed = false;
  await world.carryOut();
  expect(world.steps).toEqual(['looked', 'submitting', 'sent', 'succeeded']);
});

test('a connection to another provider is not used: its key is nobody else’s', async () => {
  const world = new World({ channel: 'square' });
  world.disputed = false;
  await expect(world.carryOut()).rejects.toThrow(new PermanentFault('connection con_1 leads to stripe, not to square'));
  expect(world.sent).toBe(0);
});

/** A provider that knows a key for ever: what is sent again goes out under the key that it had. */
import type { Cancellation, LegStatus, RefundLeg } from '../../shared/domain/cancellation';
import type { TimelineEntry } from '../../shared/domain/events';
import { UnknownOutcome } from '../../shared/domain/faults';
import { isRefusal } from '../../shared/domain/refusal';
import { later } from '../../shared/domain/time';
import { carryOutLeg } from '../../shared/flows/carry-out-leg';
import type { HearingPorts } from '../../shared/flows/hear-of-refund';
import { workCase, type CaseAction } from '../../shared/flows/work-case';
import type { RefundAnswer, RefundRequest } from '../../shared/ports/payment-channel';
import { anOrder, withCancellation } from '../support/orders';
import { noDisputes } from '../support/no-disputes';

const start = '2026-03-05T12:00:00.000Z';
const hour = later(start, { length: 1, unit: 'hours' });

const done: RefundAnswer = { status: 'succeeded', providerRef: 'r_1', amount: 1_000 };

class World {
  cancellation: Cancellation;
  readonly calls: string[] = [];
  readonly sent: RefundRequest[] = [];
  readonly outcomes: string[] = [];
  /** What its provider finds when it is asked. */
  trace: RefundAnswer | undefined;
  answers: (RefundAnswer | Error)[] = [];
  keepsKeys = true;

  constructor(leg: Partial<RefundLeg>, status: 'executing' | 'in_case' = 'executing') {
    const first: RefundLeg = {
      id: 'l1',
      paymentRef: 'pay_1',
      channel: 'stripe',
      connectionId: 'con_1',
      captureRef: 'pay_1',
      operation: 'refund',
      amount: 1_000,
      status: 'planned',
      attempt: 1,
      ...leg,
    };
    const order = withCancellation(anOrder({ lines: [{ id: '1' }] }), { units: {}, legs: [first] }, status);
    [this.cancellation] = order.cancellations as [Cancellation];
  }

  get leg(): RefundLeg {
    return this.cancellation.legs[0] as RefundLeg;
  }

  carryOut(now: string) {
    const { tenant, orderId, id: cancellationId, run } = this.cancellation;
    return carryOutLeg(
      { ...this.ports(), disputes: noDisputes },
      { tenant, orderId, cancellationId, generation: run.generation },
      'l1',
      now,
    );
  }

  async work(action: CaseAction, now = hour) {
    const request = { action, actor: 'support', request: 'r', now };
    const worked = await workCase(this.ports(), this.cancellation, request);
    return isRefusal(worked) ? worked.code : this.leg.status;
  }

  ports(): HearingPorts {
    const move = (request: RefundRequest): Promise<RefundAnswer> => {
      this.calls.push('sent');
      this.sent.push(request);
      const answer = this.answers.shift() ?? done;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    };
    const channel = {
      ...(this.keepsKeys && { keepsKeys: true }),
      refund: move,
      reverse: move,
      query: () => {
        this.calls.push('asked');
        return Promise.resolve(this.trace);
      },
    };
    const save = (_before: unknown, after: Cancellation, ...more: unknown[]): Promise<'saved'> => {
      this.cancellation = { ...after, revision: after.revision + 1 };
      this.outcomes.push((more.at(-1) as TimelineEntry).outcome);
      return Promise.resolve('saved');
    };
    const connection = { id: 'con_1', tenant: 't1', provider: 'stripe', apiKey: '', webhookSecrets: [] };
    return {
      channels: { stripe: channel, store_credit: channel },
      connections: { find: () => Promise.resolve(connection) },
      cancellations: { find: () => Promise.resolve(this.cancellation), save, saveWithOrder: save },
      workflow: { wake: () => Promise.resolve(), startStory: () => Promise.resolve() },
    } as unknown as HearingPorts;
  }
}

const unanswered: readonly LegStatus[] = ['submitting', 'unknown'];

describe('a leg whose answer was lost', () => {
  test.each(unanswered)('is asked about and then sent again under its own key, whenever: %s', async (status) => {
    const world = new World({ status, since: start });
    expect(await world.carryOut(hour)).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(world.calls).toEqual(['asked', 'sent']);
    expect(world.sent).toMatchObject([{ trail: { attempt: 1 } }]);
    expect(world.outcomes).not.toContain('attempt 2');
  });

  test('keeps its key over any number of tries, because the first of them may still move money', async () => {
    const world = new World({ status: 'planned' });
    world.answers = Array.from({ length: 5 }, () => new UnknownOutcome('taken, and not done'));
    for (let hours = 1; hours <= 5; hours += 1) {
      await expect(world.carryOut(later(start, { length: hours, unit: 'hours' }))).rejects.toThrow(UnknownOutcome);
    }
    expect(new Set(world.sent.map(({ key }) => key)).size).toBe(1);
  });

  test('is not sent again when its provider has it', async () => {
    const world = new World({ status: 'unknown', since: start });
    world.trace = done;
    expect(await world.carryOut(hour)).toMatchObject({ status: 'succeeded', providerRef: 'r_1' });
    expect(world.sent).toEqual([]);
  });

  test('gets a new key at any other provider that has no trace of it', async () => {
    const world = new World({ status: 'unknown', since: start });
    world.keepsKeys = false;
    expect(await world.carryOut(hour)).toMatchObject({ status: 'succeeded', attempt: 2 });
  });
});

describe('a person who retries', () => {
  test.each(unanswered)('leaves a leg as it is of which nobody knows, for the run to ask: %s', async (status) => {
    const world = new World({ status, since: start }, 'in_case');
    expect(await world.work('retry')).toBe(status);
    expect(await world.carryOut(hour)).toMatchObject({ status: 'succeeded', attempt: 1 });
    expect(world.calls).toEqual(['asked', 'sent']);
  });

  test('has what was refused sent again under the same key', async () => {
    const world = new World({ status: 'failed', providerRef: '', failure: 'NOT_ENOUGH' }, 'in_case');
    expect(await world.work('retry')).toBe('planned');
    expect([world.leg.attempt, world.leg.failure]).toEqual([1, undefined]);
  });

  test('has a refund that failed made anew under a new key', async () => {
    const world = new World({ status: 'failed', providerRef: 'r_1' }, 'in_case');
    world.trace = { ...done, status: 'failed' };
    expect(await world.work('retry')).toBe('planned');
    expect(world.leg.attempt).toBe(2);
  });

  test('has what was refused elsewhere sent under a new key', async () => {
    const world = new World({ status: 'failed', providerRef: '' }, 'in_case');
    world.keepsKeys = false;
    expect(await world.work('retry')).toBe('planned');
    expect(world.leg.attempt).toBe(2);
  });
});

test('store credit instead never goes by the key of a refund', async () => {
  const world = new World({ status: 'failed', providerRef: '' }, 'in_case');
  expect(await world.work('redirect')).toBe('planned');
  expect(world.leg).toMatchObject({ operation: 'credit', channel: 'store_credit', attempt: 2 });
});

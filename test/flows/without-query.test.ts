/** A provider that answers no questions: it is believed at its signed word, and asked by the same call again. */
import type { Cancellation, CancellationStatus, LegStatus, RefundLeg } from '../../shared/domain/cancellation';
import type { EventType, TimelineEntry } from '../../shared/domain/events';
import { AnswerSaved, PermanentFault, UnknownOutcome } from '../../shared/domain/faults';
import { providerKey, refundId } from '../../shared/domain/ids';
import { answerSaved } from '../../shared/domain/leg';
import { isRefusal } from '../../shared/domain/refusal';
import { later } from '../../shared/domain/time';
import { carryOutLeg, pollLeg } from '../../shared/flows/carry-out-leg';
import { hearOfRefund, type HearingPorts } from '../../shared/flows/hear-of-refund';
import { workCase, type CaseAction } from '../../shared/flows/work-case';
import type { Connection } from '../../shared/ports/connections';
import type { PaymentNotice, RefundAnswer, RefundRequest, SignedOutcome } from '../../shared/ports/payment-channel';
import { anOrder, withCancellation } from '../support/orders';
import { noDisputes } from '../support/no-disputes';

const start = '2026-03-05T12:00:00.000Z';
const week = { length: 7, unit: 'days' } as const;
/** The last minute of a time after a start. */
const hour = later(start, { length: 1, unit: 'hours' });
const justBefore = (span: Parameters<typeof later>[1]): string =>
  new Date(Date.parse(later(start, span)) - 1).toISOString();

class World {
  cancellation: Cancellation;
  readonly sent: RefundRequest[] = [];
  readonly entries: TimelineEntry[] = [];
  readonly events: EventType[] = [];
  answers: (RefundAnswer | Error)[] = [];
  stories = 0;

  constructor(leg: Partial<RefundLeg> = {}, status: CancellationStatus = 'executing') {
    const first: RefundLeg = {
      id: 'l1',
      paymentRef: 'psp_payment',
      channel: 'stripe',
      connectionId: 'con_1',
      captureRef: 'psp_payment',
      operation: 'refund',
      amount: 1_000,
      status: 'planned',
      attempt: 1,
      ...leg,
    };
    const [made] = withCancellation(anOrder({ lines: [{ id: '1' }] }), { units: {}, legs: [first] }, status)
      .cancellations as [Cancellation];
    this.cancellation = made;
  }

  get leg(): RefundLeg {
    return this.cancellation.legs[0] as RefundLeg;
  }

  readonly connection: Connection = { id: 'con_1', tenant: 't1', provider: 'stripe', apiKey: '', webhookSecrets: [] };

  get run() {
    const { tenant, orderId, id: cancellationId, run } = this.cancellation;
    return { tenant, orderId, cancellationId, generation: run.generation };
  }

  notice(more: Partial<PaymentNotice> & { status?: SignedOutcome['status']; amount?: number; currency?: string } = {}) {
    const { status = 'succeeded', amount = 1_000, currency = 'EUR', ...rest } = more;
    const { tenant, orderId, id: cancellationId } = this.cancellation;
    const providerRef = rest.providerRef ?? 'psp_1';
    const trail = { tenant, orderId, cancellationId, legId: providerKey(refundId(cancellationId, 'l1'), 1) };
    const signed = { status, providerRef, amount, currency };
    return { eventId: 'evt_1', type: 'REFUND', providerRef, trail, claims: status, signed, ...rest };
  }

  hear(more: Parameters<World['notice']>[0] = {}, now = start) {
    return hearOfRefund(this.ports(), this.connection, this.notice(more), 'payment-result', now);
  }

  carryOut(now = start) {
    return carryOutLeg({ ...this.ports(), disputes: noDisputes }, this.run, 'l1', now);
  }

  async work(action: CaseAction, now: string) {
    const worked = await workCase({ ...this.ports() }, this.cancellation, {
      action,
      actor: 'support',
      request: 'r',
      now,
      ...(action === 'settle' ? { reference: 'SEPA-77' } : {}),
      ...(action === 'close' ? { reason: 'gone' } : {}),
    });
    return isRefusal(worked) ? worked.code : this.leg.status;
  }

  ports(): HearingPorts {
    const move = (request: RefundRequest): Promise<RefundAnswer> => {
      this.sent.push(request);
      const answer = this.answers.shift() ?? { status: 'pending' as const, providerRef: 'psp_1', amount: 1_000 };
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    };
    const channel = {
      withoutQuery: { repeatableFor: week },
      refund: move,
      reverse: move,
      query: () => Promise.reject(new Error('a provider that answers no questions was asked')),
    };
    const saved = (after: Cancellation, entry: TimelineEntry): Promise<'saved'> => {
      this.cancellation = { ...after, revision: after.revision + 1 };
      this.entries.push(entry);
      return Promise.resolve('saved');
    };
    const ports = {
      channels: { stripe: channel, store_credit: channel },
      connections: { find: () => Promise.resolve(this.connection) },
      cancellations: {
        find: () => Promise.resolve(this.cancellation),
        save: (_before: unknown, after: Cancellation, entry: TimelineEntry) => saved(after, entry),
        saveWithOrder: (
          _before: unknown,
          after: Cancellation,
          { events }: { events: readonly EventType[] },
          entry: TimelineEntry,
        ) => {
          this.events.push(...events);
          return saved(after, entry);
        },
        token: () => Promise.resolve(undefined),
      },
      workflow: { wake: () => Promise.resolve(), startStory: () => Promise.resolve(void (this.stories += 1)) },
    };
    return ports as unknown as HearingPorts;
  }
}

describe('the signed word of a provider that answers no questions', () => {
  test.each<[LegStatus, SignedOutcome['status'], LegStatus]>([
    ['pending', 'succeeded', 'succeeded'],
    ['pending', 'failed', 'failed'],
    ['submitting', 'succeeded', 'succeeded'],
    ['unknown', 'failed', 'failed'],
    ['succeeded', 'failed', 'bounced'],
  ])('over a leg that is %s: %s makes it %s', async (was, status, becomes) => {
    const ref = was === 'submitting' || was === 'unknown' ? {} : { providerRef: 'psp_1' };
    const world = new World({ status: was, ...ref });
    expect(await world.hear({ status })).toBe('changed');
    expect(world.leg).toMatchObject({ status: becomes, providerRef: 'psp_1' });
    expect(world.entries).toMatchObject([{ actor: 'provider', step: 'payment-result', outcome: becomes }]);
  });

  test('re-opens what was closed when the money comes back', async () => {
    const world = new World({ status: 'succeeded', providerRef: 'psp_1' }, 'closed');
    expect(await world.hear({ status: 'failed' })).toBe('changed');
    expect([world.cancellation.status, world.events]).toEqual(['in_case', ['refund.bounced', 'case.opened']]);
  });

  test('re-opens it and asks the buyer as well, where the contract says so', async () => {
    const world = new World({ status: 'succeeded', providerRef: 'psp_1' }, 'closed');
    world.cancellation = { ...world.cancellation, askBuyerHours: 24 };
    expect(await world.hear({ status: 'failed' })).toBe('changed');
    expect(world.events).toEqual(['refund.bounced', 'case.opened', 'refund.choice_needed']);
    expect(world.cancellation.choice).toEqual({ deadline: later(start, { length: 24, unit: 'hours' }) });
    expect(await world.work('redirect', hour)).toBe('planned');
  });

  test('is told of when the order stands again: its money has gone back all the same', async () => {
    const world = new World({ status: 'unknown', since: start }, 'undone');
    expect(await world.hear({ status: 'succeeded' })).toBe('unmatched');
    expect(world.leg.status).toBe('succeeded');
  });

  test('of a void is about all that was authorized, however little of it this cancellation asked for', async () => {
    const world = new World({ operation: 'void', status: 'pending', providerRef: 'psp_1' });
    expect(await world.hear({ amount: 2_000 })).toBe('changed');
    expect(world.leg).toMatchObject({ status: 'succeeded', amount: 1_000 });
  });

  test.each<LegStatus>(['failed', 'canceled', 'bounced'])(
    'a success that is sent once more changes nothing of a leg that has %s since',
    async (status) => {
      const world = new World({ status, providerRef: 'psp_1' });
      expect(await world.hear({ status: 'succeeded' })).toBe('heard');
      expect([world.leg.status, world.entries]).toEqual([status, []]);
    },
  );

  test('a success that arrives after the failure that followed it changes nothing', async () => {
    const world = new World({ status: 'pending', providerRef: 'psp_1' });
    await world.hear({ status: 'failed' });
    await world.hear({ status: 'succeeded' });
    expect(world.leg.status).toBe('failed');
  });

  test('the failure may be first and last at once: nobody has to have heard of the success', async () => {
    const world = new World({ status: 'submitting' });
    expect(await world.hear({ status: 'failed' })).toBe('changed');
    expect(await world.hear({ status: 'failed' })).toBe('known');
    expect(world.leg.status).toBe('failed');
  });

  test.each([
    ['another amount', { amount: 999 }],
    ['another currency', { currency: 'USD' }],
  ])('%s is not the refund that we know', async (_what, lie) => {
    const world = new World({ status: 'pending', providerRef: 'psp_1' });
    expect(await world.hear(lie)).toBe('unmatched');
    expect(world.leg.status).toBe('pending');
  });

  test('what it has not signed is nothing', async () => {
    const world = new World({ status: 'pending', providerRef: 'psp_1' });
    const { signed: _signed, ...unsigned } = world.notice();
    expect(await hearOfRefund(world.ports(), world.connection, unsigned, 'payment-result', start)).toBe('not_ours');
    expect(world.leg.status).toBe('pending');
  });

  test('a second refund under the reference of a leg is told', async () => {
    const world = new World({ status: 'succeeded', providerRef: 'psp_1' });
    expect(await world.hear({ providerRef: 'psp_2' })).toBe('unmatched');
    expect(await world.hear({ providerRef: 'psp_2', status: 'failed' })).toBe('known');
  });

  test('a success of an attempt that was given up is told, although the leg has gone on', async () => {
    const world = new World({ status: 'planned', attempt: 2 });
    expect(await world.hear()).toBe('unmatched');
    expect(world.leg.status).toBe('planned');
  });

  test('is believed of such a provider only: elsewhere it is asked all the same', async () => {
    const world = new World({ status: 'pending', providerRef: 'psp_1' });
    const ports = world.ports();
    const asked = { query: () => Promise.resolve({ status: 'pending', providerRef: 'psp_1', amount: 1_000 }) };
    const askable = { ...ports, channels: { ...ports.channels, stripe: asked } } as unknown as HearingPorts;
    expect(await hearOfRefund(askable, world.connection, world.notice(), 'payment-result', start)).toBe('heard');
    expect(world.leg.status).toBe('pending');
  });
});

describe('a leg whose answer was lost', () => {
  test('is sent again under the same key with the same request', async () => {
    const world = new World();
    world.answers = [new UnknownOutcome('lost')];
    await expect(world.carryOut()).rejects.toBeInstanceOf(UnknownOutcome);
    expect(await world.carryOut(later(start, { length: 1, unit: 'minutes' }))).toMatchObject({ status: 'pending' });
    expect(world.sent[1]).toEqual(world.sent[0]);
  });

  test('still is when no request can be under way any more: "nobody said so" is no proof', async () => {
    const world = new World({ status: 'unknown', since: start });
    expect(await world.carryOut(justBefore(week))).toMatchObject({ status: 'pending', attempt: 1 });
    expect(world.sent.map(({ key }) => key)).toEqual([providerKey(refundId(world.cancellation.id, 'l1'), 1)]);
  });

  test.each<[string, Partial<RefundLeg>, string]>([
    ['its provider may have forgotten the key', { since: start }, later(start, week)],
    [
      'its provider repeats a failure',
      { since: start, failure: answerSaved },
      later(start, { length: 1, unit: 'hours' }),
    ],
  ])('is left to a person when %s', async (_why, more, now) => {
    const world = new World({ status: 'unknown', ...more });
    await expect(world.carryOut(now)).rejects.toBeInstanceOf(PermanentFault);
    expect(world.sent).toEqual([]);
    expect(['submitting', 'unknown']).toContain(world.leg.status);
  });

  test('is held while a saved failure may still be overtaken by a notice', async () => {
    const world = new World({ status: 'unknown', since: start, failure: answerSaved });
    await expect(world.carryOut(later(start, { length: 1, unit: 'minutes' }))).rejects.toBeInstanceOf(AnswerSaved);
    expect(world.sent).toEqual([]);
  });

  test('is settled by the notice alone, and the answer that comes after it changes nothing', async () => {
    const world = new World();
    world.answers = [new UnknownOutcome('lost')];
    await expect(world.carryOut()).rejects.toBeInstanceOf(UnknownOutcome);
    expect(await world.hear()).toBe('changed');
    expect(await world.carryOut()).toMatchObject({ status: 'succeeded', providerRef: 'psp_1' });
    expect(world.sent).toHaveLength(1);
  });
});

test('a poll asks nobody and changes nothing', async () => {
  const world = new World({ status: 'pending', providerRef: 'psp_1' }, 'refund_pending');
  const leg = await pollLeg(world.ports(), world.run, world.cancellation, 'l1', start);
  expect([leg.status, world.entries]).toEqual(['pending', []]);
});

describe('a person with a case', () => {
  const hour = later(start, { length: 1, unit: 'hours' });

  test.each<LegStatus>(['failed', 'canceled', 'bounced'])('may try a leg anew that has %s', async (status) => {
    const world = new World({ status, providerRef: 'psp_1' }, 'in_case');
    expect(await world.work('retry', hour)).toBe('planned');
    expect(world.leg).toMatchObject({ attempt: 2 });
  });

  test('may try a leg that was never sent', async () => {
    expect(await new World({ status: 'planned' }, 'in_case').work('retry', hour)).toBe('planned');
  });

  test('has the same attempt sent again while its provider knows the key', async () => {
    const world = new World({ status: 'unknown', since: start }, 'in_case');
    expect(await world.work('retry', hour)).toBe('unknown');
    expect([world.leg.attempt, world.stories]).toEqual([1, 1]);
    expect(await world.carryOut(hour)).toMatchObject({ status: 'pending', attempt: 1 });
  });

  test.each<LegStatus>(['unknown', 'submitting', 'pending'])(
    'can neither retry nor redirect a leg that is %s when nobody can know any more',
    async (status) => {
      for (const action of ['retry', 'redirect'] as const) {
        const world = new World({ status, since: start }, 'in_case');
        expect(await world.work(action, later(start, week))).toBe('case_action_not_allowed');
      }
    },
  );

  test.each<[CaseAction, LegStatus]>([
    ['settle', 'settled_by_hand'],
    ['close', 'given_up'],
  ])('can %s it on what he found out himself', async (action, status) => {
    for (const was of ['unknown', 'pending'] as const) {
      expect(await new World({ status: was, since: start }, 'in_case').work(action, later(start, week))).toBe(status);
    }
  });
});

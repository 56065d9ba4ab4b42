import type { Cancellation, CancellationStatus, RefundLeg } from '../../shared/domain/cancellation';
import { PermanentFault, TransientFault } from '../../shared/domain/faults';
import { isRefusal } from '../../shared/domain/refusal';
import { workCase, type CaseAction } from '../../shared/flows/work-case';
import type { RefundAnswer } from '../../shared/ports/payment-channel';
import { anOrder, withCancellation } from '../support/orders';

const now = '2026-03-05T12:00:00.000Z';

const leg = (more: Partial<RefundLeg> = {}): RefundLeg => ({
  id: 'l1',
  paymentRef: 'card',
  channel: 'stripe',
  connectionId: 'con_1',
  captureRef: 'card-1',
  operation: 'refund',
  amount: 1_000,
  status: 'failed',
  attempt: 1,
  failure: 'expired_or_canceled_card',
  ...more,
});

type Asked = () => Promise<RefundAnswer | undefined>;
const nothingLive: Asked = () => Promise.resolve(undefined);

/** A case with these legs, worked by somebody; the store is a variable, the provider one function. */
async function worked(
  legs: readonly RefundLeg[],
  action: CaseAction,
  {
    actor = 'support',
    asked = nothingLive,
    connected = true,
    status = 'in_case',
    choice,
    named,
  }: {
    named?: string;
    actor?: string;
    asked?: Asked;
    connected?: boolean;
    status?: CancellationStatus;
    choice?: Cancellation['choice'];
  } = {},
) {
  const [plain] = withCancellation(anOrder({ lines: [{ id: 'a', quantity: 3 }] }), { units: {}, legs }, status)
    .cancellations as [Cancellation];
  const before = choice === undefined ? plain : { ...plain, choice };
  let stored = before;
  let told: readonly string[] = [];
  const wake = jest.fn(() => Promise.resolve());
  let detail: string | undefined;
  const story = jest.fn(() => Promise.resolve());
  const cancellations = {
    find: () => Promise.resolve(stored),
    saveWithOrder: (
      _before: Cancellation,
      after: Cancellation,
      { events }: { events: readonly string[] },
      entry: { detail?: string },
    ) => {
      stored = after;
      told = events;
      detail = entry.detail;
      return Promise.resolve('saved' as const);
    },
    token: () => Promise.resolve('token'),
  };
  const channel = { query: () => asked() };
  const connection = { id: 'con_1', tenant: before.tenant, provider: 'stripe', apiKey: '', webhookSecrets: [] };
  const ports = {
    cancellations,
    workflow: { startStory: story, wake },
    connections: { find: () => Promise.resolve(connected ? connection : undefined) },
    channels: { stripe: channel, store_credit: channel },
  };
  const result = await workCase(ports as unknown as Parameters<typeof workCase>[0], before, {
    action,
    actor,
    request: 'r',
    now,
    ...(named === undefined ? {} : { leg: named }),
    ...(action === 'settle' ? { reference: 'SEPA-77' } : {}),
    ...(action === 'close' ? { reason: 'gone' } : {}),
  });
  return { refusal: isRefusal(result) ? result : undefined, legs: stored.legs, detail, story, stored, told, wake };
}

const brief = (legs: readonly RefundLeg[]): string[] => legs.map((one) => `${one.operation} ${one.status}`);

describe('a retry', () => {
  test('is a new attempt, of which nothing is known yet', async () => {
    const { legs } = await worked([leg({ providerRef: 're_1', since: now })], 'retry');
    const { failure: _failure, ...before } = leg();
    expect(legs).toEqual([{ ...before, status: 'planned', attempt: 2 }]);
  });
});

describe('a case with several legs', () => {
  const pending = leg({ id: 'l1', status: 'pending', providerRef: 're_1' });
  const other = leg({ id: 'l3', paymentRef: 'card_2' });

  test.each<[CaseAction, string]>([
    ['retry', 'planned'],
    ['settle', 'settled_by_hand'],
    ['close', 'given_up'],
  ])('%s is about what failed; what is on its way is left alone', async (action, status) => {
    const { legs, refusal } = await worked([pending, leg({ id: 'l2' })], action);
    expect(refusal).toBeUndefined();
    expect(legs.map((one) => one.status)).toEqual(['pending', status]);
  });

  test('that have waited too long is about those', async () => {
    const gone: Asked = () => Promise.resolve({ status: 'failed', providerRef: 're_1', amount: 1_000 });
    const { legs } = await worked([pending], 'settle', { asked: gone });
    expect(legs.map((one) => one.status)).toEqual(['settled_by_hand']);
  });

  test('may be worked leg by leg', async () => {
    const { legs } = await worked([leg({ id: 'l2' }), other], 'settle', { named: 'l3' });
    expect(legs.map((one) => one.status)).toEqual(['failed', 'settled_by_hand']);
    const { refusal } = await worked([leg({ id: 'l2' }), other], 'settle', { named: 'l9' });
    expect(refusal).toMatchObject({ code: 'case_action_not_allowed', param: '/leg' });
  });
});

describe('a leg of which nothing is known yet', () => {
  const underWay = (status: 'submitting' | 'unknown', since: string) => leg({ status, since });

  test.each(['retry', 'settle', 'close'] as const)(
    'is not touched by %s while its request may arrive',
    async (action) => {
      for (const status of ['submitting', 'unknown'] as const) {
        const { refusal, story } = await worked([underWay(status, '2026-03-05T11:51:00.000Z')], action);
        expect(refusal?.code).toBe('case_action_not_allowed');
        expect(story).not.toHaveBeenCalled();
      }
    },
  );

  test('is tried anew when no request can be under way any more and its provider has no trace', async () => {
    const { legs, detail } = await worked([underWay('submitting', '2026-03-05T11:49:00.000Z')], 'retry');
    expect(legs).toMatchObject([{ status: 'planned', attempt: 2 }]);
    expect(detail).toBe('l1 planned');
  });
});

describe('store credit instead', () => {
  const released = leg({ id: 'l2', operation: 'void' });

  test.each(['support', 'customer'])('is never given by %s for money that was not captured', async (actor) => {
    const { refusal, legs } = await worked([released], 'redirect', { actor });
    expect(refusal?.code).toBe('case_action_not_allowed');
    expect(brief(legs)).toEqual(['void failed']);
    const mixed = await worked([leg(), released], 'redirect', { actor });
    expect(brief(mixed.legs)).toEqual(['credit planned', 'void failed']);
  });

  test.each<RefundLeg['status']>(['failed', 'canceled', 'bounced'])('is for a leg that is %s', async (status) => {
    expect(brief((await worked([leg({ status })], 'redirect', { actor: 'customer' })).legs)).toEqual([
      'credit planned',
    ]);
  });

  test.each<RefundLeg['status']>(['planned', 'submitting', 'pending', 'requires_action', 'unknown'])(
    'is not what a customer can choose for a leg that is %s, with or without one that failed',
    async (status) => {
      const { failure: _failure, ...open } = leg({ status });
      const alone = await worked([open], 'redirect', { actor: 'customer' });
      expect(alone.refusal).toMatchObject({ code: 'case_action_not_allowed' });
      expect(alone.story).not.toHaveBeenCalled();
      const beside = await worked([open, leg({ id: 'l2' })], 'redirect', { actor: 'customer' });
      expect(brief(beside.legs)).toEqual([`refund ${status}`, 'credit planned']);
    },
  );
});

describe('a buyer who is asked where his money shall go', () => {
  const asked = { actor: 'customer', status: 'executing' as const, choice: { deadline: '2026-03-05T12:00:00.001Z' } };

  test('answers before any person has to, and the run that waited for him ends', async () => {
    const { refusal, legs, stored, told, story, wake } = await worked([leg()], 'redirect', asked);
    expect(refusal).toBeUndefined();
    expect(brief(legs)).toEqual(['credit planned']);
    expect(stored.choice).toBeUndefined();
    expect([stored.status, stored.run.generation, told]).toEqual(['executing', 2, ['refund.choice_made']]);
    expect([story.mock.calls.length, wake.mock.calls]).toEqual([1, [['token']]]);
  });

  test('is too late at the deadline', async () => {
    const { refusal } = await worked([leg()], 'redirect', { ...asked, choice: { deadline: now } });
    expect(refusal).toMatchObject({ code: 'case_action_not_allowed', facts: { status: 'executing' } });
  });

  test.each<[string, CaseAction, string]>([
    ['support', 'redirect', 'support'],
    ['a retry', 'retry', 'customer'],
  ])('is the only one who may: not %s', async (_, action, actor) => {
    expect((await worked([leg()], action, { ...asked, actor })).refusal?.code).toBe('case_action_not_allowed');
  });
});

test.each(['customer', 'support'])(
  'what a bank may give back goes to the buyer by no other way, whatever %s says',
  async (actor) => {
    const disputed = leg({ failure: 'payment_disputed' });
    expect((await worked([disputed], 'redirect', { actor })).refusal?.code).toBe('case_action_not_allowed');
    const both = await worked([disputed, leg({ id: 'l2' })], 'redirect', { actor });
    expect(brief(both.legs)).toEqual(['refund failed', 'credit planned']);
  },
);

describe('a provider that cannot be asked', () => {
  const gone: Asked = () => Promise.reject(new PermanentFault('the key was revoked'));
  const away: Asked = () => Promise.reject(new TransientFault('503'));

  test.each<[string, object, string]>([
    ['it refuses for good', { asked: gone }, 'l1 not asked: the key was revoked'],
    ['its connection is missing', { connected: false }, 'l1 not asked: connection con_1 is not configured'],
  ])('does not keep a person from ending a case: %s', async (_why, how, note) => {
    const settled = await worked([leg()], 'settle', how);
    expect(brief(settled.legs)).toEqual(['refund settled_by_hand']);
    expect(settled.detail).toBe(`${note}; l1 settled_by_hand`);
    expect(settled.story).toHaveBeenCalledTimes(1);
    const closed = await worked([leg()], 'close', how);
    expect(brief(closed.legs)).toEqual(['refund given_up']);
    expect(closed.detail).toBe(`gone; ${note}; l1 given_up`);
  });

  test.each<CaseAction>(['retry', 'redirect'])('keeps %s from sending money, and says so', async (action) => {
    for (const how of [{ asked: gone }, { asked: away }, { connected: false }]) {
      const { refusal, legs } = await worked([leg()], action, how);
      expect(refusal).toMatchObject({ code: 'case_action_not_allowed', facts: { leg: 'l1' } });
      expect(brief(legs)).toEqual(['refund failed']);
    }
  });

  test.each<CaseAction>(['settle', 'close'])('and is only away for now is waited for by %s', async (action) => {
    expect((await worked([leg()], action, { asked: away })).refusal?.code).toBe('case_action_not_allowed');
  });

  test('with trouble of our own is no answer of the provider', async () => {
    await expect(worked([leg()], 'close', { asked: () => Promise.reject(new TypeError('ours')) })).rejects.toThrow(
      'ours',
    );
  });
});

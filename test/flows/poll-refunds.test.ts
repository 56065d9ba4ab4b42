/** The step that asks providers what became of refunds that wait. Providers, connections and the store are the test's. */
import type { Context } from 'aws-lambda';
import { handler } from '../../functions/steps/poll-refunds';
import type { Cancellation, RefundLeg } from '../../shared/domain/cancellation';
import { PermanentFault, RunSuperseded, TransientFault } from '../../shared/domain/faults';
import type { QueryRequest, RefundAnswer } from '../../shared/ports/payment-channel';
import type * as Wiring from '../../shared/wiring';
import { anOrder, withCancellation } from '../support/orders';

const mockWorld = {
  cancellation: undefined as Cancellation | undefined,
  asked: [] as string[],
  /** What is said of each capture. */
  answers: new Map<string, RefundAnswer | Error>(),
};

jest.mock('../../shared/wiring', (): unknown => {
  const save = (before: Cancellation, after: Cancellation) => {
    if (before.revision !== mockWorld.cancellation?.revision) return Promise.resolve('lost');
    mockWorld.cancellation = { ...after, revision: after.revision + 1 };
    return Promise.resolve('saved');
  };
  const query = ({ captureRef = '' }: QueryRequest) => {
    mockWorld.asked.push(captureRef);
    const answer = mockWorld.answers.get(captureRef);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const find = (id: string) =>
    Promise.resolve(
      id === 'con_gone' ? undefined : { id, tenant: 't1', provider: 'stripe', apiKey: '', webhookSecrets: [] },
    );
  return {
    ...jest.requireActual<typeof Wiring>('../../shared/wiring'),
    cancellationStore: () => ({ find: () => Promise.resolve(mockWorld.cancellation), save, saveWithOrder: save }),
    connections: () => ({ find }),
    paymentChannels: () => ({ stripe: { query } }),
  };
});

const done = (place: number): RefundAnswer => ({ status: 'succeeded', providerRef: `r_${place}`, amount: 1_000 });

/** Three legs wait, each with its provider. */
function poll(...connectionIds: [string, string, string]): Promise<unknown> {
  const legs = connectionIds.map((connectionId, n): RefundLeg => ({
    id: `l${n + 1}`,
    paymentRef: `pay_${n + 1}`,
    captureRef: `pay_${n + 1}`,
    channel: 'stripe',
    connectionId,
    operation: 'refund',
    amount: 1_000,
    status: 'pending',
    attempt: 1,
    providerRef: `r_${n + 1}`,
  }));
  const order = withCancellation(anOrder({ lines: [{ id: '1' }] }), { units: {}, legs }, 'refund_pending');
  const [made] = order.cancellations as [Cancellation];
  mockWorld.cancellation = made;
  const { tenant, orderId, id: cancellationId, run } = made;
  return handler({ tenant, orderId, cancellationId, generation: run.generation }, {} as Context);
}

const statuses = () => mockWorld.cancellation?.legs.map(({ status }) => status);

beforeEach(() => {
  mockWorld.asked = [];
  mockWorld.answers = new Map([1, 2, 3].map((place) => [`pay_${place}`, done(place)]));
});

test('each leg that waits is asked for, and what is heard is recorded', async () => {
  expect(await poll('con_1', 'con_1', 'con_1')).toEqual({ asked: 3 });
  expect(statuses()).toEqual(['succeeded', 'succeeded', 'succeeded']);
});

test('a connection that was removed keeps nobody from hearing of the other legs, and is told in the end', async () => {
  await expect(poll('con_gone', 'con_1', 'con_1')).rejects.toThrow('connection con_gone is not configured');
  expect(statuses()).toEqual(['pending', 'succeeded', 'succeeded']);
});

test('of several troubles the first is told', async () => {
  mockWorld.answers.set('pay_1', new PermanentFault('the first')).set('pay_2', new TransientFault('the second'));
  await expect(poll('con_1', 'con_1', 'con_1')).rejects.toThrow('the first');
  expect(statuses()).toEqual(['pending', 'pending', 'succeeded']);
});

test('a run that was replaced ends as that, whatever trouble the others have', async () => {
  mockWorld.answers.set('pay_1', new TransientFault('closed'));
  mockWorld.answers.set('pay_2', new RunSuperseded('replaced'));
  await expect(poll('con_1', 'con_1', 'con_1')).rejects.toThrow(RunSuperseded);
});

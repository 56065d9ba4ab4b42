import type { Cancellation } from '../../shared/domain/cancellation';
import { cancellationId } from '../../shared/domain/ids';
import { later } from '../../shared/domain/time';
import { submitCancellation, type SubmitPorts } from '../../shared/flows/submit-cancellation';
import type { CancellationPointer } from '../../shared/ports/cancellation-store';
import { anOrder, withCancellation } from '../support/orders';

const at = '2026-03-01T12:00:00.000Z';
const [known] = withCancellation(anOrder({ lines: [{ id: 'a' }] }), { units: {} }, 'closed').cancellations as [
  Cancellation,
];
const caller = { tenant: 't1', role: 'customer', subject: 'cus_1' } as const;

/** A store that knows one key; whatever else is asked of it fails. */
const ports = {
  cancellations: {
    locate: (tenant: string, cancellationId: string): Promise<CancellationPointer> =>
      Promise.resolve({ tenant, cancellationId, orderId: known.orderId, request: 'sent', at }),
    find: () => Promise.resolve(known),
  },
} as unknown as SubmitPorts;

describe('a key that was answered before', () => {
  const read = jest.fn(() => Promise.reject(new Error('a quote of long ago, under a key that was rotated')));
  const submit = (request: string) =>
    submitCancellation(ports, caller, { idempotencyKey: 'k', request, read }, later(at, { length: 29, unit: 'days' }));

  test('answers again without reading what the request stands on', async () => {
    expect(await submit('sent')).toEqual({ cancellation: known, replayed: true });
    expect(read).not.toHaveBeenCalled();
  });

  test('is refused for another payload, unread as well', async () => {
    expect(await submit('something else')).toMatchObject({ code: 'idempotency_key_reused' });
    expect(read).not.toHaveBeenCalled();
  });
});

test('the same request sent twice at once is answered by its twin, not refused because of it', async () => {
  const id = cancellationId('t1', 'customer:cus_1', 'k');
  const order = anOrder({ lines: [{ id: 'a' }] });
  const recorded = withCancellation(order, { units: { a: [{ from: 0, to: 1 }] } }, 'executing');
  const [first] = recorded.cancellations as [Cancellation];
  const twin: Cancellation = { ...first, id, request: 'sent' };
  const racing = {
    // When this one looks for the key there is nothing yet; when it reads the order its twin has been recorded.
    cancellations: { locate: () => Promise.resolve(undefined) },
    orders: {
      find: () =>
        Promise.resolve({ ...recorded, order: { ...recorded.order, customerId: 'cus_1' }, cancellations: [twin] }),
    },
  } as unknown as SubmitPorts;
  const asked = { orderId: 'ord_1', wish: { reason: { core: 'changed_mind' as const } } };
  const submission = { idempotencyKey: 'k', request: 'sent', read: () => Promise.resolve(asked) };
  expect(await submitCancellation(racing, caller, submission, at)).toEqual({ cancellation: twin, replayed: true });
});

import type { Cancellation } from '../../shared/domain/cancellation';
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

/** The warehouse holds what lies in no parcel yet, and says whether it has stopped it. */
import type { WarehouseRule } from '../../shared/domain/policy';
import { expected, onLaptop, useService } from '../support/service';

const service = useService();

const rule: WarehouseRule = { answerMinutes: 60, onSilence: 'shipped' };
const picked = (warehouse: Partial<WarehouseRule> = {}, policy: object = {}, parcels: object = {}) =>
  service.order({
    lines: [{ quantity: 3 }],
    tenders: [{ storeCredit: 3_000 }],
    policy: { ...policy, warehouse: { ...rule, ...warehouse } },
    ...parcels,
  });
const says = (id: string, answer: string) => service.system.post(`/v1/cancellations/${id}/hold`, { answer });
const types = async (orderId: string): Promise<readonly string[]> =>
  (await service.local.heard(orderId)).map(({ type }) => type);

describe('A warehouse that has to stop', () => {
  it('is asked with the request, and its word lets the money go', async () => {
    const order = await picked();
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    expect(await service.cancellation(id)).toMatchObject({ status: 'executing', legs: [{ status: 'planned' }] });
    expect(await says(id, 'stopped')).toMatchObject({ status: 200, body: { warehouse: { answer: 'stopped' } } });
    expect(await says(id, 'stopped')).toMatchObject({ status: 200 });
    expect(await service.becomes(id, 'closed')).toMatchObject({ refund: { amount: 3_000 } });
    expect(await says(id, 'shipped')).toMatchObject({ status: 409, body: { code: 'already_answered' } });
  });

  it('and has shipped already keeps the order: no money moves', async () => {
    const order = await picked();
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    expected(await says(id, 'shipped'), 200);
    expect(await service.becomes(id, 'undone')).toMatchObject({ legs: [{ status: 'planned' }] });
    expect((await service.orderNow(order.id)).status).toBe('open');
  });

  onLaptop('and says nothing has said what the terms say, recorded as silence', async () => {
    for (const [onSilence, status] of [
      ['stopped', 'closed'],
      ['shipped', 'undone'],
    ] as const) {
      const order = await picked({ onSilence });
      const { id } = expected(await service.cancel({ orderId: order.id }), 202);
      await service.local.idle();
      await service.local.pass({ minutes: 61 });
      expect(await service.becomes(id, status)).toMatchObject({ warehouse: { answer: 'silent' } });
      const released = (await types(order.id)).includes('fulfilment.hold_released');
      expect(released).toBe(status === 'undone');
    }
  });

  onLaptop('hears that it may go on when the request is withdrawn or declined', async () => {
    const order = await picked({}, { graceMinutes: 60 });
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    expected(await service.customer.post(`/v1/cancellations/${id}/withdraw`), 200);
    await service.local.idle();
    const heard = await types(order.id);
    expect(heard).toEqual(expect.arrayContaining(['fulfilment.hold_requested', 'fulfilment.hold_released']));
    expect(await says(id, 'stopped')).toMatchObject({ status: 409, body: { code: 'transition_not_allowed' } });
  });

  it('has shipped one part, and the other lay in a parcel that was stopped: that part was paid back at once', async () => {
    const parcels = { parcels: [{ ref: 'p1', lines: [{ lineId: '1', quantity: 1 }] }] };
    const order = await picked({}, {}, parcels);
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    await service.local.idle();
    const { parts = [] } = await service.cancellation(id);
    const closed = await service.becomes(parts[0] ?? '', 'closed');
    expect(closed).toMatchObject({ refund: { amount: 1_000 }, lines: [{ lineId: '1', quantity: 1 }], partOf: id });
    expected(await says(id, 'shipped'), 200);
    await service.becomes(id, 'undone');
    expect(await service.orderNow(order.id)).toMatchObject({ status: 'partially_cancelled' });
  });

  it('is not asked for what has a parcel, and not where the terms do not want its word', async () => {
    const order = await service.order({ tenders: [{ storeCredit: 2_000 }] });
    const { id } = await service.cancelUntil('closed', { orderId: order.id });
    expect(await says(id, 'stopped')).toMatchObject({ status: 409, body: { code: 'hold_not_asked' } });
    const whole = await picked({}, {}, { parcels: [{ ref: 'p1', lines: [{ lineId: '1', quantity: 3 }] }] });
    await service.cancelUntil('closed', { orderId: whole.id });
    expect(await says(id, 'maybe')).toMatchObject({ status: 400, body: { param: '/answer' } });
  });
});

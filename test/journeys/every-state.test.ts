/** Every state of both machines is entered by journeys over HTTP; counted by the engine that runs them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { refuseUnsupported } from '../../infra/local/states/refuse-unsupported';
import { expected, onLaptop, useService } from '../support/service';

const service = useService();

interface Flow {
  readonly States: Readonly<Record<string, { Branches?: readonly Flow[]; ItemProcessor?: Flow }>>;
}

/** Names of all states, those in branches and maps included. */
function namesIn(flow: Flow): string[] {
  return Object.entries(flow.States).flatMap(([name, { Branches = [], ItemProcessor }]) => [
    name,
    ...Branches.flatMap(namesIn),
    ...(ItemProcessor === undefined ? [] : namesIn(ItemProcessor)),
  ]);
}

const definition = (name: string): Flow =>
  JSON.parse(readFileSync(join(__dirname, '..', '..', 'state-machines', `${name}.asl.json`), 'utf8')) as Flow;

const stripe = (path: string, body?: unknown): Promise<unknown> => service.local.stripe(path, body);
const approval = { above: { GBP: 500 }, deadlineMinutes: 60, onSilence: 'approve' as const };
const cardGone = { status: 'failed', failureReason: 'expired_or_canceled_card' };
const parcel = { ref: 'p1', lines: [{ lineId: '1', quantity: 2 }], carried: true };

describe('The journeys', () => {
  onLaptop('a parcel is stopped after grace and approval', async () => {
    const order = await service.order({ policy: { graceMinutes: 5, approval }, parcels: [parcel] });
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    await service.local.pass({ minutes: 6 });
    expected(await service.merchant.post(`/v1/cancellations/${id}/approve`), 200);
    await service.becomes(id, 'closed');
  });

  onLaptop('a parcel that cannot be stopped stays sold', async () => {
    const order = await service.order({ parcels: [parcel] });
    await service.local.easypost('behaviours', { shipment: order.parcels[0], outcome: 'rejected' });
    await service.cancelUntil('undone', { orderId: order.id });
  });

  onLaptop('a carrier that may still hear of a wish is asked again only later', async () => {
    const order = await service.order({ policy: { graceMinutes: 1 }, parcels: [parcel] });
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    const path = `/v2/shipments/${order.parcels[0] ?? ''}/refund`;
    await service.local.easypost('faults', { method: 'POST', path, answer: 'hang-up', next: 1 });
    await service.local.goBy({ minutes: 5 });
    await service.becomes(id, 'closed');
  });

  onLaptop('a warehouse is waited for that has to say that it has stopped', async () => {
    const order = await service.order({ policy: { warehouse: { answerMinutes: 60, onSilence: 'shipped' } } });
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    await service.local.idle();
    expected(await service.system.post(`/v1/cancellations/${id}/hold`, { answer: 'stopped' }), 200);
    await service.becomes(id, 'closed');
  });

  onLaptop('a refund is waited for, asked after, and closes the order', async () => {
    const order = await service.order();
    await stripe('behaviours', { payment_intent: order.payments[0], status: 'pending' });
    const { id } = await service.cancelUntil('refund_pending', { orderId: order.id });
    await stripe('webhooks', { send: 'never' });
    await stripe('settle', { payment_intent: order.payments[0] });
    await stripe('webhooks', { send: 'after-reply' });
    await service.local.pass({ minutes: 66 });
    await service.becomes(id, 'closed');
  });

  onLaptop('a refund fails and everything is undone', async () => {
    const order = await service.order();
    await stripe('behaviours', { payment_intent: order.payments[0], status: 'failed' });
    await service.cancelUntil('undone', { orderId: order.id });
  });

  onLaptop('a buyer whose card is gone says where his money shall go', async () => {
    const order = await service.order({ policy: { askBuyerHours: 48 } });
    await stripe('behaviours', { payment_intent: order.payments[0], ...cardGone });
    const { id, choice } = await service.cancelUntil('executing', { orderId: order.id });
    expect(choice).toMatchObject({ destinations: ['store_credit'] });
    expected(await service.customer.post(`/v1/cancellations/${id}/destination`, { destination: 'store_credit' }), 202);
    expect((await service.becomes(id, 'closed')).legs).toMatchObject([
      { channel: 'store_credit', status: 'succeeded' },
    ]);
  });

  onLaptop('a buyer who is asked and says nothing keeps his order', async () => {
    const order = await service.order({ policy: { askBuyerHours: 48 } });
    await stripe('behaviours', { payment_intent: order.payments[0], ...cardGone });
    const { id } = await service.cancelUntil('executing', { orderId: order.id });
    await service.local.pass({ hours: 49 });
    await service.becomes(id, 'undone');
  });

  onLaptop('a shop without money at its provider pays when it has some', async () => {
    const order = await service.order();
    const poor = { status: 'failed', failureReason: 'insufficient_funds' };
    await stripe('behaviours', { payment_intent: order.payments[0], ...poor });
    const { id } = await service.cancelUntil('executing', { orderId: order.id });
    expect((await service.cancellation(id)).legs).toMatchObject([{ status: 'awaiting_funds' }]);
    await service.local.pass({ minutes: 61 });
    await service.becomes(id, 'closed');
  });

  onLaptop('one of two refunds fails and a person is called', async () => {
    const order = await service.order({ tenders: [{ card: 1_500 }, { card: 500 }] });
    await stripe('behaviours', { payment_intent: order.payments[1], status: 'failed' });
    await service.cancelUntil('in_case', { orderId: order.id });
  });

  onLaptop('a provider that is away is tried again later', async () => {
    const order = await service.order({ policy: { graceMinutes: 1 } });
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    await stripe('faults', { answer: 'hang-up', next: 1_000 });
    await service.local.goBy({ minutes: 3 });
    await stripe('faults/clear', {});
    await service.local.goBy({ minutes: 3 });
    await service.becomes(id, 'closed');
  });

  onLaptop('a failure that the provider has saved is waited out', async () => {
    const order = await service.order({ policy: { graceMinutes: 1 } });
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    const body = { error: { type: 'api_error' } };
    await stripe('faults', { method: 'POST', path: '/v1/refunds', answer: 'status', status: 500, body });
    await service.local.goBy({ minutes: 15 });
    await service.becomes(id, 'closed');
  });
});

describe('Both machines', () => {
  // The host refuses resources that it does not know at its start; here are the fields, state types and languages.
  it.each(['order-cancellation', 'unwind-order'])('%s uses no refused feature', (name) => {
    expect(() => refuseUnsupported(definition(name), () => true)).not.toThrow();
  });

  onLaptop.each(['order-cancellation', 'unwind-order'])('%s: no state is left that nobody enters', (name) => {
    const entered = service.statesEntered(`${name}-laptop`);
    expect(namesIn(definition(name)).filter((state) => !entered.has(state))).toEqual([]);
  });
});

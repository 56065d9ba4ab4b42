/** What reverses the invoice: one note for each sale that was reversed, to the minor unit, numbered for its merchant. */
import type { CreditNote } from '../../shared/domain/credit-note';
import { refundOf } from '../../shared/domain/freeze';
import { listenerQueue } from '../support/listening-assembly';
import type { Caller, Problem } from '../support/api-client';
import type { OrderSketch } from '../support/order-sketch';
import { expected, onLaptop, until, useService } from '../support/service';

const service = useService();
const stripe = (path: string, body?: unknown): Promise<unknown> => service.local.stripe(path, body);

/** A credit note as the API shows it. */
interface Note extends Problem, Pick<CreditNote, 'lines' | 'components' | 'deductions'> {
  readonly reference: string;
  readonly number: number;
  readonly cancellationId: string;
  readonly orderReference: string;
  readonly issuedAt: string;
  readonly total: { readonly amount: number; readonly currency: string };
}

const ask = (id: string, by: Caller = service.system) => by.get<Note>(`/v1/cancellations/${id}/credit-note`);
const noteOf = async (id: string): Promise<Note> => expected(await ask(id), 200);
const none = (status: string) => ({ status: 404, body: { code: 'credit_note_not_issued', facts: { status } } });

const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);

/** Three mugs and a vase, with tax, a discount of their own and one on the order, shipping with its tax, and a fee. */
const taxed: OrderSketch = {
  lines: [
    { id: 'mug', quantity: 3, net: 2_700, discount: 100, tax: 520 },
    { id: 'vase', net: 2_499, tax: 500 },
  ],
  discount: 101,
  shipping: { amount: 495, tax: 99 },
  policy: { fees: [{ code: 'cancellation_fee', basisPoints: 750, cap: { GBP: 250 } }] },
};

afterEach(() => (process.env['JOURNEYS_BASE_URL'] === undefined ? service.local.noMoreFaults() : undefined));

describe('A taxed order with a discount, shipping and a fee', () => {
  onLaptop(
    'that is cancelled in two parts has two notes with consecutive numbers, which reverse it whole',
    async () => {
      const order = await service.order(taxed);
      const first = await service.cancelUntil('closed', { orderId: order.id, lines: [{ lineId: 'mug', quantity: 1 }] });
      const second = await service.cancelUntil('closed', { orderId: order.id });
      const [one, rest] = [await noteOf(first.id), await noteOf(second.id)];
      expect([one.number, rest.number]).toEqual([1, 2]);
      expect([one.reference, rest.reference]).toEqual(['CN-000001', 'CN-000002']);
      expect(one.lines.map(({ lineId, quantity }) => [lineId, quantity])).toEqual([['mug', 1]]);
      expect(rest.lines.map(({ lineId, quantity }) => [lineId, quantity])).toEqual([
        ['mug', 2],
        ['vase', 1],
      ]);

      for (const [note, cancellation] of [
        [one, first],
        [rest, second],
      ] as const) {
        expect(note).toMatchObject({
          object: 'credit_note',
          cancellationId: cancellation.id,
          orderId: order.id,
          orderReference: order.reference,
          merchantId: order.merchantId,
          total: cancellation.refund,
          components: cancellation.components,
          deductions: [{ code: 'cancellation_fee' }],
        });
        for (const line of note.lines) {
          expect(line.amount).toBe(refundOf(line));
          expect([line.net, line.tax, line.fee].every((part) => part > 0)).toBe(true);
        }
        expect(sum(note.lines.map(({ amount, fee }) => amount - fee))).toBe(note.total.amount);
        expect(sum(note.lines.map(({ fee }) => fee))).toBe(sum(note.deductions.map(({ amount }) => amount)));
      }
      const lines = [...one.lines, ...rest.lines];
      expect(sum(lines.map(({ net }) => net))).toBe(2_700 + 2_499);
      expect(sum(lines.map(({ tax }) => tax))).toBe(520 + 500);
      expect(sum(lines.map(({ discount }) => discount))).toBe(100 + 101);
      expect(sum(lines.map(({ shipping, shippingTax }) => shipping + shippingTax))).toBe(495 + 99);
      expect(sum(lines.map(({ amount }) => amount))).toBe(order.total);
      // 7.5 % of the mug is below the cap, 7.5 % of the rest is above it.
      expect(rest.deductions).toEqual([{ code: 'cancellation_fee', amount: 250 }]);

      const refunds = await service.local.refundsOn(...order.payments);
      expect(refunds.map(({ amount }) => amount).sort()).toEqual([one.total.amount, rest.total.amount].sort());
      const kept = sum([...one.deductions, ...rest.deductions].map(({ amount }) => amount));
      expect(await service.local.payment(order.payments[0] ?? '')).toMatchObject({ refunded: order.total - kept });
    },
  );

  onLaptop('tells its note as the event after its closing, with the lines', async () => {
    const order = await service.order(taxed);
    const { id } = await service.cancelUntil('closed', { orderId: order.id });
    const {
      object: _object,
      orderId: _order,
      orderReference: _reference,
      merchantId: _merchant,
      total,
      ...note
    } = (await noteOf(id)) as Note & Record<'object' | 'orderId' | 'merchantId', string>;
    const last = (await service.local.heard(order.id)).at(-1);
    expect(last).toMatchObject({ type: 'credit_note.issued', sequence: 5, merchantId: order.merchantId });
    expect(last?.data['creditNote']).toEqual({
      ...note,
      total: total.amount,
      currency: total.currency,
      lineCount: 2,
    });
  });
});

describe('A note', () => {
  onLaptop('is there when the cancellation has closed, and not before', async () => {
    const order = await service.order();
    await stripe('behaviours', { payment_intent: order.payments[0], status: 'pending' });
    const { id } = await service.cancelUntil('refund_pending', { orderId: order.id });
    expect(await ask(id)).toMatchObject(none('refund_pending'));
    await stripe('settle', { payment_intent: order.payments[0] });
    await service.becomes(id, 'closed');
    expect((await noteOf(id)).total).toEqual({ amount: 2_000, currency: 'GBP' });
  });

  it('comes a moment after the caller of an instant cancellation has his answer', async () => {
    const order = await service.order({ tenders: [{ storeCredit: 2_000 }] });
    const { id } = await service.cancelUntil('closed', { orderId: order.id });
    const { body } = await until(
      () => ask(id),
      ({ status }) => status === 200,
    );
    expect(body.total.amount).toBe(2_000);
  });

  onLaptop('is read by the parties of its order, and to everybody else the cancellation is not there', async () => {
    const order = await service.order();
    const { id } = await service.cancelUntil('closed', { orderId: order.id });
    const merchant = { tenant: 'demo', role: 'merchant', sub: 'staff' };
    for (const party of [service.customer, service.merchant, service.support, service.system])
      expect((await ask(id, party)).status).toBe(200);
    for (const stranger of [
      service.customerNamed('neighbour'),
      service.caller({ ...merchant, merchant_id: 'another-merchant' }),
      service.caller({ tenant: 'elsewhere', role: 'support', sub: 'support' }),
    ])
      expect(await ask(id, stranger)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await ask('can_00000000000000000000000000')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  onLaptop('of what was only authorized is over what is released', async () => {
    const order = await service.order({ tenders: [{ card: 2_000, captured: 0 }] });
    const { id, refund } = await service.cancelUntil('closed', { orderId: order.id });
    expect((await noteOf(id)).total).toEqual(refund);
  });

  onLaptop('is over the sale alone: a bonus on store credit is not in it', async () => {
    const order = await service.order({ policy: { storeCreditBonus: 1_000 } });
    const { id, legs } = await service.cancelUntil('closed', { orderId: order.id, destination: 'store_credit' });
    expect(legs).toMatchObject([{ operation: 'credit', amount: 2_000, bonus: 200 }]);
    expect((await noteOf(id)).total.amount).toBe(2_000);
  });

  onLaptop('is over the sale alone: interest for a late refund is not in it', async () => {
    const order = await service.order({ policy: { lateInterest: { afterDays: 1, basisPointsPerYear: 3_650 } } });
    await stripe('behaviours', { payment_intent: order.payments[0], status: 'pending' });
    const { id } = await service.cancelUntil('refund_pending', { orderId: order.id });
    // Ten days late, and an eleventh begun, of 36.5 % a year.
    await service.local.pass({ days: 11 });
    await stripe('settle', { payment_intent: order.payments[0] });
    expect(await service.becomes(id, 'closed')).toMatchObject({ interest: { amount: 22 } });
    expect((await noteOf(id)).total.amount).toBe(2_000);
  });
});

describe('No note', () => {
  onLaptop('has what the customer withdrew, the merchant declined, or could not be done', async () => {
    const withdrawn = await service.order({ policy: { graceMinutes: 30 } });
    const graced = expected(await service.cancel({ orderId: withdrawn.id }), 202);
    expect(await ask(graced.id)).toMatchObject(none('in_grace'));
    expected(await service.customer.post(`/v1/cancellations/${graced.id}/withdraw`), 200);
    await service.becomes(graced.id, 'withdrawn');

    const approval = { above: { GBP: 0 }, deadlineMinutes: 60, onSilence: 'decline' as const };
    const asked = await service.cancelUntil('awaiting_answer', {
      orderId: (await service.order({ policy: { approval } })).id,
    });
    await service.local.pass({ minutes: 61 });
    await service.becomes(asked.id, 'declined');

    const refused = await service.order();
    await stripe('behaviours', { payment_intent: refused.payments[0], status: 'failed', failureReason: 'declined' });
    const undone = await service.cancelUntil('undone', { orderId: refused.id });

    expect(await ask(graced.id)).toMatchObject(none('withdrawn'));
    expect(await ask(asked.id)).toMatchObject(none('declined'));
    expect(await ask(undone.id)).toMatchObject(none('undone'));
  });

  onLaptop(
    'has a cancellation that nobody paid for, nor what then goes back because it was paid too late',
    async () => {
      const order = await service.order({ tenders: [] });
      const { id } = await service.cancelUntil('closed', { orderId: order.id });
      const ref = `pi_late_${order.reference}`;
      await stripe('seed', {
        seed: [
          { payment_intent: ref, charge: `ch_${ref}`, amount: 2_000, currency: 'gbp', account: 'con_stripe_demo' },
        ],
      });
      const payment = {
        channel: 'stripe',
        connectionId: 'con_stripe_demo',
        captures: [{ ref: `ch_${ref}`, amount: 2_000 }],
      };
      const merchantId = service.merchant.claims.merchant_id;
      const path = `/v1/orders/${order.reference}/payments/${ref}`;
      expected(await service.system.put(path, { merchantId, ...payment }), 200);
      await service.local.idle();
      const { cancellations } = await service.orderNow(order.id);
      const late = cancellations.find((each) => each.id !== id);
      await service.becomes(late?.id ?? '', 'closed');
      expect(await service.local.payment(ref)).toMatchObject({ refunded: 2_000 });
      expect(await ask(id)).toMatchObject(none('closed'));
      expect(await ask(late?.id ?? '')).toMatchObject(none('closed'));
      const types = (await service.local.heard(order.id)).map(({ type }) => type);
      expect(types).not.toContain('credit_note.issued');
    },
  );
});

describe('One note and no second', () => {
  const notesTold = async (orderId: string): Promise<readonly unknown[]> =>
    (await service.local.heard(orderId))
      .filter(({ type }) => type === 'credit_note.issued')
      .map(({ data }) => data['creditNote']);

  const queueUrl = async (part: string): Promise<string> => {
    const { QueueUrls } = await service.local.aws<{ QueueUrls: string[] }>('AmazonSQS.ListQueues', {});
    return QueueUrls.find((url) => url.includes(part)) ?? '';
  };

  onLaptop('is issued however often the bus and the queue repeat themselves', async () => {
    await service.local.fault({ service: 'events', operation: 'Deliver', kind: 'duplicate', times: 4 });
    await service.local.fault({ service: 'sqs', operation: 'Deliver', kind: 'duplicate', times: 4 });
    const order = await service.order();
    const { id } = await service.cancelUntil('closed', { orderId: order.id });
    const note = await noteOf(id);

    const { messages } = await service.local.queue(listenerQueue);
    const closing = messages.find(({ body }) => body.includes(id) && body.includes('"cancellation.closed"'));
    const QueueUrl = await queueUrl('IssueCreditNotesQueue');
    for (let again = 0; again < 3; again += 1)
      await service.local.aws('AmazonSQS.SendMessage', { QueueUrl, MessageBody: closing?.body });
    await service.local.idle();
    expect(await noteOf(id)).toEqual(note);
    expect(await notesTold(order.id)).toHaveLength(1);

    const next = await service.cancelUntil('closed', { orderId: (await service.order()).id });
    expect((await noteOf(next.id)).number).toBe(note.number + 1);
  });

  onLaptop('stands when the refund comes back, is sent again, and the cancellation closes a second time', async () => {
    const order = await service.order();
    const { id } = await service.cancelUntil('closed', { orderId: order.id });
    const note = await noteOf(id);
    await stripe('bounce', { payment_intent: order.payments[0] });
    const { caseId } = await service.becomes(id, 'in_case');
    expect(await noteOf(id)).toEqual(note);
    expected(await service.support.post(`/v1/cases/${caseId ?? ''}/retry`), 202);
    await service.becomes(id, 'closed');
    expect(await noteOf(id)).toEqual(note);
    const types = (await service.local.heard(order.id)).map(({ type }) => type);
    expect(types.filter((type) => type === 'cancellation.closed')).toHaveLength(2);
    expect(await notesTold(order.id)).toHaveLength(1);
  });

  onLaptop(
    'comes minutes later when its function fails, and from the dead letters when it fails for long',
    async () => {
      const fails = { service: 'lambda', kind: 'timeout-before', function: 'IssueCreditNotes' };
      await service.local.fault({ ...fails, times: 1 });
      const soon = await service.cancelUntil('closed', { orderId: (await service.order()).id });
      expect(await ask(soon.id)).toMatchObject(none('closed'));
      await service.local.pass({ minutes: 4 });
      const { number } = await noteOf(soon.id);

      await service.local.fault({ ...fails, times: 5 });
      const late = await service.cancelUntil('closed', { orderId: (await service.order()).id });
      for (let times = 0; times < 6; times += 1) await service.local.pass({ minutes: 4 });
      expect(await ask(late.id)).toMatchObject(none('closed'));
      const { messages } = await service.local.queue('ListenersFailures');
      expect(messages.filter(({ body }) => body.includes(late.id))).toHaveLength(1);

      const name = (await queueUrl('ListenersFailures')).split('/').at(-1) ?? '';
      expect(await service.local.control('POST', `queues/${name}/redrive`, {})).toEqual({ moved: 1 });
      await service.local.idle();
      expect((await noteOf(late.id)).number).toBe(number + 1);
    },
  );
});

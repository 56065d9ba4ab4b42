/** Ship versus cancel: before, during and after; labels that can be taken back, and labels that cannot. */
import { createHmac } from 'node:crypto';
import { fromItem } from '../../shared/adapters/dynamodb/cancellation-item';
import type { Shipment, UnitSelection } from '../../shared/domain/order';
import { ask } from '../support/api-client';
import type { Placed } from '../support/order-sketch';
import { postageRound } from '../support/postage-round';
import { race } from '../support/race';
import { expected, onLaptop, until, useService, type List } from '../support/service';

const service = useService();

interface Claim {
  readonly id: string;
  readonly winner: string;
  readonly position: string;
}

const claim = (order: Placed, ref: string, quantity: number, position?: 'label_created' | 'handed_over') =>
  service.system.post<Claim & { code?: string; facts?: Record<string, unknown> }>(`/v1/orders/${order.id}/shipments`, {
    ref,
    lines: [{ lineId: '1', quantity }],
    ...(position === undefined ? {} : { position }),
  });

const labelled = (carried: boolean) =>
  service.order({ parcels: [{ ref: 'p1', lines: [{ lineId: '1', quantity: 2 }], carried }] });

const types = async (order: Placed): Promise<readonly string[]> =>
  (await service.local.heard(order.id)).map(({ type }) => type);

/** What became of the postage of the parcels, as the view of the units has it. */
async function postageOf(order: Placed): Promise<(string | undefined)[]> {
  interface Units {
    lines: readonly { units: readonly { parcel?: { postage?: string } }[] }[];
  }
  const { lines } = expected(await service.merchant.get<Units>(`/v1/orders/${order.id}/units`), 200);
  return lines.flatMap(({ units }) => units.map(({ parcel }) => parcel?.postage));
}

afterEach(() => (process.env['JOURNEYS_BASE_URL'] === undefined ? service.local.noMoreFaults() : undefined));

describe('Shipped before', () => {
  it('it cannot be cancelled', async () => {
    const order = await service.order({ tenders: [{ storeCredit: 2_000 }] });
    expect(await claim(order, 'p1', 2)).toMatchObject({ status: 201, body: { position: 'handed_over' } });
    expect(await service.cancel({ orderId: order.id })).toMatchObject({
      status: 409,
      body: { code: 'already_shipped' },
    });
    expect(await service.orderNow(order.id)).toMatchObject({ status: 'open', lines: [{ shipped: 2, available: 0 }] });
  });

  it('in part, the rest still can', async () => {
    const order = await service.order({ lines: [{ quantity: 5 }], tenders: [{ storeCredit: 5_000 }] });
    expected(await claim(order, 'p1', 2), 201);
    const closed = await service.cancelUntil('closed', { orderId: order.id });
    expect(closed).toMatchObject({ refund: { amount: 3_000 }, lines: [{ lineId: '1', quantity: 3 }] });
    expect(await service.orderNow(order.id)).toMatchObject({
      status: 'partially_cancelled',
      lines: [{ shipped: 2, cancelled: 3, available: 0 }],
    });
  });

  it('the same claim again is the same claim, one with other contents is refused', async () => {
    const order = await service.order({ tenders: [{ storeCredit: 2_000 }] });
    const first = expected(await claim(order, 'p1', 1), 201);
    expect(await claim(order, 'p1', 1)).toMatchObject({ status: 200, body: { id: first.id } });
    expect(await claim(order, 'p1', 2)).toMatchObject({ status: 409, body: { code: 'shipment_conflict' } });
    expect(await claim(order, 'p2', 2)).toMatchObject({ status: 409, body: { code: 'quantity_not_available' } });
  });
});

describe('Shipped after', () => {
  it('the warehouse is told that the cancellation was first, and which', async () => {
    const order = await service.order({ tenders: [{ storeCredit: 2_000 }] });
    const { id } = await service.cancelUntil('closed', { orderId: order.id });
    expect(await claim(order, 'p1', 1)).toMatchObject({
      status: 409,
      body: { code: 'units_cancelled', facts: { winner: id, available: 0 } },
    });
    await claim(order, 'p1', 1);
    // Both sides can see later who has won, and who came second.
    expect(await service.cancellation(id)).toMatchObject({
      status: 'closed',
      lostClaims: [{ ref: 'p1', actor: 'system' }],
    });
  });

  it('units that were only asked for are held as well, and free again when it is withdrawn', async () => {
    const order = await service.order({ policy: { graceMinutes: 60 }, tenders: [{ storeCredit: 2_000 }] });
    const { id } = expected(await service.cancel({ orderId: order.id }), 202);
    expect((await claim(order, 'p1', 1)).status).toBe(409);
    expected(await service.customer.post(`/v1/cancellations/${id}/withdraw`), 200);
    expect((await claim(order, 'p1', 1)).status).toBe(201);
  });
});

describe('A parcel with a label that is still here', () => {
  onLaptop('is held: the label is void and the hand-over loses', async () => {
    const order = await labelled(false);
    const closed = await service.cancelUntil('closed', { orderId: order.id });
    expect(closed.timeline.map(({ step }) => step)).toContain('secure-goods');
    expect((await service.orderNow(order.id)).shipments).toMatchObject([{ position: 'voided', recall: 'accepted' }]);
    expect(await claim(order, 'p1', 2, 'handed_over')).toMatchObject({
      status: 409,
      body: { code: 'units_cancelled', facts: { winner: closed.id } },
    });
    expect((await service.orderNow(order.id)).shipments).toMatchObject([{ position: 'voided' }]);
    expect(await types(order)).toContain('shipment.recall_accepted');
    expect(await service.local.stock(order)).toMatchObject({ reserved: 0, available: 2 });
  });

  onLaptop('of the carrier is voided there before the money goes back', async () => {
    const order = await labelled(true);
    await service.cancelUntil('closed', { orderId: order.id });
    const { shipments } = await service.local.easypost<{ shipments: { shipment: string; refund_status?: string }[] }>(
      'ledger',
    );
    expect(shipments.find(({ shipment }) => shipment === order.parcels[0])).toMatchObject({
      refund_status: 'submitted',
    });
    expect(await service.local.refundsOn(...order.payments)).toHaveLength(1);
    // The postage comes back to the merchant in its own time.
    expect(await postageOf(order)).toEqual(['submitted']);
    await service.local.easypost('settle', { shipment: order.parcels[0], status: 'refunded' });
    await service.local.idle();
    expect(await postageOf(order)).toEqual(['refunded']);
    expect((await types(order)).filter((type) => type === 'shipment.postage_refunded')).toHaveLength(1);
  });

  onLaptop('whose postage comes back unheard is asked after, at its time of the day, and told once', async () => {
    const order = await labelled(true);
    await service.local.easypost('webhooks', { send: 'never' });
    await service.cancelUntil('closed', { orderId: order.id });
    await service.local.easypost('settle', { shipment: order.parcels[0], status: 'refunded' });
    expect(await postageOf(order)).toEqual(['submitted']);
    await postageRound(service, order);
    expect(await postageOf(order)).toEqual(['refunded']);
    await postageRound(service, order);
    expect((await types(order)).filter((type) => type === 'shipment.postage_refunded')).toHaveLength(1);
    await service.local.easypost('webhooks', { send: 'after-reply' });
  });

  onLaptop('whose postage never comes back is a person’s to claim', async () => {
    const order = await labelled(true);
    const { id } = await service.cancelUntil('closed', { orderId: order.id });
    const listed = async () => {
      const { data } = expected(
        await service.merchant.get<List<{ kind: string; orderId: string }>>('/v1/goods/exceptions?limit=100'),
        200,
      );
      return data.filter(({ orderId }) => orderId === order.id);
    };
    await postageRound(service, order);
    expect(await postageOf(order)).toEqual(['submitted']);
    await service.local.pass({ days: 45 });
    await postageRound(service, order);
    expect(await postageOf(order)).toEqual(['overdue']);
    expect(await listed()).toMatchObject([
      { kind: 'postage_overdue', cancellationId: id, parcel: { ref: 'p1', position: 'voided', postage: 'overdue' } },
    ]);
    const path = `/v1/orders/${order.id}/shipments/p1/settled`;
    const claimed = { kind: 'postage_overdue', note: 'The carrier has paid by cheque.' };
    expect(await service.merchant.post(path, claimed)).toMatchObject({ status: 200, body: { settled: true } });
    expect(await listed()).toEqual([]);
    expect(await types(order)).not.toContain('shipment.postage_refunded');
  });

  onLaptop('that is scanned between quote and request is refused: nothing is asked, nothing moves', async () => {
    const order = await labelled(true);
    const quote = await service.customer.post<{ id: string }>('/v1/cancellation-quotes', { orderId: order.id });
    const { id: quoteId } = expected(quote, 200);
    await service.local.easypost('scan', { shipment: order.parcels[0], status: 'in_transit' });
    await service.local.idle();
    const asked = await service.cancel({ quoteId });
    const lines = [{ lineId: '1', available: 0, code: 'already_shipped' }];
    expect(asked).toMatchObject({ status: 409, body: { code: 'quote_stale', facts: { quote: { lines } } } });
    const { shipments } = await service.orderNow(order.id);
    expect(shipments).toMatchObject([{ position: 'handed_over', recall: 'none' }]);
    expect(await service.local.refundsOn(...order.payments)).toEqual([]);
  });

  onLaptop('that the carrier will not void undoes the cancellation: no money, no stock, the order stands', async () => {
    const order = await labelled(true);
    await service.local.easypost('behaviours', { shipment: order.parcels[0], outcome: 'error' });
    const undone = await service.cancelUntil('undone', { orderId: order.id });
    expect(undone.failure).toBe('goods_could_not_be_stopped');
    expect(await service.local.refundsOn(...order.payments)).toEqual([]);
    expect(await service.local.movements(order)).toHaveLength(1);
    expect(await service.orderNow(order.id)).toMatchObject({
      status: 'open',
      lines: [{ cancelled: 0, shipped: 2 }],
      shipments: [{ position: 'label_created', recall: 'refused' }],
    });
    expect((await types(order)).slice(-2)).toEqual(['shipment.recall_refused', 'cancellation.undone']);
    expect(await claim(order, 'p1', 2, 'handed_over')).toMatchObject({ status: 201 });
    await service.showsActive(order.reference);
  });

  onLaptop('is not stopped for units that lie outside of it', async () => {
    const order = await service.order({
      lines: [{ quantity: 3 }],
      parcels: [{ ref: 'p1', lines: [{ lineId: '1', quantity: 2 }], carried: true }],
    });
    await service.cancelUntil('closed', { orderId: order.id, lines: [{ lineId: '1', quantity: 1 }] });
    expect((await service.orderNow(order.id)).shipments).toMatchObject([{ position: 'label_created', recall: 'none' }]);
  });

  onLaptop('is voided once, although the carrier answers late, wrong, or not at all at first', async () => {
    for (const trouble of [
      { answer: 'hang-up' },
      { answer: 'hang-up', applied: true },
      { answer: 'status', status: 503 },
      { answer: 'garbage' },
    ]) {
      const order = await labelled(true);
      await service.local.easypost('faults', { method: 'POST', path: '/v2/shipments', ...trouble });
      const { id } = expected(await service.cancel({ orderId: order.id }), 202);
      await until(
        async () => {
          await service.local.goBy({ seconds: 15 });
          return service.cancellation(id);
        },
        ({ status }) => status === 'closed',
      );
      expect((await service.orderNow(order.id)).shipments).toMatchObject([{ position: 'voided', recall: 'accepted' }]);
      expect(await service.local.refundsOn(...order.payments)).toHaveLength(1);
    }
  });
});

describe('What the carrier says', () => {
  onLaptop('moves the parcel on: scanned for the first time, it has left and can no longer be cancelled', async () => {
    const order = await labelled(true);
    await service.local.easypost('scan', { shipment: order.parcels[0], status: 'in_transit' });
    await service.local.idle();
    expect((await service.orderNow(order.id)).shipments).toMatchObject([{ position: 'handed_over' }]);
    expect(await service.cancel({ orderId: order.id })).toMatchObject({
      status: 409,
      body: { code: 'already_shipped' },
    });
    // An older word that comes late moves nothing back, and the same word again changes nothing.
    await service.local.easypost('webhooks', { copies: 3 });
    await service.local.easypost('scan', { shipment: order.parcels[0], status: 'delivered' });
    await service.local.easypost('scan', { shipment: order.parcels[0], status: 'out_for_delivery' });
    await service.local.easypost('webhooks', { copies: 1 });
    await service.local.idle();
    expect((await service.orderNow(order.id)).shipments).toMatchObject([{ position: 'delivered' }]);
    expect((await types(order)).filter((type) => type === 'shipment.moved')).toHaveLength(2);
  });

  onLaptop('is believed under its signature only', async () => {
    const order = await labelled(true);
    const body = JSON.stringify({
      id: 'evt_forged',
      object: 'Event',
      description: 'tracker.updated',
      result: { object: 'Tracker', status: 'delivered', shipment_id: order.parcels[0] },
    });
    const forged = createHmac('sha256', 'another secret').update(body).digest('hex');
    const reply = await ask<{ code?: string }>(service.baseUrl, {
      method: 'POST',
      path: '/webhooks/carriers/easypost/con_easypost_demo',
      body,
      headers: { 'x-hmac-signature': `hmac-sha256-hex=${forged}` },
    });
    expect(reply).toMatchObject({ status: 401, body: { code: 'signature_invalid' } });
    expect((await service.orderNow(order.id)).shipments).toMatchObject([{ position: 'label_created' }]);
  });
});

describe('A hundred at once', () => {
  /** Cancellations and claims in turn, one unit each. */
  async function racers(order: Placed) {
    const [merchant, system] = await Promise.all([service.merchant.token(), service.system.token()]);
    return Array.from({ length: 100 }, (_, at) => {
      const lines = [{ lineId: '1', quantity: 1 }];
      const cancels = at % 2 === 0;
      return {
        method: 'POST',
        path: cancels ? '/v1/cancellations' : `/v1/orders/${order.id}/shipments`,
        token: cancels ? merchant : system,
        key: `${order.reference}-${at}`,
        body: cancels ? { orderId: order.id, lines, reason: { core: 'other' } } : { ref: `p${at}`, lines },
      };
    });
  }

  /** Every unit that somebody holds, as the tables have it: `line/number`. */
  async function takenUnits(order: Placed): Promise<string[]> {
    const items = await service.local.partition('Orders', `T#demo#O#${order.id}`);
    const selections = items.flatMap((item): UnitSelection[] => {
      if (String(item['sk']).startsWith('CAN#')) return [fromItem(item).units];
      if (!String(item['sk']).startsWith('SHP#')) return [];
      return [(JSON.parse(String(item['shipment'])) as Shipment).units];
    });
    return selections.flatMap((units) =>
      Object.entries(units).flatMap(([line, ranges]) =>
        ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => `${line}/${from + at}`)),
      ),
    );
  }

  onLaptop('for one unit: exactly one wins, it is on record, and every loser is told so', async () => {
    const order = await service.order({ lines: [{ quantity: 1 }] });
    const answers = await race(service.baseUrl, await racers(order));
    const winners = answers.filter(({ status }) => status < 300);
    expect(winners).toHaveLength(1);
    expect(new Set(answers.map(({ status }) => status < 300 || status === 409))).toEqual(new Set([true]));
    const winner = winners[0]?.body.id ?? '';
    const { cancellations, shipments } = await service.orderNow(order.id);
    expect([...cancellations, ...shipments].map(({ id }) => id)).toEqual([winner]);
    const claims = answers.filter((_answer, at) => at % 2 === 1).filter(({ status }) => status === 409);
    if (winner.startsWith('can_')) {
      expect(new Set(claims.map(({ body }) => body.facts?.['winner']))).toEqual(new Set([winner]));
      await service.becomes(winner, 'closed');
    }
    expect(await takenUnits(order)).toEqual(['1/0']);
  });

  onLaptop(
    'for twenty units: each has one winner, and money and stock go back for the cancelled ones only',
    async () => {
      const order = await service.order({ lines: [{ quantity: 20 }] });
      const answers = await race(service.baseUrl, await racers(order));
      const won = answers.filter(({ status }) => status < 300).map(({ body }) => body.id ?? '');
      expect(won).toHaveLength(20);
      const cancelled = won.filter((id) => id.startsWith('can_'));
      for (const id of cancelled) await service.becomes(id, 'closed');
      const taken = await takenUnits(order);
      expect(taken).toHaveLength(20);
      expect(new Set(taken).size).toBe(20);
      expect(await service.orderNow(order.id)).toMatchObject({
        lines: [{ cancelled: cancelled.length, shipped: 20 - cancelled.length, available: 0 }],
      });
      expect(await service.local.payment(order.payments[0] ?? '')).toMatchObject({
        refunded: 1_000 * cancelled.length,
        refunds: cancelled.length,
      });
      expect(await service.local.stock(order)).toMatchObject({ available: cancelled.length });
      const sequences = (await service.local.heard(order.id)).map(({ sequence }) => sequence);
      expect(sequences).toEqual(sequences.map((_sequence, at) => at + 1));
    },
  );
});

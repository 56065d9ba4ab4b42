/** Labels and scans of each carrier, in its own wire format, through the whole service. */
import { postageRound } from '../support/postage-round';
import { expected, onLaptop, useService } from '../support/service';
import type { Placed } from '../support/order-sketch';

const service = useService();

interface Carried {
  readonly name: string;
  /** A name of a parcel as this carrier has them. */
  readonly ref: (order: Placed) => string;
  /** Its words for a parcel in transit, and for one that was delivered. */
  readonly words: readonly [inTransit: string, delivered: string];
  /** A word under which it refuses a void. */
  readonly refusal: string;
}

const digits = (order: Placed): string =>
  order.id
    .replace(/[^0-9a-z]/gi, '')
    .slice(-16)
    .toUpperCase()
    .padStart(16, '0');
const carriers: readonly Carried[] = [
  {
    name: 'shipengine',
    ref: (order) => `se-${digits(order).toLowerCase()}`,
    words: ['IT', 'DELIVERED'],
    refusal: 'label_already_used',
  },
  { name: 'ups', ref: (order) => `1Z${digits(order)}`, words: ['I DP', 'D FS'], refusal: '190117' },
  { name: 'sf_express', ref: (order) => `SF-${order.reference}`, words: ['30', '80'], refusal: '8019' },
];

/** An order with two units in a parcel that has a label of this carrier. */
async function labelled({ name, ref }: Carried): Promise<{ order: Placed; shipment: string }> {
  const order = await service.order({});
  const shipment = ref(order);
  const account = `con_${name}_demo`;
  await service.local.party(name, 'seed', { seed: [{ shipment, tracking_code: shipment, account }] });
  const label = { carrier: name, connectionId: account, providerShipmentRef: shipment };
  const wish = { ref: 'p1', lines: [{ lineId: '1', quantity: 2 }], position: 'label_created', ...label };
  expected(await service.system.post(`/v1/orders/${order.id}/shipments`, wish), 201);
  return { order, shipment };
}

const voided = async (name: string, shipment: string): Promise<boolean | undefined> => {
  const { shipments } = await service.local.party<{ shipments: { shipment: string; voided: boolean }[] }>(
    name,
    'ledger',
  );
  return shipments.find((one) => one.shipment === shipment)?.voided;
};

describe.each(carriers)('a label of $name', (carrier) => {
  const { name, words, refusal } = carrier;

  onLaptop('is void there before the money goes back', async () => {
    const { order, shipment } = await labelled(carrier);
    await service.cancelUntil('closed', { orderId: order.id });
    expect(await voided(name, shipment)).toBe(true);
    expect((await service.orderNow(order.id)).shipments).toMatchObject([{ position: 'voided' }]);
    expect(await service.local.refundsOn(...order.payments)).toHaveLength(1);
  });

  onLaptop('that it will not void undoes the cancellation, and no money goes', async () => {
    const { order, shipment } = await labelled(carrier);
    await service.local.party(name, 'behaviours', { call: 'void', shipment, refuse: refusal });
    const { failure } = await service.cancelUntil('undone', { orderId: order.id });
    expect(failure).toBe('goods_could_not_be_stopped');
    expect(await voided(name, shipment)).toBe(false);
    expect(await service.local.refundsOn(...order.payments)).toEqual([]);
  });

  onLaptop('whose parcel is scanned is heard of by webhook, also when it comes twice and out of order', async () => {
    const { order, shipment } = await labelled(carrier);
    const [inTransit, delivered] = words;
    await service.local.party(name, 'webhooks', { copies: 2 });
    for (const status of [inTransit, delivered, inTransit]) {
      await service.local.party(name, 'scan', { shipment, status });
      await service.local.idle();
    }
    await service.local.party(name, 'webhooks', { copies: 1 });
    expect((await service.orderNow(order.id)).shipments).toMatchObject([{ position: 'delivered' }]);
    expect(await service.cancel({ orderId: order.id })).toMatchObject({ status: 409 });
  });
});

describe('a carrier that says what became of the postage only when it is asked', () => {
  const [shipengine] = carriers as [Carried];
  const postage = async (order: Placed): Promise<unknown> => {
    const units = await service.merchant.get<{ lines: { units: { parcel?: { postage?: string } }[] }[] }>(
      `/v1/orders/${order.id}/units`,
    );
    return expected(units, 200).lines[0]?.units[0]?.parcel?.postage;
  };

  onLaptop.each([
    ['approved', 'refunded'],
    ['rejected', 'rejected'],
  ])('is asked every day until it is %s', async (word, told) => {
    const { order, shipment } = await labelled(shipengine);
    await service.cancelUntil('closed', { orderId: order.id });
    expect(await postage(order)).toBeUndefined();
    for (const [status, expectedPostage] of [
      ['pending', 'submitted'],
      [word, told],
    ]) {
      await service.local.party('shipengine', 'settle', { shipment, status });
      await service.local.pass({ days: 1 });
      await postageRound(service, order);
      expect(await postage(order)).toBe(expectedPostage);
    }
    const types = (await service.local.heard(order.id)).map(({ type }) => type);
    expect(types.filter((type) => type.startsWith('shipment.postage_'))).toEqual([`shipment.postage_${told}`]);
    expect((await service.orderNow(order.id)).shipments).toMatchObject([{ position: 'voided', recall: 'accepted' }]);
  });

  onLaptop('is asked no more when it has nothing to say for a week', async () => {
    const { order } = await labelled(shipengine);
    await service.cancelUntil('closed', { orderId: order.id });
    await service.local.pass({ days: 7 });
    await postageRound(service, order);
    expect(await postage(order)).toBe('untold');
    const { data } = expected(await service.support.get<{ data: { orderId: string }[] }>('/v1/goods/exceptions'), 200);
    expect(data.filter(({ orderId }) => orderId === order.id)).toEqual([]);
  });
});

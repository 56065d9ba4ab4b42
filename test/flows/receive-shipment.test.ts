/** The warehouse says that a parcel is here again: what goes back on the shelf, and who is woken. */
import type { OrderAggregate } from '../../shared/domain/aggregate';
import type { Cancellation } from '../../shared/domain/cancellation';
import type { Shipment } from '../../shared/domain/order';
import { later } from '../../shared/domain/time';
import { receiveShipment, type ReceivingPorts } from '../../shared/flows/receive-shipment';
import type { OrderLedger, StockMovement } from '../../shared/ports/stock-keeper';
import { anOrder, aShipment, withCancellation } from '../support/orders';

const now = '2026-03-05T12:00:00.000Z';
const first = { '1': [{ from: 0, to: 1 }] };
const second = { '1': [{ from: 1, to: 3 }] };

/** Three units in one parcel that was called back: one of the first cancellation, two of the second. */
class Shelf {
  aggregate: OrderAggregate;
  readonly movements: OrderLedger['movements'][number][] = [];
  readonly woken: string[] = [];
  /** The process ends when it wants to wake anybody. */
  dies = false;

  constructor() {
    const parcel: Shipment = {
      ...aShipment('shp_1', 'returning', { '1': [{ from: 0, to: 3 }] }),
      ...{ ref: 'p1', recall: 'returning', recallKind: 'interception' },
    };
    const order = anOrder({ lines: [{ id: '1', quantity: 3, location: 'main' }], shipments: [parcel] });
    const both = withCancellation(
      withCancellation(order, { units: first }, 'executing'),
      { units: second },
      'executing',
    );
    const waits = (one: Cancellation): Cancellation => ({
      ...one,
      goodsUntil: later(now, { length: 1, unit: 'days' }),
    });
    this.aggregate = { ...both, cancellations: both.cancellations.map(waits) };
    const [line] = order.order.lines;
    this.movements.push({ ...this.about(line?.sku ?? ''), id: 'mov_ship', type: 'ship', quantity: 3 });
  }

  private about(sku: string) {
    return { merchantId: this.aggregate.order.merchantId, sku, location: 'main', lineId: '1' };
  }

  readonly ports = {
    orders: {
      find: () => Promise.resolve(this.aggregate),
      saveShipment: (_before: unknown, shipment: Shipment) => {
        this.aggregate = { ...this.aggregate, shipments: [shipment] };
        return Promise.resolve('stored');
      },
    },
    cancellations: { token: (_tenant: string, id: string) => Promise.resolve(id) },
    workflow: {
      wake: (token: string) =>
        this.dies ? Promise.reject(new Error('the process ended')) : Promise.resolve(void this.woken.push(token)),
    },
    stock: {
      ledgerOf: () => Promise.resolve({ revision: this.movements.length, movements: [...this.movements] }),
      move: (_tenant: string, { id, type, quantity, sku }: StockMovement) => {
        if (this.movements.some((known) => known.id === id)) return Promise.resolve('known');
        this.movements.push({ ...this.about(sku), id, type, quantity });
        return Promise.resolve('moved');
      },
    },
    tell: (unmatched: readonly string[]) => {
      throw new Error(`nothing should be unmatched: ${unmatched.join()}`);
    },
  } as unknown as ReceivingPorts;

  receive = () => receiveShipment(this.ports, { tenant: 't1', orderId: 'ord_1', ref: 'p1' }, { actor: 'system', now });

  get restocked(): number {
    return this.movements.filter(({ type }) => type === 'restock').reduce((sum, { quantity }) => sum + quantity, 0);
  }
}

describe('A parcel of two cancellations that is received', () => {
  test('puts the units of both back, and wakes both', async () => {
    const shelf = new Shelf();
    expect(await shelf.receive()).toMatchObject({ position: 'returned', recall: 'received' });
    expect(shelf.restocked).toBe(3);
    expect(shelf.woken).toEqual(['can_1', 'can_2']);
  });

  test('said twice, or by one who died in between, puts each unit back once', async () => {
    const shelf = new Shelf();
    shelf.dies = true;
    await expect(shelf.receive()).rejects.toThrow('the process ended');
    shelf.dies = false;
    await shelf.receive();
    await shelf.receive();
    expect(shelf.restocked).toBe(3);
    expect(new Set(shelf.woken)).toEqual(new Set(['can_1', 'can_2']));
  });

  test('puts back only what is cancelled, where one of them was undone meanwhile', async () => {
    const shelf = new Shelf();
    const { cancellations } = shelf.aggregate;
    shelf.aggregate = {
      ...shelf.aggregate,
      cancellations: cancellations.map((one) =>
        one.id === 'can_2' ? { ...one, status: 'undone', closedAt: now, failure: 'merchant_decided' } : one,
      ),
    };
    await shelf.receive();
    expect(shelf.restocked).toBe(1);
    expect(shelf.woken).toEqual(['can_1']);
  });
});
